//! The styles there are, and coding by them.

use serde_json::Value;

use super::interface::{Codec, Raw, StyleError, Wanted, Written};
use super::{cookie, deep_object, delimited, form, label, matrix, simple};
use crate::contract::Style;

/// Every style.
pub static ALL: &[&dyn Codec] = &[
    &simple::Simple,
    &label::Label,
    &matrix::Matrix,
    &form::Form,
    &delimited::SPACE,
    &delimited::PIPE,
    &delimited::TABS,
    &deep_object::DeepObject,
    &cookie::Cookie,
];

/// The codec of a style.
#[must_use]
pub fn codec(style: Style) -> &'static dyn Codec {
    match style {
        Style::Simple => &simple::Simple,
        Style::Label => &label::Label,
        Style::Matrix => &matrix::Matrix,
        Style::Form => &form::Form,
        Style::SpaceDelimited => &delimited::SPACE,
        Style::PipeDelimited => &delimited::PIPE,
        Style::Tabs => &delimited::TABS,
        Style::DeepObject => &deep_object::DeepObject,
        Style::Cookie => &cookie::Cookie,
    }
}

/// The style of that name.
#[must_use]
pub fn by_name(name: &str) -> Option<Style> {
    ALL.iter().find(|codec| codec.name() == name).map(|codec| codec.style())
}

/// [`Codec::encode`] of a style.
///
/// # Errors
/// [`StyleError::Unwritable`].
pub fn encode(style: Style, written: &Written<'_>, value: &Value) -> Result<String, StyleError> {
    codec(style).encode(written, value)
}

