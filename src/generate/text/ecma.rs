//! Patterns as JSON Schema writes them (ECMA 262, with what people write anyway) in the syntax of `regex-syntax`.
//!
//! Look-around and back-references have no place in automata. Leading look-aheads become patterns of their own, which
//! must match, or must not, at the start; all others are left out and the translation is marked as loose: it then
//! accepts more than the pattern, and what is drawn from it has to be judged.

/// A pattern taken apart.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Translated {
    /// What remains, for `regex-syntax`.
    pub(crate) main: String,
    /// Leading look-aheads: anchored patterns, and whether they must match.
    pub(crate) ahead: Vec<(String, bool)>,
    /// True when something was left out.
    pub(crate) loose: bool,
}

/// Takes `pattern` apart and translates it.
pub(crate) fn translate(pattern: &str) -> Translated {
    let chars: Vec<char> = pattern.chars().collect();
    let mut out = Translated::default();
    let mut at = 0;
    let mut anchored = false;
    // `^`, then any number of look-aheads; the other order is written as well.
    loop {
        if chars.get(at) == Some(&'^') && !anchored {
            anchored = true;
            at += 1;
            continue;
        }
        let Some(positive) = look_ahead(&chars, at) else { break };
        let Some(end) = group_end(&chars, at) else { break };
        let inner: String = chars[at + 3..end].iter().collect();
        let inner = translate(&inner);
        out.loose |= inner.loose || !inner.ahead.is_empty();
        out.ahead.push((format!("^(?:{})", inner.main), positive));
        at = end + 1;
    }
    // An alternative at the top would not be covered by what stands before it.
    if (anchored || !out.ahead.is_empty()) && has_alternatives(&chars[at..]) {
        if !out.ahead.is_empty() {
            out.loose = true;
            out.ahead.clear();
        }
        let whole = convert(&chars, &mut out.loose);
        return Translated { main: whole, ahead: Vec::new(), loose: out.loose };
    }
    let rest = convert(&chars[at..], &mut out.loose);
    out.main = if anchored || !out.ahead.is_empty() { format!("^(?:{rest})") } else { rest };
    out
}

fn look_ahead(chars: &[char], at: usize) -> Option<bool> {
    match chars.get(at..at + 3)? {
        ['(', '?', '='] => Some(true),
        ['(', '?', '!'] => Some(false),
        _ => None,
    }
}

/// The index of the parenthesis that closes the one at `open`.
fn group_end(chars: &[char], open: usize) -> Option<usize> {
    let (mut depth, mut in_class, mut at) = (0_usize, false, open);
    while at < chars.len() {
        match chars[at] {
            '\\' => at += 1,
            '[' if !in_class => in_class = true,
            ']' => in_class = false,
            '(' if !in_class => depth += 1,
            ')' if !in_class => {
                depth = depth.checked_sub(1)?;
                if depth == 0 {
                    return Some(at);
                }
            }
            _ => {}
        }
        at += 1;
    }
    None
}

fn has_alternatives(chars: &[char]) -> bool {
    let (mut depth, mut in_class, mut at) = (0_i32, false, 0);
    while at < chars.len() {
        match chars[at] {
            '\\' => at += 1,
            '[' => in_class = true,
            ']' => in_class = false,
            '(' if !in_class => depth += 1,
            ')' if !in_class => depth -= 1,
            '|' if !in_class && depth == 0 => return true,
            _ => {}
        }
        at += 1;
    }
    false
}

fn convert(chars: &[char], loose: &mut bool) -> String {
    let mut out = String::new();
    let mut at = 0;
    while at < chars.len() {
        match chars[at] {
            '\\' => at = escape(chars, at, false, &mut out, loose),
            '[' => at = class(chars, at, &mut out, loose),
            '(' if chars.get(at + 1) == Some(&'?') => match (chars.get(at + 2), chars.get(at + 3)) {
                (Some('=' | '!'), _) | (Some('<'), Some('=' | '!')) => {
                    *loose = true;
                    at = group_end(chars, at).map_or(chars.len(), |end| end + 1);
                }
                (Some('<'), _) => {
                    // The name does not matter, and ECMA's may be none of Rust's.
                    out.push_str("(?:");
                    at = chars[at..].iter().position(|c| *c == '>').map_or(chars.len(), |n| at + n + 1);
                }
                _ => {
                    out.push('(');
                    at += 1;
                }
            },
            '{' => {
                if is_quantifier(&chars[at..]) {
                    out.push('{');
                } else {
                    out.push_str("\\{");
                }
                at += 1;
            }
            '.' => {
                out.push_str("[^\\n\\r\\u{2028}\\u{2029}]");
                at += 1;
            }
            other => {
                out.push(other);
                at += 1;
            }
        }
    }
    out
}

