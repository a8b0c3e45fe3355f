//! Which keywords of JSON Schema 2020-12 hold schemas, and how (Core, sections 10 and 11).

/// How a keyword holds schemas.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Holds {
    /// The keyword's value is a schema.
    One,
    /// It is a list of schemas.
    List,
    /// It is a map whose values are schemas.
    Map,
}

/// How `keyword` holds schemas; `None` when it holds none. `$defs` is left out on purpose: what stands there counts
/// only once a reference leads to it.
#[must_use]
pub fn holds(keyword: &str) -> Option<Holds> {
    Some(match keyword {
        "additionalProperties"
        | "propertyNames"
        | "items"
        | "contains"
        | "not"
        | "if"
        | "then"
        | "else"
        | "unevaluatedItems"
        | "unevaluatedProperties"
        | "contentSchema" => Holds::One,
        "allOf" | "anyOf" | "oneOf" | "prefixItems" => Holds::List,
        "properties" | "patternProperties" | "dependentSchemas" => Holds::Map,
        _ => return None,
    })
}

/// True for keywords whose schemas apply to the same instance as the schema around them.
#[must_use]
pub fn in_place(keyword: &str) -> bool {
    matches!(keyword, "allOf" | "anyOf" | "oneOf" | "not" | "if" | "then" | "else" | "dependentSchemas")
}
