//! Secrets never reach logs, reports, snapshots or curl lines unmasked unless asked for.

use std::fmt;

/// What stands in the place of a secret.
pub const MASK: &str = "***";

/// Names of headers whose values are secrets whatever the contract says, in lower case.
const SECRET_HEADERS: [&str; 6] =
    ["authorization", "proxy-authorization", "cookie", "set-cookie", "x-api-key", "api-key"];

/// Names of members of queries and forms whose values are secrets whatever the contract says, in lower case
/// (RFC 6749, RFC 6750).
const SECRET_MEMBERS: [&str; 7] =
    ["access_token", "refresh_token", "id_token", "client_secret", "password", "api_key", "apikey"];

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

/// True for members of queries and forms that carry credentials by convention.
#[must_use]
pub fn is_secret_member(name: &str) -> bool {
    SECRET_MEMBERS.iter().any(|known| known.eq_ignore_ascii_case(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_never_prints() {
        let secret = Secret::new("hunter2");
        assert_eq!(format!("{secret} {secret:?}"), "*** ***");
        assert_eq!(secret.expose(), "hunter2");
        assert!(is_secret_header("X-API-Key") && !is_secret_header("accept"));
        assert!(is_secret_member("Access_Token") && !is_secret_member("page_token"));
    }
}
