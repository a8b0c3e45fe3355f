//! The outline of a schema: which properties an object has, of which types. For recognising what a schema means, not
//! for validating: of alternatives only the first that is not `null` is looked at.

use std::collections::HashSet;

use indexmap::IndexMap;
use serde_json::Value;

use crate::base::Pointer;
use crate::base::limits::SCHEMA_DEPTH_MAX;
use crate::base::pointer;
use crate::schema::Schema;

/// How many references and combinations are followed into one another.
const DEPTH_MAX: usize = 16;

/// Keywords of objects that say nothing about how properties hang together.
pub(crate) const OF_OBJECTS: [&str; 10] = [
    "$ref",
    "$defs",
    "type",
    "title",
    "description",
    "properties",
    "required",
    "additionalProperties",
    "example",
    "examples",
];

/// Keywords of texts that exclude none.
pub(crate) const OF_TEXTS: [&str; 9] =
    ["$ref", "type", "title", "description", "default", "example", "examples", "readOnly", "deprecated"];

/// So many layers are told apart one by one.
const WALKED_MAX: usize = 16;

/// Schemas that hold at once, each counted once in however many ways it is reached.
#[derive(Default)]
struct Layers<'s> {
    list: Vec<&'s Value>,
    /// The addresses, once there are many.
    known: HashSet<usize>,
}

impl<'s> Layers<'s> {
    /// False when it is there already.
    fn add(&mut self, layer: &'s Value) -> bool {
        let address = |layer: &Value| std::ptr::from_ref(layer).addr();
        let new = if self.list.len() < WALKED_MAX {
            !self.list.iter().any(|known| std::ptr::eq(*known, layer))
        } else {
            if self.known.is_empty() {
                self.known = self.list.iter().copied().map(address).collect();
            }
            self.known.insert(address(layer))
        };
        if new {
            self.list.push(layer);
        }
        new
    }
}

/// A place in a schema's bundle.
#[derive(Clone, Copy, Debug)]
pub(crate) struct SchemaView<'s> {
    document: &'s Value,
    at: &'s Value,
}

impl<'s> SchemaView<'s> {
    /// The schema itself.
    #[must_use]
    pub(crate) fn of(schema: &'s Schema) -> Self {
        let document = schema.outline().document();
        Self { document, at: document }
    }

    /// The schemas that hold at this place at once: itself, what it refers to, all of `allOf`, the first alternative.
    /// Without the alternative, those that hold for sure.
    fn layers(self, alternatives: bool, depth: usize, found: &mut Layers<'s>) {
        if depth > DEPTH_MAX || !found.add(self.at) {
            return;
        }
        let below = |at: &'s Value| Self { at, ..self };
        if let Some(reference) = self.at.get("$ref").and_then(Value::as_str)
            && let Some(target) = reference.strip_prefix('#').and_then(|p| pointer::find(self.document, p))
        {
            below(target).layers(alternatives, depth + 1, found);
        }
        for part in self.at.get("allOf").and_then(Value::as_array).into_iter().flatten() {
            below(part).layers(alternatives, depth + 1, found);
        }
        for word in ["anyOf", "oneOf"].into_iter().filter(|_| alternatives) {
            let branches = self.at.get(word).and_then(Value::as_array).into_iter().flatten();
            let is_null = |b: &&Value| b.get("type").is_some_and(|t| t == "null");
            if let Some(first) = branches.into_iter().find(|b| !is_null(b)) {
                below(first).layers(alternatives, depth + 1, found);
            }
        }
    }

