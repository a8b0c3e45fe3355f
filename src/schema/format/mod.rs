//! String and number formats, a file for each family: validator, generator, counter-examples.
//!
//! A format that is not listed here constrains nothing. Sources: JSON Schema Validation 2020-12, section 7.3, and the
//! `OpenAPI` format registry (spec.openapis.org/registry/format).

mod bytes;
mod model;
mod name;
mod net;
mod number;
mod time;
mod uri;
mod uuid;

pub use model::Format;

/// All formats.
pub const ALL: &[Format] = &[
    time::DATE_TIME,
    time::DATE,
    time::TIME,
    time::DURATION,
    time::DATE_TIME_LOCAL,
    time::TIME_LOCAL,
    net::EMAIL,
    net::IDN_EMAIL,
    net::HOSTNAME,
    net::IDN_HOSTNAME,
    net::IPV4,
    net::IPV6,
    uri::URI,
    uri::URI_REFERENCE,
    uri::URI_TEMPLATE,
    uri::IRI,
    uri::IRI_REFERENCE,
    uuid::UUID,
    name::REGEX,
    name::JSON_POINTER,
    name::RELATIVE_JSON_POINTER,
    name::CHAR,
    bytes::BYTE,
    bytes::BASE64URL,
    bytes::BINARY,
    bytes::PASSWORD,
    number::INT8,
    number::INT16,
    number::INT32,
    number::INT64,
    number::UINT8,
    number::UINT16,
    number::UINT32,
    number::UINT64,
    number::FLOAT,
    number::DOUBLE,
    number::DECIMAL,
];

/// The format of that name.
#[must_use]
pub fn find(name: &str) -> Option<&'static Format> {
    ALL.iter().find(|format| format.name == name)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::base::{Dice, Seed};
    use crate::schema::Schema;

    #[test]
    fn generator_validator_counter_examples_and_judge_agree() {
        for format in ALL {
            let schema = Schema::from_value(json!({ "format": format.name })).unwrap();
            assert!(schema.bundle().defects().is_empty());
            if let Some(make) = format.generate {
                for seed in 0..500 {
                    let text = make(&mut Dice::new(Seed(seed)));
                    assert!(format.text.is_none_or(|check| check(&text)), "{}: {text:?}", format.name);
                    assert!(schema.is_valid(&json!(text)), "{}: {text:?}", format.name);
                }
                let simplest = make(&mut Dice::simplest());
                assert!(schema.is_valid(&json!(simplest)), "{}: {simplest:?}", format.name);
            }
            assert_eq!(format.text.is_some(), !format.counter.is_empty(), "{}", format.name);
            for text in format.counter {
                assert!(format.text.is_some_and(|check| !check(text)), "{}: {text:?}", format.name);
                let violations = schema.violations(&json!(text));
                assert_eq!(violations.len(), 1, "{}: {text:?}", format.name);
                assert_eq!(violations[0].keyword, "format");
            }
        }
    }

    #[test]
    fn number_formats_bound_numbers_and_leave_texts_alone() {
        let schema = Schema::from_value(json!({ "properties": { "n": { "format": "int32" } } })).unwrap();
        for (value, valid) in [
            (json!(2_147_483_647), true),
            (json!(2_147_483_648_u64), false),
            (json!(-2_147_483_648_i64), true),
            (json!(1e30), false),
            (json!("x"), true),
            (Value::Null, true),
        ] {
            assert_eq!(schema.is_valid(&json!({ "n": value })), valid, "{value}");
        }
        let violations = schema.violations(&json!({ "n": 3e9 }));
        assert_eq!(violations[0].keyword, "format");
        assert_eq!(violations[0].schema.pointer.as_str(), "/properties/n/format");
        assert_eq!(violations[0].expected, json!("int32"));
    }

    #[test]
    fn unknown_formats_constrain_nothing() {
        assert!(find("stripe-id").is_none());
        let schema = Schema::from_value(json!({ "format": "stripe-id" })).unwrap();
        assert!(schema.is_valid(&json!("anything")) && schema.is_valid(&json!(1)));
    }
}
