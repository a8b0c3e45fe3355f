//! `multipart/*` bodies on collected bytes (RFC 2046 §5.1, RFC 7578).

use crate::base::limits::{MULTIPART_HEADER_BYTES_MAX, MULTIPART_HEADERS_MAX, MULTIPART_PARTS_MAX};
use crate::wire::media::{CodecError, Media, parse};

/// One part.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part<'b> {
    /// `name` of its `Content-Disposition`.
    pub name: Option<String>,
    /// `filename`, which makes it a file.
    pub filename: Option<String>,
    /// Its `Content-Type`.
    pub media: Option<Media>,
    /// Its header fields: names as written, values trimmed.
    pub headers: Vec<(String, String)>,
    /// Its content.
    pub data: &'b [u8],
}

/// The parts of a body. Preamble and epilogue are left out.
///
/// # Errors
/// No closing delimiter, a part without the empty line, or more parts than the limit.
pub fn decode<'b>(body: &'b [u8], boundary: &str) -> Result<Vec<Part<'b>>, CodecError> {
    if boundary.is_empty() || boundary.len() > 70 {
        return Err(CodecError::new("a boundary has 1 to 70 characters"));
    }
    let first = format!("--{boundary}");
    let next = format!("\r\n--{boundary}");
    let mut rest = match body.strip_prefix(first.as_bytes()) {
        Some(rest) => rest,
        None => after(body, next.as_bytes())
            .map(|(_, rest)| rest)
            .ok_or_else(|| CodecError::new("no delimiter"))?,
    };
    let mut parts = Vec::new();
    loop {
        if rest.starts_with(b"--") {
            return Ok(parts);
        }
        if parts.len() == MULTIPART_PARTS_MAX {
            return Err(CodecError::new(format!("more than {MULTIPART_PARTS_MAX} parts")));
        }
        let line =
            after(rest, b"\r\n").filter(|(padding, _)| padding.iter().all(|b| matches!(b, b' ' | b'\t')));
        let (_, from) = line.ok_or_else(|| CodecError::new("a delimiter line does not end"))?;
        let (whole, tail) = after(&rest[rest.len() - from.len() - 2..], next.as_bytes())
            .ok_or_else(|| CodecError::new("no closing delimiter"))?;
        parts.push(part(whole)?);
        rest = tail;
    }
}

/// A part from its bytes, which start with the line end of its delimiter.
fn part(whole: &[u8]) -> Result<Part<'_>, CodecError> {
    let (head, data) =
        after(whole, b"\r\n\r\n").ok_or_else(|| CodecError::new("a part has no empty line"))?;
    if head.len() > MULTIPART_HEADER_BYTES_MAX {
        return Err(CodecError::new(format!(
            "a part has more than {MULTIPART_HEADER_BYTES_MAX} bytes of header"
        )));
    }
    let head = String::from_utf8_lossy(head);
    // The end of the delimiter's own line comes first.
    if head.split("\r\n").nth(MULTIPART_HEADERS_MAX + 1).is_some() {
        return Err(CodecError::new(format!("a part has more than {MULTIPART_HEADERS_MAX} header fields")));
    }
    let headers: Vec<(String, String)> = head
        .split("\r\n")
        .filter_map(|line| line.split_once(':'))
        .map(|(name, value)| (name.trim().to_owned(), value.trim().to_owned()))
        .collect();
    let find =
        |name: &str| headers.iter().find(|(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, v)| v.as_str());
    let disposition = find("content-disposition");
    Ok(Part {
        name: disposition.and_then(|d| parameter(d, "name")),
        filename: disposition.and_then(|d| parameter(d, "filename")),
        media: find("content-type").and_then(parse),
        data,
        headers,
    })
}

/// A parameter of `Content-Disposition`; `%22`, `%0D` and `%0A` in quotes are what browsers write for `"`, CR and LF.
fn parameter(disposition: &str, name: &str) -> Option<String> {
    let mut rest = disposition.split_once(';')?.1;
    loop {
        let (key, after) = rest.split_once('=')?;
        let key = key.trim_start_matches([';', ' ', '\t']).trim_end();
        let (value, tail) = match after.strip_prefix('"') {
            Some(quoted) => {
                let end = quoted.find('"')?;
                (&quoted[..end], &quoted[end + 1..])
            }
            None => after.split_once(';').unwrap_or((after, "")),
        };
        if key.eq_ignore_ascii_case(name) {
            return Some(value.trim().replace("%22", "\"").replace("%0D", "\r").replace("%0A", "\n"));
        }
        rest = tail;
    }
}

fn after<'b>(bytes: &'b [u8], needle: &[u8]) -> Option<(&'b [u8], &'b [u8])> {
    let mut from = 0;
    while let Some(step) = bytes.get(from..)?.iter().position(|b| *b == needle[0]) {
        let at = from + step;
        if bytes[at..].starts_with(needle) {
            return Some((&bytes[..at], &bytes[at + needle.len()..]));
        }
        from = at + 1;
    }
    None
}

/// A part to be written.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OutPart {
    /// `name` of its `Content-Disposition`.
    pub name: String,
    /// `filename`, which makes it a file.
    pub filename: Option<String>,
    /// Its `Content-Type`, where one is to be said.
    pub media: Option<String>,
    /// Further header fields, names and values; those that can't stand in a header are left out.
    pub headers: Vec<(String, String)>,
    /// Its content.
    pub data: Vec<u8>,
}

