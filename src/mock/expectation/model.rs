//! An expectation as users write it.

use base64::Engine;
use bytes::Bytes;
use indexmap::IndexMap;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;

use crate::base::limits::{EXPECTATION_ANSWERS_MAX, EXPECTATION_BYTES_MAX};
use crate::mock::fault::{FaultKind, FaultRule};
use crate::mock::latency::Latency;
use crate::mock::matching::RequestMatcher;
use crate::mock::prefer::Prefer;
use crate::wire::Headers;

/// For this request answer that.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Expectation {
    /// Its name; the mock gives one where there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// Which requests.
    pub request: RequestMatcher,
    /// What is answered.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub answer: Option<ExpectedAnswer>,
    /// What is answered one after the other; the last for ever, unless `times` ends it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub answers: Vec<ExpectedAnswer>,
    /// How many requests it answers; for ever when none is given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub times: Option<u64>,
    /// The greater one goes first; of equals, the newer.
    pub priority: i64,
    /// Answers that break the contract are sent all the same.
    pub force: bool,
}

/// What is answered: a status, headers and body; or (`prefer`) what a request with this `Prefer` header would get; or,
/// with only a delay or fault, what the mock would answer anyhow.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ExpectedAnswer {
    /// The status; 200 when only a body or headers are given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// Headers.
    #[serde(skip_serializing_if = "IndexMap::is_empty")]
    pub headers: IndexMap<String, HeaderTexts>,
    /// The body, written as JSON.
    #[serde(deserialize_with = "some", skip_serializing_if = "Option::is_none")]
    pub body: Option<Value>,
    /// The body as it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// The body's bytes in Base64 (RFC 4648 §4).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub base64: Option<String>,
    /// How long it is kept waiting.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub delay: Option<Latency>,
    /// What goes wrong with it: `reset`, `truncate:100`, `slow:2kB/s`, `garbage` (as `--fault`, without a rate).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fault: Option<String>,
    /// A preference: `code=404, example=NAME`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub prefer: Option<String>,
    /// How many requests it answers before the next one of a sequence; 1 when none is given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub times: Option<u64>,
}

/// The values of a header.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum HeaderTexts {
    /// One field.
    One(String),
    /// Several fields of one name.
    Many(Vec<String>),
}

/// `null` is a body too.
fn some<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Value>, D::Error> {
    Value::deserialize(deserializer).map(Some)
}

/// An answer, ready to be sent.
#[derive(Clone, Debug)]
pub(in crate::mock) struct Ready {
    pub(in crate::mock) kind: Kind,
    pub(in crate::mock) delay: Option<Latency>,
    pub(in crate::mock) fault: Option<FaultRule>,
    /// How many requests it answers.
    pub(in crate::mock) times: u64,
}

/// Where an answer comes from.
#[derive(Clone, Debug)]
pub(in crate::mock) enum Kind {
    /// It is given.
    Fixed(Fixed),
    /// It is what a request that prefers this gets.
    Preferred(String),
    /// It is what the mock says.
    Own,
}

/// An answer that is given.
#[derive(Clone, Debug)]
pub(in crate::mock) struct Fixed {
    pub(in crate::mock) status: u16,
    pub(in crate::mock) headers: Headers,
    pub(in crate::mock) body: Bytes,
    /// The media type where no header says it: JSON, text or neither.
    pub(in crate::mock) media: Option<&'static str>,
}

impl Expectation {
    /// An expectation for these requests, which answers nothing yet.
    #[must_use]
    pub fn when(request: RequestMatcher) -> Self {
        Self { request, ..Self::default() }
    }

    /// Requests of this method and path (which may be a template, or end in `*`).
    #[must_use]
    pub fn on(method: &str, path: &str) -> Self {
        Self::when(RequestMatcher::on(method, path))
    }

    /// The same, answered so after what was said before.
    #[must_use]
    pub fn then(mut self, answer: ExpectedAnswer) -> Self {
        self.answers.push(answer);
        self
    }

    /// The same, for so many requests.
    #[must_use]
    pub fn times(mut self, times: u64) -> Self {
        self.times = Some(times);
        self
    }

