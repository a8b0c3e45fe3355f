//! A refusal's `loc` names what was really broken.

use serde_json::Value;

use crate::check::context::shown;
use crate::check::refusal::{self, Entry};
use crate::check::{Check, CheckContext, Failure};
use crate::contract::ParameterPlace;
use crate::validate::intent::{Broken, Intent, Site, Subject};

/// Fails when a refusal in FastAPI's shape misleads: it names something that the operation does not have; calls
/// something missing that was sent; echoes an input that was not sent; blames something else than the one broken
/// thing; or blames something else than the resource, where only the resource can be the reason.
pub(super) struct ErrorLocation;

impl Check for ErrorLocation {
    fn name(&self) -> &'static str {
        "error-location"
    }

    fn about(&self) -> &'static str {
        "The `loc` of a refusal names what was really broken."
    }

    fn check(&self, s: &CheckContext<'_>) -> Vec<Failure> {
        let Some(response) = s.response() else { return Vec::new() };
        if !matches!(response.status, 400 | 422) || !s.reaches_operation() {
            return Vec::new();
        }
        let Some(entries) = refusal::entries(response) else { return Vec::new() };
        let found = entries.iter().find_map(|entry| {
            unknown_to_contract(s, entry)
                .or_else(|| missing_though_sent(s, entry))
                .or_else(|| wrong_input(s, entry))
        });
        let found = found.or_else(|| match s.intent {
            Intent::Broken(_) if is_foreseen(s, &entries) => None,
            Intent::Broken(broken) => blames_another(broken, &entries),
            Intent::Valid(_) if is_foreseen(s, &entries) => None,
            Intent::Valid(subject) => blames_no_resource(s, *subject, &entries),
            _ => None,
        });
        found.map(|failure| failure.at(&s.operation.head.location)).into_iter().collect()
    }
}

fn place_of(word: &str) -> Option<ParameterPlace> {
    Some(match word {
        "path" => ParameterPlace::Path,
        "query" => ParameterPlace::Query,
        "header" => ParameterPlace::Header,
        "cookie" => ParameterPlace::Cookie,
        _ => return None,
    })
}

/// Pydantic writes header names with dashes, some services with underscores.
fn same_name(place: ParameterPlace, a: &str, b: &str) -> bool {
    match place {
        ParameterPlace::Header => a.replace('_', "-").eq_ignore_ascii_case(&b.replace('_', "-")),
        _ => a == b,
    }
}

fn is_credential(s: &CheckContext<'_>, name: &str) -> bool {
    s.facts.credential_names.iter().any(|known| same_name(ParameterPlace::Header, known, name))
}

fn unknown_to_contract(s: &CheckContext<'_>, entry: &Entry) -> Option<Failure> {
    let known = match (place_of(&entry.place), entry.steps.first()) {
        (Some(place), Some(name)) => {
            s.operation.parameters.iter().any(|p| p.place == place && same_name(place, &p.name, name))
                || is_credential(s, name)
                || s.sent.iter().any(|sent| sent.place == place && same_name(place, &sent.name, name))
        }
        (Some(_), None) => true,
        (None, _) if entry.place == "body" => {
            s.operation.request_body.is_some() || s.exchange.request.body.is_some()
        }
        // Another convention of the service: nothing to hold it against.
        (None, _) => true,
    };
    (!known).then(|| {
        Failure::new(
            "unknown to the contract",
            "The refusal blames something that the operation does not have.",
        )
        .expected(names(s).join(", "), entry.loc())
    })
}

fn names(s: &CheckContext<'_>) -> Vec<String> {
    let mut names: Vec<String> =
        s.operation.parameters.iter().map(|p| format!("{}.{}", p.place.as_str(), p.name)).collect();
    if s.operation.request_body.is_some() {
        names.push("body".to_owned());
    }
    names
}

fn sent_text<'s>(s: &'s CheckContext<'_>, entry: &Entry) -> Option<&'s str> {
    let place = place_of(&entry.place)?;
    let name = entry.steps.first().filter(|_| entry.steps.len() == 1)?;
    let mut fitting = s.sent.iter().filter(|sent| sent.place == place && same_name(place, &sent.name, name));
    let only = fitting.next()?;
    // Sent twice: which of them the server read is its own choice.
    if fitting.next().is_some() { None } else { only.text.as_deref() }
}

fn missing_though_sent(s: &CheckContext<'_>, entry: &Entry) -> Option<Failure> {
    if entry.kind != "missing" {
        return None;
    }
    let text = sent_text(s, entry).filter(|text| !text.is_empty())?;
    Some(
        Failure::new(
            "missing though sent",
            format!("The refusal calls {} missing, but it was sent.", entry.loc()),
        )
        .expected(format!("no complaint that {} is missing", entry.loc()), shown(text)),
    )
}

fn wrong_input(s: &CheckContext<'_>, entry: &Entry) -> Option<Failure> {
    let echoed = entry.input.as_ref().and_then(Value::as_str)?;
    let sent = sent_text(s, entry)?;
    // Only plain text travels through every server unchanged.
    let plain = sent.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'));
    if !plain || echoed == sent || entry.kind == "missing" {
        return None;
    }
    Some(
        Failure::new(
            "wrong input",
            format!("The refusal echoes an input for {} that was not sent.", entry.loc()),
        )
        .expected(shown(sent), shown(echoed)),
    )
}