/// A body of parts: name (empty for none), media type where one is to be said, content.
///
/// # Errors
/// When the boundary occurs in a content: choose another.
pub fn encode<'p>(
    parts: impl IntoIterator<Item = (&'p str, Option<&'p str>, &'p [u8])>,
    boundary: &str,
) -> Result<Vec<u8>, CodecError> {
    let parts: Vec<OutPart> = parts
        .into_iter()
        .map(|(name, media, data)| OutPart {
            name: name.to_owned(),
            media: media.map(str::to_owned),
            data: data.to_vec(),
            ..OutPart::default()
        })
        .collect();
    encode_parts(&parts, boundary)
}

/// A body of parts.
///
/// # Errors
/// When the boundary occurs in a content: choose another.
pub fn encode_parts(parts: &[OutPart], boundary: &str) -> Result<Vec<u8>, CodecError> {
    let quoted = |text: &str| text.replace('"', "%22").replace('\r', "%0D").replace('\n', "%0A");
    let delimiter = format!("--{boundary}");
    let mut body = Vec::new();
    for part in parts {
        if after(&part.data, delimiter.as_bytes()).is_some() {
            return Err(CodecError::new("the boundary occurs in the content"));
        }
        let mut head = format!("{delimiter}\r\n");
        if !part.name.is_empty() || part.filename.is_some() {
            head.push_str(&format!("Content-Disposition: form-data; name=\"{}\"", quoted(&part.name)));
            if let Some(filename) = &part.filename {
                head.push_str(&format!("; filename=\"{}\"", quoted(filename)));
            }
            head.push_str("\r\n");
        }
        if let Some(media) = &part.media {
            head.push_str(&format!("Content-Type: {media}\r\n"));
        }
        for (name, value) in part.headers.iter().filter(|(n, v)| !(n.clone() + v).contains(['\r', '\n'])) {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        body.extend_from_slice(head.as_bytes());
        body.extend_from_slice(b"\r\n");
        body.extend_from_slice(&part.data);
        body.extend_from_slice(b"\r\n");
    }
    body.extend_from_slice(format!("{delimiter}--\r\n").as_bytes());
    Ok(body)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn parts_are_read_with_their_headers() {
        let body = b"preamble\r\n--x \r\nContent-Disposition: form-data; name=\"a;b\"; filename=f.png\r\n\
            content-type: image/png\r\n\r\n\x00\r\n-\r\n--x\r\n\r\n\r\n--x--\r\nepilogue";
        let parts = decode(body, "x").unwrap();
        assert_eq!(parts.len(), 2);
        assert_eq!((parts[0].name.as_deref(), parts[0].filename.as_deref()), (Some("a;b"), Some("f.png")));
        assert_eq!(parts[0].media.as_ref().map(Media::essence), Some("image/png"));
        assert_eq!(parts[0].data, b"\x00\r\n-");
        assert_eq!((parts[1].name.as_deref(), parts[1].data), (None, &b""[..]));
    }

    #[test]
    fn broken_bodies_are_refused() {
        for body in [
            "",
            "--y--",
            "--x",
            "--x\r\n",
            "--x\r\nA: b\r\n\r\nno end",
            "--x\r\nno empty line\r\n--x--",
            "--xx\r\n\r\n--x--",
        ] {
            assert!(decode(body.as_bytes(), "x").is_err(), "{body:?}");
        }
        assert!(decode(b"--x--", "").is_err());
        let many = "--x\r\n\r\n\r\n".repeat(MULTIPART_PARTS_MAX + 1) + "--x--";
        assert!(decode(many.as_bytes(), "x").unwrap_err().reason.starts_with("more than"));
        assert!(encode([("a", None, &b"--x"[..])], "x").is_err());
    }

    #[test]
    fn the_header_of_a_part_is_bounded() {
        let with = |fields: usize, length: usize| {
            let fields = format!("a:{}\r\n", "b".repeat(length)).repeat(fields);
            format!("--x\r\n{fields}\r\n\r\n--x--")
        };
        assert!(decode(with(MULTIPART_HEADERS_MAX, 1).as_bytes(), "x").is_ok());
        assert!(decode(with(MULTIPART_HEADERS_MAX + 1, 1).as_bytes(), "x").is_err());
        assert!(decode(with(1, MULTIPART_HEADER_BYTES_MAX).as_bytes(), "x").is_err());
    }

    proptest! {
        #[test]
        fn parts_survive(parts in proptest::collection::vec(("[a-z\" ;=]{0,6}", proptest::collection::vec(any::<u8>(), 0..32)), 0..4)) {
            let parts: Vec<(String, Vec<u8>)> = parts.into_iter().map(|(n, d)| (n.trim().to_owned(), d)).collect();
            let Ok(body) = encode(parts.iter().map(|(n, d)| (n.as_str(), None, d.as_slice())), "b0undary") else {
                return Ok(());
            };
            let got = decode(&body, "b0undary").unwrap();
            prop_assert_eq!(got.len(), parts.len());
            for (got, (name, data)) in got.iter().zip(&parts) {
                prop_assert_eq!(got.name.as_deref().unwrap_or(""), name.as_str());
                prop_assert_eq!(got.data, &data[..]);
            }
        }
    }
}
