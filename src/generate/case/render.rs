//! Parts become a request.

use std::collections::BTreeMap;
use std::sync::Arc;

use bytes::Bytes;
use serde_json::Value;

use crate::contract::{Operation, Parameter, ParameterPlace, ParameterShape};
use crate::generate::case::credentials;
use crate::generate::case::forms;
use crate::generate::case::model::{Case, Coordinates};
use crate::generate::case::parts::{Content, Part, Slot};
use crate::generate::case::path::fill;
use crate::generate::case::plan::OperationPlan;
use crate::generate::case::recipe::PathForm;
use crate::generate::case::settings::CaseSettings;
use crate::generate::case::shield::Circumstances;
use crate::validate::intent::{Intent, Sent, Site};
use crate::wire::percent::{self, Keep};
use crate::wire::style::{Written, encode};
use crate::wire::{Headers, Request, coding, media};

/// What stands around the parts.
#[derive(Clone, Debug)]
pub(super) struct Frame {
    pub(super) at: Coordinates,
    pub(super) method: String,
    pub(super) path: PathForm,
    pub(super) intent: Intent,
    pub(super) label: String,
    pub(super) fair: Vec<u16>,
    pub(super) accept: Option<String>,
    /// Credentials as fields: header fields, query members, cookies.
    pub(super) credentials: Vec<credentials::Field>,
    /// Header fields of every request that this case must not overwrite.
    pub(super) keep_headers: Vec<String>,
    /// Where others' records must be spared: what makes the names in the body nobody's.
    pub(super) shield: Option<Arc<OperationPlan>>,
}

/// The case; `None` when a part can't be written.
pub(super) fn render(
    operation: &Operation,
    settings: &CaseSettings,
    frame: &Frame,
    parts: &[Part],
) -> Option<Case> {
    let mut out = Output::default();
    for part in parts.iter().filter(|part| part.present) {
        out.put(operation, settings, frame, part)?;
    }
    let path = out.path(operation, &frame.path)?;
    let mut headers = Headers::new();
    if let Some(accept) = &frame.accept {
        headers.push("accept", accept.clone().into_bytes());
    }
    for (name, value) in &settings.headers {
        let own = out.headers.iter().any(|(n, _)| n.eq_ignore_ascii_case(name));
        let kept = frame.keep_headers.iter().any(|n| n.eq_ignore_ascii_case(name));
        if !own && !kept {
            headers.set(name, value.expose().as_bytes().to_vec());
        }
    }
    for field in &frame.credentials {
        match field.place {
            ParameterPlace::Header => headers.set(&field.name, field.text.clone().into_bytes()),
            ParameterPlace::Cookie => out.cookies.push(format!("{}={}", field.name, field.text)),
            _ => out.query.push(format!(
                "{}={}",
                percent::encode(field.name.as_bytes(), Keep::Unreserved),
                percent::encode(field.text.as_bytes(), Keep::Unreserved)
            )),
        }
    }
    for (name, value) in out.headers {
        headers.push(name, value);
    }
    if !out.cookies.is_empty() {
        headers.push("cookie", out.cookies.join("; ").into_bytes());
    }
    let mut target = path;
    if !out.query.is_empty() {
        target.push(if target.contains('?') { '&' } else { '?' });
        target.push_str(&out.query.join("&"));
    }
    if let Some((content_type, _)) = out.body.as_ref().filter(|(t, _)| !t.is_empty()) {
        headers.set("content-type", content_type.clone().into_bytes());
    }
    Some(Case {
        at: frame.at.clone(),
        operation: operation.head.index,
        intent: frame.intent.clone(),
        label: frame.label.clone(),
        fair: frame.fair.clone(),
        sent: out.sent,
        path_values: out.path.into_iter().collect(),
        request: Request {
            method: frame.method.clone(),
            target,
            body: out.body.map(|(_, bytes)| packed(&headers, bytes.into())),
            headers,
        },
        kept: None,
    })
}