fn is_quantifier(chars: &[char]) -> bool {
    let Some(end) = chars.iter().position(|c| *c == '}') else { return false };
    let inner = &chars[1..end];
    inner.first().is_some_and(char::is_ascii_digit)
        && inner.iter().all(|c| c.is_ascii_digit() || *c == ',')
        && inner.iter().filter(|c| **c == ',').count() <= 1
}

/// Translates the class that opens at `at`; gives the index after it.
fn class(chars: &[char], at: usize, out: &mut String, loose: &mut bool) -> usize {
    let mut next = at + 1;
    let negated = chars.get(next) == Some(&'^');
    if negated {
        next += 1;
    }
    if chars.get(next) == Some(&']') {
        // ECMA: `[]` matches nothing, `[^]` everything.
        out.push_str(if negated { "[\\s\\S]" } else { "[^\\s\\S]" });
        return next + 1;
    }
    out.push_str(if negated { "[^" } else { "[" });
    while next < chars.len() {
        match chars[next] {
            ']' => {
                out.push(']');
                return next + 1;
            }
            '\\' => {
                next = escape(chars, next, true, out, loose);
                continue;
            }
            c @ ('[' | '&' | '~' | '^') => {
                out.push('\\');
                out.push(c);
            }
            '-' if chars.get(next + 1) == Some(&']')
                || chars.get(next + 1) == Some(&'-')
                || matches!(chars.get(next - 1), Some('[' | '^' | '-'))
                || is_set_escape(chars, next) =>
            {
                out.push_str("\\-");
            }
            other => out.push(other),
        }
        next += 1;
    }
    next
}

/// True when the hyphen at `at` stands beside `\d`, `\w`, `\s`: then it is a plain character.
fn is_set_escape(chars: &[char], at: usize) -> bool {
    let set = |c: Option<&char>| matches!(c, Some('d' | 'w' | 's' | 'D' | 'W' | 'S'));
    let before =
        at >= 2 && chars[at - 2] == '\\' && set(chars.get(at - 1)) && (at < 3 || chars[at - 3] != '\\');
    before || (chars.get(at + 1) == Some(&'\\') && set(chars.get(at + 2)))
}

