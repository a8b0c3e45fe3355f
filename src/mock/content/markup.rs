//! XML by the XML Objects of a schema (OpenAPI 3.1 and 3.2, XML Object): names, attributes, wrapping, namespaces.

use serde_json::Value;

use crate::base::pointer;
use crate::schema::Schema;
use crate::schema::view::SchemaView;
use crate::wire::media::xml::{escape, is_name};

/// How deep elements are written; what lies deeper is left out.
const DEPTH_MAX: usize = crate::base::limits::VALUE_DEPTH_MAX;

/// What the XML Object at a place says.
struct Mapping<'s> {
    name: Option<&'s str>,
    namespace: Option<&'s str>,
    prefix: Option<&'s str>,
    wrapped: bool,
    kind: &'s str,
}

impl<'s> Mapping<'s> {
    fn of(node: Option<SchemaView<'s>>) -> Self {
        let xml = node.and_then(|node| node.keyword("xml"));
        let text = |word: &str| xml.and_then(|xml| xml.get(word)).and_then(Value::as_str);
        let is = |word: &str| xml.and_then(|xml| xml.get(word)) == Some(&Value::Bool(true));
        let kind = text("nodeType").unwrap_or(if is("attribute") { "attribute" } else { "" });
        Self {
            name: text("name"),
            namespace: text("namespace"),
            prefix: text("prefix"),
            // A list that is an element of its own wraps its items.
            wrapped: is("wrapped") || kind == "element",
            kind,
        }
    }

    /// The name with its prefix; `item` where it could not be one.
    fn named(&self, name: &str) -> String {
        let whole = self.prefix.map_or_else(|| name.to_owned(), |prefix| format!("{prefix}:{name}"));
        if is_name(&whole) { whole } else { "item".to_owned() }
    }

    fn declaration(&self) -> Option<(String, &'s str)> {
        let name = self.prefix.map_or_else(|| "xmlns".to_owned(), |prefix| format!("xmlns:{prefix}"));
        self.namespace.map(|namespace| (name, namespace))
    }
}

/// The value as an XML document.
#[must_use]
pub(crate) fn write(schema: &Schema, value: &Value) -> Vec<u8> {
    let mut text = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>");
    let node = SchemaView::of(schema);
    let name = component(schema).unwrap_or_else(|| "root".to_owned());
    let mapping = Mapping::of(Some(node));
    match value {
        // A document has one root, so a list there always has an element around it.
        Value::Array(items) => {
            let outer = mapping.named(mapping.name.unwrap_or(&name));
            let content = |text: &mut String| list(text, &outer, Some(node), items, 0);
            element(&mut text, &outer, &attributes(&mapping, Vec::new()), content);
        }
        value => one(&mut text, &name, Some(node), value, 0),
    }
    text.into_bytes()
}

/// The name of the component that the schema is, by reference.
fn component(schema: &Schema) -> Option<String> {
    let bundle = schema.bundle();
    let mut at = bundle.document();
    let mut name = None;
    for _ in 0..DEPTH_MAX {
        let Some(target) = at.get("$ref").and_then(Value::as_str).and_then(|r| r.strip_prefix('#')) else {
            break;
        };
        let Some(next) = pointer::find(bundle.document(), target) else { break };
        let pointer = bundle.origin(target).map(|origin| origin.pointer.to_string()).unwrap_or_default();
        let mut segments = pointer.rsplit('/');
        let (last, parent) = (segments.next().unwrap_or_default(), segments.next());
        if matches!(parent, Some("schemas" | "definitions")) && is_name(last) {
            name.get_or_insert_with(|| last.to_owned());
        }
        at = next;
    }
    name
}

fn attributes(mapping: &Mapping<'_>, own: Vec<(String, String)>) -> Vec<(String, String)> {
    let declared = mapping.declaration().map(|(name, value)| (name, value.to_owned()));
    declared.into_iter().chain(own).collect()
}

fn element(
    text: &mut String,
    name: &str,
    attributes: &[(String, String)],
    content: impl FnOnce(&mut String),
) {
    text.push('<');
    text.push_str(name);
    for (name, value) in attributes {
        let mut escaped = String::new();
        escape(&mut escaped, value);
        text.push_str(&format!(" {name}=\"{}\"", escaped.replace('"', "&quot;")));
    }
    text.push('>');
    content(text);
    text.push_str(&format!("</{name}>"));
}

/// The items of a list, each an element; `outer` is the list's own name.
fn list(text: &mut String, outer: &str, node: Option<SchemaView<'_>>, items: &[Value], depth: usize) {
    let item = node.and_then(SchemaView::items);
    items.iter().for_each(|value| one(text, outer, item, value, depth + 1));
}