/// The body in the coding that a parameter of the contract says it has (RFC 9110 §8.4), as far as gzip will do.
fn packed(headers: &Headers, body: Bytes) -> Bytes {
    let codings = coding::codings(headers);
    if codings.iter().any(|name| name != "gzip" && name != "x-gzip") {
        return body;
    }
    codings.iter().fold(body, |body, _| coding::gzip(&body))
}

#[derive(Default)]
struct Output {
    /// Wire texts by path parameter.
    path: BTreeMap<String, String>,
    query: Vec<String>,
    headers: Vec<(String, Vec<u8>)>,
    cookies: Vec<String>,
    /// Content type (empty: none) and bytes.
    body: Option<(String, Vec<u8>)>,
    sent: Vec<Sent>,
}

impl Output {
    fn put(
        &mut self,
        operation: &Operation,
        settings: &CaseSettings,
        frame: &Frame,
        part: &Part,
    ) -> Option<()> {
        let content = part.content();
        match &part.slot {
            Slot::Parameter(index) => self.parameter(operation.parameters.get(*index)?, &content),
            Slot::Query(name) => {
                let text = text_of(&content)?;
                let encoded = |t: &str| percent::encode(t.as_bytes(), Keep::Unreserved);
                self.query.push(format!("{}={}", encoded(name), encoded(&text)));
                self.note(ParameterPlace::Query, name, Some(text));
                Some(())
            }
            Slot::Header(name) => {
                let bytes = header_bytes(&content)?;
                let text = String::from_utf8(bytes.clone()).ok();
                self.headers.push((name.clone(), bytes));
                self.note(ParameterPlace::Header, name, text);
                Some(())
            }
            Slot::Body(index) => {
                let described = operation.request_body.as_ref()?.content.get(*index)?;
                let Content::Value(value) = &content else {
                    let Content::Bytes(bytes) = content else { return None };
                    self.body = Some((forms::concrete(&described.name), bytes));
                    return Some(());
                };
                let name = forms::concrete(&described.name);
                let parsed = media::parse(&name)?;
                let value = &self.shielded(settings, frame, *index, value);
                let bytes = match forms::encode(described, &parsed, value) {
                    Some(bytes) => bytes,
                    None => media::codec_for(&parsed).encode(&parsed, value).ok()?,
                };
                self.body = Some((name, bytes));
                Some(())
            }
            Slot::RawBody(content_type) => {
                let Content::Bytes(bytes) = content else { return None };
                self.body = Some((content_type.clone(), bytes));
                Some(())
            }
        }
    }

    /// The body's value with names that are nobody's, where others' records must be spared.
    fn shielded(&self, settings: &CaseSettings, frame: &Frame, index: usize, value: &Value) -> Value {
        let shielding = frame.shield.as_ref().and_then(|plan| Some((plan, plan.shields.get(index)?)));
        let Some((plan, shield)) = shielding else { return value.clone() };
        let broken = match &frame.intent {
            Intent::Broken(broken) if broken.site == Site::Body => Some(broken.instance.clone()),
            _ => None,
        };
        let in_path = self.sent.iter().rfind(|sent| sent.place == ParameterPlace::Path);
        let at_item = plan.operation.head.path.trim_end_matches('/').ends_with('}');
        let here = Circumstances {
            known: &plan.naming,
            shown: &plan.shown,
            own: in_path.filter(|_| at_item).and_then(|sent| sent.text.as_deref()),
            broken,
            prefix: &settings.prefix(),
            seed: settings.seed().derive(&frame.at.to_string()),
        };
        shield.apply(value, &here)
    }

