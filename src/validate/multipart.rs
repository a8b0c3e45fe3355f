//! The parts of a multipart body against `encoding`: their media types and header fields (OpenAPI 3.1, Encoding
//! Object). What the parts hold is judged as one object, by the schema of the body.

use serde_json::Value;

use crate::base::Pointer;
use crate::contract::Encoding;
use crate::document::Location;
use crate::validate::parameter::header_text;
use crate::validate::plan::ContentPlan;
use crate::validate::{Breach, BreachKind, Coercion, Part};
use crate::wire::media::{self, Media};
use crate::wire::multipart;
use crate::wire::style::Raw;

/// Adds what is wrong with the parts. A body that can't be taken apart is not this function's business.
pub(super) fn judge(
    plan: &ContentPlan,
    concrete: &Media,
    body: &[u8],
    at: &Location,
    breaches: &mut Vec<Breach>,
) {
    if plan.encoding.is_empty() || concrete.kind() != "multipart" {
        return;
    }
    let Some(parts) = concrete.param("boundary").and_then(|b| multipart::decode(body, b).ok()) else {
        return;
    };
    for part in &parts {
        let name = part.name.as_deref().unwrap_or_default();
        let Some((_, encoding)) = plan.encoding.iter().find(|(known, _)| known == name) else { continue };
        if let Some(wrong) = wrong_type(encoding, part.media.as_ref()) {
            let place = at.join("content").join(&plan.name).join("encoding").join(name).join("contentType");
            let message = format!("the part `{name}` is of the media type `{}`, not {wrong}", essence(part));
            let (expected, actual) = (Value::String(wrong), Value::String(essence(part).to_owned()));
            let kind = BreachKind::Undocumented;
            let mut breach = Breach::plain(Part::Body, None, kind, &place, expected, actual, message);
            breach.violation.instance = Pointer::root().join(name);
            breaches.push(breach);
        }
        let headers = plan.part_headers.iter().filter(|(of, _)| of == name).flat_map(|(_, headers)| headers);
        for header in headers {
            let sent = part.headers.iter().find(|(sent, _)| sent.eq_ignore_ascii_case(&header.name));
            let text = sent.map(|(_, value)| header_text(value.as_bytes()));
            header.judge(text.as_deref().map(Raw::Text), Coercion::Strict, breaches, drop);
        }
    }
}

fn essence<'p>(part: &'p multipart::Part<'_>) -> &'p str {
    part.media.as_ref().map_or("", Media::essence)
}

/// The types that the part should have, when it says that it has another. A part that says nothing is taken as what it
/// should be.
fn wrong_type(encoding: &Encoding, said: Option<&Media>) -> Option<String> {
    let (listed, said) = (encoding.content_type.as_deref()?, said?);
    let mut wanted = listed.split(',').filter_map(media::parse).peekable();
    wanted.peek()?;
    let fits = wanted.any(|wanted| wanted.matches(said).is_some());
    (!fits).then(|| listed.trim().to_owned())
}
