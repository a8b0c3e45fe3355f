//! Shapes as text: one line for each member, so that differences are read line by line.

use std::collections::BTreeMap;
use std::fmt::Write;

use crate::base::plain;
use crate::base::secret::Redactor;
use crate::shape::declared::Declared;
use crate::shape::model::{ANY_MEMBER, ListShape, ObjectShape, Shape, TextShape};
use crate::shape::recognise;

/// The text of a shape, without a line end after it.
pub(super) fn render(shape: &Shape, declared: &Declared, redactor: &Redactor) -> String {
    let mut out = String::new();
    let context = Context { declared, redactor };
    value(&mut out, shape, &context, "", 0);
    out
}

/// What is known of the whole.
struct Context<'c> {
    declared: &'c Declared,
    redactor: &'c Redactor,
}

fn value(out: &mut String, shape: &Shape, context: &Context<'_>, place: &str, depth: usize) {
    let mut first = true;
    let mut separate = |out: &mut String| {
        if !std::mem::take(&mut first) {
            out.push_str(" | ");
        }
    };
    if let Some(text) = &shape.text {
        separate(out);
        string(out, text, context, place);
    }
    for (there, name) in [
        (shape.number > 0, "number"),
        (shape.integer > 0 && shape.number == 0, "integer"),
        (shape.boolean > 0, "boolean"),
        (shape.deeper > 0, "…"),
    ] {
        if there {
            separate(out);
            out.push_str(name);
        }
    }
    if let Some(object) = &shape.object {
        separate(out);
        members(out, object, context, place, depth);
    }
    if let Some(list) = &shape.list {
        separate(out);
        items(out, list, context, place, depth);
    }
    if shape.null > 0 {
        separate(out);
        out.push_str("null");
    }
}

fn string(out: &mut String, text: &TextShape, context: &Context<'_>, place: &str) {
    let is_declared = context.declared.has_words(place);
    // Words come from the contract's own lists, or say of what kind something is and came so often that they must be
    // few: an account's name that every sample shares is data.
    let name = place.rsplit('/').find(|part| *part != "[]").unwrap_or("");
    let repeated =
        |distinct: u64| text.count >= 4 && distinct * 4 <= text.count && recognise::is_kind_name(name);
    // A secret is no word, though a few samples may share it.
    let hidden = |word: &String| context.redactor.looks(word) != *word;
    let secret = |words: &BTreeMap<String, u64>| {
        !is_declared && context.redactor.hides_member(name) || words.keys().any(hidden)
    };
    match text.words.as_ref().filter(|words| !secret(words)) {
        Some(words)
            if is_declared || repeated(words.len() as u64) && words.keys().all(|w| recognise::is_word(w)) =>
        {
            for (index, word) in words.keys().enumerate() {
                let bar = if index > 0 { " | " } else { "" };
                // A JSON string: control characters must not break the line.
                let _ =
                    write!(out, "{bar}{}", plain::json(&serde_json::Value::from(word.as_str()).to_string()));
            }
        }
        _ => match text.format {
            Some(format) => drop(write!(out, "string ({format})")),
            None => out.push_str("string"),
        },
    }
}

fn indent(out: &mut String, depth: usize) {
    out.push('\n');
    out.extend(std::iter::repeat_n("  ", depth));
}

fn members(out: &mut String, object: &ObjectShape, context: &Context<'_>, place: &str, depth: usize) {
    if object.members.is_empty() {
        out.push_str("{}");
        return;
    }
    out.push('{');
    for (name, member) in &object.members {
        indent(out, depth + 1);
        if name == ANY_MEMBER {
            out.push_str("[any name]: ");
        } else {
            let plain = name
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.' | b'$' | b'@'));
            if plain && !name.is_empty() {
                out.push_str(name);
            } else {
                out.push_str(&plain::json(&serde_json::Value::from(name.as_str()).to_string()));
            }
            out.push_str(if member.count() < object.count { "?: " } else { ": " });
        }
        value(out, member, context, &format!("{place}/{name}"), depth + 1);
    }
    indent(out, depth);
    out.push('}');
}

fn items(out: &mut String, list: &ListShape, context: &Context<'_>, place: &str, depth: usize) {
    let Some(items) = &list.items else {
        out.push_str("[]");
        return;
    };
    let place = format!("{place}/[]");
    if items.object.is_none() && items.list.is_none() {
        out.push('[');
        value(out, items, context, &place, depth);
        out.push(']');
        return;
    }
    out.push('[');
    indent(out, depth + 1);
    value(out, items, context, &place, depth + 1);
    indent(out, depth);
    out.push(']');
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::Schema;
    use crate::shape::infer;
    use serde_json::json;

    #[test]
    fn members_are_sorted_and_optional_ones_marked() {
        let mut shape =
            infer(&json!({"z": 1, "a": [{"id": "2026-01-01"}, {}], "e": {}, "odd name": null, "4711": true}));
        shape.merge(infer(&json!({"z": 1.5, "a": [], "e": {}, "odd name": "x"})));
        let want = r#"{
  [any name]: boolean
  a: [
    {
      id?: string (date)
    }
  ]
  e: {}
  "odd name": string | null
  z: number
}"#;
        assert_eq!(render(&shape, &Declared::default(), &Redactor::default()), want);
    }

    #[test]
    fn words_are_shown_only_when_declared_or_repeated() {
        let values = json!([{"kind": "user", "name": "bob", "state": "UP", "id": "x1", "account": "acme"}, {"kind": "service", "name": "eve", "state": "UP", "id": "x1", "account": "acme"},
            {"kind": "user", "name": "joe", "state": "UP", "id": "x1", "account": "acme"}, {"kind": "user", "name": "kim", "state": "UP", "id": "x1", "account": "acme"}]);
        let schema = Schema::from_value(
            json!({"items": {"properties": {"kind": {"enum": ["user", "service", "other"]}}}}),
        );
        let text = render(&infer(&values), &Declared::of(&schema.unwrap()), &Redactor::default());
        for line in [r#"kind: "service" | "user""#, "name: string", r#"state: "UP""#, "id: string"] {
            assert!(text.contains(line), "{line} in {text}");
        }
        assert!(!text.contains("bob") && !text.contains("acme") && !text.contains("x1"));
    }
}
