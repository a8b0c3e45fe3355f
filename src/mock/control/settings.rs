//! Where the control API lives and whom it serves.

use subtle::ConstantTimeEq as _;

use crate::base::secret::Secret;
use crate::wire::authority;

/// Where the control API lives as its endpoints know it; to clients it may have been moved.
pub(crate) const PREFIX: &str = "/__counterpart/";

/// The settings of the control API.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ControlSettings {
    /// Where it lives, without a slash at the end; `None`: nowhere.
    pub path: Option<String>,
    /// What each request must bring; `None`: nothing, which only a mock does that no other machine can reach.
    pub token: Option<Token>,
    /// Hosts under which it may be asked, besides those of this machine and the one listened on: names or addresses.
    pub hosts: Vec<String>,
    /// Origins whose pages may use it (`https://app.example:8443`).
    pub origins: Vec<String>,
}

impl Default for ControlSettings {
    fn default() -> Self {
        let path = Some(PREFIX.trim_end_matches('/').to_owned());
        Self { path, token: None, hosts: Vec::new(), origins: Vec::new() }
    }
}

/// The control API's token, shown to nobody by accident.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Token(Secret);

impl Token {
    /// The token that a user chose.
    ///
    /// # Errors
    /// What is wrong with it: it could not stand in a header, or anybody could guess it.
    pub fn new(text: &str) -> Result<Self, String> {
        if text.len() < 8 {
            return Err("a token of less than 8 characters can be guessed".to_owned());
        }
        if !text.bytes().all(|b| b.is_ascii_graphic()) {
            return Err("a token has only visible ASCII characters".to_owned());
        }
        Ok(Self(Secret::new(text)))
    }

    /// One that nobody can guess.
    #[must_use]
    pub fn random() -> Self {
        Self(Secret::new(uuid::Uuid::new_v4().simple().to_string()))
    }

    /// The token itself.
    #[must_use]
    pub fn text(&self) -> &str {
        self.0.expose()
    }

    /// Whether a client sent this one; how long that takes says nothing about it but its length.
    pub(super) fn is(&self, sent: &[u8]) -> bool {
        self.text().as_bytes().ct_eq(sent).into()
    }
}

impl ControlSettings {
    /// The same where `host` is listened on: beyond this machine, a token is made up unless there is one.
    #[must_use]
    pub fn secured(mut self, host: &str) -> Self {
        if self.path.is_some() && self.token.is_none() && !authority::is_loopback(host) {
            self.token = Some(Token::random());
        }
        self
    }

    /// A request target as the endpoints know it (`/__counterpart/…`), where it is for the control API; `None` else.
    pub(crate) fn target(&self, target: &str) -> Option<String> {
        let rest = target.strip_prefix(self.path.as_deref()?)?.strip_prefix('/')?;
        Some(format!("{PREFIX}{rest}"))
    }
}

/// Checks where the control API is to live: `/__counterpart`, `/_admin/mock`.
///
/// # Errors
/// What is wrong with it, one sentence.
pub fn check_path(path: &str) -> Result<String, String> {
    let path = path.strip_suffix('/').unwrap_or(path);
    let sound = |segment: &str| {
        !matches!(segment, "" | "." | "..")
            && segment.bytes().all(|b| b.is_ascii_alphanumeric() || b"-._~".contains(&b))
    };
    match path.strip_prefix('/') {
        Some(rest) if rest.split('/').all(sound) => Ok(path.to_owned()),
        _ => Err(format!("`{path}` is no path such as /__counterpart or /_admin")),
    }
}

/// Checks a host under which the control API may be asked; a port counts for nothing.
///
/// # Errors
/// What is wrong with it, one sentence.
pub fn check_host(text: &str) -> Result<String, String> {
    let whole =
        if text.contains("::") && !text.starts_with('[') { format!("[{text}]") } else { text.to_owned() };
    match authority::split(&whole) {
        Some((host, _)) if !host.contains('*') => Ok(host.to_ascii_lowercase()),
        _ => Err(format!("`{text}` is no host such as mock.test or 192.0.2.7")),
    }
}

/// Checks an origin whose pages may use the control API.
///
/// # Errors
/// What is wrong with it, one sentence.
pub fn check_origin(text: &str) -> Result<String, String> {
    let origin = text.to_ascii_lowercase();
    let rest = origin.strip_prefix("http://").or_else(|| origin.strip_prefix("https://"));
    match rest.and_then(authority::split) {
        Some((host, _)) if !host.contains('*') => Ok(origin),
        _ => Err(format!("`{text}` is no origin such as http://localhost:3000")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_hosts_and_origins_are_checked_when_they_are_given() {
        assert_eq!(check_path("/_admin/").as_deref(), Ok("/_admin"));
        assert_eq!(check_path("/a/b.c").as_deref(), Ok("/a/b.c"));
        for path in ["", "/", "admin", "/a//b", "/..", "/a?b", "/{a}", "/ä"] {
            assert!(check_path(path).is_err(), "{path}");
        }
        assert_eq!(check_host("Mock.Test:80").as_deref(), Ok("mock.test"));
        assert_eq!(check_host("::1").as_deref(), Ok("[::1]"));
        for host in ["", "a b", "http://x", "u@h", "*"] {
            assert!(check_host(host).is_err(), "{host}");
        }
        assert_eq!(check_origin("HTTPS://App.test:8443").as_deref(), Ok("https://app.test:8443"));
        for origin in ["null", "*", "app.test", "http://", "http://a/b", "ftp://a"] {
            assert!(check_origin(origin).is_err(), "{origin}");
        }
        assert!(Token::new("short").is_err() && Token::new("with blanks in it").is_err());
        assert!(!format!("{:?}", Token::new("long-enough").unwrap()).contains("long"));
        assert_ne!(Token::random(), Token::random());
    }

    #[test]
    fn a_token_is_made_up_beyond_this_machine_only() {
        for (host, made) in [
            ("127.0.0.1", false),
            ("localhost", false),
            ("::1", false),
            ("0.0.0.0", true),
            ("::", true),
            ("mock", true),
        ] {
            assert_eq!(ControlSettings::default().secured(host).token.is_some(), made, "{host}");
        }
        let off = ControlSettings { path: None, ..ControlSettings::default() };
        assert_eq!(off.secured("0.0.0.0").token, None);
    }

    #[test]
    fn targets_are_known_by_whole_segments() {
        let moved = ControlSettings { path: Some("/_admin".to_owned()), ..ControlSettings::default() };
        assert_eq!(moved.target("/_admin/state?x=1").as_deref(), Some("/__counterpart/state?x=1"));
        for other in ["/_admin", "/_administrator/x", "/__counterpart/state", "/x/_admin/state"] {
            assert_eq!(moved.target(other), None, "{other}");
        }
    }
}