/// A value as the element of that name, unless its own XML Object names it.
fn one(text: &mut String, name: &str, node: Option<SchemaView<'_>>, value: &Value, depth: usize) {
    if depth > DEPTH_MAX {
        return;
    }
    let mapping = Mapping::of(node);
    if let Value::Array(items) = value {
        if !mapping.wrapped {
            return list(text, name, node, items, depth);
        }
        let own = mapping.name.unwrap_or(name);
        let content = |text: &mut String| list(text, own, node, items, depth);
        return element(text, &mapping.named(own), &attributes(&mapping, Vec::new()), content);
    }
    let own = mapping.named(mapping.name.unwrap_or(name));
    let Value::Object(members) = value else {
        return element(text, &own, &attributes(&mapping, Vec::new()), |text| escape(text, &plain(value)));
    };
    let properties = node.map(SchemaView::properties).unwrap_or_default();
    let of = |name: &str| properties.get(name).copied();
    let (mut attributed, mut inside) = (Vec::new(), Vec::new());
    for (name, value) in members {
        let mapping = Mapping::of(of(name));
        if mapping.kind == "attribute" && !value.is_object() && !value.is_array() {
            attributed.push((mapping.named(mapping.name.unwrap_or(name)), plain(value)));
            // The prefix of an attribute must be declared where it stands.
            attributed.extend(mapping.declaration().map(|(name, value)| (name, value.to_owned())));
        } else {
            inside.push((name, value, mapping.kind));
        }
    }
    element(text, &own, &attributes(&mapping, attributed), |text| {
        for (name, value, kind) in inside {
            match kind {
                "text" => escape(text, &plain(value)),
                // `]]>` ends a section wherever it stands (XML 1.0 §2.7).
                "cdata" => {
                    text.push_str(&format!("<![CDATA[{}]]>", plain(value).replace("]]>", "]]]]><![CDATA[>")))
                }
                _ => one(text, name, of(name), value, depth + 1),
            }
        }
    });
}

fn plain(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::media::{Body, codec_for, parse};
    use serde_json::json;

    fn xml(schema: Value, value: &Value) -> String {
        let bytes = write(&Schema::from_value(schema).unwrap(), value);
        let media = parse("application/xml").unwrap();
        assert_eq!(codec_for(&media).decode(&media, &bytes), Ok(Body::Opaque));
        let text = String::from_utf8(bytes).unwrap();
        text.strip_prefix("<?xml version=\"1.0\" encoding=\"UTF-8\"?>").unwrap().to_owned()
    }

    #[test]
    fn the_specifications_examples() {
        let of = |animals: Value| json!({"type": "object", "properties": {"animals": animals}});
        let strings = json!({"type": "string"});
        let named = json!({"type": "string", "xml": {"name": "animal"}});
        let value = json!({"animals": ["a", "b"]});
        for (animals, want) in [
            (json!({"type": "array", "items": strings}), "<animals>a</animals><animals>b</animals>"),
            (json!({"type": "array", "items": named}), "<animal>a</animal><animal>b</animal>"),
            (
                json!({"type": "array", "items": named, "xml": {"name": "aliens"}}),
                "<animal>a</animal><animal>b</animal>",
            ),
            (
                json!({"type": "array", "items": strings, "xml": {"wrapped": true}}),
                "<animals><animals>a</animals><animals>b</animals></animals>",
            ),
            (
                json!({"type": "array", "items": named, "xml": {"name": "aliens", "wrapped": true}}),
                "<aliens><animal>a</animal><animal>b</animal></aliens>",
            ),
            (
                json!({"type": "array", "items": strings, "xml": {"name": "aliens", "nodeType": "element"}}),
                "<aliens><aliens>a</aliens><aliens>b</aliens></aliens>",
            ),
        ] {
            assert_eq!(xml(of(animals), &value), format!("<root>{want}</root>"));
        }
    }

    #[test]
    fn attributes_namespaces_and_texts() {
        let schema = json!({
            "type": "object",
            "xml": {"name": "person", "namespace": "https://e.org/s", "prefix": "s"},
            "properties": {
                "id": {"type": "integer", "xml": {"attribute": true}},
                "name": {"type": "string", "xml": {"namespace": "https://e.org/n", "prefix": "n"}},
                "note": {"xml": {"nodeType": "cdata"}},
            },
        });
        let value = json!({"id": 7, "name": "a<\"b\"&", "note": "x]]>y", "odd name": null});
        assert_eq!(
            xml(schema, &value),
            "<s:person xmlns:s=\"https://e.org/s\" id=\"7\"><n:name xmlns:n=\"https://e.org/n\">a&lt;\"b\"&amp;\
             </n:name><![CDATA[x]]]]><![CDATA[>y]]><item></item></s:person>"
        );
        let text = json!({"type": "object", "xml": {"name": "a"}, "properties": {"v": {"xml": {"nodeType": "text"}}}});
        assert_eq!(xml(text, &json!({"v": 5})), "<a>5</a>");
        assert_eq!(
            xml(json!({"type": "array"}), &json!([1, 2])),
            "<root><root>1</root><root>2</root></root>"
        );
    }
}
