//! Proactive negotiation by `Accept` (RFC 9110 §12.5.1).

use crate::base::limits::LIST_ELEMENTS_MAX;
use crate::wire::media::{self, Media};
use crate::wire::message::Headers;

/// A quality in thousandths, 0 to 1000.
pub type Quality = u16;

/// What a client takes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Accept {
    ranges: Vec<(Media, Quality)>,
}

impl Accept {
    /// Reads an `Accept` value, of which the first [`LIST_ELEMENTS_MAX`] elements count. Elements that are no ranges are
    /// left out, as servers do; an empty list takes anything.
    #[must_use]
    pub fn parse(value: &str) -> Self {
        let ranges = split_list(value)
            .take(LIST_ELEMENTS_MAX)
            .filter_map(|element| {
                // Everything from `q` on belongs to the element, not to the range.
                let mut quality = 1000;
                let mut range = String::new();
                for (index, piece) in split_quoted(element, ';').enumerate() {
                    match piece.trim().split_once('=') {
                        Some((name, value)) if index > 0 && name.trim().eq_ignore_ascii_case("q") => {
                            quality = parse_quality(value.trim())?;
                            break;
                        }
                        _ if index > 0 => range.push(';'),
                        _ => {}
                    }
                    range.push_str(piece.trim());
                }
                // `*` alone is an old way to write `*/*`.
                media::parse(if range == "*" { "*/*" } else { &range }).map(|range| (range, quality))
            })
            .collect();
        Self { ranges }
    }

    /// What a request's headers say; several fields are one list.
    #[must_use]
    pub fn of(headers: &Headers) -> Self {
        let mut ranges = Vec::new();
        for value in headers.all("accept") {
            ranges.extend(Self::parse(&String::from_utf8_lossy(value)).ranges);
        }
        ranges.truncate(LIST_ELEMENTS_MAX);
        Self { ranges }
    }

    /// How much a media type is wanted: by the most precise range that names it. Without any range, all of it.
    #[must_use]
    pub fn quality(&self, media: &Media) -> Quality {
        if self.ranges.is_empty() {
            return 1000;
        }
        let best = self.ranges.iter().filter_map(|(range, quality)| Some((range.matches(media)?, *quality)));
        best.max_by_key(|(precision, _)| *precision).map_or(0, |(_, quality)| quality)
    }

    /// Which of the offered is wanted most, the first of equals; `None` when none is acceptable.
    #[must_use]
    pub fn choose<'m>(&self, offered: impl IntoIterator<Item = &'m Media>) -> Option<usize> {
        let mut found: Option<(usize, Quality)> = None;
        for (index, media) in offered.into_iter().enumerate() {
            let quality = if media.is_range() { self.range_quality(media) } else { self.quality(media) };
            if quality > 0 && found.is_none_or(|(_, best)| quality > best) {
                found = Some((index, quality));
            }
        }
        found.map(|(index, _)| index)
    }

    /// An offered range (`image/*`) serves whoever wants anything in it.
    fn range_quality(&self, offered: &Media) -> Quality {
        let inside = |range: &Media| range.matches(offered).is_some() || offered.matches(range).is_some();
        if self.ranges.is_empty() {
            return 1000;
        }
        self.ranges.iter().filter(|(range, _)| inside(range)).map(|(_, quality)| *quality).max().unwrap_or(0)
    }

    /// True when anything goes.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.ranges.is_empty()
    }
}

/// `0`, `0.25`, `1.000` (RFC 9110 §12.4.2) in thousandths.
pub(crate) fn parse_quality(text: &str) -> Option<Quality> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    if fraction.len() > 3 || !fraction.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let fraction = format!("{fraction:0<3}").parse::<Quality>().ok()?;
    match whole {
        "0" => Some(fraction),
        "1" if fraction == 0 => Some(1000),
        _ => None,
    }
}

/// The elements of a comma-separated list (RFC 9110 §5.6.1); commas in quotes do not count, empty elements are left out.
pub fn split_list(value: &str) -> impl Iterator<Item = &str> {
    split_quoted(value, ',').map(str::trim).filter(|element| !element.is_empty())
}

/// `value` split at `separator` outside of quoted strings (RFC 9110 §5.6.4).
fn split_quoted(value: &str, separator: char) -> impl Iterator<Item = &str> {
    let (mut quoted, mut escaped) = (false, false);
    value.split(move |c| {
        match c {
            _ if escaped => escaped = false,
            '\\' if quoted => escaped = true,
            '"' => quoted = !quoted,
            _ => return c == separator && !quoted,
        }
        false
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn choose(accept: &str, offered: &[&str]) -> Option<usize> {
        let offered: Vec<Media> = offered.iter().map(|text| media::parse(text).unwrap()).collect();
        Accept::parse(accept).choose(&offered)
    }

    #[test]
    fn the_wanted_one_is_chosen() {
        let offered = ["application/json", "text/html", "application/problem+json"];
        for (accept, want) in [
            ("", Some(0)),
            ("*/*", Some(0)),
            ("*", Some(0)),
            ("text/*, application/json;q=0.5", Some(1)),
            ("application/json;q=0, */*;q=0.1", Some(1)),
            ("application/*;q=0.2, text/html;q=0.1", Some(0)),
            ("application/*+json, application/json;q=0.9", Some(2)),
            ("application/xml", None),
            ("*/*;q=0", None),
            ("application/json;q=0.1234, text/html;q=0.1", Some(1)),
            ("nonsense, text/html", Some(1)),
            ("text/html;x=\"a,b;q=0\";q=0.3, text/html;q=0.4", Some(1)),
        ] {
            assert_eq!(choose(accept, &offered), want, "{accept}");
        }
        assert_eq!(choose("image/png", &["image/*"]), Some(0));
        assert_eq!(choose("text/plain", &["image/*"]), None);
    }

    #[test]
    fn several_fields_are_one_list() {
        let mut headers = Headers::new();
        headers.push("Accept", "text/html;q=0.1");
        headers.push("accept", "application/json");
        let accept = Accept::of(&headers);
        assert_eq!(accept.quality(&media::parse("text/html").unwrap()), 100);
        assert_eq!(accept.quality(&media::parse("application/json").unwrap()), 1000);
        assert_eq!(accept.quality(&media::parse("image/png").unwrap()), 0);
    }
}
