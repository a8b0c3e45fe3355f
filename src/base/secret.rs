//! Secrets never reach logs, reports, snapshots or curl lines unmasked unless asked for.

use std::fmt;

/// What stands in the place of a secret.
pub const MASK: &str = "***";

/// Names of headers whose values are secrets whatever the contract says, in lower case.
const SECRET_HEADERS: [&str; 7] = [
    "authorization",
    "proxy-authorization",
    "cookie",
    "set-cookie",
    "x-api-key",
    "api-key",
    "x-counterpart-token",
];

/// Secrets shorter than this, in characters, are hidden where credentials stand but not searched for elsewhere: they are
/// found in any text, and what is left of it says nothing.
const SEARCHED_CHARS_MIN: usize = 4;

/// True for secrets that are told from other text wherever they stand.
#[must_use]
pub fn is_searchable(secret: &str) -> bool {
    secret.chars().count() >= SEARCHED_CHARS_MIN
}

/// A text that prints as [`MASK`].
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Secret(String);

impl Secret {
    /// Takes the text in.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The text itself, for the wire only.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(MASK)
    }
}

impl fmt::Display for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(MASK)
    }
}

/// True for headers that carry credentials by convention. The contract's own API-key headers come on top.
#[must_use]
pub fn is_secret_header(name: &str) -> bool {
    SECRET_HEADERS.iter().any(|known| known.eq_ignore_ascii_case(name))
}

/// Names of members of bodies and queries that hold secrets, in lower case, without `_` and `-`.
const SECRET_MEMBERS: [&str; 12] = [
    "password",
    "passwd",
    "passphrase",
    "secret",
    "clientsecret",
    "apikey",
    "apisecret",
    "accesstoken",
    "refreshtoken",
    "idtoken",
    "privatekey",
    "secretkey",
];

/// True for members of bodies and queries whose name says that their value is a secret: `client_secret`, `apiKey`.
#[must_use]
pub fn is_secret_member(name: &str) -> bool {
    let plain: String =
        name.chars().filter(|c| !matches!(c, '_' | '-')).map(|c| c.to_ascii_lowercase()).collect();
    SECRET_MEMBERS.contains(&plain.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_never_prints() {
        let secret = Secret::new("hunter2");
        assert_eq!(format!("{secret} {secret:?}"), "*** ***");
        assert_eq!(secret.expose(), "hunter2");
        assert!(is_searchable("hunter2") && !is_searchable("k") && !is_searchable(""));
        assert!(is_secret_header("X-API-Key") && !is_secret_header("accept"));
        assert!(is_secret_member("Access_Token") && !is_secret_member("page_token"));
        assert!(is_secret_member("client_secret") && is_secret_member("apiKey"));
    }
}
