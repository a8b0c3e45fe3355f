//! The boundary phase: each bound and each oddity once, in a fixed order.

use crate::contract::{ParameterPlace, StatusKey};
use crate::generate::case::ids::KINDS;
use crate::generate::case::plan::OperationPlan;
use crate::generate::case::recipe::{CasePurpose, CaseRecipe, Extra, Optional, PathForm};
use crate::generate::case::settings::{CaseSettings, Destructive, is_safe};
use crate::generate::{self, ValueOptions};
use crate::validate::intent::Tampering;
use crate::wire::{accept::Accept, media};

/// How long the longest header value sent is, in bytes: below what common servers take for a whole head.
const HEADER_BYTES_MAX: usize = 4 * 1024;

/// How deep the deepest JSON sent is nested.
const NESTING_MAX: usize = 500;

/// Methods tried on every path that lacks them. OPTIONS is answered by frameworks everywhere, for CORS.
const METHODS: [&str; 8] = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "TRACE", "COUNTERPART"];

/// What some servers answer to a body where none belongs (RFC 9110 §9.3.5 leaves it without meaning).
const BODY_FAIR: [u16; 4] = [400, 411, 413, 415];

/// All cases of the boundary phase.
pub(super) fn recipes(
    plan: &OperationPlan,
    settings: &CaseSettings,
    options: &ValueOptions,
) -> Vec<CaseRecipe> {
    let mut list = vec![
        CaseRecipe::new("the least", CasePurpose::Plain),
        CaseRecipe::new("all optional parameters", CasePurpose::Plain).optional(Optional::All),
    ];
    if is_safe(&plan.operation.head.method) && !plan.resources.is_empty() {
        list.push(CaseRecipe::new("known id", CasePurpose::Plain).known(0));
    }
    list.extend(credentials(plan));
    list.extend(methods(plan, settings));
    list.extend(paths(plan));
    list.extend(ids(plan));
    list.extend(headers(plan));
    list.extend(negotiation(plan));
    list.extend(values(plan, options));
    list.extend(bodies(plan));
    list.push(CaseRecipe::new("extra query", CasePurpose::Plain).extra(extra_query(0)));
    list.push(CaseRecipe::new("extra query", CasePurpose::Plain).extra(extra_query(1)));
    list.push(
        CaseRecipe::new("extra header", CasePurpose::Plain)
            .extra(Extra::Header("x-counterpart-extra".into(), b"1".to_vec())),
    );
    list
}

/// Query members that no contract has.
pub(super) fn extra_query(n: usize) -> Extra {
    let members =
        [("counterpart_extra", "1"), ("counterpart[]", "a b&c=d"), ("_", ""), ("q\u{e9}", "\u{1f980}")];
    let (name, text) = members[n % members.len()];
    Extra::Query(name.to_owned(), text.to_owned())
}

/// Header values as strangers write them: bytes that are text, and bytes that are not.
pub(super) fn odd_header(n: usize) -> (&'static str, Vec<u8>, &'static [u16]) {
    match n % 6 {
        0 => ("empty header", Vec::new(), &[]),
        1 => ("long header", vec![b'a'; HEADER_BYTES_MAX], &[400, 413, 431]),
        2 => ("Latin-1 header", b"caf\xe9".to_vec(), &[400]),
        3 => ("UTF-8 header", "\u{e9}\u{1f980}".as_bytes().to_vec(), &[400]),
        4 => ("list in a header", b"a, b, \"c\"".to_vec(), &[]),
        _ => ("quotes in a header", b"' OR '1'='1".to_vec(), &[]),
    }
}

/// A body where the contract has none.
pub(super) fn unasked_body(n: usize) -> Extra {
    match n % 3 {
        0 => Extra::Body("application/json".into(), b"{\"counterpart\": true}".to_vec()),
        1 => Extra::Body("application/json".into(), b"{\"counterpart\":".to_vec()),
        _ => Extra::Body("text/plain".into(), b"counterpart".to_vec()),
    }
}

fn credentials(plan: &OperationPlan) -> Vec<CaseRecipe> {
    if !plan.credentials.required || plan.credentials.fields.is_empty() {
        return Vec::new();
    }
    let mut list = vec![
        CaseRecipe::new("no credentials", CasePurpose::Credentials(Tampering::Missing)),
        CaseRecipe::new("empty credentials", CasePurpose::Credentials(Tampering::Empty)),
    ];
    // A made-up credential that works shows that any does: then there are no wrong ones.
    if plan.credentials.given {
        list.push(CaseRecipe::new("wrong credentials", CasePurpose::Credentials(Tampering::Wrong)));
    }
    list
}

