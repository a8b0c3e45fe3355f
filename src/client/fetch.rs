//! Fetching one document by URL: for contracts that are named by one.

use std::time::Duration;

use crate::client::{Client, ClientSettings};
use crate::wire::{Headers, Request, Response};

/// How many redirects are followed.
pub const REDIRECTS_MAX: usize = 5;

/// The longest document, in bytes.
pub const DOCUMENT_BYTES_MAX: usize = 64 * 1024 * 1024;

/// How long one fetch may take, redirects included.
const TIME_MAX: Duration = Duration::from_secs(30);

/// Fetches `url` and waits for it; works inside and outside of a runtime.
///
/// # Errors
/// What went wrong, one sentence: no connection, no 200, too many redirects, too long.
pub fn blocking(url: &str) -> Result<Vec<u8>, String> {
    let url = url.to_owned();
    let fetching = std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(|cause| format!("no runtime could be started: {cause}"))?;
        runtime.block_on(async {
            tokio::time::timeout(TIME_MAX, fetch(url))
                .await
                .unwrap_or_else(|_| Err(format!("it took more than {} s", TIME_MAX.as_secs())))
        })
    });
    fetching.join().unwrap_or_else(|_| Err("the fetch ended abnormally".to_owned()))
}

async fn fetch(mut url: String) -> Result<Vec<u8>, String> {
    for _ in 0..=REDIRECTS_MAX {
        let response = get(&url).await?;
        match response.status {
            200 if response.truncated => return Err(format!("it is longer than {DOCUMENT_BYTES_MAX} bytes")),
            200 => return Ok(response.body.to_vec()),
            301 | 302 | 303 | 307 | 308 => {
                let to = response.headers.get_str("location").ok_or("a redirect without `Location`")?;
                url = follow(&url, to)?;
            }
            other => return Err(format!("the server answered {other}")),
        }
    }
    Err(format!("more than {REDIRECTS_MAX} redirects"))
}

async fn get(url: &str) -> Result<Response, String> {
    let (base, target) = split(url);
    let settings =
        ClientSettings { body_bytes_max: DOCUMENT_BYTES_MAX, timeout: TIME_MAX, ..ClientSettings::default() };
    let client = Client::new(base, settings).map_err(|error| error.to_string())?;
    let mut headers = Headers::new();
    headers.push("accept", "application/json, application/yaml, */*;q=0.5");
    let request = Request { method: "GET".to_owned(), target: target.to_owned(), headers, body: None };
    client.outcome(&request).await.map_err(|error| error.to_string())
}

/// Scheme and authority, and the rest as a request target without its fragment.
fn split(url: &str) -> (&str, &str) {
    let url = url.split('#').next().unwrap_or(url);
    let start = url.find("://").map_or(0, |at| at + 3);
    match url[start..].find('/') {
        Some(slash) => url.split_at(start + slash),
        None => (url, "/"),
    }
}

/// Where a redirect leads: nowhere where the connection would be less safe.
fn follow(from: &str, to: &str) -> Result<String, String> {
    let next = join(from, to);
    let safe = |url: &str| url.get(..8).is_some_and(|scheme| scheme.eq_ignore_ascii_case("https://"));
    if safe(from) && !safe(&next) {
        return Err("the redirect leads from https to plain http, which is not followed".to_owned());
    }
    Ok(next)
}

/// A `Location` seen from the URL that answered it: absolute, from the root, or from the folder (RFC 9110 §10.2.2).
fn join(from: &str, to: &str) -> String {
    if to.contains("://") {
        return to.to_owned();
    }
    let (base, target) = split(from);
    if to.starts_with('/') {
        return format!("{base}{to}");
    }
    let folder = target.rfind('/').map_or("/", |slash| &target[..=slash]);
    format!("{base}{folder}{to}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_split_and_join() {
        assert_eq!(split("http://h:1/a/b.yaml#/x"), ("http://h:1", "/a/b.yaml"));
        assert_eq!(split("https://h"), ("https://h", "/"));
        assert_eq!(join("http://h/a/b", "/c"), "http://h/c");
        assert_eq!(join("http://h/a/b", "c"), "http://h/a/c");
        assert_eq!(join("http://h/a", "https://x/y"), "https://x/y");
    }

    #[test]
    fn redirects_do_not_leave_tls() {
        assert!(follow("https://h/a", "http://h/b").unwrap_err().contains("plain http"));
        assert_eq!(follow("https://h/a", "HTTPS://x/b").unwrap(), "HTTPS://x/b");
        assert_eq!(follow("https://h/a", "/b").unwrap(), "https://h/b");
        assert_eq!(follow("http://h/a", "http://x/b").unwrap(), "http://x/b");
    }

    #[test]
    fn a_closed_port_is_an_error_with_a_reason() {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        drop(listener);
        let error = blocking(&format!("http://127.0.0.1:{port}/openapi.yaml")).unwrap_err();
        assert!(error.contains("connect"), "{error}");
    }
}
