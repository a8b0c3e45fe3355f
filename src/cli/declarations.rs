//! `[mock.resources.NAME]` of `counterpart.toml`: declarations of resources, with the places of their keys.

use indexmap::IndexMap;
use serde_json::{Map, Value};
use toml::de::{DeTable, DeValue};

use crate::cli::CliError;
use crate::cli::config::{Config, DECLARATIONS};
use crate::resource::declaration::Declaration;

impl Config {
    /// The declarations of resources, and where each stands.
    ///
    /// # Errors
    /// [`CliError::Usage`] with the place of what is wrong.
    pub fn declarations(&self) -> Result<IndexMap<String, (Declaration, String)>, CliError> {
        let mut found = IndexMap::new();
        let Ok(table) = DeTable::parse(self.text()) else { return Ok(found) };
        let Some(resources) = table
            .get_ref()
            .get("mock")
            .and_then(|mock| mock.get_ref().as_table())
            .and_then(|mock| mock.get(DECLARATIONS))
        else {
            return Ok(found);
        };
        let Some(entries) = resources.get_ref().as_table() else {
            let at = self.place(resources.span().start);
            return Err(CliError::usage_hint(
                format!("{at}: `{DECLARATIONS}` must be tables"),
                "write [mock.resources.NAME] and the keys below it",
            ));
        };
        for (name, declared) in entries {
            let at = self.place(name.span().start);
            let value = json(declared.get_ref());
            let declaration = serde_json::from_value(value).map_err(|error| {
                let reason = error.to_string();
                // The place of the key that is wrong by itself is better than the table's.
                let wrong = |key: &str, value: &DeValue<'_>| {
                    let alone = Map::from_iter([(key.to_owned(), json(value))]);
                    serde_json::from_value::<Declaration>(Value::Object(alone)).is_err()
                };
                let mut inner = declared.get_ref().as_table().into_iter().flatten();
                let place = inner.find(|(key, value)| wrong(key.get_ref(), value.get_ref()));
                let at = place.map_or(at.clone(), |(key, _)| self.place(key.span().start));
                CliError::usage_hint(
                    format!("{at}: resource `{}`: {reason}", name.get_ref()),
                    "the README lists the keys of a declaration",
                )
            })?;
            found.insert(name.get_ref().to_string(), (declaration, at));
        }
        Ok(found)
    }
}

/// A TOML value as JSON; dates and times as texts.
fn json(value: &DeValue<'_>) -> Value {
    match value {
        DeValue::Array(items) => Value::Array(items.iter().map(|item| json(item.get_ref())).collect()),
        DeValue::Table(members) => {
            let pairs = members.iter().map(|(key, value)| (key.get_ref().to_string(), json(value.get_ref())));
            Value::Object(pairs.collect::<Map<_, _>>())
        }
        DeValue::String(text) => Value::String(text.to_string()),
        DeValue::Integer(number) => {
            let text = number.to_string();
            text.parse::<i64>().map_or(Value::String(text), Value::from)
        }
        DeValue::Float(number) => {
            let text = number.to_string();
            text.parse::<f64>().map_or(Value::String(text), Value::from)
        }
        DeValue::Boolean(flag) => Value::Bool(*flag),
        DeValue::Datetime(time) => Value::String(time.to_string()),
    }
}
