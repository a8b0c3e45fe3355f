//! Lines and columns of a text, found in little more than the logarithm of its size: a contract may be one line of many
//! megabytes with thousands of findings.

use std::ops::Range;

/// After how many bytes the characters so far are written down.
const STEP: usize = 1024;

/// Where the lines of one text begin, and how many characters lie before some of its bytes.
#[derive(Debug)]
pub(super) struct Lines {
    /// The first byte of each line.
    starts: Vec<usize>,
    /// How many characters begin before each multiple of [`STEP`].
    characters: Vec<usize>,
}

impl Lines {
    /// Those of a text.
    pub(super) fn of(text: &str) -> Self {
        let breaks = memchr::memchr_iter(b'\n', text.as_bytes()).map(|at| at + 1);
        let starts = std::iter::once(0).chain(breaks).collect();
        let counts = text.as_bytes().chunks(STEP).map(characters).scan(0, |sum, count| {
            *sum += count;
            Some(*sum)
        });
        Self { starts, characters: std::iter::once(0).chain(counts).collect() }
    }

    /// Line and column of a byte of that text, both from 0, columns in characters.
    pub(super) fn place(&self, text: &str, byte: usize) -> (usize, usize) {
        let byte = byte.min(text.len());
        let line = self.line(byte);
        let start = self.starts.get(line).copied().unwrap_or(0);
        (line, self.before(text, byte).saturating_sub(self.before(text, start)))
    }

    /// The bytes of the line that holds a byte of that text, with its line break.
    pub(super) fn range(&self, text: &str, byte: usize) -> Range<usize> {
        let line = self.line(byte.min(text.len()));
        let start = self.starts.get(line).copied().unwrap_or(0);
        start..self.starts.get(line + 1).copied().unwrap_or(text.len())
    }

    fn line(&self, byte: usize) -> usize {
        self.starts.partition_point(|start| *start <= byte).saturating_sub(1)
    }

    /// How many characters begin before a byte.
    fn before(&self, text: &str, byte: usize) -> usize {
        let step = byte / STEP;
        let known = self.characters.get(step).copied().unwrap_or(0);
        known + text.as_bytes().get(step * STEP..byte).map_or(0, characters)
    }
}

/// Characters are counted by their first bytes.
fn characters(bytes: &[u8]) -> usize {
    bytes.iter().filter(|byte| (**byte & 0xc0) != 0x80).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_those_that_counting_gives() {
        let texts = ["", "\n", "a\nb", "ä\r\n\nü\n"].map(str::to_owned);
        let long = format!("{}\n{}é\n\n{}", "ü".repeat(STEP), "x".repeat(3 * STEP), "€".repeat(700));
        for text in texts.into_iter().chain([long]) {
            let lines = Lines::of(&text);
            for byte in 0..=text.len() {
                let before = &text.as_bytes()[..byte];
                let line = before.iter().filter(|b| **b == b'\n').count();
                let start = before.iter().rposition(|b| *b == b'\n').map_or(0, |n| n + 1);
                assert_eq!(lines.place(&text, byte), (line, characters(&before[start..])), "{byte}");
                assert_eq!(lines.range(&text, byte).start, start);
            }
        }
    }
}