    fn all(self) -> Vec<&'s Value> {
        let mut found = Layers::default();
        self.layers(true, 0, &mut found);
        found.list
    }

    /// The properties by name.
    #[must_use]
    pub(crate) fn properties(self) -> IndexMap<&'s str, SchemaView<'s>> {
        let mut found = IndexMap::new();
        for layer in self.all() {
            for (name, at) in layer.get("properties").and_then(Value::as_object).into_iter().flatten() {
                found.entry(name.as_str()).or_insert(Self { at, ..self });
            }
        }
        found
    }

    /// The property of that name.
    #[must_use]
    pub(crate) fn property(self, name: &str) -> Option<SchemaView<'s>> {
        self.all().into_iter().find_map(|at| Self { at, ..self }.own_property(name))
    }

    /// The property of that name as it holds whatever the alternatives are.
    #[must_use]
    pub(crate) fn certain_property(self, name: &str) -> Option<SchemaView<'s>> {
        let mut layers = Layers::default();
        self.layers(false, 0, &mut layers);
        layers.list.into_iter().find_map(|at| Self { at, ..self }.own_property(name))
    }

    /// The property of that name at this very place.
    #[must_use]
    pub(crate) fn own_property(self, name: &str) -> Option<SchemaView<'s>> {
        self.at.get("properties")?.get(name).map(|at| Self { at, ..self })
    }

    /// The properties that this very place asks for.
    #[must_use]
    pub(crate) fn required(self) -> HashSet<&'s str> {
        let listed = self.at.get("required").and_then(Value::as_array);
        listed.into_iter().flatten().filter_map(Value::as_str).collect()
    }

    /// The one place that says which properties an object has, where no other does, and nothing else is said: an object
    /// is valid when those that are required are there and each is valid by itself.
    #[must_use]
    pub(crate) fn record(self) -> Option<SchemaView<'s>> {
        let speaks = |layer: &&Value| {
            ["properties", "required", "additionalProperties"].iter().any(|word| layer.get(word).is_some())
        };
        let mut speaking = self.all().into_iter().filter(speaks);
        let at = speaking.next().filter(|_| self.says_only(&OF_OBJECTS))?;
        speaking.next().is_none().then_some(Self { at, ..self })
    }

    /// The properties that must be there.
    #[must_use]
    pub(crate) fn all_required(self) -> HashSet<&'s str> {
        let lists = self.all().into_iter().filter_map(|layer| layer.get("required")?.as_array());
        lists.flatten().filter_map(Value::as_str).collect()
    }

    /// Whether a property must be there.
    #[must_use]
    pub(crate) fn requires(self, name: &str) -> bool {
        let lists = |layer: &Value| {
            layer.get("required").and_then(Value::as_array).is_some_and(|l| l.iter().any(|n| n == name))
        };
        self.all().into_iter().any(lists)
    }

    /// The schema of a list's items.
    #[must_use]
    pub(crate) fn items(self) -> Option<SchemaView<'s>> {
        self.all().into_iter().find_map(|layer| layer.get("items")).map(|at| Self { at, ..self })
    }

    /// Whether a value of this type is meant; a schema without a type means what its keywords are about.
    #[must_use]
    pub(crate) fn is(self, wanted: &str) -> bool {
        let named = |t: &Value| t == wanted || wanted == "number" && t == "integer";
        let layers = self.all();
        let types: Vec<&Value> = layers.iter().filter_map(|layer| layer.get("type")).collect();
        if types.is_empty() {
            return match wanted {
                "object" => layers.iter().any(|l| l.get("properties").is_some()),
                "array" => layers.iter().any(|l| l.get("items").is_some()),
                "string" => layers.iter().any(|l| l.get("enum").is_some() || l.get("format").is_some()),
                _ => false,
            };
        }
        types.iter().any(|t| t.as_array().map_or_else(|| named(t), |many| many.iter().any(named)))
    }

    /// Whether it can stand in a path: a text or a number.
    #[must_use]
    pub(crate) fn is_scalar(self) -> bool {
        self.is("string") || self.is("number")
    }

    /// Whether nothing may stand here: so a property for writing only stands in the schema of an answer.
    #[must_use]
    pub(crate) fn is_never(self) -> bool {
        *self.at == Value::Bool(false)
    }

    /// Whether `null` may stand here, as far as types and alternatives tell.
    #[must_use]
    pub(crate) fn takes_null(self) -> bool {
        let null = |t: &Value| t == "null";
        let typed = |layer: &Value| {
            layer
                .get("type")
                .is_some_and(|t| t.as_array().map_or_else(|| null(t), |many| many.iter().any(null)))
        };
        self.all().into_iter().any(|layer| {
            let branches = ["anyOf", "oneOf"].iter().filter_map(|word| layer.get(word)?.as_array()).flatten();
            typed(layer) || branches.into_iter().any(typed)
        })
    }

    /// Whether nothing but these keywords, and what extensions say to others, is said here.
    #[must_use]
    pub(crate) fn says_only(self, known: &[&str]) -> bool {
        let harmless = |word: &String| known.contains(&word.as_str()) || word.starts_with("x-");
        let plain = |layer: &Value| layer.as_object().is_some_and(|o| o.keys().all(harmless));
        self.all().into_iter().all(plain)
    }

    /// What stands at a place of the instance, below objects of which nothing is said but what their properties are.
    #[must_use]
    pub(crate) fn plainly_at(self, place: &Pointer) -> Option<SchemaView<'s>> {
        place
            .tokens()
            .try_fold(self, |node, name| node.property(&name).filter(|_| node.says_only(&OF_OBJECTS)))
    }

    /// The properties that take any text, whatever the others hold.
    #[must_use]
    pub(crate) fn free_texts(self) -> HashSet<String> {
        if !self.says_only(&OF_OBJECTS) {
            return HashSet::new();
        }
        let free = |p: &SchemaView<'_>| p.is("string") && !p.is("number") && p.says_only(&OF_TEXTS);
        self.properties().into_iter().filter(|(_, p)| free(p)).map(|(name, _)| name.to_owned()).collect()
    }

    /// Whether two places of two documents say the same, wherever the schemas stand that they refer to. False where
    /// that is not found out.
    #[must_use]
    pub(crate) fn says_the_same(self, other: SchemaView<'_>) -> bool {
        same(self, other, 0, &mut HashSet::new())
    }

    /// What the text at this place refers to.
    fn target(self) -> Option<Self> {
        let at = pointer::find(self.document, self.at.as_str()?.strip_prefix('#')?)?;
        Some(Self { at, ..self })
    }

    /// What tells this place from others of its document.
    #[must_use]
    pub(crate) fn address(self) -> usize {
        std::ptr::from_ref(self.at).addr()
    }

    /// Where this place is in the document.
    #[must_use]
    pub(crate) fn pointer(self) -> Option<Pointer> {
        find(self.document, self.at, &Pointer::root(), 0)
    }

    /// A keyword's value, from the first layer that has it.
    #[must_use]
    pub(crate) fn keyword(self, word: &str) -> Option<&'s Value> {
        self.all().into_iter().find_map(|layer| layer.get(word))
    }

    /// The texts that it may be, when they are listed.
    #[must_use]
    pub(crate) fn choices(self) -> Vec<&'s str> {
        let listed = self.keyword("enum").and_then(Value::as_array);
        listed.into_iter().flatten().filter_map(Value::as_str).collect()
    }
}