    /// The same, even where the contract is broken.
    #[must_use]
    pub fn forced(mut self) -> Self {
        self.force = true;
        self
    }

    /// The answers, ready to be sent.
    ///
    /// # Errors
    /// What is wrong with them, one sentence.
    pub(in crate::mock) fn ready(&self) -> Result<Vec<Ready>, String> {
        let answers: Vec<&ExpectedAnswer> = match (&self.answer, self.answers.as_slice()) {
            (Some(answer), []) => vec![answer],
            (None, []) => return Err("`answer` or `answers` is missing".to_owned()),
            (None, answers) => answers.iter().collect(),
            (Some(_), _) => return Err("only one of `answer` and `answers` can be given".to_owned()),
        };
        if answers.len() > EXPECTATION_ANSWERS_MAX {
            return Err(format!("there are more than {EXPECTATION_ANSWERS_MAX} answers"));
        }
        if self.times == Some(0) {
            return Err("`times` must be at least 1".to_owned());
        }
        let ready: Vec<Ready> = answers.into_iter().map(ExpectedAnswer::ready).collect::<Result<_, _>>()?;
        let bytes = |ready: &Ready| if let Kind::Fixed(fixed) = &ready.kind { fixed.body.len() } else { 0 };
        if ready.iter().map(bytes).sum::<usize>() > EXPECTATION_BYTES_MAX {
            return Err(format!("the bodies of the answers have more than {EXPECTATION_BYTES_MAX} bytes"));
        }
        Ok(ready)
    }
}

impl ExpectedAnswer {
    /// A status without a body.
    #[must_use]
    pub fn status(status: u16) -> Self {
        Self { status: Some(status), ..Self::default() }
    }

    /// A status with a JSON body.
    #[must_use]
    pub fn json(status: u16, body: Value) -> Self {
        Self { status: Some(status), body: Some(body), ..Self::default() }
    }

    fn ready(&self) -> Result<Ready, String> {
        let fault = self.fault.as_deref().map(FaultRule::how).transpose()?;
        if let Some(rule) = &fault {
            rule.check()?;
            if matches!(rule.kind, FaultKind::Declared(_) | FaultKind::Latency | FaultKind::Status) {
                let known = "reset, truncate, slow, garbage";
                return Err(format!("an answer's `fault` is one of {known}, not `{}`", rule.kind.name()));
            }
        }
        let given = self.status.is_some()
            || !self.headers.is_empty()
            || self.body.is_some()
            || self.text.is_some()
            || self.base64.is_some();
        let kind = match &self.prefer {
            Some(_) if given => {
                return Err(
                    "`prefer` has the answer made: it can't have a status, headers or body too".to_owned()
                );
            }
            Some(prefer) => {
                let mut headers = Headers::new();
                headers.push("prefer", prefer.clone());
                if Prefer::of(&headers).is_empty() {
                    return Err(format!(
                        "`{prefer}` prefers nothing; it is written code=404, example=NAME and the like"
                    ));
                }
                Kind::Preferred(prefer.clone())
            }
            None if given => Kind::Fixed(self.fixed()?),
            None if self.delay.is_none() && fault.is_none() => {
                return Err("the answer says nothing: give a status, body, prefer, delay or fault".to_owned());
            }
            None => Kind::Own,
        };
        let times = self.times.unwrap_or(1);
        if times == 0 {
            return Err("`times` must be at least 1".to_owned());
        }
        Ok(Ready { kind, delay: self.delay, fault, times })
    }

