//! The layout of a state file: a first line that names format and version, then frames. A frame is a line with the
//! length and the CRC-32 of what follows, and that many bytes of lines. Each frame was on the disk before the next was
//! begun: only the last can be torn.

use std::io::{BufRead, Read};

/// The first word of a state file.
pub(super) const MAGIC: &str = "counterpart-state";

/// The version of the format that is written, and the newest that is read.
pub(super) const FORMAT: u32 = 1;

/// The longest first line, and the longest first line of a frame, in bytes.
const LINE_BYTES_MAX: u64 = 64;

/// The first line.
pub(super) fn first_line() -> String {
    format!("{MAGIC} {FORMAT}\n")
}

/// A frame around lines.
pub(super) fn frame(lines: &[u8]) -> Vec<u8> {
    let mut frame = format!("={} {:08x}\n", lines.len(), crc32fast::hash(lines)).into_bytes();
    frame.extend_from_slice(lines);
    frame
}

/// What the first line says.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum FirstLine {
    /// It is a state file of this version of the format.
    Format(u32),
    /// It is something else that begins so.
    Foreign(String),
}

/// Reads the first line.
pub(super) fn read_first_line(reader: &mut impl BufRead) -> std::io::Result<FirstLine> {
    let mut line = Vec::new();
    reader.take(LINE_BYTES_MAX).read_until(b'\n', &mut line)?;
    let text = String::from_utf8_lossy(&line);
    let format =
        text.strip_suffix('\n').and_then(|t| t.strip_prefix(MAGIC)).and_then(|t| t.strip_prefix(' '));
    Ok(match format.and_then(|t| t.parse().ok()) {
        Some(format) => FirstLine::Format(format),
        None => FirstLine::Foreign(text.chars().filter(|c| !c.is_control()).take(24).collect()),
    })
}

/// What stands next.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Next {
    /// A whole frame: its lines, and how many bytes it takes.
    Frame(Vec<u8>, u64),
    /// Nothing: this is the end.
    End,
    /// Something that is no whole frame.
    Torn,
}

/// Reads the next frame; `left` bytes are left.
pub(super) fn read_frame(reader: &mut impl BufRead, left: u64) -> std::io::Result<Next> {
    if left == 0 {
        return Ok(Next::End);
    }
    let mut head = Vec::new();
    reader.take(LINE_BYTES_MAX).read_until(b'\n', &mut head)?;
    let Some((length, crc)) = parse_head(&head) else { return Ok(Next::Torn) };
    let whole = (head.len() as u64).saturating_add(length);
    if whole > left {
        return Ok(Next::Torn);
    }
    let mut lines = Vec::new();
    reader.take(length).read_to_end(&mut lines)?;
    if lines.len() as u64 != length || crc32fast::hash(&lines) != crc {
        return Ok(Next::Torn);
    }
    Ok(Next::Frame(lines, whole))
}

fn parse_head(line: &[u8]) -> Option<(u64, u32)> {
    let text = std::str::from_utf8(line).ok()?.strip_suffix('\n')?.strip_prefix('=')?;
    let (length, crc) = text.split_once(' ')?;
    let written = crc.len() == 8 && crc.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
    written.then_some(())?;
    Some((length.parse().ok()?, u32::from_str_radix(crc, 16).ok()?))
}

/// Whether a whole frame begins anywhere in these bytes.
pub(super) fn holds_a_frame(bytes: &[u8]) -> bool {
    let starts = bytes.iter().enumerate().filter(|(_, b)| **b == b'=');
    starts.map(|(at, _)| &bytes[at..]).any(|mut rest| {
        let left = rest.len() as u64;
        matches!(read_frame(&mut rest, left), Ok(Next::Frame(..)))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_are_read_as_written_and_torn_ones_seen() {
        // The checksum is that of zlib and IEEE 802.3.
        assert_eq!(frame(b"123456789"), b"=9 cbf43926\n123456789");
        let whole = [frame(b"one\n"), frame(b"")].concat();
        let read = |bytes: &[u8]| {
            let (mut rest, mut found) = (bytes, Vec::new());
            loop {
                let left = rest.len() as u64;
                let next = read_frame(&mut rest, left).unwrap();
                let last = !matches!(next, Next::Frame(..));
                found.push(next);
                if last {
                    return found;
                }
            }
        };
        assert_eq!(read(&whole), [Next::Frame(b"one\n".into(), 16), Next::Frame(vec![], 12), Next::End]);
        let first = frame(b"one\n").len();
        for cut in 1..first {
            assert_eq!(read(&whole[..cut]), [Next::Torn], "{cut}");
        }
        for at in 0..first {
            let mut bent = whole.clone();
            bent[at] ^= 1;
            assert_eq!(read(&bent)[0], Next::Torn, "{at}");
            assert!(holds_a_frame(&bent), "the second frame is whole");
            assert!(!holds_a_frame(&bent[..first]));
        }
        assert_eq!(read(b"=99999999999999999999 00000000\n"), [Next::Torn]);
        assert_eq!(read(&[0; 200]), [Next::Torn]);
    }

    #[test]
    fn first_lines_are_told_apart() {
        let read = |text: &str| read_first_line(&mut text.as_bytes()).unwrap();
        assert_eq!(read(&first_line()), FirstLine::Format(FORMAT));
        assert_eq!(read("counterpart-state 7\n"), FirstLine::Format(7));
        assert_eq!(read("{\"a\": 1}\n"), FirstLine::Foreign("{\"a\": 1}".into()));
        assert!(matches!(read("counterpart-state"), FirstLine::Foreign(_)));
        assert!(matches!(read("counterpart-state x\n"), FirstLine::Foreign(_)));
    }
}
