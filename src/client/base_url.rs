//! The base URL of a target: scheme, authority and the prefix of all paths.

use std::fmt;

use crate::base::secret::without_userinfo;

/// An `http` or `https` URL without query and fragment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BaseUrl {
    tls: bool,
    /// Without brackets for IPv6.
    host: String,
    port: u16,
    /// As `Host` has it: without the scheme's own port.
    authority: String,
    /// Without a slash at the end; perhaps empty.
    prefix: String,
}

/// Why a URL can't be a base.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{url}` can't be a base URL: {reason}")]
pub struct BaseUrlError {
    url: String,
    reason: &'static str,
}

impl BaseUrl {
    /// Reads a URL.
    ///
    /// # Errors
    /// [`BaseUrlError`] for other schemes, user names, queries, fragments and what is no URL.
    pub fn parse(url: &str) -> Result<Self, BaseUrlError> {
        let fail = |reason| BaseUrlError { url: without_userinfo(url), reason };
        let (scheme, rest) = url
            .trim()
            .split_once("://")
            .ok_or_else(|| fail("write it with its scheme: http://HOST[:PORT][/PATH]"))?;
        let tls = match scheme.to_ascii_lowercase().as_str() {
            "http" => false,
            "https" => true,
            _ => return Err(fail("only http and https are spoken")),
        };
        if rest.contains(['?', '#']) {
            return Err(fail("a base has no query and no fragment"));
        }
        let (authority, path) = rest.find('/').map_or((rest, ""), |slash| rest.split_at(slash));
        if authority.contains('@') {
            return Err(fail("give credentials as a header, not in the URL"));
        }
        let (host, port) = match authority.strip_prefix('[') {
            Some(v6) => {
                let (host, port) = v6.split_once(']').ok_or_else(|| fail("a `]` is missing"))?;
                if host.parse::<std::net::Ipv6Addr>().is_err() {
                    return Err(fail("between the brackets stands no IPv6 address"));
                }
                (host, port)
            }
            None => authority.find(':').map_or((authority, ""), |colon| authority.split_at(colon)),
        };
        let default = if tls { 443 } else { 80 };
        let port = match port.strip_prefix(':') {
            None if port.is_empty() => default,
            Some("") => default,
            Some(digits) => {
                digits.parse().ok().filter(|port| *port > 0).ok_or_else(|| fail("the port is no port"))?
            }
            None => return Err(fail("after the host stands no port")),
        };
        let named = |c: char| c.is_alphanumeric() || matches!(c, '-' | '.' | '_' | ':');
        if host.is_empty() || !host.chars().all(named) {
            return Err(fail("the host is no host"));
        }
        if path.chars().any(|c| c.is_control() || c.is_whitespace()) {
            return Err(fail("the path has blanks in it"));
        }
        let shown = if host.contains(':') { format!("[{host}]") } else { host.to_owned() };
        let authority = if port == default { shown } else { format!("{shown}:{port}") };
        let prefix = path.trim_end_matches('/').to_owned();
        Ok(Self { tls, host: host.to_owned(), port, authority, prefix })
    }

    /// True for https.
    #[must_use]
    pub fn is_tls(&self) -> bool {
        self.tls
    }

    /// The host, without brackets.
    #[must_use]
    pub fn host(&self) -> &str {
        &self.host
    }

    /// The port.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Host and port as `Host` has them.
    #[must_use]
    pub fn authority(&self) -> &str {
        &self.authority
    }

    /// What stands in front of every path: empty, or `/v1`.
    #[must_use]
    pub fn prefix(&self) -> &str {
        &self.prefix
    }

    /// True when the target is this machine itself.
    #[must_use]
    pub fn is_loopback(&self) -> bool {
        self.host.eq_ignore_ascii_case("localhost")
            || self.host.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
    }
}

impl fmt::Display for BaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}://{}{}", if self.tls { "https" } else { "http" }, self.authority, self.prefix)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_told_apart() {
        for (url, host, port, authority, prefix) in [
            ("http://a", "a", 80, "a", ""),
            ("HTTP://a:8080/", "a", 8080, "a:8080", ""),
            ("https://a.b/v1/x/", "a.b", 443, "a.b", "/v1/x"),
            ("http://[::1]:4010/v1", "::1", 4010, "[::1]:4010", "/v1"),
        ] {
            let base = BaseUrl::parse(url).unwrap();
            assert_eq!(
                (base.host(), base.port(), base.authority(), base.prefix()),
                (host, port, authority, prefix)
            );
        }
        assert_eq!(BaseUrl::parse("http://a:80/v1/").unwrap().to_string(), "http://a/v1");
        assert!(BaseUrl::parse("http://127.0.0.1:1").unwrap().is_loopback());
        assert!(!BaseUrl::parse("https://example.org").unwrap().is_loopback());
    }

    #[test]
    fn others_are_refused_with_a_reason() {
        for url in [
            "",
            "a",
            "ftp://a",
            "http://",
            "http://a?x",
            "http://a#x",
            "http://u:p@a",
            "http://a:x",
            "http://a:0",
            "http://a:99999",
            "http://[::1",
            "http://[x]",
            "http://a b",
            "http://a/b c",
            "http://[::1]x",
        ] {
            let error = BaseUrl::parse(url).unwrap_err().to_string();
            assert!(error.contains("can't be a base URL: "), "{error}");
        }
    }
}