/// True when the refusal blames what the framework sees in the request.
fn is_foreseen(s: &CheckContext<'_>, entries: &[Entry]) -> bool {
    s.foreseen.is_some_and(|foreseen| entries.iter().all(|entry| refusal::is_foreseen(entry, foreseen)))
}

fn blames_another(broken: &Broken, entries: &[Entry]) -> Option<Failure> {
    let hit = entries.iter().any(|entry| match &broken.site {
        Site::Parameter(place, name) => {
            place_of(&entry.place) == Some(*place)
                && entry.steps.first().is_none_or(|step| same_name(*place, step, name))
        }
        Site::Body => entry.place == "body" && on_the_way(broken, entry),
    });
    if hit {
        return None;
    }
    let seen: Vec<String> = entries.iter().map(Entry::loc).collect();
    Some(
        Failure::new(
            format!("blames another than {}", broken.site),
            format!("The refusal does not name what was broken: {}.", broken.site),
        )
        .expected(format!("{} {}", broken.site, broken.instance), seen.join(", ")),
    )
}

/// True when the entry's place lies above, at or below the broken place. Names of union branches that pydantic
/// weaves in are skipped; an offset (`json_invalid`) or a bare `body` says the whole body.
fn on_the_way(broken: &Broken, entry: &Entry) -> bool {
    let vague = entry.steps.is_empty() || entry.kind == "json_invalid";
    vague || broken.instance.tokens().next().is_none_or(|first| entry.steps.iter().any(|step| *step == first))
}

/// A refusal of a valid request that names a resource nobody created can only be about the resource, or about
/// another identifier in the request.
fn blames_no_resource(s: &CheckContext<'_>, subject: Subject, entries: &[Entry]) -> Option<Failure> {
    if subject == Subject::None || s.operation.request_body.is_some() {
        return None;
    }
    let about_ids = entries.iter().any(|entry| {
        entry.place == "path"
            || place_of(&entry.place).is_none()
            || entry.steps.first().is_some_and(|name| {
                crate::resource::tenant::is_tenant_name(name) && sent_text(s, entry).is_some()
            })
    });
    if about_ids {
        return None;
    }
    let seen: Vec<String> = entries.iter().map(Entry::loc).collect();
    Some(
        Failure::new(
            "blames a valid part",
            "All of the request is valid, so only the resource can be the reason.",
        )
        .expected("the parameter of the path that names the resource", seen.join(", ")),
    )
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::base::Pointer;
    use crate::check::testing::{json as answer, place, verdict};
    use crate::wire::Exchange;

    fn refusal(loc: &str, kind: &str, input: &str) -> Exchange {
        answer(
            422,
            &format!(r#"{{"detail":[{{"loc":{loc},"type":"{kind}","msg":"no","input":"{input}"}}]}}"#),
        )
    }

    fn causes(intent: &Intent, exchange: &Exchange) -> Vec<String> {
        verdict(&ErrorLocation, intent, exchange).into_iter().map(|f| f.cause).collect()
    }

    const UNKNOWN: Intent = Intent::Valid(Subject::Unknown);

    #[test]
    fn naming_the_resource_passes() {
        assert!(causes(&UNKNOWN, &refusal(r#"["path","thing_id"]"#, "value_error", "t1")).is_empty());
        assert!(causes(&UNKNOWN, &answer(422, r#"{"detail":"other shape"}"#)).is_empty());
        assert!(causes(&Intent::Method, &refusal(r#"["body"]"#, "missing", "")).is_empty());
    }

    #[test]
    fn misleading_places_fail() {
        let cause = |loc, kind, input| causes(&UNKNOWN, &refusal(loc, kind, input)).join(",");
        assert_eq!(cause(r#"["body","x"]"#, "value_error", ""), "unknown to the contract");
        assert_eq!(cause(r#"["path","other"]"#, "value_error", "t1"), "unknown to the contract");
        assert_eq!(cause(r#"["path","thing_id"]"#, "missing", ""), "missing though sent");
        assert_eq!(cause(r#"["path","thing_id"]"#, "value_error", "t2"), "wrong input");
        assert_eq!(cause(r#"["query","limit"]"#, "value_error", ""), "blames a valid part");
    }

    #[test]
    fn another_than_the_broken_thing_fails() {
        let broken = Intent::Broken(Box::new(Broken {
            site: Site::Parameter(ParameterPlace::Query, "limit".into()),
            instance: Pointer::root(),
            keyword: "maximum".into(),
            schema: place("/schema/maximum"),
            before: json!(5),
            after: json!(501),
        }));
        assert!(causes(&broken, &refusal(r#"["query","limit"]"#, "less_than_equal", "501")).is_empty());
        assert_eq!(
            causes(&broken, &refusal(r#"["header","x-tenant"]"#, "value_error", "")),
            ["blames another than query `limit`"]
        );
    }
}
