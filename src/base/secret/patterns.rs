//! Secrets that are told by their look.

use std::sync::OnceLock;

use regex::bytes::Regex;

use super::encoded::View;
use super::search::{By, Span};

/// A word behind `Bearer` that is no token: `realm`, `authentication`.
const BEARER_CHARS_MIN: usize = 24;

/// What secrets look like. The group `s` is the secret, the whole where there is none.
const PATTERNS: [&str; 6] = [
    // JSON Web Token (RFC 7519): base64url of `{"`, a dot, more.
    r"eyJ[A-Za-z0-9_-]{5,}\.[A-Za-z0-9_-]{2,}(?:\.[A-Za-z0-9_-]*)?",
    // PEM (RFC 7468), to its end or to where it was cut off.
    r"-----BEGIN [A-Z0-9 ]{0,32}PRIVATE KEY(?: BLOCK)?-----(?:[A-Za-z0-9+/=\s\\:,.()-]*?-----END [A-Z0-9 ]{0,32}PRIVATE KEY(?: BLOCK)?-----|[A-Za-z0-9+/=\s\\]*)",
    // Credentials of HTTP (RFC 6750, RFC 7617, RFC 7616).
    r"\b(?i:bearer|basic)[ \t]+(?<bearer>[A-Za-z0-9._~+/=:-]{8,})",
    r#"\b(?i:digest)[ \t]+(?<digest>username=[^\r\n]+?)(?:[\r\n'}]|$)"#,
    // Tokens of well-known issuers, by the beginning that each gave them to be found.
    r"\b(?:gh[pousr]_[A-Za-z0-9]{16,}|github_pat_[A-Za-z0-9_]{20,}|glpat-[A-Za-z0-9_-]{16,}|sk-[A-Za-z0-9_-]{16,}|[srp]k_(?:live|test)_[A-Za-z0-9]{10,}|xox[abeoprs]-[A-Za-z0-9-]{10,}|(?:AKIA|ASIA)[A-Z0-9]{16}|AIza[A-Za-z0-9_-]{30,}|npm_[A-Za-z0-9]{30,}|pypi-[A-Za-z0-9_-]{16,}|hf_[A-Za-z0-9]{20,}|ya29\.[A-Za-z0-9_-]{20,}|SG\.[A-Za-z0-9_-]{16,}\.[A-Za-z0-9_-]{16,}|dop_v1_[a-f0-9]{32,}|whsec_[A-Za-z0-9+/=]{16,})",
    // User information of a URL (RFC 3986 §3.2.1).
    r#"://(?<userinfo>[^\s/?#"'<>\\]+)@"#,
];

/// Groups that are the secret where one of the patterns has them.
const GROUPS: [&str; 3] = ["bearer", "digest", "userinfo"];

fn expression() -> Option<&'static Regex> {
    static EXPRESSION: OnceLock<Option<Regex>> = OnceLock::new();
    // The patterns are the program's own, and read in a test.
    EXPRESSION.get_or_init(|| Regex::new(&format!("(?-u){}", PATTERNS.join("|"))).ok()).as_ref()
}

fn userinfo() -> Option<&'static Regex> {
    static EXPRESSION: OnceLock<Option<Regex>> = OnceLock::new();
    EXPRESSION.get_or_init(|| Regex::new(&format!("(?-u){}", PATTERNS[5])).ok()).as_ref()
}

/// Where a text has something that looks like a secret.
pub(super) fn spans(text: &[u8], view: Option<&View>, found: &mut Vec<Span>) {
    let Some(expression) = expression() else { return };
    each(expression, text, found, |start, end| (start, end));
    if let Some(view) = view {
        each(expression, &view.bytes, found, |start, end| view.place(start, end));
    }
}

/// Where a text has user information of a URL.
pub(super) fn userinfo_spans(text: &[u8], found: &mut Vec<Span>) {
    if let Some(expression) = userinfo().filter(|_| memchr::memmem::find(text, b"://").is_some()) {
        each(expression, text, found, |start, end| (start, end));
    }
}

fn each(
    expression: &Regex,
    text: &[u8],
    found: &mut Vec<Span>,
    place: impl Fn(usize, usize) -> (usize, usize),
) {
    for captures in expression.captures_iter(text) {
        let Some(whole) = captures.get(0) else { continue };
        let group = GROUPS.iter().find_map(|name| captures.name(name).map(|group| (*name, group)));
        let secret = match group {
            Some(("bearer", token)) if !is_token(token.as_bytes()) => continue,
            Some((_, group)) => group,
            None => whole,
        };
        let (start, end) = place(secret.start(), secret.end());
        found.push(Span { start, end, by: By::Mask });
    }
}

/// True for what is rather a credential than a word of a sentence or a parameter of a challenge.
fn is_token(text: &[u8]) -> bool {
    let mixed = text.iter().any(u8::is_ascii_lowercase) && text[1..].iter().any(u8::is_ascii_uppercase);
    text.len() >= BEARER_CHARS_MIN || mixed || text.iter().any(u8::is_ascii_digit)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_told_by_their_look() {
        let masked = |text: &str| {
            let mut found = Vec::new();
            spans(text.as_bytes(), View::of(text.as_bytes()).as_ref(), &mut found);
            found.iter().map(|s| text[s.start..s.end].to_owned()).collect::<Vec<_>>()
        };
        let pem = "-----BEGIN RSA PRIVATE KEY-----\nMIIB+/=\n-----END RSA PRIVATE KEY-----";
        for (text, secret) in [
            ("a eyJhbGciOiJI.eyJzdWIiOiIx.sig-_x b", "eyJhbGciOiJI.eyJzdWIiOiIx.sig-_x"),
            (pem, pem),
            ("x -----BEGIN PRIVATE KEY-----\nMIIB…", "-----BEGIN PRIVATE KEY-----\nMIIB"),
            ("-----BEGIN+PRIVATE+KEY-----%0AMIIB", "-----BEGIN+PRIVATE+KEY-----%0AMIIB"),
            ("Authorization: Bearer abc12345", "abc12345"),
            ("basic dXNlcjpwYXNz, x", "dXNlcjpwYXNz"),
            ("token ghp_0123456789abcdefABCD", "ghp_0123456789abcdefABCD"),
            ("AKIA0123456789ABCDEF", "AKIA0123456789ABCDEF"),
            ("at https://me:p%40ss@host/a", "me:p%40ss"),
            (r"at https:\/\/me:pass@host\/a", "me:pass"),
        ] {
            assert!(masked(text).contains(&secret.to_owned()), "{text}: {:?}", masked(text));
        }
        for text in [
            "Bearer realm=\"x\"",
            "Basic authentication is needed",
            "a risk-management-of-some-length",
            "https://host/a@b",
            "mail a@b.c",
            "eyJ.a",
            "-----BEGIN CERTIFICATE-----\nMIIB",
        ] {
            assert_eq!(masked(text), Vec::<String>::new(), "{text}");
        }
    }
}
