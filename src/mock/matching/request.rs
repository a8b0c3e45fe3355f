//! Conditions on a whole request.

use std::borrow::Cow;
use std::cell::OnceCell;

use indexmap::IndexMap;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{BodyMatcher, TextMatcher};
use crate::contract::OperationHead;
use crate::wire::query;
use crate::wire::{Request, percent};

/// What a request must be; all that is given must hold, and what is not given may be anything.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct RequestMatcher {
    /// The method, without case.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub method: Option<String>,
    /// The path. A bare text may be a template (`/pets/{id}`), or end in `*`, which stands for anything; without the
    /// base path of the servers it fits with and without it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub path: Option<TextMatcher>,
    /// The operation: its id, or `METHOD /path`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub operation: Option<String>,
    /// Members of the query, decoded, by name.
    #[serde(skip_serializing_if = "IndexMap::is_empty")]
    pub query: IndexMap<String, TextMatcher>,
    /// Headers by name, without case.
    #[serde(skip_serializing_if = "IndexMap::is_empty")]
    pub headers: IndexMap<String, TextMatcher>,
    /// The body.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub body: Option<BodyMatcher>,
}

/// A request to compare with, and what is known of it.
#[derive(Debug)]
pub struct Subject<'r> {
    request: &'r Request,
    head: Option<&'r OperationHead>,
    json: OnceCell<Option<Value>>,
}

impl<'r> Subject<'r> {
    /// A request with the operation that it was routed to.
    #[must_use]
    pub fn new(request: &'r Request, head: Option<&'r OperationHead>) -> Self {
        Self { request, head, json: OnceCell::new() }
    }

    fn json(&self) -> Option<&Value> {
        let read = || serde_json::from_slice(self.request.body.as_deref()?).ok();
        self.json.get_or_init(read).as_ref()
    }
}

impl RequestMatcher {
    /// Requests of this method and path (which may be a template, or end in `*`).
    #[must_use]
    pub fn on(method: &str, path: &str) -> Self {
        Self { method: Some(method.to_owned()), path: Some(TextMatcher::equals(path)), ..Self::default() }
    }

    /// The same, with this header.
    #[must_use]
    pub fn with_header(mut self, name: &str, value: TextMatcher) -> Self {
        self.headers.insert(name.to_owned(), value);
        self
    }

    /// The same, with this member of the query.
    #[must_use]
    pub fn with_query(mut self, name: &str, value: TextMatcher) -> Self {
        self.query.insert(name.to_owned(), value);
        self
    }

    /// The same, with a JSON body that contains this.
    #[must_use]
    pub fn with_body(mut self, part: Value) -> Self {
        self.body.get_or_insert_default().contains = Some(part);
        self
    }

    /// Whether the request fits.
    #[must_use]
    pub fn takes(&self, subject: &Subject<'_>) -> bool {
        self.line_misses(subject).is_empty() && self.misses(subject).is_empty()
    }

    /// All that does not fit, in sentences.
    #[must_use]
    pub fn misses(&self, subject: &Subject<'_>) -> Vec<String> {
        let mut misses = self.line_misses(subject);
        let request = subject.request;
        if !self.query.is_empty() {
            let members: Vec<_> = query::members(request.query().unwrap_or_default()).collect();
            for (name, wanted) in &self.query {
                let values: Vec<Cow<'_, str>> =
                    members.iter().filter(|m| m.name == name.as_str()).map(query::Member::value).collect();
                let values: Vec<&str> = values.iter().map(AsRef::as_ref).collect();
                misses.extend(wanted.miss(&values).map(|miss| format!("`{name}` of the query {miss}")));
            }
        }
        for (name, wanted) in &self.headers {
            let values: Vec<Cow<'_, str>> =
                request.headers.all(name).map(|value| String::from_utf8_lossy(value)).collect();
            let values: Vec<&str> = values.iter().map(AsRef::as_ref).collect();
            misses.extend(wanted.miss(&values).map(|miss| format!("the header `{name}` {miss}")));
        }
        if let Some(wanted) = &self.body {
            let text = String::from_utf8_lossy(request.body.as_deref().unwrap_or_default());
            wanted.misses(&text, subject.json(), &mut misses);
        }
        misses
    }