/// [`Codec::decode`] of a style.
///
/// # Errors
/// [`StyleError::Unreadable`].
pub fn decode(
    style: Style,
    written: &Written<'_>,
    raw: Raw<'_>,
    wanted: &Wanted,
) -> Result<Option<Value>, StyleError> {
    codec(style).decode(written, raw, wanted)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use proptest::prelude::*;
    use serde_json::{Value, json};

    use super::*;
    use crate::contract::ParameterPlace;
    use crate::wire::percent;
    use crate::wire::query::{self, Member};
    use crate::wire::style::leaf;

    fn written(place: ParameterPlace, explode: bool) -> Written<'static> {
        Written { name: "color", explode, allow_reserved: false, place }
    }

    fn wanted(value: &Value) -> Wanted {
        match value {
            Value::Array(_) => Wanted::Array,
            Value::Object(members) => Wanted::Object {
                properties: members.keys().cloned().collect(),
                open: false,
                taken: Arc::default(),
            },
            _ => Wanted::Scalar,
        }
    }

    /// Leaves as text: what any decoder gives.
    fn texts(value: &Value) -> Value {
        match value {
            Value::Array(items) => items.iter().map(texts).collect(),
            Value::Object(members) => {
                Value::Object(members.iter().map(|(k, v)| (k.clone(), texts(v))).collect())
            }
            scalar => Value::String(leaf(scalar).unwrap().into_owned()),
        }
    }

    fn back(style: Style, written: &Written<'_>, text: &str, wanted: &Wanted) -> Option<Value> {
        match written.place {
            ParameterPlace::Query => {
                let members: Vec<_> = query::members(text).collect();
                decode(style, written, Raw::Members(&members), wanted).unwrap()
            }
            ParameterPlace::Cookie => {
                let members: Vec<_> = crate::wire::cookie::pairs(text)
                    .map(|(n, v)| Member { name: percent::decode_text(n), raw: Some(v) })
                    .collect();
                decode(style, written, Raw::Members(&members), wanted).unwrap()
            }
            _ => decode(style, written, Raw::Text(text), wanted).unwrap(),
        }
    }

    const PLACES: [(Style, ParameterPlace); 10] = [
        (Style::Simple, ParameterPlace::Path),
        (Style::Simple, ParameterPlace::Header),
        (Style::Label, ParameterPlace::Path),
        (Style::Matrix, ParameterPlace::Path),
        (Style::Form, ParameterPlace::Query),
        (Style::Form, ParameterPlace::Cookie),
        (Style::SpaceDelimited, ParameterPlace::Query),
        (Style::PipeDelimited, ParameterPlace::Query),
        (Style::Tabs, ParameterPlace::Query),
        (Style::Cookie, ParameterPlace::Cookie),
    ];

    #[test]
    fn the_specifications_examples() {
        let (scalar, array, object) = (json!("blue"), json!(["blue", "black"]), json!({"R": 100, "G": 200}));
        let path = ParameterPlace::Path;
        let query = ParameterPlace::Query;
        for (style, explode, place, value, want) in [
            (Style::Matrix, false, path, &scalar, ";color=blue"),
            (Style::Matrix, false, path, &array, ";color=blue,black"),
            (Style::Matrix, false, path, &object, ";color=R,100,G,200"),
            (Style::Matrix, true, path, &array, ";color=blue;color=black"),
            (Style::Matrix, true, path, &object, ";R=100;G=200"),
            (Style::Label, false, path, &scalar, ".blue"),
            (Style::Label, false, path, &array, ".blue,black"),
            (Style::Label, true, path, &array, ".blue.black"),
            (Style::Label, true, path, &object, ".R=100.G=200"),
            (Style::Simple, false, path, &array, "blue,black"),
            (Style::Simple, false, path, &object, "R,100,G,200"),
            (Style::Simple, true, path, &object, "R=100,G=200"),
            (Style::Form, false, query, &array, "color=blue,black"),
            (Style::Form, true, query, &array, "color=blue&color=black"),
            (Style::Form, false, query, &object, "color=R,100,G,200"),
            (Style::Form, true, query, &object, "R=100&G=200"),
            (Style::SpaceDelimited, false, query, &array, "color=blue%20black"),
            (Style::PipeDelimited, false, query, &object, "color=R%7C100%7CG%7C200"),
            (Style::Tabs, false, query, &array, "color=blue%09black"),
            (Style::DeepObject, true, query, &object, "color[R]=100&color[G]=200"),
            (Style::Cookie, true, ParameterPlace::Cookie, &array, "color=blue; color=black"),
        ] {
            let written = written(place, explode);
            let text = encode(style, &written, value).unwrap();
            assert_eq!(text, want, "{style:?} {explode}");
            assert_eq!(back(style, &written, &text, &wanted(value)), Some(texts(value)), "{text}");
        }
    }

    #[test]
    fn the_registry_is_whole() {
        for codec in ALL {
            assert_eq!(super::codec(codec.style()).name(), codec.name());
            assert_eq!(by_name(codec.name()), Some(codec.style()));
        }
        assert_eq!(by_name("nope"), None);
    }

    #[test]
    fn what_has_no_text_is_refused() {
        for (style, place, value) in [
            (Style::Simple, ParameterPlace::Path, json!("")),
            (Style::Simple, ParameterPlace::Header, json!("a\r\nb: c")),
            (Style::Simple, ParameterPlace::Header, json!(["a,b"])),
            (Style::Form, ParameterPlace::Query, json!(null)),
            (Style::Form, ParameterPlace::Query, json!([[1]])),
            (Style::PipeDelimited, ParameterPlace::Query, json!(["a|b"])),
            (Style::DeepObject, ParameterPlace::Query, json!({"a]": 1})),
            (Style::Cookie, ParameterPlace::Cookie, json!("a;b")),
        ] {
            assert!(encode(style, &written(place, false), &value).is_err(), "{style:?} {value}");
        }
        let deep =
            (0..=crate::base::limits::BRACKET_DEPTH_MAX + 1).fold(json!(1), |inner, _| json!({"a": inner}));
        assert!(encode(Style::DeepObject, &written(ParameterPlace::Query, true), &deep).is_err());
        let name = format!("color{}=1", "[a]".repeat(crate::base::limits::BRACKET_DEPTH_MAX + 1));
        let members: Vec<_> = query::members(&name).collect();
        let w = written(ParameterPlace::Query, true);
        assert!(decode(Style::DeepObject, &w, Raw::Members(&members), &Wanted::Scalar).is_err());
    }

    #[test]
    fn absent_is_not_empty() {
        let w = written(ParameterPlace::Query, true);
        for (query, want) in
            [("", None), ("x=1", None), ("color", Some(json!(""))), ("color=", Some(json!("")))]
        {
            assert_eq!(back(Style::Form, &w, query, &Wanted::Scalar), want, "{query}");
        }
        assert_eq!(back(Style::Form, &w, "color=", &Wanted::Array), Some(json!([""])));
        let open = Wanted::Object { properties: vec!["R".into()], open: true, taken: ["x".into()].into() };
        assert_eq!(back(Style::Form, &w, "x=1&R=2&y=3", &open), Some(json!({"R": "2", "y": "3"})));
        assert_eq!(
            back(Style::DeepObject, &w, "color[a][b]=1&color%5Bl%5D[]=2", &open),
            Some(json!({"a": {"b": "1"}, "l": ["2"]}))
        );
    }

    #[test]
    fn reserved_characters_stay_when_allowed() {
        let w = Written { allow_reserved: true, ..written(ParameterPlace::Query, true) };
        let text = encode(Style::Form, &w, &json!("a/b?c=d&e,f")).unwrap();
        assert_eq!(text, "color=a/b?c%3Dd%26e,f");
        let flat = Written { explode: false, ..w };
        let list = json!(["a/b", "c,d"]);
        let text = encode(Style::Form, &flat, &list).unwrap();
        assert_eq!(text, "color=a/b,c%2Cd");
        assert_eq!(back(Style::Form, &flat, &text, &Wanted::Array), Some(list));
    }

    fn scalar() -> impl Strategy<Value = Value> {
        prop_oneof![
            ".{0,6}".prop_map(Value::from),
            "[.;,=&|%+ /a-c]{1,6}".prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            any::<bool>().prop_map(Value::from),
        ]
    }

    fn value() -> impl Strategy<Value = Value> {
        prop_oneof![
            scalar(),
            proptest::collection::vec(scalar(), 0..4).prop_map(Value::Array),
            proptest::collection::btree_map("[a-z.,=&]{1,4}", scalar(), 1..4)
                .prop_map(|m| Value::Object(m.into_iter().collect())),
        ]
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_again(value in value(), explode: bool, reserved: bool, which in 0..PLACES.len()) {
            let (style, place) = PLACES[which];
            let written = Written { allow_reserved: reserved, ..written(place, explode) };
            let Ok(text) = encode(style, &written, &value) else { return Ok(()) };
            let got = back(style, &written, &text, &wanted(&value));
            let sent_nothing = text.is_empty() && place != ParameterPlace::Header;
            prop_assert_eq!(got, (!sent_nothing).then(|| texts(&value)), "{:?} {:?}", style, text);
        }

        #[test]
        fn deep_objects_are_read_again(members in proptest::collection::btree_map("[a-z.,=&%]{1,4}", scalar(), 1..4)) {
            let value = json!({"in": Value::Object(members.into_iter().collect()), "n": 1});
            let w = written(ParameterPlace::Query, true);
            let Ok(text) = encode(Style::DeepObject, &w, &value) else { return Ok(()) };
            prop_assert_eq!(back(Style::DeepObject, &w, &text, &Wanted::Scalar), Some(texts(&value)));
        }

        #[test]
        fn no_text_makes_a_decoder_panic(text in ".{0,24}", explode: bool, which in 0..PLACES.len()) {
            let (style, place) = PLACES[which];
            let w = written(place, explode);
            let members: Vec<_> = query::members(&text).collect();
            for wanted in [Wanted::Scalar, Wanted::Array, Wanted::Object { properties: vec![], open: true, taken: Arc::default() }] {
                let _ = decode(style, &w, Raw::Text(&text), &wanted);
                let _ = decode(style, &w, Raw::Members(&members), &wanted);
                let _ = decode(Style::DeepObject, &w, Raw::Members(&members), &wanted);
            }
        }
    }
}
