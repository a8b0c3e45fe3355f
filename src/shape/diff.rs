//! Differences between two texts, line by line.

use similar::{ChangeTag, TextDiff};

use crate::base::plain;

/// What happened to a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mark {
    /// It is in both.
    Kept,
    /// It is only in the old one.
    Removed,
    /// It is only in the new one.
    Added,
    /// Lines that are in both are left out here.
    Gap,
}

/// One line of a difference, without its line end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// What happened to it.
    pub mark: Mark,
    /// Its text.
    pub text: String,
}

/// The lines that differ, with three kept ones around them.
#[must_use]
pub fn lines(old: &str, new: &str) -> Vec<Line> {
    let diff = TextDiff::from_lines(old, new);
    let mut lines = Vec::new();
    for (index, group) in diff.grouped_ops(3).iter().enumerate() {
        if index > 0 {
            lines.push(Line { mark: Mark::Gap, text: String::new() });
        }
        for change in group.iter().flat_map(|op| diff.iter_changes(op)) {
            let mark = match change.tag() {
                ChangeTag::Equal => Mark::Kept,
                ChangeTag::Delete => Mark::Removed,
                ChangeTag::Insert => Mark::Added,
            };
            lines.push(Line { mark, text: change.value().trim_end_matches(['\n', '\r']).to_owned() });
        }
    }
    lines
}

/// The difference as text that may be shown: `-` and `+` in front of removed and added lines, coloured where wanted.
#[must_use]
pub fn render(old: &str, new: &str, color: bool) -> String {
    let mut text = String::new();
    // A missing line end is no difference.
    for line in lines(&format!("{}\n", old.trim_end()), &format!("{}\n", new.trim_end())) {
        let (sign, style) = match line.mark {
            Mark::Kept => ("  ", ""),
            Mark::Removed => ("- ", "\x1b[31m"),
            Mark::Added => ("+ ", "\x1b[32m"),
            Mark::Gap => ("  …", "\x1b[2m"),
        };
        let (start, end) = if color && !style.is_empty() { (style, "\x1b[0m") } else { ("", "") };
        text.push_str(&format!("{start}{sign}{}{end}\n", plain::line(&line.text)));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_differs_is_shown() {
        let old: String = (0..20).map(|n| format!("l{n}\n")).collect();
        let new = old.replace("l10\n", "x\n");
        assert_eq!(render(&old, &new, false), "  l7\n  l8\n  l9\n- l10\n+ x\n  l11\n  l12\n  l13\n");
        assert_eq!(render("a", "a\n", false), "");
        assert!(render("a", "b", true).contains("\x1b[31m- a\x1b[0m"));
        let twice = old.replace("l1\n", "y\n").replace("l18\n", "z\n");
        assert!(lines(&old, &twice).iter().any(|line| line.mark == Mark::Gap));
    }
}
