//! Prepared answers with what a request says of the entity put in: its id, its tenant, what the operation makes of it.

use bytes::Bytes;
use serde_json::Value;

use super::responder::Responder;
use crate::base::json;
use crate::framework::{Reason, Refusal};
use crate::mock::act::last_value;
use crate::mock::catalog::plan::{Member, Plan, Prepared};
use crate::mock::content::body;
use crate::mock::content::put::put;
use crate::mock::refusal::refuser::with_body;
use crate::resource::{Action, Link, Resource};
use crate::wire::{Request, Response};

impl Responder<'_> {
    /// A prepared answer, with what the request says about the entity put in where the contract lets it.
    pub(super) fn as_prepared(
        &self,
        plan: &Plan,
        prepared: &Prepared,
        status: u16,
        values: &[(String, String)],
        request: &Request,
    ) -> Response {
        if let Some(refused) = self.lacking(plan, prepared) {
            return refused;
        }
        let mut response = match &prepared.body {
            None => Response { status, ..Response::default() },
            Some(made) => with_body(status, made),
        };
        if let Some(body) = self.echoed(plan, prepared, values, request) {
            response.body = body;
        }
        response.headers.0.extend(prepared.headers.0.iter().cloned());
        response
    }

    /// The answer where the documented one has a body whose schema has no value: an error that says so.
    fn lacking(&self, plan: &Plan, prepared: &Prepared) -> Option<Response> {
        let message = self.catalog.no_value(prepared.body.as_ref()?.lacks.as_deref()?);
        Some(self.catalog.refusal(Some(plan), &Refusal::plain(500, Reason::Fault, message)))
    }

    /// The body with what this request means; `None` where it says nothing.
    fn echoed(
        &self,
        plan: &Plan,
        prepared: &Prepared,
        values: &[(String, String)],
        request: &Request,
    ) -> Option<Bytes> {
        let made = prepared.body.as_ref().filter(|made| made.media.is_json())?;
        let (value, schema) = (made.value.as_ref()?, plan.schema.as_ref()?);
        let link = self.catalog.effect(plan)?;
        let resource = self.catalog.resource(link.resource);
        let said = said(plan, link, resource, values, request);
        let always = always(link, resource);
        if said.is_empty() && always.is_empty() {
            return None;
        }
        let set = |value: &mut Value, property: &str, text: &str| {
            put(value, property, text, &|v| schema.is_valid(v));
        };
        // In the usual case nothing has to be judged, and the rest lies there written.
        if said.iter().all(|(property, _)| plan.takes_any_text(property))
            && let Some(members) = prepared.members(|| {
                let mut value = value.clone();
                always.iter().for_each(|(property, text)| set(&mut value, property, text));
                value
            })
        {
            return Some(spliced(members, &said));
        }
        let mut value = value.clone();
        said.iter().for_each(|(property, text)| set(&mut value, property, text));
        always.iter().for_each(|(property, text)| set(&mut value, property, text));
        Some(body::write(&made.media, made.schema.as_ref(), value).bytes)
    }
}

/// What the request says: the id and the tenant.
fn said<'r>(
    plan: &Plan,
    link: &Link,
    resource: &'r Resource,
    values: &[(String, String)],
    request: &Request,
) -> Vec<(&'r str, String)> {
    let mut said = Vec::new();
    if let Some(id) = &resource.id
        && link.id.is_some()
        && link.by.is_none()
        && !matches!(link.action, Action::Below | Action::Act)
        && link.id == plan.last_parameter
    {
        said.push((id.as_str(), last_value(values)));
    }
    if let Some(tenant) = &resource.tenant
        && !tenant.property.is_empty()
        && let Some(sent) = request.headers.get_str(&tenant.header)
    {
        said.push((tenant.property.as_str(), sent.to_owned()));
    }
    said
}

/// What the operation makes of every entity.
fn always<'r>(link: &Link, resource: &'r Resource) -> Vec<(&'r str, &'r str)> {
    if link.action != Action::Delete {
        return Vec::new();
    }
    resource
        .delete
        .set
        .iter()
        .filter_map(|(property, text)| Some((property.as_str(), text.as_str()?)))
        .collect()
}

/// An object as text, from its members as they are written and from those that are said.
fn spliced(members: &[Member], said: &[(&str, String)]) -> Bytes {
    let length: usize = members.iter().map(|(_, text)| text.len() + 1).sum();
    let more: usize = said.iter().map(|(name, text)| name.len() + text.len() + 8).sum();
    let mut out = String::with_capacity(length + more + 2);
    // Of what is said twice, the last counts.
    let own = |name: &str| said.iter().rev().find(|(said, _)| *said == name).map(|(_, text)| text);
    let put = |out: &mut String, name: &str, text: &str| {
        json::quote(out, name);
        out.push(':');
        json::quote(out, text);
    };
    for (name, written) in members {
        out.push(if out.is_empty() { '{' } else { ',' });
        match own(name) {
            Some(text) => put(&mut out, name, text),
            None => out.push_str(written),
        }
    }
    for (at, (name, _)) in said.iter().enumerate() {
        let known = members.iter().any(|(known, _)| known == name);
        if !known && !said[..at].iter().any(|(before, _)| before == name) {
            out.push(if out.is_empty() { '{' } else { ',' });
            put(&mut out, name, own(name).map_or("", String::as_str));
        }
    }
    if out.is_empty() {
        out.push('{');
    }
    out.push('}');
    out.into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_is_said_stands_in_its_place() {
        let members =
            [("a".to_owned(), "\"a\":[1,2]".to_owned()), ("b\"".into(), r#""b\"":null"#.to_owned())];
        let read = |said: &[(&str, String)]| {
            let text = spliced(&members, said);
            (serde_json::from_slice::<Value>(&text).unwrap(), text)
        };
        assert_eq!(read(&[]).0, json!({"a": [1, 2], "b\"": null}));
        let (value, text) = read(&[("b\"", "\n\"".into()), ("c", String::new())]);
        assert_eq!(value, json!({"a": [1, 2], "b\"": "\n\"", "c": ""}));
        assert_eq!(text, value.to_string());
        assert_eq!(read(&[("a", "x".into()), ("a", "y".into())]).0["a"], "y");
        assert_eq!(spliced(&[], &[]), "{}");
        assert_eq!(spliced(&[], &[("a", "x".into()), ("a", "y".into())]), r#"{"a":"y"}"#);
    }
}