/// How many pairs of places are compared.
const COMPARED_MAX: usize = 10_000;

/// Words whose values are no schemas.
const OF_VALUES: [&str; 5] = ["const", "enum", "default", "example", "examples"];

/// Words by which a schema speaks of schemas elsewhere in ways that are not followed here.
const ELSEWHERE: [&str; 5] = ["$id", "$anchor", "$dynamicRef", "$dynamicAnchor", "$defs"];

fn same(
    one: SchemaView<'_>,
    other: SchemaView<'_>,
    depth: usize,
    seen: &mut HashSet<(usize, usize)>,
) -> bool {
    // A pair that is being compared already does not differ here.
    if !seen.insert((one.address(), other.address())) {
        return true;
    }
    if depth > SCHEMA_DEPTH_MAX || seen.len() > COMPARED_MAX {
        return false;
    }
    match (one.at, other.at) {
        (Value::Object(ones), Value::Object(others)) => {
            ones.len() == others.len()
                && ones.iter().all(|(word, value)| {
                    let Some(against) = others.get(word) else { return false };
                    let (value, against) =
                        (SchemaView { at: value, ..one }, SchemaView { at: against, ..other });
                    match word.as_str() {
                        "$ref" => match (value.target(), against.target()) {
                            (Some(value), Some(against)) => same(value, against, depth + 1, seen),
                            _ => false,
                        },
                        // A property may have such a name: what may be a schema is compared as one, too.
                        word if OF_VALUES.contains(&word) => {
                            value.at == against.at && same(value, against, depth + 1, seen)
                        }
                        word => !ELSEWHERE.contains(&word) && same(value, against, depth + 1, seen),
                    }
                })
        }
        (Value::Array(ones), Value::Array(others)) => {
            let pair =
                |(value, against)| (SchemaView { at: value, ..one }, SchemaView { at: against, ..other });
            ones.len() == others.len()
                && ones.iter().zip(others).map(pair).all(|(a, b)| same(a, b, depth + 1, seen))
        }
        (one, other) => one == other,
    }
}

/// The pointer of a value that is known by its address.
fn find(value: &Value, wanted: &Value, at: &Pointer, depth: usize) -> Option<Pointer> {
    if std::ptr::eq(value, wanted) {
        return Some(at.clone());
    }
    if depth > SCHEMA_DEPTH_MAX {
        return None;
    }
    match value {
        Value::Object(members) => members.iter().find_map(|(n, v)| find(v, wanted, &at.join(n), depth + 1)),
        Value::Array(items) => {
            items.iter().enumerate().find_map(|(n, v)| find(v, wanted, &at.index(n), depth + 1))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn properties_are_found_through_references_and_combinations() {
        let schema = Schema::from_value(json!({
            "allOf": [{"$ref": "#/$defs/base"}, {"properties": {"b": {"type": ["integer", "null"]}}, "required": ["b"]}],
            "$defs": {"base": {"anyOf": [{"type": "null"}, {"type": "object", "properties": {"a": {"type": "string"}}}]}},
        }))
        .unwrap();
        let node = SchemaView::of(&schema);
        assert_eq!(node.properties().keys().copied().collect::<Vec<_>>(), ["a", "b"]);
        assert!(node.requires("b") && !node.requires("a"));
        assert!(node.property("b").unwrap().is("number") && node.property("a").unwrap().is_scalar());
        assert!(node.is("object") && !node.is("array"));
        let place = node.property("b").unwrap().pointer().unwrap();
        assert!(place.as_str().ends_with("/properties/b"), "{place}");
    }

    #[test]
    fn cycles_end() {
        let schema = Schema::from_value(
            json!({"allOf": [{"$ref": "#/$defs/a"}], "$defs": {"a": {"anyOf": [{"$ref": "#"}]}}}),
        );
        if let Ok(schema) = schema {
            assert!(SchemaView::of(&schema).properties().is_empty());
        }
    }
}
