//! Formats of texts, recognised by their look.

use crate::schema::format;

/// The most telling format that `text` has.
#[must_use]
pub fn format(text: &str) -> Option<&'static str> {
    let known = |name: &'static str| {
        let check = format::find(name).and_then(|format| format.text)?;
        check(text).then_some(name)
    };
    if is_uuid(text) {
        return Some("uuid");
    }
    if text.starts_with(|c: char| c.is_ascii_digit())
        && let Some(name) = ["date-time", "date", "time"].into_iter().find_map(known)
    {
        return Some(name);
    }
    if text.parse::<std::net::Ipv4Addr>().is_ok() {
        return Some("ipv4");
    }
    if text.contains(':') && text.parse::<std::net::Ipv6Addr>().is_ok() {
        return Some("ipv6");
    }
    if is_uri(text) {
        return Some("uri");
    }
    is_email(text).then_some("email")
}

/// RFC 9562 §4, in either case.
fn is_uuid(text: &str) -> bool {
    text.len() == 36
        && text.bytes().enumerate().all(|(at, byte)| match at {
            8 | 13 | 18 | 23 => byte == b'-',
            _ => byte.is_ascii_hexdigit(),
        })
}

fn is_uri(text: &str) -> bool {
    text.split_once("://").is_some_and(|(scheme, rest)| {
        scheme.starts_with(|c: char| c.is_ascii_alphabetic())
            && scheme.bytes().all(|b| b.is_ascii_alphanumeric() || b"+-.".contains(&b))
            && !rest.is_empty()
            && !text.contains(char::is_whitespace)
    })
}

fn is_email(text: &str) -> bool {
    text.split_once('@').is_some_and(|(local, domain)| {
        !local.is_empty()
            && domain.split('.').count() > 1
            && domain.split('.').all(|label| !label.is_empty())
            && !text.contains(|c: char| c.is_whitespace() || c == '/')
            && !domain.contains('@')
    })
}

/// True for a member's name that is rather data: an id, a number, a date, an address.
#[must_use]
pub fn is_data(name: &str) -> bool {
    let digits = name.bytes().filter(u8::is_ascii_digit).count();
    format(name).is_some()
        || !name.is_empty() && digits == name.len()
        || name.len() >= 12 && digits * 4 >= name.len()
}

/// Last words of the names of members that say of what kind a thing is, not which one it is.
const KIND_NAMES: [&str; 22] = [
    "action", "category", "class", "code", "event", "format", "kind", "level", "loc", "location", "method",
    "mode", "object", "phase", "reason", "role", "scope", "severity", "stage", "state", "status", "type",
];

/// True for the name of a member that says of what kind a thing is: `status`, `event_type`, `logLevel`.
#[must_use]
pub fn is_kind_name(name: &str) -> bool {
    let lower = name.to_ascii_lowercase();
    KIND_NAMES.iter().any(|kind| {
        lower.strip_suffix(kind).is_some_and(|rest| {
            let border = name.as_bytes().get(rest.len()).is_some_and(u8::is_ascii_uppercase);
            rest.is_empty() || rest.ends_with(['_', '-', '.']) || border
        })
    })
}

/// True for a text that may be a word of an enumeration: it says a kind of thing, not a thing.
#[must_use]
pub fn is_word(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphabetic())
        && text.bytes().all(|b| b.is_ascii_alphabetic() || matches!(b, b'_' | b'-'))
        && text.len() <= 32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formats_are_told_by_their_look() {
        for (text, want) in [
            ("123e4567-e89b-12d3-a456-426614174000", Some("uuid")),
            ("2026-01-02T03:04:05Z", Some("date-time")),
            ("2026-01-02", Some("date")),
            ("10.0.0.1", Some("ipv4")),
            ("::1", Some("ipv6")),
            ("https://a.b/c", Some("uri")),
            ("a@b.example", Some("email")),
            ("PENDING", None),
            ("", None),
            ("a@b", None),
            ("2026-13-01", None),
            ("see https://a.b", None),
        ] {
            assert_eq!(format(text), want, "{text}");
        }
    }

    #[test]
    fn names_and_words() {
        assert!(is_data("12") && is_data("123e4567-e89b-12d3-a456-426614174000") && is_data("user_81726354"));
        assert!(!is_data("created_at") && !is_data("sha256") && !is_data("") && !is_data("line1"));
        assert!(["type", "event_type", "logLevel", "STATUS"].into_iter().all(is_kind_name));
        assert!(!["id", "prototype", "account_id", "namespace", ""].into_iter().any(is_kind_name));
        assert!(is_word("service_account") && !is_word("v2") && !is_word("a b") && !is_word(""));
    }
}
