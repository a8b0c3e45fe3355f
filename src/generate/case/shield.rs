//! Bodies whose names are nobody's: what names a record in a body is made up, taken from the path, or left out.

use std::collections::{HashMap, HashSet};

use proptest::strategy::{Strategy as _, ValueTree as _};
use serde_json::{Number, Value};

use crate::base::limits::NAMING_DRAWS_MAX;
use crate::base::{Pointer, Seed};
use crate::generate::case::made_up::{FORMS, Form, made_up};
use crate::generate::case::naming::{self, Edit, Known, Naming};
use crate::generate::case::value_maker::{ValueMaker, runner};

/// What becomes of a member that names a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Treatment {
    /// A made-up name stands there.
    Made(Form),
    /// An empty list stands there.
    Emptied,
    /// It is left out.
    Dropped,
}

/// What becomes of the names in the bodies of one media type.
#[derive(Clone, Debug, Default)]
pub(super) struct Shield {
    treatments: HashMap<String, Treatment>,
}

/// What a name is put in for.
pub(super) struct Circumstances<'c> {
    pub(super) known: &'c Known,
    /// What the contract shows as values.
    pub(super) shown: &'c HashSet<String>,
    /// The id in the path.
    pub(super) own: Option<&'c str>,
    /// What is broken on purpose, and stays so.
    pub(super) broken: Option<Pointer>,
    /// The run's prefix.
    pub(super) prefix: &'c str,
    pub(super) seed: Seed,
}

impl Shield {
    /// Worked out on values that the schema takes: `samples`, and some that are drawn.
    pub(super) fn of(maker: &ValueMaker, known: &Known, samples: &[&Value]) -> Self {
        let mut shield = Self::default();
        let Some(schema) = &maker.schema else { return shield };
        let drawn = maker.strategy.iter().flat_map(|strategy| {
            (0..NAMING_DRAWS_MAX).filter_map(|n| strategy.new_tree(&mut runner(Seed(n))).ok())
        });
        let drawn: Vec<Value> = drawn.map(|tree| tree.current()).collect();
        let mut tried: HashSet<String> = HashSet::new();
        for sample in samples.iter().copied().chain(&drawn) {
            let mut places: Vec<(Pointer, bool)> = Vec::new();
            naming::edited(sample, &mut |at, name, value| {
                let told = known.naming(name).is_some() || naming::is_list(value) && known.adopts(name);
                if told && !tried.contains(at.as_str()) {
                    places.push((at.clone(), naming::is_list(value)));
                }
                Edit::Keep
            });
            if places.is_empty() || !schema.is_valid(sample) {
                continue;
            }
            for (place, is_list) in places {
                let with = |edit: &dyn Fn() -> Edit| {
                    let edited = naming::edited(sample, &mut |at, _, _| {
                        if *at == place { edit() } else { Edit::Keep }
                    });
                    schema.is_valid(&edited)
                };
                let made = |form: &Form| {
                    let text = made_up(*form, "cp0123456789abcdef-", Seed(7));
                    with(&|| Edit::Set(Value::String(text.clone())))
                };
                let found = match is_list {
                    true => with(&|| Edit::Set(Value::Array(Vec::new()))).then_some(Treatment::Emptied),
                    false => FORMS.into_iter().find(|form| made(form)).map(Treatment::Made),
                };
                let found = found.or_else(|| with(&|| Edit::Drop).then_some(Treatment::Dropped));
                if let Some(found) = found {
                    shield.treatments.insert(place.as_str().to_owned(), found);
                }
                tried.insert(place.as_str().to_owned());
            }
        }
        shield
    }

    /// The value with names that are nobody's, as far as the schema lets it.
    pub(super) fn apply(&self, value: &Value, here: &Circumstances<'_>) -> Value {
        let broken = here.broken.as_ref().map(naming::place);
        naming::edited(value, &mut |at, name, member| {
            if broken.as_ref().is_some_and(|broken| at.starts_with(broken)) {
                return Edit::Keep;
            }
            if naming::is_list(member) {
                let told = here.known.naming(name).is_some() || here.known.adopts(name);
                return if told && !here.are_nobodys(member) { self.emptied(at) } else { Edit::Keep };
            }
            let (Some(naming), Some(text)) = (here.known.naming(name), naming::scalar(member)) else {
                return Edit::Keep;
            };
            if let Some(own) = here.own.filter(|_| at.tokens().count() == 1 && is_id(name, here.known)) {
                return own_id(own, member);
            }
            if naming::is_nobodys(&text, here.shown)
                || naming == Naming::Weak && !naming::is_common(&text, here.shown)
            {
                return Edit::Keep;
            }
            match self.treatments.get(at.as_str()) {
                None | Some(Treatment::Emptied) => Edit::Keep,
                Some(Treatment::Dropped) => Edit::Drop,
                Some(Treatment::Made(form)) => {
                    let seed = here.seed.derive(at.as_str());
                    Edit::Set(Value::String(made_up(*form, here.prefix, seed)))
                }
            }
        })
    }
}

