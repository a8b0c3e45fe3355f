//! The published JSON Schemas of the structure of contracts (`spec/openapi/`).

use serde_json::Value;

use crate::contract::lower::draft_4_to_2020_12;
use crate::contract::version::Version;

/// The URI of the metaschema that the schema of 2.0 refers to.
const DRAFT_4: &str = "http://json-schema.org/draft-04/schema";

/// The schema of that version, then what it refers to, each with its URI; all in 2020-12.
pub(crate) fn schemas(version: Version) -> Vec<(String, Value)> {
    let parse = |text: &str| serde_json::from_str::<Value>(text).unwrap_or(Value::Bool(true));
    let old = |text: &str| draft_4_to_2020_12(&parse(text));
    match version {
        Version::V2 => vec![
            (
                "http://swagger.io/v2/schema.json".to_owned(),
                old(include_str!("../../../spec/openapi/2.0.json")),
            ),
            (DRAFT_4.to_owned(), old(include_str!("../../../spec/openapi/json-schema-draft-04.json"))),
        ],
        Version::V30 => {
            let schema = old(include_str!("../../../spec/openapi/3.0.json"));
            vec![("https://spec.openapis.org/oas/3.0/schema".to_owned(), schema)]
        }
        Version::V31 => with_id(parse(include_str!("../../../spec/openapi/3.1.json"))),
        Version::V32 => with_id(parse(include_str!("../../../spec/openapi/3.2.json"))),
    }
}

fn with_id(schema: Value) -> Vec<(String, Value)> {
    let id = schema["$id"].as_str().unwrap_or_default().to_owned();
    vec![(id, schema)]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_version_has_its_schema() {
        for version in [Version::V2, Version::V30, Version::V31, Version::V32] {
            let all = schemas(version);
            assert!(all[0].1["properties"]["info"].is_object(), "{version:?}");
            assert!(all.iter().all(|(uri, _)| uri.starts_with("http")), "{version:?}");
        }
    }
}
