//! The fast way to create an entity, for the usual POST: the id is the server's to choose and nothing has to be judged
//! before the entity is put in. Then the entity's JSON is written in one go from the text of the request and from parts
//! prepared once for each operation ([`template`]), and no tree of values is made of any of it.
//!
//! It makes exactly what [`make`](super::make::make) makes, to the byte; `tests/it/making.rs` compares the two. Whoever
//! adds something to new entities adds it there, and has [`Template::of`](template::Template::of) answer `None` where
//! it applies, or adds it here as well.

mod proof;
pub(super) mod template;

use serde_json::Value;

use super::cache::ActCache;
use super::make::{Composed, created, insert, new_id};
use super::{Call, Done, Refused, Shows};
use crate::base::json;
use crate::resource::field_roles::IdKind;
use template::ServerValues;

/// Makes an entity of what was sent; `None`, with nothing changed, where that is left to [`make`](super::make::make).
pub(super) fn create(call: &Call<'_>, cache: &ActCache) -> Option<Result<Done, Refused>> {
    let template = cache.template(call.catalog, call.plan, call.link)?;
    let sent = template.read(call.resource, call.verdict.body.as_ref()?)?;
    let scope = call.scope();
    let given = if template.has_given { call.given("", &scope) } else { Vec::new() };
    let given: Vec<(&str, String)> = given.into_iter().map(|(name, text)| (name, quoted(&text))).collect();
    let times = call.catalog.traits(call.number).stamped(&call.state.clock, call.now);
    let times: Vec<String> = times.iter().map(|(_, time)| time_as_json(time)).collect();
    let shows = |text: &[u8]| proof::shows(call.catalog, call.plan, call.number, text);
    let made = insert(call, &scope, false, |number| {
        let id = new_id(call, number);
        let base = template.generated(call.catalog, call.plan, call.number, number);
        let server = ServerValues { id: &id_as_json(call, &id), times: &times, given: &given };
        let (text, proven) = template.write(base, &sent, &server);
        Composed { id, text: text.into(), value: proven }
    });
    Some(made.map(|made| {
        debug_assert!(!made.value || shows(&made.text), "{:?}", made.text);
        let shown = if made.value || shows(&made.text) {
            Shows::Text(made.text.clone())
        } else {
            Shows::Entity(serde_json::from_slice(&made.text).unwrap_or_default())
        };
        created(call, made, shown)
    }))
}

/// An id as JSON.
fn id_as_json(call: &Call<'_>, id: &str) -> String {
    match call.catalog.traits(call.number).id {
        IdKind::Number => id.to_owned(),
        IdKind::Text | IdKind::Uuid => quoted(id),
    }
}

/// A time as JSON.
fn time_as_json(time: &Value) -> String {
    time.as_str().map_or_else(|| time.to_string(), quoted)
}

/// A string as JSON.
fn quoted(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    json::quote(&mut out, text);
    out
}

#[cfg(test)]
mod tests {
    use crate::contract::Contract;
    use crate::mock::MockSettings;
    use crate::mock::act::cache::ActCache;
    use crate::mock::catalog::Catalog;

    const CONTRACT: &str = r##"{
        "openapi": "3.1.0", "info": {"title": "t", "version": "1"},
        "paths": {
            "/notes": {"post": {
                "requestBody": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Note"}}}},
                "responses": {"201": {"description": "d", "content": {"application/json": {
                    "schema": {"$ref": "#/components/schemas/Note"}}}}}
            }},
            "/notes/{id}": {"get": {
                "parameters": [{"name": "id", "in": "path", "required": true, "schema": {"type": "string"}}],
                "responses": {"200": {"description": "d", "content": {"application/json": {
                    "schema": {"$ref": "#/components/schemas/Note"}}}}}
            }}
        },
        "components": {"schemas": {"Note": {
            "type": "object", "required": ["id", "text"],
            "properties": {"id": {"type": "string", "readOnly": true, "ID": 0}, "text": {"type": "string"}}
        }}}
    }"##;

    /// Whether the entities of `POST /notes` are made the fast way.
    fn is_fast(contract: &str) -> bool {
        let contract = Contract::from_text("t.json", contract).unwrap();
        let creation = contract.heads()[0].index;
        let catalog = Catalog::new(contract, MockSettings::default()).unwrap();
        let plan = catalog.plan(creation);
        ActCache::default().template(&catalog, &plan, catalog.effect(&plan).unwrap()).is_some()
    }

    #[test]
    fn the_usual_creation_is_fast_and_one_whose_id_the_contract_restricts_is_not() {
        assert!(is_fast(&CONTRACT.replace(r#", "ID": 0"#, "")));
        assert!(!is_fast(&CONTRACT.replace(r#""ID": 0"#, r#""pattern": "^[0-9a-f]{8}$""#)));
    }
}
