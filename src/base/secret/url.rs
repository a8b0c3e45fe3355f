//! Secrets in URLs: user information, and members of the query.

use super::{MASK, Secret, is_secret_name};

/// A URL as it may be shown in a message about it: what stands before its last `@` is masked, whatever it looks like: a
/// password may hold what ends an authority elsewhere.
#[must_use]
pub fn without_userinfo(url: &str) -> String {
    let start = url.find("://").map_or(0, |at| at + 3);
    let rest = &url[start..];
    // In a well-formed URL an `@` behind the authority is part of a path.
    let authority = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let at = rest[..authority].rfind('@').or_else(|| {
        let looks_cut =
            rest[..authority].contains(':') && rest[..authority].rsplit(':').next().is_some_and(no_port);
        looks_cut.then(|| rest.rfind('@')).flatten()
    });
    match at {
        Some(at) => format!("{}{MASK}{}", &url[..start], &rest[at..]),
        None => url.to_owned(),
    }
}

fn no_port(text: &str) -> bool {
    !text.bytes().all(|b| b.is_ascii_digit()) && !text.ends_with(']')
}

/// The credentials in a URL: its user information as a whole, the password, and members of its query that are secret by
/// name.
#[must_use]
pub fn url_secrets(url: &str) -> Vec<Secret> {
    let mut found = Vec::new();
    let Some(start) = url.find("://").map(|at| at + 3) else { return found };
    let shown = without_userinfo(url);
    if let Some(kept) = shown[start..].strip_prefix(MASK).filter(|_| shown != url) {
        let userinfo = &url[start..url.len() - kept.len()];
        found.push(Secret::new(userinfo));
        if let Some((_, password)) = userinfo.split_once(':') {
            found.push(Secret::new(password));
        }
    }
    let query = url.split_once('?').map_or("", |(_, query)| query);
    for member in query.split(['&', '#']) {
        if let Some((_, value)) = member.split_once('=').filter(|(name, _)| is_secret_name(name)) {
            found.push(Secret::new(value));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn userinfo_is_never_shown() {
        for (url, shown) in [
            ("http://user:pass@host/x", "http://***@host/x"),
            ("http://user:p/a#s?s@host", "http://***@host"),
            ("http://user:p@ss@host/a@b", "http://***@host/a@b"),
            ("http://host:80/a@b", "http://host:80/a@b"),
            ("https://host/@scope/pkg", "https://host/@scope/pkg"),
            ("user:pass@host", "***@host"),
            ("", ""),
        ] {
            assert_eq!(without_userinfo(url), shown);
        }
        let secrets = url_secrets("http://u:p4ss@h/a?token=abc&x=1");
        let texts: Vec<&str> = secrets.iter().map(Secret::expose).collect();
        assert_eq!(texts, ["u:p4ss", "p4ss", "abc"]);
    }
}