    /// What does not fit of method, operation and path.
    fn line_misses(&self, subject: &Subject<'_>) -> Vec<String> {
        let request = subject.request;
        let mut misses = Vec::new();
        if let Some(wanted) = self.method.as_deref().filter(|m| !m.eq_ignore_ascii_case(&request.method)) {
            misses.push(format!("the method should be {wanted}, is {}", request.method));
        }
        if let Some(wanted) = self.operation.as_deref()
            && !subject.head.is_some_and(|head| names(head, wanted))
        {
            let there = subject.head.map_or("none", |head| head.id.as_str());
            misses.push(format!("the operation should be `{wanted}`, is `{there}`"));
        }
        if let Some(wanted) = &self.path
            && let Some(miss) = path_miss(wanted, request.path(), subject.head)
        {
            misses.push(format!("the path {miss}"));
        }
        misses
    }

    /// Whether requests of this operation can fit at all, as far as method, operation and path tell.
    #[must_use]
    pub fn may_concern(&self, head: &OperationHead) -> bool {
        let path = self.path.as_ref().and_then(|path| path.equals.as_deref());
        self.method.as_deref().is_none_or(|m| {
            m.eq_ignore_ascii_case(&head.method) || m.eq_ignore_ascii_case("HEAD") && head.method == "GET"
        }) && self.operation.as_deref().is_none_or(|wanted| names(head, wanted))
            && path.is_none_or(|path| path.ends_with('*') || overlaps(path, &head.path))
    }
}

impl RequestMatcher {
    /// How much of the path is the operation's own, in segments; what stands in front is taken for a base path. 0 for what
    /// says nothing of that.
    #[must_use]
    pub(in crate::mock) fn own_segments(&self, head: &OperationHead) -> usize {
        let path = self.path.as_ref().and_then(|path| path.equals.as_deref());
        path.filter(|path| !path.ends_with('*')).map_or(0, |_| segments(&head.path).count())
    }
}

/// Whether `name` names the operation: its id, or method and path.
#[must_use]
pub(in crate::mock) fn names(head: &OperationHead, name: &str) -> bool {
    head.id == name
        || name.split_once(' ').is_some_and(|(method, path)| {
            method.eq_ignore_ascii_case(&head.method) && path.trim_start() == head.path
        })
}

fn path_miss(wanted: &TextMatcher, path: &str, head: Option<&OperationHead>) -> Option<String> {
    let Some(text) = wanted.equals.as_deref() else { return wanted.miss(&[path]) };
    let rest = TextMatcher { equals: None, ..wanted.clone() };
    if fits(text, path, head) {
        return rest.miss(&[path]);
    }
    Some(wanted.against(&format!("`{path}`")))
}

fn fits(wanted: &str, path: &str, head: Option<&OperationHead>) -> bool {
    if let Some(start) = wanted.strip_suffix('*') {
        return path.starts_with(start);
    }
    if wanted == path || matches(wanted, path) {
        return true;
    }
    // Behind the base path of a server: the operation's own template says how many segments are the path's own.
    let Some(head) = head else { return false };
    let own = segments(&head.path).count();
    let all = segments(path).count();
    if all <= own || segments(wanted).count() != own {
        return false;
    }
    let behind: Vec<&str> = segments(path).skip(all - own).collect();
    matches(wanted, &format!("/{}", behind.join("/")))
}

fn segments(path: &str) -> impl Iterator<Item = &str> {
    path.strip_prefix('/').unwrap_or(path).split('/')
}

/// Segment by segment equal once decoded; a segment with braces takes any text around which its own literal text stands.
fn matches(template: &str, path: &str) -> bool {
    let (mut wanted, mut given) = (segments(template), segments(path));
    loop {
        match (wanted.next(), given.next()) {
            (None, None) => return true,
            (Some(wanted), Some(given)) if segment_fits(wanted, given) => {}
            _ => return false,
        }
    }
}

