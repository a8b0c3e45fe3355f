//! Exchanges as they may be shown: cut to what people read, without secrets.

use crate::base::limits::SHOWN_CHARS_MAX;
use crate::base::secret::Redactor;
use crate::client::curl;
use crate::exercise::event::FindingStep;
use crate::wire::masked::redactor_of;
use crate::wire::{Exchange, MaskedHeaders, MaskedRequest, MaskedResponse};

/// How many characters of a body are shown.
const BODY_CHARS_MAX: usize = 2000;

/// A redactor for the exchanges, and for what is said of them.
pub(super) fn redactor<'e>(
    redactor: &Redactor,
    exchanges: impl Iterator<Item = &'e Exchange> + Clone,
) -> Redactor {
    let answers = exchanges.clone().filter_map(|exchange| exchange.outcome.as_ref().ok());
    redactor_of(redactor, exchanges.map(|exchange| &exchange.request), answers)
}

fn headers(headers: &MaskedHeaders) -> Vec<(crate::base::secret::Masked, crate::base::secret::Masked)> {
    headers.texts().into_iter().map(|(name, value)| (name, value.cut(SHOWN_CHARS_MAX))).collect()
}

/// An exchange as a step of a finding.
pub(super) fn step(
    role: &str,
    repeat: usize,
    exchange: &Exchange,
    base: &str,
    redactor: &Redactor,
) -> FindingStep {
    let request = MaskedRequest::of(&exchange.request, redactor);
    let (status, answer_headers, answer) = match &exchange.outcome {
        Ok(response) => {
            let response = MaskedResponse::of(response, redactor);
            (Some(response.status), headers(&response.headers), response.body.to_text().cut(BODY_CHARS_MAX))
        }
        Err(reason) => (None, Vec::new(), redactor.text(&reason.to_string())),
    };
    FindingStep {
        role: role.to_owned(),
        repeat,
        line: redactor.target(&format!("{} {}", exchange.request.method, exchange.request.target)),
        headers: headers(&request.headers),
        body: request.body.map(|body| body.to_text().cut(BODY_CHARS_MAX)),
        curl: curl::line(&exchange.request, base, redactor),
        status,
        answer_headers,
        answer,
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::base::secret::Secret;
    use crate::wire::{Request, Response, SendError};

    fn exchange(request: Request, outcome: Result<Response, SendError>) -> Exchange {
        Exchange { request, outcome, elapsed: Duration::ZERO }
    }

    #[test]
    fn secrets_are_masked_wherever_they_stand() {
        let mut request =
            Request { method: "GET".into(), target: "/a?k=s3cret-text".into(), ..Request::default() };
        request.headers.push("X-Api-Key", "s3cret-text");
        request.headers.push("x-token", "other-1");
        request.headers.push("x-plain", "see s3cret-text");
        let body = "you sent s3cret-text and other-1".into();
        let exchange = exchange(request, Ok(Response { status: 200, body, ..Response::default() }));
        let given = Redactor::builder().secret("", &Secret::new("s3cret-text")).build();
        let redactor = redactor(&given, std::iter::once(&exchange));
        let shown = step("plain", 1, &exchange, "http://h", &redactor);
        assert!(!format!("{shown:?}").contains("s3cret"), "{shown:?}");
        assert!(!format!("{shown:?}").contains("other"), "{shown:?}");
        assert_eq!(shown.status, Some(200));
        assert!(shown.curl.starts_with("curl"));
    }

    #[test]
    fn an_empty_credential_is_shown_as_such() {
        let mut request = Request { method: "GET".into(), target: "/".into(), ..Request::default() };
        request.headers.push("x-api-key", "");
        let exchange = exchange(request, Err(SendError::Broken("gone".into())));
        let shown = step("x", 1, &exchange, "http://h", &Redactor::default());
        assert_eq!(shown.headers[0].1, "");
        assert!(shown.answer.contains("gone"));
    }
}
