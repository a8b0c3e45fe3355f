//! What a contract says of secrets: under which names they are sent, and examples of them.

use serde_json::Value;

use crate::base::limits::{CONTRACT_SECRETS_MAX, DOCUMENT_DEPTH_MAX};
use crate::base::secret::{Redactor, RedactorBuilder, Secret, is_secret_name};
use crate::contract::{Contract, ParameterPlace, SecurityKind};

/// What a contract says of secrets.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SecretFacts {
    /// Names of header fields, query members and cookies.
    pub fields: Vec<String>,
    /// Names of members of bodies and of parameters: `format: password` (OpenAPI 3.1, Appendix "Formats Registry").
    pub members: Vec<String>,
    /// Examples, defaults and the like that are secrets: where they stand (the file's number and a JSON Pointer), and
    /// what they are.
    pub values: Vec<(String, Secret)>,
}

impl SecretFacts {
    /// A redactor that knows them, to be filled further.
    #[must_use]
    pub fn redactor(&self) -> RedactorBuilder {
        let builder = self.fields.iter().fold(Redactor::builder(), |builder, name| builder.field(name));
        let builder = self.members.iter().fold(builder, |builder, name| builder.member(name));
        self.values
            .iter()
            .fold(builder, |builder, (place, secret)| builder.secret(&format!("contract:{place}"), secret))
    }
}

impl Contract {
    /// What the contract says of secrets. Its files are read through each time.
    #[must_use]
    pub fn secret_facts(&self) -> SecretFacts {
        let mut facts = SecretFacts::default();
        for scheme in self.security_schemes().values() {
            if let SecurityKind::ApiKey { name, place } = &scheme.kind {
                facts.fields.push(name.clone());
                if *place == ParameterPlace::Cookie {
                    facts.members.push(name.clone());
                }
            }
        }
        for (number, file) in self.files().all().iter().enumerate() {
            let mut walker =
                Walker { facts: &mut facts, looks: Redactor::default(), pointer: number.to_string() };
            walker.value(&file.root, false, 0);
        }
        for list in [&mut facts.fields, &mut facts.members] {
            list.sort_unstable();
            list.dedup();
        }
        facts
    }
}

struct Walker<'f> {
    facts: &'f mut SecretFacts,
    looks: Redactor,
    pointer: String,
}

/// Keywords whose values are instances.
const INSTANCES: [&str; 6] = ["example", "examples", "default", "const", "enum", "value"];

impl Walker<'_> {
    /// Looks into a schema, a parameter, or whatever else; `secret`: it describes a secret.
    fn value(&mut self, value: &Value, secret: bool, depth: usize) {
        if depth > DOCUMENT_DEPTH_MAX || self.facts.values.len() >= CONTRACT_SECRETS_MAX {
            return;
        }
        match value {
            Value::Object(members) => {
                let text = |name: &str| members.get(name).and_then(Value::as_str);
                let format = |value: &Value| value.get("format").and_then(Value::as_str) == Some("password");
                // A parameter or a header: its name is a member of it.
                let named = text("in").and(text("name"));
                let own = format(value) || members.get("schema").is_some_and(format);
                if let Some(name) = named.filter(|_| own) {
                    self.facts.members.push(name.to_owned());
                }
                let secret = secret || own || named.is_some_and(is_secret_name);
                for (name, member) in members {
                    let length = self.step(name);
                    if name == "properties"
                        && let Value::Object(properties) = member
                    {
                        for (name, property) in properties {
                            if format(property) {
                                self.facts.members.push(name.clone());
                            }
                            let length = self.step(name);
                            self.value(property, is_secret_name(name) || format(property), depth + 2);
                            self.pointer.truncate(length);
                        }
                    } else if INSTANCES.contains(&name.as_str()) {
                        self.instance(member, secret, depth + 1);
                    } else {
                        self.value(member, secret && name == "schema", depth + 1);
                    }
                    self.pointer.truncate(length);
                }
            }
            Value::Array(items) => {
                for (number, item) in items.iter().enumerate() {
                    let length = self.step(&number.to_string());
                    self.value(item, false, depth + 1);
                    self.pointer.truncate(length);
                }
            }
            _ => {}
        }
    }

    /// Looks into an example.
    fn instance(&mut self, value: &Value, secret: bool, depth: usize) {
        if depth > DOCUMENT_DEPTH_MAX || self.facts.values.len() >= CONTRACT_SECRETS_MAX {
            return;
        }
        match value {
            Value::String(text) => {
                let telling = text.len() >= 6
                    && text.bytes().any(|b| b.is_ascii_alphabetic())
                    && text.bytes().any(|b| !b.is_ascii_alphabetic());
                if telling && (secret || self.looks.looks(text) != *text) {
                    self.facts.values.push((self.pointer.clone(), Secret::new(text.as_str())));
                }
            }
            Value::Object(members) => {
                for (name, member) in members {
                    let length = self.step(name);
                    // `examples` holds examples by name, each with a `value`.
                    let secret =
                        is_secret_name(name) || secret && name == "value" || secret && member.is_object();
                    self.instance(member, secret, depth + 1);
                    self.pointer.truncate(length);
                }
            }
            Value::Array(items) => {
                for (number, item) in items.iter().enumerate() {
                    let length = self.step(&number.to_string());
                    self.instance(item, secret, depth + 1);
                    self.pointer.truncate(length);
                }
            }
            _ => {}
        }
    }

    /// Goes into a member; the length of the pointer before.
    fn step(&mut self, name: &str) -> usize {
        let length = self.pointer.len();
        self.pointer.push('/');
        self.pointer.push_str(&name.replace('~', "~0").replace('/', "~1"));
        length
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_examples_of_secrets_are_found() {
        let text = r#"{"openapi": "3.1.0", "info": {"title": "t", "version": "1"}, "paths": {"/a": {"get": {
            "parameters": [{"name": "word", "in": "query", "schema": {"type": "string", "format": "password"},
                            "example": "open-sesame-1"}], "responses": {}}}},
            "components": {"securitySchemes": {"K": {"type": "apiKey", "in": "cookie", "name": "House"}},
            "schemas": {"User": {"properties": {
                "password": {"type": "string", "default": "Chang3me!", "examples": ["word", "An0ther-one"]},
                "motto": {"format": "password", "example": "b1ue-moon"}, "plain": {"example": "plain-1"}},
                "example": {"api_key": "k3y-of-it", "name": "n-1", "at": "http://me:p4ss@h/"}}}}}"#;
        let facts = Contract::from_text("t.json", text).unwrap().secret_facts();
        assert_eq!(facts.fields, ["House"]);
        assert_eq!(facts.members, ["House", "motto", "word"]);
        let values: Vec<&str> = facts.values.iter().map(|(_, secret)| secret.expose()).collect();
        let want =
            ["open-sesame-1", "Chang3me!", "An0ther-one", "b1ue-moon", "k3y-of-it", "http://me:p4ss@h/"];
        assert_eq!(values, want);
        assert_eq!(facts.values[1].0, "0/components/schemas/User/properties/password/default");
        let redactor = facts.redactor().build();
        assert_eq!(redactor.looks("Chang3me! plain-1"), "*** plain-1");
    }
}