/// Methods that the path does not have and that may be tried on it.
pub(super) fn missing_methods(plan: &OperationPlan, settings: &CaseSettings) -> Vec<&'static str> {
    let has = |method: &str| plan.methods.iter().chain(&plan.other_methods).any(|m| m == method);
    METHODS
        .into_iter()
        .filter(|method| !has(method) && (*method != "HEAD" || !has("GET")))
        // Without an id of our own in the path, an undocumented unsafe method could hit anything.
        .filter(|method| {
            !settings.guards(method)
                || settings.destructive == Destructive::Owned && plan.path_parameters().next().is_some()
        })
        .collect()
}

fn methods(plan: &OperationPlan, settings: &CaseSettings) -> Vec<CaseRecipe> {
    if !plan.leads_path {
        return Vec::new();
    }
    missing_methods(plan, settings)
        .into_iter()
        .map(|method| CaseRecipe::new(format!("method {method}"), CasePurpose::Method(method.to_owned())))
        .collect()
}

/// Paths that no template of a sensible contract matches.
pub(super) fn wrong_path(n: usize) -> (&'static str, PathForm, bool) {
    match n % 3 {
        0 => ("path below", PathForm::Suffixed("/counterpart/no-such".into()), false),
        1 => ("another path", PathForm::Literal("/counterpart-no-such-path/x".into()), false),
        _ => ("slash at the end", PathForm::Suffixed("/".into()), true),
    }
}

/// True when no template of the contract takes such a path after all.
pub(super) fn is_wrong(plan: &OperationPlan, form: &PathForm) -> bool {
    let path = match form {
        PathForm::Template => plan.operation.head.path.clone(),
        PathForm::Suffixed(suffix) => format!("{}{suffix}", plan.operation.head.path),
        PathForm::Literal(path) => path.clone(),
    };
    !plan.templates.take(&path)
}

fn paths(plan: &OperationPlan) -> Vec<CaseRecipe> {
    (0..3)
        .filter(|_| plan.leads_path)
        .map(wrong_path)
        .filter(|(_, form, _)| is_wrong(plan, form))
        .map(|(label, form, tolerant)| CaseRecipe::new(label, CasePurpose::Path(form, tolerant)))
        .collect()
}

fn ids(plan: &OperationPlan) -> Vec<CaseRecipe> {
    let free = plan.path_parameters().any(|i| plan.parameters[i].takes("x"));
    KINDS
        .into_iter()
        .filter(|_| free)
        .map(|kind| CaseRecipe::new(kind.label(), CasePurpose::Plain).id(kind))
        .collect()
}

fn headers(plan: &OperationPlan) -> Vec<CaseRecipe> {
    let mut list = Vec::new();
    for index in plan.parameters_at(ParameterPlace::Header).filter(|i| !plan.is_credential(*i)) {
        if plan.parameters[index].takes_any_text() {
            for n in 0..6 {
                let (label, bytes, fair) = odd_header(n);
                let recipe =
                    CaseRecipe::new(label, CasePurpose::Plain).extra(Extra::HeaderParameter(index, bytes));
                list.push(recipe.fair(fair));
            }
        }
        if !plan.operation.parameters[index].required {
            let without = CaseRecipe::new("without an optional header", CasePurpose::Plain);
            list.push(without.extra(Extra::WithoutHeader(index)));
        }
        let doubled = CaseRecipe::new("doubled header", CasePurpose::Plain).optional(Optional::All);
        list.push(doubled.extra(Extra::Doubled(index)).fair(&[400]));
    }
    list
}

/// Ranges that the contract may or may not meet.
pub(super) const ACCEPTS: [&str; 7] = [
    "application/json",
    "application/*;q=0.5, */*;q=0.1",
    "application/xml",
    "text/html, application/xhtml+xml",
    "image/png",
    "*/*;q=0",
    "not a media type",
];

/// How many of the successes that the contract documents with a body have a type the range takes, and how many there
/// are. Without a documented success, `default` is one.
fn acceptable(plan: &OperationPlan, accept: &str) -> (usize, usize) {
    let with = |wanted: fn(StatusKey) -> bool| -> Vec<Vec<media::Media>> {
        let responses = plan.operation.responses.iter().filter(|r| wanted(r.status));
        let types = responses.map(|r| r.content.iter().filter_map(|m| media::parse(&m.name)).collect());
        types.filter(|types: &Vec<_>| !types.is_empty()).collect()
    };
    let mut successes = with(|status| matches!(status, StatusKey::Exact(200..=299) | StatusKey::Range(2)));
    if successes.is_empty() {
        successes = with(|status| status == StatusKey::Default);
    }
    if successes.is_empty() {
        successes = with(|_| true);
    }
    let accept = Accept::parse(accept);
    (successes.iter().filter(|types| accept.choose(types.iter()).is_some()).count(), successes.len())
}