    fn fixed(&self) -> Result<Fixed, String> {
        let status = self.status.unwrap_or(200);
        if !(200..=599).contains(&status) {
            return Err(format!("the status {status} is not between 200 and 599"));
        }
        let (body, media) = match (&self.body, &self.text, &self.base64) {
            (None, None, None) => (Bytes::new(), None),
            (Some(value), None, None) => (Bytes::from(value.to_string()), Some("application/json")),
            (None, Some(text), None) => (Bytes::from(text.clone()), Some("text/plain; charset=utf-8")),
            (None, None, Some(text)) => {
                let bytes = base64::engine::general_purpose::STANDARD.decode(text);
                let bytes = bytes.map_err(|error| format!("`base64` can't be read: {error}"))?;
                (Bytes::from(bytes), Some("application/octet-stream"))
            }
            _ => return Err("only one of `body`, `text` and `base64` can be given".to_owned()),
        };
        if !body.is_empty() && matches!(status, 204 | 205 | 304) {
            return Err(format!("an answer with the status {status} has no body (RFC 9110 §6.4.1)"));
        }
        let mut headers = Headers::new();
        for (name, texts) in &self.headers {
            let token = |b: u8| b.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&b);
            if name.is_empty() || !name.bytes().all(token) {
                return Err(format!("`{name}` is no name of a header"));
            }
            if ["content-length", "transfer-encoding", "connection"]
                .contains(&name.to_ascii_lowercase().as_str())
            {
                return Err(format!("the header `{name}` is for the server to set"));
            }
            let texts = match texts {
                HeaderTexts::One(text) => std::slice::from_ref(text),
                HeaderTexts::Many(texts) => texts.as_slice(),
            };
            for text in texts {
                if !text.bytes().all(|b| b == b'\t' || (b >= 0x20 && b != 0x7f)) {
                    return Err(format!("the value of the header `{name}` has control characters"));
                }
                headers.push(name.clone(), text.clone());
            }
        }
        Ok(Fixed { status, headers, body, media })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn ready(answer: Value) -> Result<Ready, String> {
        serde_json::from_value::<ExpectedAnswer>(answer).map_err(|error| error.to_string())?.ready()
    }

    #[test]
    fn answers_are_given_preferred_or_the_mocks_own() {
        let Kind::Fixed(fixed) = ready(json!({"body": null, "headers": {"x": ["a", "b"]}})).unwrap().kind
        else {
            panic!("not fixed");
        };
        assert_eq!((fixed.status, &fixed.body[..], fixed.headers.all("x").count()), (200, &b"null"[..], 2));
        assert!(matches!(ready(json!({"prefer": "code=404"})).unwrap().kind, Kind::Preferred(_)));
        let own = ready(json!({"delay": "5ms", "fault": "slow:1kB/s", "times": 3})).unwrap();
        assert!(matches!(own.kind, Kind::Own) && own.times == 3 && own.fault.is_some());
    }

    #[test]
    fn what_makes_no_answer_is_refused() {
        for wrong in [
            json!({}),
            json!({"status": 100}),
            json!({"status": 600}),
            json!({"status": 204, "text": "x"}),
            json!({"body": 1, "text": "x"}),
            json!({"base64": "%"}),
            json!({"prefer": "respond-async"}),
            json!({"prefer": "code=404", "status": 404}),
            json!({"fault": "status:503"}),
            json!({"fault": "earthquake"}),
            json!({"fault": "slow:0"}),
            json!({"delay": "1h"}),
            json!({"status": 200, "times": 0}),
            json!({"headers": {"a b": "c"}}),
            json!({"headers": {"a": "b\r\nc: d"}}),
            json!({"headers": {"Content-Length": "5"}}),
            json!({"stauts": 200}),
        ] {
            assert!(ready(wrong.clone()).is_err(), "{wrong}");
        }
        let wrong = |expectation: Value| {
            serde_json::from_value::<Expectation>(expectation).unwrap().ready().unwrap_err()
        };
        assert!(wrong(json!({"request": {}})).contains("missing"));
        assert!(wrong(json!({"answer": {"status": 200}, "answers": [{"status": 200}]})).contains("only one"));
        assert!(wrong(json!({"answer": {"status": 200}, "times": 0})).contains("at least 1"));
        let many = vec![json!({"status": 200}); EXPECTATION_ANSWERS_MAX + 1];
        assert!(wrong(json!({"answers": many})).contains("more than"));
        let long = "x".repeat(EXPECTATION_BYTES_MAX + 1);
        assert!(wrong(json!({"answer": {"text": long}})).contains("bytes"));
    }
}