fn segment_fits(wanted: &str, given: &str) -> bool {
    match (wanted.find('{'), wanted.rfind('}')) {
        (Some(open), Some(close)) if open < close => {
            let (start, end) = (&wanted[..open], &wanted[close + 1..]);
            given.len() > start.len() + end.len() && given.starts_with(start) && given.ends_with(end)
        }
        _ => percent::decode_text(wanted) == percent::decode_text(given),
    }
}

/// Whether one path may fit both.
fn overlaps(a: &str, b: &str) -> bool {
    let b = b.split_once('?').map_or(b, |(path, _)| path);
    let either =
        |a: &str, b: &str| segment_fits(a, b) || segment_fits(b, a) || a.contains('{') && b.contains('{');
    let (a, b): (Vec<&str>, Vec<&str>) = (segments(a).collect(), segments(b).collect());
    // The text may have the base path of a server in front.
    a.len() >= b.len() && a[a.len() - b.len()..].iter().zip(&b).all(|(a, b)| either(a, b))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contract::OperationIndex;
    use crate::document::Location;
    use serde_json::json;

    fn head() -> OperationHead {
        OperationHead {
            index: OperationIndex(0),
            method: "POST".to_owned(),
            path: "/pets/{petId}/toys".to_owned(),
            id: "addToy".to_owned(),
            tags: Vec::new(),
            location: Location::default(),
        }
    }

    fn matcher(value: Value) -> RequestMatcher {
        serde_json::from_value(value).unwrap()
    }

    fn asked(target: &str) -> Request {
        let mut request = Request { method: "POST".into(), target: target.into(), ..Request::default() };
        request.headers.push("X-A", "1");
        request.headers.push("x-a", "2");
        request.body = Some("{\"name\": \"ball\"}".into());
        request
    }

    #[test]
    fn all_conditions_must_hold() {
        let (request, head) = (asked("/v1/pets/7/toys?a=b%20c&a=d"), head());
        let subject = Subject::new(&request, Some(&head));
        for fits in [
            json!({}),
            json!({"method": "post", "operation": "addToy", "path": "/pets/{id}/toys"}),
            json!({"operation": "POST /pets/{petId}/toys", "path": "/v1/pets/7/toys"}),
            json!({"path": "/pets/7/toys"}),
            json!({"path": "/v1/*"}),
            json!({"path": {"regex": "/7/"}}),
            json!({"query": {"a": "d", "b": {"present": false}}, "headers": {"X-a": "2"}}),
            json!({"query": {"a": "b c"}, "body": {"contains": {"name": "ball"}}}),
        ] {
            assert_eq!(matcher(fits.clone()).misses(&subject), [""; 0], "{fits}");
            assert!(matcher(fits).takes(&subject));
        }
        let wrong = matcher(json!({
            "method": "GET", "operation": "other", "path": "/pets/8/toys", "query": {"a": "x"},
            "headers": {"x-b": "1"}, "body": {"pointers": {"/name": "cube"}}
        }));
        assert_eq!(wrong.misses(&subject).len(), 6, "{:?}", wrong.misses(&subject));
        for other in ["/toys", "/pets/7/toys/", "/pets/{a}/{b}/toys", "/other/7/toys"] {
            assert!(!matcher(json!({"path": other})).takes(&subject), "{other}");
        }
        assert!(serde_json::from_value::<RequestMatcher>(json!({"url": "/"})).is_err());
    }

    #[test]
    fn operations_that_can_fit_are_known_before() {
        let may = |value: Value| matcher(value).may_concern(&head());
        assert!(
            may(json!({}))
                && may(json!({"path": "/pets/7/toys"}))
                && may(json!({"path": "/v1/pets/{x}/toys"}))
        );
        assert!(may(json!({"path": {"regex": "x"}})) && may(json!({"operation": "addToy"})));
        assert!(!may(json!({"path": "/pets"})) && !may(json!({"method": "GET"})));
        assert!(!may(json!({"operation": "other"})) && !may(json!({"path": "/pets/7/friends"})));
    }
}