    fn parameter(&mut self, parameter: &Parameter, content: &Content) -> Option<()> {
        let (name, place) = (&parameter.name, parameter.place);
        let wire = match content {
            Content::Id(id) => {
                self.note(place, name, id.text());
                self.path.insert(name.clone(), id.wire());
                return Some(());
            }
            Content::Bytes(bytes) if place == ParameterPlace::Header => {
                self.headers.push((name.clone(), bytes.clone()));
                self.note(place, name, String::from_utf8(bytes.clone()).ok());
                return Some(());
            }
            Content::Bytes(bytes) => percent::encode(bytes, Keep::Unreserved),
            Content::Value(value) => written(parameter, value)?,
        };
        match place {
            ParameterPlace::Path => {
                // A segment that the client's or the server's path rules would resolve is no value of the parameter.
                if wire.is_empty() || matches!(wire.as_str(), "." | "..") {
                    return None;
                }
                self.path.insert(name.clone(), wire);
            }
            ParameterPlace::Query | ParameterPlace::QueryString if wire.is_empty() => return Some(()),
            ParameterPlace::Query | ParameterPlace::QueryString => self.query.push(wire),
            ParameterPlace::Cookie if wire.is_empty() => return Some(()),
            ParameterPlace::Cookie => self.cookies.push(wire),
            ParameterPlace::Header => self.headers.push((name.clone(), header_text(wire)?)),
        }
        let text = match content {
            Content::Value(Value::String(text)) => Some(text.clone()),
            Content::Value(value @ (Value::Number(_) | Value::Bool(_))) => Some(value.to_string()),
            Content::Bytes(bytes) => String::from_utf8(bytes.clone()).ok(),
            _ => None,
        };
        self.note(place, name, text);
        Some(())
    }

    fn note(&mut self, place: ParameterPlace, name: &str, text: Option<String>) {
        self.sent.push(Sent { place, name: name.to_owned(), text });
    }

    fn path(&self, operation: &Operation, form: &PathForm) -> Option<String> {
        match form {
            PathForm::Literal(path) => Some(path.clone()),
            PathForm::Template => fill(&operation.head.path, &self.path),
            PathForm::Suffixed(suffix) => Some(fill(&operation.head.path, &self.path)? + suffix),
        }
    }
}

fn written(parameter: &Parameter, value: &Value) -> Option<String> {
    match &parameter.shape {
        ParameterShape::Styled { style, explode, allow_reserved, .. } => {
            let how = Written {
                name: &parameter.name,
                explode: *explode,
                allow_reserved: *allow_reserved,
                place: parameter.place,
            };
            encode(*style, &how, value).ok()
        }
        ParameterShape::Content(described) => {
            let parsed = media::parse(&forms::concrete(&described.name))?;
            let bytes = media::codec_for(&parsed).encode(&parsed, value).ok()?;
            let encoded = percent::encode(&bytes, Keep::Unreserved);
            Some(match parameter.place {
                ParameterPlace::Header => String::from_utf8(bytes).ok()?,
                ParameterPlace::Path | ParameterPlace::QueryString => encoded,
                _ => format!("{}={encoded}", percent::encode(parameter.name.as_bytes(), Keep::Unreserved)),
            })
        }
    }
}

/// True when the value can be written where the parameter goes, and arrives as it is.
pub(super) fn writable(parameter: &Parameter, value: &Value) -> bool {
    let Some(wire) = written(parameter, value) else { return false };
    match parameter.place {
        ParameterPlace::Path => !wire.is_empty() && !matches!(wire.as_str(), "." | ".."),
        ParameterPlace::Header => header_text(wire).is_some(),
        _ => true,
    }
}

fn text_of(content: &Content) -> Option<String> {
    match content {
        Content::Value(Value::String(text)) => Some(text.clone()),
        Content::Value(value) => Some(value.to_string()),
        Content::Bytes(bytes) => String::from_utf8(bytes.clone()).ok(),
        Content::Id(_) => None,
    }
}

fn header_bytes(content: &Content) -> Option<Vec<u8>> {
    match content {
        Content::Bytes(bytes) => Some(bytes.clone()),
        other => header_text(text_of(other)?),
    }
}

/// The text as a field value (RFC 9110 §5.5); `None` when it can't be one, or would not arrive as it is.
fn header_text(text: String) -> Option<Vec<u8>> {
    let fit = text.trim_matches([' ', '\t']) == text
        && text.bytes().all(|b| b == b'\t' || (b >= b' ' && b != 0x7f));
    fit.then(|| text.into_bytes())
}
