//! Answers keep the rules of HTTP itself (RFC 9110).

use crate::base::plain;
use crate::check::context::shown;
use crate::check::{Check, CheckContext, Failure};
use crate::wire::Response;

/// Fails where an answer breaks what RFC 9110 demands of any server: `WWW-Authenticate` on 401, `Allow` on 405,
/// `Location` on redirects, no body where none may be, a `Content-Length` that is true, one `Content-Type`,
/// dates in the only format allowed.
pub(super) struct HttpConformity;

impl Check for HttpConformity {
    fn name(&self) -> &'static str {
        "http-conformity"
    }

    fn about(&self) -> &'static str {
        "Answers keep the rules of HTTP (RFC 9110)."
    }

    fn check(&self, s: &CheckContext<'_>) -> Vec<Failure> {
        let Some(response) = s.response() else { return Vec::new() };
        let head = s.exchange.request.method == "HEAD";
        [
            challenge(response),
            allow(s, response),
            location(response),
            no_body(response, head),
            length(response, head),
            one_type(response),
            dates(response),
        ]
        .into_iter()
        .flatten()
        .map(|failure| failure.at(&s.operation.head.location))
        .collect()
    }
}

/// §11.6.1: a 401 must carry at least one challenge.
fn challenge(response: &Response) -> Option<Failure> {
    (response.status == 401
        && response.headers.get("www-authenticate").is_none_or(|v| v.trim_ascii().is_empty()))
    .then(|| {
        Failure::new("401 without WWW-Authenticate", "A 401 must say how to authenticate (RFC 9110 §11.6.1).")
            .expected("WWW-Authenticate with a challenge", "none")
    })
}

/// §15.5.6: a 405 must carry `Allow`.
fn allow(s: &CheckContext<'_>, response: &Response) -> Option<Failure> {
    (response.status == 405 && response.headers.get("allow").is_none()).then(|| {
        Failure::new("405 without Allow", "A 405 must say which methods are supported (RFC 9110 §15.5.6).")
            .expected(format!("Allow: {}", s.facts.methods.join(", ")), "no Allow header")
    })
}

/// §15.4: these redirects are useless without a place to go to.
fn location(response: &Response) -> Option<Failure> {
    let redirect = matches!(response.status, 301 | 302 | 303 | 307 | 308);
    (redirect && response.headers.get("location").is_none()).then(|| {
        Failure::new("redirect without Location", "A redirect must say where to (RFC 9110 §15.4).")
            .expected("a Location header", "none")
    })
}

/// §6.4.1: no body in answers to HEAD, nor with 204 and 304.
fn no_body(response: &Response, head: bool) -> Option<Failure> {
    let forbidden = head || matches!(response.status, 204 | 304);
    (forbidden && !response.body.is_empty()).then(|| {
        let why = if head { "to HEAD".to_owned() } else { format!("with {}", response.status) };
        Failure::new(format!("body {why}"), format!("An answer {why} has no body (RFC 9110 §6.4.1)."))
            .expected("no body", format!("{} bytes", response.body.len()))
    })
}

/// §8.6: the length is the body's, in digits; and never with 204.
fn length(response: &Response, head: bool) -> Option<Failure> {
    let text = response.headers.get_str("content-length")?;
    let fail = |seen: String| {
        Failure::new("wrong Content-Length", "Content-Length is not the body's length (RFC 9110 §8.6).")
            .expected(format!("{} bytes", response.body.len()), seen)
    };
    if text.is_empty() || !text.bytes().all(|b| b.is_ascii_digit()) {
        return Some(fail(shown(text)));
    }
    let encoded = response.headers.get("content-encoding").is_some();
    let comparable = !head && !encoded && !response.truncated && response.status != 304;
    let length: u128 = text.parse().unwrap_or(u128::MAX);
    (comparable && length != response.body.len() as u128).then(|| fail(format!("Content-Length: {text}")))
}

/// §8.3: one media type, not several.
fn one_type(response: &Response) -> Option<Failure> {
    let types: Vec<_> = response.headers.all("content-type").collect();
    (types.len() > 1).then(|| {
        let seen: Vec<_> = types.iter().map(|t| plain::utf8(t)).collect();
        Failure::new("several Content-Types", "A message has one Content-Type (RFC 9110 §8.3, §5.3).")
            .expected("one Content-Type", shown(&seen.join(" and ")))
    })
}

/// §5.6.7: dates are written as `Sun, 06 Nov 1994 08:49:37 GMT`.
fn dates(response: &Response) -> Option<Failure> {
    ["date", "last-modified"].into_iter().find_map(|name| {
        let text = response.headers.get_str(name)?;
        (!is_imf_fixdate(text)).then(|| {
            Failure::new(format!("bad {name}"), format!("`{name}` is no HTTP date (RFC 9110 §5.6.7)."))
                .expected("such as Sun, 06 Nov 1994 08:49:37 GMT", shown(text))
        })
    })
}

fn is_imf_fixdate(text: &str) -> bool {
    let Some(date) = text.strip_suffix(" GMT") else { return false };
    let shape = b"Aaa, 00 Aaa 0000 00:00:00";
    date.len() == shape.len()
        && date.bytes().zip(shape).all(|(byte, wanted)| match wanted {
            b'A' => byte.is_ascii_uppercase(),
            b'a' => byte.is_ascii_lowercase(),
            b'0' => byte.is_ascii_digit(),
            other => byte == *other,
        })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::testing::{exchange, json, verdict};
    use crate::validate::intent::{Intent, Subject, Tampering};
    use crate::wire::Exchange;

    fn causes(exchange: &Exchange) -> Vec<String> {
        let intent = Intent::Valid(Subject::Unknown);
        verdict(&HttpConformity, &intent, exchange).into_iter().map(|f| f.cause).collect()
    }

    #[test]
    fn conforming_answers_pass() {
        let date = ("Date", "Tue, 24 Nov 2026 03:00:00 GMT");
        assert!(causes(&exchange(200, &[date, ("content-length", "2")], "{}")).is_empty());
        assert!(causes(&exchange(401, &[("www-authenticate", "APIKey")], "")).is_empty());
        let intent = Intent::Credentials(Tampering::Missing);
        assert_eq!(verdict(&HttpConformity, &intent, &json(422, "{}")), []);
    }

    #[test]
    fn answers_against_the_rules_fail() {
        assert_eq!(causes(&exchange(401, &[], "")), ["401 without WWW-Authenticate"]);
        assert_eq!(causes(&exchange(405, &[], "")), ["405 without Allow"]);
        assert_eq!(causes(&exchange(302, &[], "")), ["redirect without Location"]);
        assert_eq!(causes(&exchange(204, &[], "x")), ["body with 204"]);
        assert_eq!(causes(&exchange(200, &[("content-length", "7")], "x")), ["wrong Content-Length"]);
        assert_eq!(causes(&exchange(200, &[("date", "2026-11-24")], "")), ["bad date"]);
        let twice = [("content-type", "text/plain"), ("content-type", "text/html")];
        assert_eq!(causes(&exchange(200, &twice, "x")), ["several Content-Types"]);
        let mut head = exchange(200, &[], "x");
        head.request.method = "HEAD".to_owned();
        assert_eq!(causes(&head), ["body to HEAD"]);
    }
}
