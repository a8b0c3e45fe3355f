//! Media types, examples and encodings of 3.x.

use serde_json::{Map, Value};

use crate::contract::version::skeleton::{Build, schema_ref};
use crate::contract::version::walk::Walker;
use crate::document::Location;

/// True for a media type or range: `type/subtype`, each a token (RFC 6838, section 4.2), perhaps with parameters.
fn is_media_type(name: &str) -> bool {
    let bare = name.split(';').next().unwrap_or_default().trim();
    let token = |text: &str| {
        !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~{}".contains(c))
    };
    bare.split_once('/').is_some_and(|(kind, subtype)| token(kind) && token(subtype))
}

impl Walker<'_> {
    /// A `content` map.
    pub(crate) fn content(&mut self, map: &Map<String, Value>, at: &Location) -> Value {
        let mut out = Map::new();
        for (name, _, at) in self.members(map, "content", at) {
            if !is_media_type(name) {
                let diagnostic = self.warn("media-type", &at, format!("`{name}` is no media type"));
                diagnostic.at_key = true;
                diagnostic.hint = ["json", "xml", "yaml", "pdf", "zip"]
                    .contains(&name)
                    .then(|| format!("did you mean `application/{name}`?"));
            }
            // 3.2 allows references here; elsewhere they are followed leniently.
            if let Some(Some(media)) = self.deref(&at, Self::media_type) {
                out.insert(name.to_owned(), media);
            }
        }
        Value::Object(out)
    }

    fn media_type(&mut self, value: &Value, at: &Location) -> Option<Value> {
        let empty = Map::new();
        let map = match value {
            // `application/json:` with nothing behind it is common in YAML.
            Value::Null => &empty,
            other => self.object(other, at, "media type")?,
        };
        let mut build = Build::at(self.number(at));
        if map.contains_key("schema") {
            let number = self.number(&at.join("schema"));
            build.set("schema", schema_ref(Some(number)));
        }
        if map.contains_key("itemSchema") {
            let number = self.number(&at.join("itemSchema"));
            build.set("x-item-schema", number);
        }
        build.set("examples", self.examples(map, at));
        let mut encodings = Map::new();
        for (name, value, at) in self.members(map, "encoding", at) {
            if let Some(encoding) = self.encoding(value, &at) {
                encodings.insert(name.to_owned(), encoding);
            }
        }
        build.set("encoding", encodings);
        Some(build.done())
    }

    fn encoding(&mut self, value: &Value, at: &Location) -> Option<Value> {
        let map = self.object(value, at, "encoding")?;
        let mut build = Build::at(self.number(at));
        build.maybe("contentType", self.text(map, "contentType", at));
        build.set("headers", self.headers(map, at));
        if let Some(style) = self.text(map, "style", at) {
            if matches!(style.as_str(), "form" | "spaceDelimited" | "pipeDelimited" | "deepObject") {
                build.set("style", style);
            } else {
                self.error("style", &at.join("style"), format!("`{style}` is no style of an encoding"));
            }
        }
        if let Some(explode) = self.flag(map, "explode", at) {
            build.set("explode", explode);
            build.set("x-explode", explode);
        }
        build.maybe("allowReserved", self.flag(map, "allowReserved", at));
        Some(build.done())
    }

    /// `example` and `examples` as one map; the nameless one has the key `""`.
    pub(crate) fn examples(&mut self, map: &Map<String, Value>, at: &Location) -> Value {
        let mut out = Map::new();
        if map.contains_key("example") {
            let mut build = Build::at(self.number(&at.join("example")));
            build.set("x-plain", true);
            out.insert(String::new(), build.done());
        }
        if let Some(Value::Array(items)) = map.get("examples") {
            // A list belongs into schemas; here it is a common mistake whose meaning is clear.
            let at = at.join("examples");
            self.warn("wrong-type", &at, "`examples` must be an object of named examples, found a list");
            for n in 0..items.len() {
                let mut build = Build::at(self.number(&at.index(n)));
                build.set("x-plain", true);
                out.insert(n.to_string(), build.done());
            }
            return Value::Object(out);
        }
        for (name, _, at) in self.members(map, "examples", at) {
            if let Some(Some(example)) = self.deref(&at, Self::example) {
                out.insert(name.to_owned(), example);
            }
        }
        Value::Object(out)
    }

    fn example(&mut self, value: &Value, at: &Location) -> Option<Value> {
        let map = self.object(value, at, "example")?;
        let mut build = Build::at(self.number(at));
        build.maybe("externalValue", self.text(map, "externalValue", at));
        build.maybe("x-serialized", self.text(map, "serializedValue", at));
        for key in ["dataValue", "value"] {
            if map.contains_key(key) {
                build.set("x-value", self.number(&at.join(key)));
            }
        }
        Some(build.done())
    }
}
