//! Content codings (RFC 9110 §8.4): which one a client wants, and gzip in both directions.

use std::cell::Cell;
use std::io::{Read, Write};

use bytes::Bytes;
use flate2::Compression;
use flate2::read::MultiGzDecoder;
use flate2::write::GzEncoder;

use crate::base::limits::{CODING_LAYERS_FACTOR, CODINGS_MAX, LIST_ELEMENTS_MAX};
use crate::wire::accept::{Quality, parse_quality, split_list};
use crate::wire::message::Headers;

/// What a client says of codings (`Accept-Encoding`, RFC 9110 §12.5.3).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AcceptEncoding {
    codings: Vec<(String, Quality)>,
}

/// How a body is to be sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wanted {
    /// As it is.
    Identity,
    /// Compressed, where that is worth it.
    Gzip,
    /// Compressed in any case.
    OnlyGzip,
    /// Neither will do.
    Nothing,
}

impl AcceptEncoding {
    /// What a request's headers say; several fields are one list, of which the first [`LIST_ELEMENTS_MAX`] elements are
    /// looked at. Elements that are no codings are left out.
    #[must_use]
    pub fn of(headers: &Headers) -> Self {
        let mut codings = Vec::new();
        for value in headers.all("accept-encoding") {
            let text = String::from_utf8_lossy(value);
            let left = LIST_ELEMENTS_MAX.saturating_sub(codings.len());
            codings.extend(split_list(&text).take(left).filter_map(element));
        }
        Self { codings }
    }

    fn named(&self, name: &str) -> Option<Quality> {
        self.codings.iter().find(|(coding, _)| coding == name).map(|(_, quality)| *quality)
    }

    /// Which of gzip and identity is wanted: the one with the greater quality, gzip of equals if it is named at all.
    #[must_use]
    pub fn wanted(&self) -> Wanted {
        let any = self.named("*");
        let gzip = self.named("gzip").or(self.named("x-gzip")).or(any).unwrap_or(0);
        // Acceptable unless excluded, but the last resort when it is not named.
        let identity = self.named("identity");
        let excluded = identity == Some(0) || (identity.is_none() && any == Some(0));
        match (gzip, excluded) {
            (0, true) => Wanted::Nothing,
            (0, false) => Wanted::Identity,
            (_, true) => Wanted::OnlyGzip,
            (quality, false) if identity.is_some_and(|identity| identity > quality) => Wanted::Identity,
            _ => Wanted::Gzip,
        }
    }
}

/// `gzip;q=0.5`.
fn element(text: &str) -> Option<(String, Quality)> {
    let mut parts = text.split(';').map(str::trim);
    let name = parts.next().filter(|name| !name.is_empty() && !name.contains(char::is_whitespace))?;
    let mut quality = 1000;
    for part in parts {
        let (key, value) = part.split_once('=')?;
        if key.trim().eq_ignore_ascii_case("q") {
            quality = parse_quality(value.trim())?;
        }
    }
    Some((name.to_ascii_lowercase(), quality))
}

/// Whether bodies of a media type become smaller: texts do, pictures and archives are packed already.
#[must_use]
pub fn compressible(media_type: &str) -> bool {
    let name = media_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    let (kind, sub) = name.split_once('/').unwrap_or((name.as_str(), ""));
    // Streams are read item by item as they come.
    (kind == "text" && sub != "event-stream")
        || sub.ends_with("+json")
        || sub.ends_with("+xml")
        || sub.ends_with("+yaml")
        || (kind == "application"
            && ["json", "xml", "yaml", "x-yaml", "javascript", "graphql", "sql"].contains(&sub))
        || name == "application/x-www-form-urlencoded"
}

/// The bytes as one gzip member (RFC 1952). The same bytes always give the same: no time stands in it.
#[must_use]
pub fn gzip(bytes: &[u8]) -> Bytes {
    let mut encoder = GzEncoder::new(Vec::with_capacity(bytes.len() / 4 + 64), Compression::fast());
    // Writing to memory does not fail; were it to, an empty body would show it.
    let done = encoder.write_all(bytes).and_then(|()| encoder.finish());
    done.map(Bytes::from).unwrap_or_default()
}