/// True when no success that the contract documents has a type the range takes.
pub(super) fn is_unacceptable(plan: &OperationPlan, accept: &str) -> bool {
    matches!(acceptable(plan, accept), (0, 1..))
}

fn negotiation(plan: &OperationPlan) -> Vec<CaseRecipe> {
    let mut list = vec![CaseRecipe::new("no Accept", CasePurpose::Plain).extra(Extra::Accept(None))];
    for accept in ACCEPTS {
        list.push(accept_recipe(plan, accept));
    }
    list
}

/// A case with that `Accept`. RFC 9110 §12.5.1 lets a server disregard it, or answer 406.
pub(super) fn accept_recipe(plan: &OperationPlan, accept: &str) -> CaseRecipe {
    let label = format!("Accept: {accept}");
    if is_unacceptable(plan, accept) {
        return CaseRecipe::new(label, CasePurpose::Accept(accept.to_owned()));
    }
    let malformed = media::parse(accept.split([',', ';']).next().unwrap_or_default()).is_none();
    let (taken, all) = acceptable(plan, accept);
    let fair: &[u16] = match malformed {
        true => &[400, 406],
        // Which of the successes it will be is the server's to say.
        false if taken < all => &[406],
        false => &[],
    };
    CaseRecipe::new(label, CasePurpose::Plain).extra(Extra::Accept(Some(accept.to_owned()))).fair(fair)
}

fn values(plan: &OperationPlan, options: &ValueOptions) -> Vec<CaseRecipe> {
    let mut list = Vec::new();
    for (index, parameter) in plan.operation.parameters.iter().enumerate() {
        if plan.is_credential(index) {
            continue;
        }
        if let Some(schema) = &plan.parameters[index].schema {
            for bound in generate::boundary(schema, options) {
                if bound.valid || bound.mutation.is_some() {
                    let label = format!("{} {}", parameter.name, bound.label);
                    list.push(CaseRecipe::new(
                        label,
                        CasePurpose::Parameter(index, bound.value, bound.mutation),
                    ));
                }
            }
        }
        if parameter.required && parameter.place != ParameterPlace::Path {
            list.push(CaseRecipe::new(
                format!("without {}", parameter.name),
                CasePurpose::OmitParameter(index),
            ));
        }
    }
    list
}

fn bodies(plan: &OperationPlan) -> Vec<CaseRecipe> {
    let Some(body) = &plan.operation.request_body else {
        return (0..3)
            .map(|n| {
                CaseRecipe::new("body where none belongs", CasePurpose::Plain)
                    .extra(unasked_body(n))
                    .fair(&BODY_FAIR)
            })
            .collect();
    };
    let mut list = Vec::new();
    if body.required {
        list.push(CaseRecipe::new("without a body", CasePurpose::OmitBody));
    }
    for (index, described) in body.content.iter().enumerate() {
        if let Some(schema) = &plan.bodies[index].schema {
            for bound in generate::boundary(schema, &ValueOptions::default()) {
                if bound.valid || bound.mutation.is_some() {
                    let label = format!("body {}", bound.label);
                    list.push(CaseRecipe::new(label, CasePurpose::Body(index, bound.value, bound.mutation)));
                }
            }
        }
        if media::is_json(&described.name) {
            for bytes in garbled_json() {
                list.push(CaseRecipe::new("body that is no JSON", CasePurpose::GarbledBody(index, bytes)));
            }
        }
    }
    if body.content.iter().all(|described| !described.name.contains('*')) {
        let foreign = CasePurpose::ForeignBody("application/x-counterpart".into(), b"counterpart".to_vec());
        list.push(CaseRecipe::new("unsupported media type", foreign));
    }
    list
}

/// Texts that no JSON parser takes, or that some take badly.
pub(super) fn garbled_json() -> Vec<Vec<u8>> {
    vec![
        b"{".to_vec(),
        b"nul".to_vec(),
        b"\xff\xfe".to_vec(),
        b"{\"a\": NaN}".to_vec(),
        vec![b'['; NESTING_MAX],
    ]
}
