//! Which members and keywords belong to which version of OpenAPI, for hints about those that came with the wrong one.

/// Members that were replaced in OpenAPI 3.0, and by what.
const BEFORE_3_0: [(&str, &str); 20] = [
    ("swagger", "`openapi: 3.0.3` or the like"),
    ("host", "`servers`"),
    ("basePath", "`servers`"),
    ("schemes", "`servers`"),
    ("definitions", "`components.schemas`"),
    ("securityDefinitions", "`components.securitySchemes`"),
    ("consumes", "the keys of the request body's `content`"),
    ("produces", "the keys of the response's `content`"),
    ("schema", "`content: {application/json: {schema: …}}`"),
    ("collectionFormat", "`style` and `explode`"),
    ("type", "`type` inside `schema`"),
    ("format", "`format` inside `schema`"),
    ("items", "`items` inside `schema`"),
    ("enum", "`enum` inside `schema`"),
    ("default", "`default` inside `schema`"),
    ("minimum", "`minimum` inside `schema`"),
    ("maximum", "`maximum` inside `schema`"),
    ("pattern", "`pattern` inside `schema`"),
    ("flow", "`flows`"),
    ("responses", "`components.responses`"),
];

/// Members that OpenAPI 3.0 brought, and what 2.0 has instead.
const SINCE_3_0: [(&str, &str); 9] = [
    ("openapi", "`swagger: \"2.0\"`"),
    ("servers", "`host`, `basePath` and `schemes`"),
    ("components", "`definitions`, `parameters`, `responses` and `securityDefinitions`"),
    ("requestBody", "a parameter with `in: body`"),
    ("content", "`schema`, with `produces` or `consumes`"),
    ("nullable", "`x-nullable`"),
    ("oneOf", "`allOf` only"),
    ("anyOf", "`allOf` only"),
    ("style", "`collectionFormat`"),
];

/// Members and keywords without a counterpart before OpenAPI 3.0.
const NEW_IN_3_0: [&str; 5] = ["callbacks", "links", "not", "writeOnly", "explode"];

/// Members and keywords that OpenAPI 3.1 brought.
const NEW_IN_3_1: [&str; 28] = [
    "webhooks",
    "pathItems",
    "jsonSchemaDialect",
    "identifier",
    "summary",
    "const",
    "$defs",
    "$id",
    "$anchor",
    "$schema",
    "$comment",
    "$dynamicRef",
    "$dynamicAnchor",
    "patternProperties",
    "propertyNames",
    "prefixItems",
    "contains",
    "minContains",
    "maxContains",
    "if",
    "then",
    "else",
    "dependentRequired",
    "dependentSchemas",
    "unevaluatedProperties",
    "unevaluatedItems",
    "contentMediaType",
    "contentEncoding",
];

/// Members that OpenAPI 3.2 brought.
const NEW_IN_3_2: [&str; 16] = [
    "$self",
    "query",
    "additionalOperations",
    "mediaTypes",
    "itemSchema",
    "itemEncoding",
    "prefixEncoding",
    "dataValue",
    "serializedValue",
    "deviceAuthorization",
    "deviceAuthorizationUrl",
    "oauth2MetadataUrl",
    "nodeType",
    "defaultMapping",
    "parent",
    "kind",
];

/// What to say about a member that does not belong into a document of that version; `None` when no version has it.
pub(crate) fn hint(version: &str, name: &str) -> Option<String> {
    let of = |table: &[(&str, &'static str)]| {
        table.iter().find(|(known, _)| *known == name).map(|(_, instead)| *instead)
    };
    let rank = match version {
        "Swagger 2.0" => 0,
        "OpenAPI 3.0" => 1,
        "OpenAPI 3.1" => 2,
        _ => 3,
    };
    if rank > 0
        && let Some(instead) = of(&BEFORE_3_0)
    {
        return Some(format!("since OpenAPI 3.0: {instead}"));
    }
    if rank == 0 {
        if let Some(instead) = of(&SINCE_3_0) {
            return Some(format!("`{name}` came with OpenAPI 3.0; Swagger 2.0 has {instead}"));
        }
        if NEW_IN_3_0.contains(&name) {
            return Some(format!("`{name}` came with OpenAPI 3.0"));
        }
    }
    if rank == 1 && name == "const" {
        return Some("`const` came with OpenAPI 3.1; before, an `enum` with one value".to_owned());
    }
    if rank < 2 && NEW_IN_3_1.contains(&name) {
        return Some(format!("`{name}` came with OpenAPI 3.1"));
    }
    (rank < 3 && NEW_IN_3_2.contains(&name)).then(|| format!("`{name}` came with OpenAPI 3.2"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_are_told_from_their_time() {
        assert!(hint("OpenAPI 3.0", "definitions").unwrap().contains("components.schemas"));
        assert!(hint("Swagger 2.0", "requestBody").unwrap().contains("in: body"));
        assert!(hint("OpenAPI 3.0", "webhooks").unwrap().contains("3.1"));
        assert!(hint("OpenAPI 3.1", "itemSchema").unwrap().contains("3.2"));
        assert_eq!(hint("OpenAPI 3.2", "itemSchema"), None);
        assert_eq!(hint("OpenAPI 3.1", "whatever"), None);
    }
}