/// Why a body can't be decoded.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CodingError {
    /// A coding that nobody here knows.
    #[error("the content coding `{0}` is not known; gzip is")]
    Unknown(String),
    /// More codings than anybody needs.
    #[error("the body has more than {CODINGS_MAX} content codings")]
    TooMany,
    /// The bytes are not what the coding says.
    #[error("the body is no gzip: {0}")]
    Broken(String),
    /// What comes out is longer than allowed.
    #[error("the body has more than {0} bytes once it is unpacked")]
    TooLong(usize),
}

/// The codings that all `Content-Encoding` fields list, in the order in which they were applied, `identity` left out. Of
/// more than [`CODINGS_MAX`], so many and one more.
#[must_use]
pub fn codings(headers: &Headers) -> Vec<String> {
    let mut found = Vec::new();
    for value in headers.all("content-encoding") {
        let text = String::from_utf8_lossy(value);
        let left = (CODINGS_MAX + 1).saturating_sub(found.len());
        let named = split_list(&text).map(str::to_ascii_lowercase).filter(|coding| coding != "identity");
        found.extend(named.take(left));
    }
    found
}

/// Undoes codings, the last one first. At most `limit` bytes come out, and at most [`CODING_LAYERS_FACTOR`] times as many
/// of all layers together; nothing is kept of the layers between.
///
/// # Errors
/// [`CodingError`]; too many and unknown codings are told before anything is unpacked.
pub fn decode(body: &Bytes, codings: &[String], limit: usize) -> Result<Bytes, CodingError> {
    if codings.len() > CODINGS_MAX {
        return Err(CodingError::TooMany);
    }
    if let Some(unknown) = codings.iter().find(|coding| *coding != "gzip" && *coding != "x-gzip") {
        return Err(CodingError::Unknown(unknown.clone()));
    }
    if codings.is_empty() {
        return Ok(body.clone());
    }
    let left = Cell::new(limit.saturating_mul(CODING_LAYERS_FACTOR));
    let mut layers: Box<dyn Read + '_> = Box::new(&body[..]);
    for _ in codings {
        layers = Box::new(Layer { inner: MultiGzDecoder::new(layers), left: &left });
    }
    let mut out = Vec::new();
    // One byte more than allowed tells the two apart, however much more there would be.
    let read = layers.take(limit as u64 + 1).read_to_end(&mut out);
    if out.len() > limit || left.get() == 0 {
        return Err(CodingError::TooLong(limit));
    }
    read.map_err(|error| CodingError::Broken(error.to_string()))?;
    Ok(Bytes::from(out))
}

/// One layer of a coding, whose bytes count against what all layers may give.
struct Layer<'l, R: Read> {
    inner: MultiGzDecoder<R>,
    left: &'l Cell<usize>,
}