/// Translates the escape at `at`; gives the index after it.
fn escape(chars: &[char], at: usize, in_class: bool, out: &mut String, loose: &mut bool) -> usize {
    let Some(letter) = chars.get(at + 1) else {
        out.push_str("\\\\");
        return at + 1;
    };
    let hex = |from: usize, count: usize| -> Option<u32> {
        let digits: String = chars.get(from..from + count)?.iter().collect();
        u32::from_str_radix(&digits, 16).ok()
    };
    let wrapped = |set: &str| if in_class { set.to_owned() } else { format!("[{set}]") };
    match letter {
        'd' => out.push_str(&wrapped("0-9")),
        'D' => out.push_str("[^0-9]"),
        'w' => out.push_str(&wrapped("A-Za-z0-9_")),
        'W' => out.push_str("[^A-Za-z0-9_]"),
        's' => out.push_str(&wrapped("\\s\\u{FEFF}")),
        'S' => out.push_str("[^\\s\\u{FEFF}]"),
        'b' if in_class => out.push_str("\\x08"),
        'b' => out.push_str("(?-u:\\b)"),
        'B' => out.push_str("(?-u:\\B)"),
        'n' | 'r' | 't' | 'f' | 'v' => {
            out.push('\\');
            out.push(*letter);
        }
        '0' if !chars.get(at + 2).is_some_and(char::is_ascii_digit) => out.push_str("\\x00"),
        '1'..='9' if !in_class => {
            *loose = true;
            return at + 2 + chars[at + 2..].iter().take_while(|c| c.is_ascii_digit()).count();
        }
        'k' if !in_class && chars.get(at + 2) == Some(&'<') => {
            *loose = true;
            return chars[at..].iter().position(|c| *c == '>').map_or(chars.len(), |n| at + n + 1);
        }
        'c' if chars.get(at + 2).is_some_and(char::is_ascii_alphabetic) => {
            let code = u32::from(chars[at + 2]) % 32;
            out.push_str(&format!("\\u{{{code:X}}}"));
            return at + 3;
        }
        'x' if hex(at + 2, 2).is_some() => {
            out.push_str(&format!("\\u{{{:X}}}", hex(at + 2, 2).unwrap_or(0)));
            return at + 4;
        }
        'u' | 'p' | 'P' if chars.get(at + 2) == Some(&'{') => {
            // With the braces, which are no quantifier here.
            let end = chars[at..].iter().position(|c| *c == '}').map_or(chars.len(), |n| at + n + 1);
            out.extend(&chars[at..end]);
            return end;
        }
        'u' if hex(at + 2, 4).is_some() => {
            let first = hex(at + 2, 4).unwrap_or(0);
            let pair = (0xd800..0xdc00).contains(&first)
                && chars.get(at + 6) == Some(&'\\')
                && chars.get(at + 7) == Some(&'u');
            if let Some(second @ 0xdc00..0xe000) = hex(at + 8, 4).filter(|_| pair) {
                let code = 0x10000 + ((first - 0xd800) << 10) + (second - 0xdc00);
                out.push_str(&format!("\\u{{{code:X}}}"));
                return at + 12;
            }
            if char::from_u32(first).is_some() {
                out.push_str(&format!("\\u{{{first:X}}}"));
            } else {
                *loose = true;
            }
            return at + 6;
        }
        'p' | 'P' => {
            out.push('\\');
            out.push(*letter);
        }
        // Not ECMA, but common: the text's start and end.
        'A' if !in_class => out.push('^'),
        'Z' | 'z' if !in_class => out.push('$'),
        other if other.is_ascii_alphanumeric() => out.push(*other),
        other if other.is_ascii() => {
            out.push('\\');
            out.push(*other);
        }
        other => out.push(*other),
    }
    at + 2
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everyday_patterns_are_taken_over() {
        let cases = [
            (r"^\d+$", "^(?:[0-9]+$)"),
            (r"^[\w-]+$", r"^(?:[A-Za-z0-9_\-]+$)"),
            (r"a\/b", r"a\/b"),
            (r"\cJ", r"\u{A}"),
            (r"^\uD83D\uDC32$", r"^(?:\u{1F432}$)"),
            ("x{,3}{a}", r"x\{,3}\{a}"),
            ("[[]", r"[\[]"),
            (r"^a|b$", "^a|b$"),
            ("(?<year>a)", "(?:a)"),
            (r"^\p{Lu}{2}[\p{L}\u{41}]$", r"^(?:\p{Lu}{2}[\p{L}\u{41}]$)"),
            (r"\pL\P{Script=Greek}", r"\pL\P{Script=Greek}"),
        ];
        for (pattern, wanted) in cases {
            let found = translate(pattern);
            assert_eq!(found.main, wanted, "{pattern}");
            assert!(!found.loose, "{pattern}");
            assert!(regex_syntax::parse(&found.main).is_ok(), "{pattern}");
        }
    }

    #[test]
    fn leading_look_aheads_become_patterns() {
        let found = translate(r"^(?=.*\d)(?!admin)[a-z\d]{8,}$");
        assert_eq!(found.ahead.len(), 2);
        assert_eq!((found.ahead[0].1, found.ahead[1].1), (true, false));
        assert_eq!(found.ahead[1].0, "^(?:admin)");
        assert_eq!(found.main, "^(?:[a-z0-9]{8,}$)");
        assert!(!found.loose);
        assert!(translate(r"a(?=b)c").loose && translate(r"(a)\1").loose && translate("^(?=a)a|b").loose);
    }
}
