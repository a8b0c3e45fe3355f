//! The smallest whole files of common binary types: what a body of such a type must at least be for a client to open it.

use crate::wire::media::Media;

/// Files by media type. Each opens in the usual readers of its format.
static ALL: &[(&[&str], &[u8])] = &[
    (&["image/png", "image/apng"], include_bytes!("specimens/tiny.png")),
    (&["image/jpeg", "image/jpg", "image/pjpeg"], include_bytes!("specimens/tiny.jpg")),
    (&["image/gif"], include_bytes!("specimens/tiny.gif")),
    (&["image/webp"], include_bytes!("specimens/tiny.webp")),
    (&["image/bmp", "image/x-ms-bmp"], include_bytes!("specimens/tiny.bmp")),
    (
        &["image/svg+xml"],
        b"<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"1\" height=\"1\"><rect width=\"1\" height=\"1\"/></svg>",
    ),
    (&["application/pdf"], include_bytes!("specimens/tiny.pdf")),
    (&["application/zip", "application/x-zip-compressed", "application/x-zip"], include_bytes!("specimens/tiny.zip")),
    (&["application/gzip", "application/x-gzip"], include_bytes!("specimens/tiny.gz")),
    (&["application/x-tar"], &[0; 1024]),
    (&["audio/mpeg", "audio/mp3"], include_bytes!("specimens/tiny.mp3")),
    (&["audio/wav", "audio/x-wav", "audio/wave", "audio/vnd.wave"], include_bytes!("specimens/tiny.wav")),
];

/// A whole file of this type; `None` for types that are not known here.
#[must_use]
pub fn specimen(media: &Media) -> Option<&'static [u8]> {
    ALL.iter().find(|(names, _)| names.contains(&media.essence())).map(|(_, bytes)| *bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::media::parse;

    #[test]
    fn each_begins_as_its_format_says() {
        for (name, magic) in [
            ("image/png", &b"\x89PNG\r\n\x1a\n"[..]),
            ("image/jpeg", b"\xff\xd8\xff"),
            ("image/gif", b"GIF89a"),
            ("image/webp", b"RIFF"),
            ("image/bmp", b"BM"),
            ("image/svg+xml", b"<svg "),
            ("application/pdf", b"%PDF-1.4"),
            ("application/zip", b"PK\x03\x04"),
            ("application/gzip", b"\x1f\x8b\x08"),
            ("audio/mpeg", b"\xff\xfb"),
            ("audio/wav; codecs=1", b"RIFF"),
        ] {
            let found = specimen(&parse(name).unwrap()).unwrap();
            assert!(found.starts_with(magic), "{name}");
        }
        assert_eq!(specimen(&parse("application/json").unwrap()), None);
        assert_eq!(specimen(&parse("application/octet-stream").unwrap()), None);
    }

    #[test]
    fn sizes_that_formats_write_down_are_right() {
        let of = |name: &str| specimen(&parse(name).unwrap()).unwrap();
        let number = |bytes: &[u8]| u32::from_le_bytes(bytes.try_into().unwrap()) as usize;
        for name in ["image/webp", "audio/wav"] {
            assert_eq!(number(&of(name)[4..8]) + 8, of(name).len(), "{name}");
        }
        assert_eq!(number(&of("image/bmp")[2..6]), of("image/bmp").len());
        let pdf = std::str::from_utf8(of("application/pdf")).unwrap();
        let xref: usize = pdf.split("startxref\n").nth(1).unwrap().lines().next().unwrap().parse().unwrap();
        assert!(pdf[xref..].starts_with("xref\n"));
        assert!(of("image/jpeg").ends_with(b"\xff\xd9") && of("image/png").ends_with(b"IEND\xaeB`\x82"));
    }
}