impl<R: Read> Read for Layer<'_, R> {
    fn read(&mut self, into: &mut [u8]) -> std::io::Result<usize> {
        let given = self.inner.read(into)?;
        self.left.set(self.left.get().saturating_sub(given));
        if self.left.get() == 0 && given > 0 {
            return Err(std::io::Error::other("more than all layers may give"));
        }
        Ok(given)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wanted(value: &str) -> Wanted {
        let mut headers = Headers::new();
        if !value.is_empty() {
            headers.push("Accept-Encoding", value.to_owned());
        }
        AcceptEncoding::of(&headers).wanted()
    }

    #[test]
    fn qualities_choose() {
        for (value, want) in [
            ("", Wanted::Identity),
            ("gzip", Wanted::Gzip),
            ("GZIP", Wanted::Gzip),
            ("x-gzip", Wanted::Gzip),
            ("br", Wanted::Identity),
            ("br, gzip;q=0.1", Wanted::Gzip),
            ("*", Wanted::Gzip),
            ("gzip;q=0", Wanted::Identity),
            ("gzip;q=0, *", Wanted::Identity),
            ("identity", Wanted::Identity),
            ("identity;q=0", Wanted::Nothing),
            ("identity;q=0, gzip", Wanted::OnlyGzip),
            ("identity;q=0, *;q=0.1", Wanted::OnlyGzip),
            ("*;q=0", Wanted::Nothing),
            ("*;q=0, gzip;q=0.5", Wanted::OnlyGzip),
            ("*;q=0, identity", Wanted::Identity),
            ("gzip;q=0.5, identity;q=0.6", Wanted::Identity),
            ("gzip;q=0.5, identity;q=0.5", Wanted::Gzip),
            ("gzip;q=nonsense, br", Wanted::Identity),
            ("gzip;q=1.5", Wanted::Identity),
            (", ,gzip ; q = 0.3", Wanted::Gzip),
        ] {
            assert_eq!(wanted(value), want, "{value}");
        }
    }

    #[test]
    fn what_is_packed_comes_out_again() {
        let text = Bytes::from("to be or not to be, ".repeat(500));
        let packed = gzip(&text);
        assert!(packed.len() < text.len() / 10);
        assert_eq!(packed, gzip(&text));
        let once = ["gzip".to_owned()];
        assert_eq!(decode(&packed, &once, text.len()).unwrap(), text);
        assert_eq!(decode(&packed, &once, text.len() - 1), Err(CodingError::TooLong(text.len() - 1)));
        let twice = ["gzip".to_owned(), "x-gzip".to_owned()];
        assert_eq!(decode(&gzip(&packed), &twice, 1 << 20).unwrap(), text);
        assert_eq!(decode(&text, &[], 1).unwrap(), text);
        let thousand = vec!["gzip".to_owned(); 1000];
        assert_eq!(decode(&text, &thousand, 1 << 20), Err(CodingError::TooMany));
        assert!(matches!(decode(&text, &once, 1 << 20), Err(CodingError::Broken(_))));
        assert!(matches!(
            decode(&packed.slice(..packed.len() - 5), &once, 1 << 20),
            Err(CodingError::Broken(_))
        ));
        let many = vec!["gzip".to_owned(); CODINGS_MAX + 1];
        assert_eq!(decode(&packed, &many, 1 << 20), Err(CodingError::TooMany));
        let other = ["gzip".to_owned(), "br".to_owned()];
        assert_eq!(decode(&packed, &other, 1 << 20), Err(CodingError::Unknown("br".into())));
    }

    #[test]
    fn all_layers_together_are_bounded_and_fields_are_joined() {
        // The layers between give much more than what comes out at the end.
        let empty: Vec<u8> = gzip(b"").repeat(50_000);
        let packed = gzip(&gzip(&empty));
        let thrice = vec!["gzip".to_owned(); 3];
        assert_eq!(decode(&packed, &thrice, 1 << 10), Err(CodingError::TooLong(1 << 10)));
        assert_eq!(decode(&packed, &thrice, 1 << 20).unwrap(), "");
        let mut headers = Headers::new();
        headers.push("Content-Encoding", "gzip, identity");
        headers.push("content-encoding", "X-GZIP");
        assert_eq!(codings(&headers), ["gzip", "x-gzip"]);
        headers.push("content-encoding", "gzip,".repeat(5_000));
        assert_eq!(codings(&headers).len(), CODINGS_MAX + 1);
    }

    #[test]
    fn only_texts_are_packed() {
        for name in
            ["application/json; charset=utf-8", "text/html", "application/problem+json", "image/svg+xml"]
        {
            assert!(compressible(name), "{name}");
        }
        for name in ["image/png", "application/zip", "application/octet-stream", "text/event-stream", ""] {
            assert!(!compressible(name), "{name}");
        }
    }
}
