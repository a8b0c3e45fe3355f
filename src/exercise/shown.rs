//! Exchanges as they may be shown: cut to what people read, without secrets.

use crate::base::limits::SHOWN_CHARS_MAX;
use crate::base::plain;
use crate::base::secret::{MASK, is_searchable, is_secret_header};
use crate::client::curl;
use crate::exercise::event::FindingStep;
use crate::wire::{Headers, Request, Response};

/// How many characters of a body are shown.
const BODY_CHARS_MAX: usize = 2000;

/// What must not be shown.
#[derive(Clone, Debug, Default)]
pub(super) struct Secrets {
    /// Names of header fields, query members and cookies.
    pub(super) names: Vec<String>,
    /// Texts, wherever they stand.
    pub(super) texts: Vec<String>,
}

impl Secrets {
    fn hides(&self, name: &str) -> bool {
        is_secret_header(name) || self.names.iter().any(|known| known.eq_ignore_ascii_case(name))
    }

    /// The text with every secret in it masked.
    pub(super) fn mask(&self, text: &str) -> String {
        let mut text = text.to_owned();
        for secret in self.texts.iter().filter(|s| is_searchable(s)) {
            if text.contains(secret.as_str()) {
                text = text.replace(secret.as_str(), MASK);
            }
        }
        text
    }

    fn headers(&self, headers: &Headers) -> Vec<(String, String)> {
        headers
            .iter()
            .map(|(name, value)| {
                // An empty credential is no secret, and the point of some cases.
                let shown = if self.hides(name) && !value.is_empty() {
                    MASK.to_owned()
                } else {
                    self.mask(&cut(&plain::utf8(value), SHOWN_CHARS_MAX))
                };
                (name.to_owned(), shown)
            })
            .collect()
    }
}

fn cut(text: &str, chars: usize) -> String {
    match text.char_indices().nth(chars) {
        None => text.to_owned(),
        Some((at, _)) => format!("{}…", &text[..at]),
    }
}

/// An exchange as a step of a finding.
pub(super) fn step(
    role: &str,
    repeat: usize,
    request: &Request,
    outcome: &Result<Response, String>,
    base: &str,
    secrets: &Secrets,
) -> FindingStep {
    let (status, answer_headers, answer) = match outcome {
        Ok(response) => {
            let text = cut(&plain::utf8(&response.body), BODY_CHARS_MAX);
            (Some(response.status), secrets.headers(&response.headers), secrets.mask(&text))
        }
        Err(reason) => (None, Vec::new(), reason.clone()),
    };
    FindingStep {
        role: role.to_owned(),
        repeat,
        line: secrets.mask(&format!("{} {}", request.method, request.target)),
        headers: secrets.headers(&request.headers),
        body: request.body.as_ref().map(|body| secrets.mask(&cut(&plain::utf8(body), BODY_CHARS_MAX))),
        curl: secrets.mask(&curl::line(request, base, &secrets.names, false)),
        status,
        answer_headers,
        answer,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_masked_wherever_they_stand() {
        let mut request =
            Request { method: "GET".into(), target: "/a?k=s3cret-text".into(), ..Request::default() };
        request.headers.push("X-Api-Key", "s3cret-text");
        request.headers.push("x-token", "other");
        request.headers.push("x-plain", "see s3cret-text");
        let response = Response { status: 200, body: "you sent s3cret-text".into(), ..Response::default() };
        let secrets = Secrets { names: vec!["X-Token".into()], texts: vec!["s3cret-text".into()] };
        let shown = step("plain", 1, &request, &Ok(response), "http://h", &secrets);
        assert!(!format!("{shown:?}").contains("s3cret"), "{shown:?}");
        assert!(!format!("{shown:?}").contains("other"), "{shown:?}");
        assert_eq!(shown.status, Some(200));
        assert!(shown.curl.starts_with("curl"));
    }

    #[test]
    fn an_empty_credential_is_shown_as_such() {
        let mut request = Request { method: "GET".into(), target: "/".into(), ..Request::default() };
        request.headers.push("x-api-key", "");
        let shown = step("x", 1, &request, &Err("gone".into()), "http://h", &Secrets::default());
        assert_eq!(shown.headers, [("x-api-key".to_owned(), String::new())]);
        assert_eq!(shown.answer, "gone");
    }
}
