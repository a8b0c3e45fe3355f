//! Where callbacks may go: hosts, with or without a port.

use std::fmt;
use std::str::FromStr;

use url::Url;

/// A host that callbacks may go to: `localhost`, `127.0.0.1:9000`, `[::1]`, `*.example.com`, `*`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HostRule {
    /// In lower case; `*` for any, `*.` in front for what is below.
    host: String,
    /// `None`: any.
    port: Option<u16>,
}

impl HostRule {
    /// Whether the URL's host and port are meant.
    #[must_use]
    pub fn takes(&self, url: &Url) -> bool {
        let Some(host) = url.host_str() else { return false };
        let host = host.to_ascii_lowercase();
        let named = match self.host.strip_prefix("*.") {
            Some(parent) => host.strip_suffix(parent).is_some_and(|front| front.ends_with('.')),
            None => self.host == "*" || self.host == host,
        };
        named && self.port.is_none_or(|port| url.port_or_known_default() == Some(port))
    }
}

impl FromStr for HostRule {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || format!("`{text}` is no host: write HOST or HOST:PORT, such as localhost:9000");
        if text.contains(['/', '@', '?', '#']) || text.chars().any(char::is_whitespace) {
            return Err(wrong());
        }
        let colon = text.rfind(':').filter(|at| text[*at..].find(']').is_none());
        let (host, port) = match colon {
            Some(at) => (&text[..at], Some(text[at + 1..].parse().map_err(|_| wrong())?)),
            None => (text, None),
        };
        let bracketed = host.starts_with('[') && host.ends_with(']');
        if host.is_empty() || (host.contains(':') && !bracketed) {
            return Err(wrong());
        }
        Ok(Self { host: host.to_ascii_lowercase(), port })
    }
}

impl fmt::Display for HostRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.host)?;
        self.port.map_or(Ok(()), |port| write!(f, ":{port}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_are_read_and_compared() {
        let takes =
            |rule: &str, url: &str| rule.parse::<HostRule>().unwrap().takes(&Url::parse(url).unwrap());
        for (rule, url, wanted) in [
            ("localhost", "http://LOCALHOST:9/x", true),
            ("localhost:80", "http://localhost/x", true),
            ("localhost:443", "https://localhost/x", true),
            ("localhost:81", "http://localhost/x", false),
            ("[::1]", "http://[::1]:5/", true),
            ("[::1]:5", "http://[::1]:5/", true),
            ("*.example.com", "http://a.b.example.com/", true),
            ("*.example.com", "http://example.com/", false),
            ("*.example.com", "http://badexample.com/", false),
            ("example.com", "http://example.com.evil.example/", false),
            ("*", "http://anything/", true),
        ] {
            assert_eq!(takes(rule, url), wanted, "{rule} {url}");
        }
        assert_eq!("LocalHost:9".parse::<HostRule>().unwrap().to_string(), "localhost:9");
        for wrong in ["", ":80", "http://x", "a b", "x:y", "::1", "u@h"] {
            assert!(wrong.parse::<HostRule>().is_err(), "{wrong}");
        }
    }
}
