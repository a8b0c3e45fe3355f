//! `Host` (RFC 9110 §7.2): a host and perhaps a port, without user information (RFC 3986 §3.2.2).

use std::net::{IpAddr, Ipv6Addr};

/// The host, IPv6 addresses in their brackets, and the port of a `Host` value; `None` where it is none: empty, two of
/// them, with user information, with characters that no host has.
#[must_use]
pub fn split(text: &str) -> Option<(&str, Option<u16>)> {
    let (host, port) = match text.strip_prefix('[') {
        Some(inner) => {
            let (address, rest) = inner.split_once(']')?;
            address.parse::<Ipv6Addr>().ok()?;
            let host = &text[..address.len() + 2];
            (host, if rest.is_empty() { None } else { Some(rest.strip_prefix(':')?) })
        }
        None => match text.split_once(':') {
            Some((host, port)) => (host, Some(port)),
            None => (text, None),
        },
    };
    // Commas could stand in a name by the grammar; where they do, a proxy has joined two fields.
    let sound = |b: u8| b.is_ascii_alphanumeric() || b"-._~%!$&'()*+;=[]:".contains(&b);
    if host.is_empty() || !host.bytes().all(sound) {
        return None;
    }
    match port {
        // A colon without a port means the usual one (RFC 3986 §3.2.3).
        None | Some("") => Some((host, None)),
        Some(digits) if digits.bytes().all(|b| b.is_ascii_digit()) => {
            Some((host, Some(digits.parse().ok()?)))
        }
        Some(_) => None,
    }
}

/// The address that a host is, where it is one and no name.
#[must_use]
pub fn address(host: &str) -> Option<IpAddr> {
    let bare = host.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(host);
    bare.parse::<IpAddr>().ok().map(|address| address.to_canonical())
}

/// Whether a host is this machine by its form: a loopback address, `localhost` or a name below it (RFC 6761 §6.3).
#[must_use]
pub fn is_loopback(host: &str) -> bool {
    match address(host) {
        Some(address) => address.is_loopback(),
        None => {
            let name = host.strip_suffix('.').unwrap_or(host).to_ascii_lowercase();
            name == "localhost" || name.ends_with(".localhost")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_and_ports_are_told_apart_and_anything_else_is_none() {
        for (text, host, port) in [
            ("x", "x", None),
            ("127.0.0.1:4010", "127.0.0.1", Some(4010)),
            ("[::1]:80", "[::1]", Some(80)),
            ("[::1]", "[::1]", None),
            ("a.example.:", "a.example.", None),
        ] {
            assert_eq!(split(text), Some((host, port)), "{text}");
        }
        for text in [
            "", ":80", "a b", "a,b", "u@h", "u:p@h", "a:b", "a:1:2", "a:65536", "[::1", "[x]", "[::1]x",
            "a/b", "a?", "a#", "ä", "a\u{0}", "a:+1",
        ] {
            assert_eq!(split(text), None, "{text:?}");
        }
    }

    #[test]
    fn loopback_has_several_names() {
        for host in [
            "localhost",
            "LOCALHOST.",
            "app.localhost",
            "127.0.0.1",
            "127.9.9.9",
            "[::1]",
            "::1",
            "::ffff:127.0.0.1",
        ] {
            assert!(is_loopback(host), "{host}");
        }
        for host in ["localhost.example", "10.0.0.1", "0.0.0.0", "[::]", "notlocalhost"] {
            assert!(!is_loopback(host), "{host}");
        }
    }
}