impl Shield {
    /// What becomes of a list of others' records.
    fn emptied(&self, at: &Pointer) -> Edit {
        match self.treatments.get(at.as_str()) {
            Some(Treatment::Emptied) => Edit::Set(Value::Array(Vec::new())),
            Some(Treatment::Dropped) => Edit::Drop,
            _ => Edit::Keep,
        }
    }
}

impl Circumstances<'_> {
    /// Whether nobody has any of a list's names.
    fn are_nobodys(&self, list: &Value) -> bool {
        let nobodys = |item| naming::scalar(item).is_some_and(|text| naming::is_nobodys(&text, self.shown));
        list.as_array().is_some_and(|items| items.iter().all(nobodys))
    }
}

/// Whether a member is what the path's last parameter names.
fn is_id(member: &str, known: &Known) -> bool {
    let plain = naming::plain(member);
    plain == "id" || known.parameter.as_deref() == Some(plain.as_str())
}

/// The path's id as a member of the same type as `member`.
fn own_id(own: &str, member: &Value) -> Edit {
    match member {
        Value::Number(_) => own.parse::<Number>().map_or(Edit::Keep, |own| Edit::Set(Value::Number(own))),
        Value::String(_) => Edit::Set(Value::String(own.to_owned())),
        _ => Edit::Keep,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::generate::{ValueOptions, strategy};
    use crate::schema::Schema;

    fn applied(schema: Value, path: &str, own: Option<&str>, value: &Value) -> Value {
        let schema = Schema::from_value(schema).unwrap();
        let maker = ValueMaker {
            strategy: strategy(&schema, &ValueOptions::default()).ok(),
            schema: Some(schema.clone()),
        };
        let known = Known::of(path, ["/items", "/items/{itemId}"]);
        let shield = Shield::of(&maker, &known, &[value]);
        let shown = HashSet::from(["Rex".to_owned()]);
        let here = Circumstances {
            known: &known,
            shown: &shown,
            own,
            broken: None,
            prefix: "cp0123456789abcdef-",
            seed: Seed(1),
        };
        let made = shield.apply(value, &here);
        assert!(schema.is_valid(&made), "{made}");
        made
    }

    #[test]
    fn names_are_made_up_taken_from_the_path_or_left_out() {
        let schema = json!({"type": "object", "properties": {
            "id": {"type": "integer"}, "slug": {"type": "string", "format": "uuid"}, "name": {"type": "string"},
            "username": {"type": "string", "pattern": "^[a-z0-9]{16,40}$"}, "size": {"type": "integer"},
            "tags": {"type": "array", "items": {"type": "object", "properties": {"id": {"type": "integer"}}}}}});
        let value = json!({"id": 1, "slug": "123e4567-e89b-12d3-a456-426614174000", "name": "Rex", "username":
            "abcdefghijklmnop", "size": 3, "tags": [{"id": 1}, {"id": 2}]});
        let made = applied(schema.clone(), "/items", None, &value);
        assert!(made.get("id").is_none() && made["size"] == 3 && made["tags"] == json!([{}, {}]), "{made}");
        for member in ["name", "username"] {
            assert!(naming::is_marked(made[member].as_str().unwrap()), "{made}");
        }
        let other = json!({"name": "Bello", "id": 5});
        assert_eq!(applied(schema.clone(), "/items", None, &other), json!({"name": "Bello"}));
        assert_eq!(
            applied(schema, "/items/{itemId}", Some("17"), &other),
            json!({"name": "Bello", "id": 17})
        );
        let adopting = json!({"type": "object", "required": ["kinIds"], "properties": {
            "fileIds": {"type": "array", "items": {"type": "integer"}}, "tags": {"type": "array", "items": {"type": "string"}},
            "kinIds": {"type": "array", "minItems": 1, "items": {"type": "integer"}}}});
        assert_eq!(
            applied(adopting, "/items", None, &json!({"fileIds": [1, 2], "tags": ["a"], "kinIds": [3]})),
            json!({"fileIds": [], "tags": ["a"], "kinIds": [3]})
        );
        let enumerated =
            json!({"type": "object", "required": ["id"], "properties": {"id": {"enum": [1, 2]}}});
        assert_eq!(applied(enumerated, "/items", None, &json!({"id": 1})), json!({"id": 1}));
    }
}
