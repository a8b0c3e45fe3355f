//! Finding given secrets in a text, all at once, in whatever encoding they stand.

use std::collections::BTreeMap;

use aho_corasick::{AhoCorasick, AhoCorasickKind};

use super::encoded::{View, folded, needles, plain};
use super::is_searchable;
use crate::base::limits::{SECRET_ESCAPES_MAX, SECRETS_MAX};

/// How many characters at either end of a Base64 text may hold bits of the secret.
const BASE64_EDGE: usize = 4;

/// A part of a text that is masked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Span {
    pub(super) start: usize,
    pub(super) end: usize,
    /// What is put there.
    pub(super) by: By,
}

/// What stands in the place of a secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum By {
    /// The mask.
    Mask,
    /// The mask as a JSON string, its quotes behind so many backslashes.
    Quoted(usize),
    /// Secret of that number, which is masked.
    Given(usize),
}

struct Pattern {
    /// Which of the secrets.
    secret: usize,
    is_base64: bool,
    whole: Option<Vec<u8>>,
}

/// Finds secrets. The work is linear in the text, whatever their number.
pub(super) struct Searcher {
    automaton: AhoCorasick,
    patterns: Vec<Pattern>,
}

impl Searcher {
    /// A searcher for the secrets that are told from other text; `None` when there are none.
    pub(super) fn new<'s>(secrets: impl Iterator<Item = &'s str>) -> Option<Self> {
        let mut all: Vec<(usize, &str)> =
            secrets.enumerate().filter(|(_, text)| is_searchable(text)).collect();
        all.sort_by_key(|(_, text)| std::cmp::Reverse(text.len()));
        all.truncate(SECRETS_MAX);
        let mut unique: BTreeMap<Vec<u8>, Pattern> = BTreeMap::new();
        for (secret, text) in all {
            for needle in needles(text.as_bytes()) {
                // In a text with its escapes undone a needle may have had some that were its own.
                let mut form = needle.bytes;
                for round in 0..=SECRET_ESCAPES_MAX {
                    let whole =
                        needle.whole.clone().map(|whole| (0..round).fold(whole, |text, _| plain(&text)));
                    for bytes in [form.clone(), folded(&form)] {
                        let whole =
                            whole.clone().map(|whole| if bytes == form { whole } else { folded(&whole) });
                        let pattern = Pattern { secret, is_base64: needle.is_base64, whole };
                        unique.entry(bytes).or_insert(pattern);
                    }
                    let next = plain(&form);
                    if next == form || next.len() < 4 {
                        break;
                    }
                    form = next;
                }
            }
        }
        let (texts, patterns): (Vec<Vec<u8>>, Vec<Pattern>) = unique.into_iter().unzip();
        if texts.is_empty() {
            return None;
        }
        // It fails only for more patterns than memory can hold; there are at most a few thousand.
        // Many are made for one message each: what is quick to build counts.
        let kind = Some(AhoCorasickKind::ContiguousNFA);
        let automaton = AhoCorasick::builder().kind(kind).build(texts).ok()?;
        Some(Self { automaton, patterns })
    }

    /// Where the secrets stand.
    pub(super) fn spans(&self, text: &[u8], view: Option<&View>, found: &mut Vec<Span>) {
        self.search(text, found, |start, end| (start, end));
        if let Some(view) = view {
            self.search(&view.bytes, found, |start, end| view.place(start, end));
        }
    }

    fn search(&self, text: &[u8], found: &mut Vec<Span>, place: impl Fn(usize, usize) -> (usize, usize)) {
        let mut last: Option<(usize, usize, usize)> = None;
        let mut tell = |start: usize, end: usize, secret: usize| {
            let (start, end) = place(start, end);
            found.push(Span { start, end, by: By::Given(secret) });
        };
        for hit in self.automaton.find_overlapping_iter(text) {
            let pattern = &self.patterns[hit.pattern().as_usize()];
            let (mut start, mut end) = (hit.start(), hit.end());
            if let Some(whole) = &pattern.whole {
                let rest = whole.iter().skip(end - start).zip(&text[end..]);
                end += rest.take_while(|(a, b)| a == b).count();
            }
            if pattern.is_base64 {
                let digit = |b: &u8| b.is_ascii_alphanumeric() || b"+/-_= ".contains(b);
                let edge = |b: &u8| digit(b) && *b != b' ';
                start -= text[..start].iter().rev().take(BASE64_EDGE).take_while(|b| edge(b)).count();
                end += text[end..].iter().take(BASE64_EDGE).take_while(|b| edge(b)).count();
            }
            last = Some(match last {
                // The hits come by their ends.
                Some((from, to, secret)) if start <= to => {
                    let wider = end - start > to - from;
                    (from.min(start), to.max(end), if wider { pattern.secret } else { secret })
                }
                Some((from, to, secret)) => {
                    tell(from, to, secret);
                    (start, end, pattern.secret)
                }
                None => (start, end, pattern.secret),
            });
        }
        if let Some((from, to, secret)) = last {
            tell(from, to, secret);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(secrets: &[&str], text: &str) -> Vec<String> {
        let Some(searcher) = Searcher::new(secrets.iter().copied()) else { return Vec::new() };
        let mut spans = Vec::new();
        searcher.spans(text.as_bytes(), View::of(text.as_bytes()).as_ref(), &mut spans);
        let mut found: Vec<String> = spans.iter().map(|s| text[s.start..s.end].to_owned()).collect();
        found.sort();
        found.dedup();
        found
    }

    #[test]
    fn secrets_that_overlap_are_found_together() {
        assert_eq!(found(&["abcd1234", "1234efgh"], "x abcd1234efgh y"), ["abcd1234efgh"]);
        assert_eq!(found(&["k", "true"], "k true"), Vec::<String>::new());
    }

    #[test]
    fn what_was_cut_off_is_found_by_its_beginning() {
        let secret = "0123456789abcdefghijklmnopqrstuvwxyz";
        assert_eq!(found(&[secret], "seen 0123456789abcdefghijk… more"), ["0123456789abcdefghijk"]);
        assert_eq!(found(&[secret], "seen 0123456789 more"), Vec::<String>::new());
    }
}
