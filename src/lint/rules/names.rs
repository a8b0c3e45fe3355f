//! Names that can't be sent, and names that stand twice.

use std::collections::HashMap;

use serde_json::Value;

use crate::contract::{Parameter, ParameterPlace};
use crate::document::{Diagnostic, Location, Severity};
use crate::lint::rule::{Linter, Rule};

/// The rules.
pub const RULES: [Rule; 3] = [
    Rule {
        name: "duplicate-tag",
        severity: Severity::Error,
        summary: "no two tags have the same name",
        explanation: "`tags` describes each tag once; the specification demands that the names are unique.",
        run: Some(run),
    },
    Rule {
        name: "tag-parent",
        severity: Severity::Error,
        summary: "the parent of a tag is a tag, and not below it",
        explanation: "Since OpenAPI 3.2 tags may have a `parent`. It must be one of `tags`, and tags must not be their \
            own ancestors.",
        run: None,
    },
    Rule {
        name: "header-name",
        severity: Severity::Error,
        summary: "names of headers and cookies can be sent",
        explanation: "The name of a header or cookie is a token (RFC 9110, section 5.6.2; RFC 6265, section 4.1.1): \
            letters, digits and some punctuation, no blanks. One that is not can't be sent.",
        run: None,
    },
];

fn run(linter: &mut Linter) {
    let found = tags(linter);
    linter.found.extend(found);
    let mut found = Vec::new();
    for operation in linter.everything() {
        let parameters = operation.parameters.iter();
        let headers = operation.responses.iter().flat_map(|response| &response.headers);
        found.extend(parameters.chain(headers).filter_map(unsendable));
    }
    linter.found.extend(found);
}

fn unsendable(parameter: &Parameter) -> Option<Diagnostic> {
    let token = |c: char| c.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~".contains(c);
    let wire = matches!(parameter.place, ParameterPlace::Header | ParameterPlace::Cookie);
    if !wire || !parameter.name.is_empty() && parameter.name.chars().all(token) {
        return None;
    }
    let message = format!("`{}` can't be the name of a {}", parameter.name, parameter.place.as_str());
    let hint = "letters, digits and punctuation such as `-` and `_` can stand in it";
    Some(Diagnostic::error("header-name", parameter.location.clone(), message).with_hint(hint))
}

fn tags(linter: &Linter) -> Vec<Diagnostic> {
    let at = Location::default().join("tags");
    let Some(Value::Array(tags)) = linter.contract.raw(&at) else { return Vec::new() };
    let mut found = Vec::new();
    let mut seen: HashMap<String, Location> = HashMap::new();
    for (n, tag) in tags.iter().enumerate() {
        let Some(name) = tag.get("name").and_then(Value::as_str) else { continue };
        let here = at.index(n).join("name");
        match seen.get(name) {
            Some(first) => {
                let message = format!("the tag `{name}` stands here a second time");
                let diagnostic = Diagnostic::error("duplicate-tag", here, message);
                found.push(diagnostic.with_related(first.clone(), "first here"));
            }
            None => drop(seen.insert(name.to_owned(), here)),
        }
    }
    if linter.contract.version_name() == "OpenAPI 3.2" {
        found.extend(parents(&tags, &at));
    }
    found
}

fn parents(tags: &[Value], at: &Location) -> Vec<Diagnostic> {
    let text = |tag: &Value, key: &str| tag.get(key).and_then(Value::as_str).map(str::to_owned);
    let parent: HashMap<String, Option<String>> =
        tags.iter().filter_map(|tag| Some((text(tag, "name")?, text(tag, "parent")))).collect();
    let names: Vec<&str> = parent.keys().map(String::as_str).collect();
    let mut found = Vec::new();
    for (n, tag) in tags.iter().enumerate() {
        let (Some(name), Some(above)) = (text(tag, "name"), text(tag, "parent")) else { continue };
        let here = at.index(n).join("parent");
        if !parent.contains_key(&above) {
            let mut diagnostic = Diagnostic::error("tag-parent", here, format!("there is no tag `{above}`"));
            let near = crate::document::files::nearest(&above, &names);
            diagnostic.hint = near.map(|near| format!("did you mean `{near}`?"));
            found.push(diagnostic);
            continue;
        }
        let mut up = Some(above);
        for _ in 0..=tags.len() {
            match up {
                Some(ref ancestor) if *ancestor == name => {
                    let message = format!("the tag `{name}` is its own ancestor");
                    found.push(Diagnostic::error("tag-parent", here, message));
                    break;
                }
                Some(ancestor) => up = parent.get(&ancestor).cloned().flatten(),
                None => break,
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn parents_are_tags_and_no_descendants() {
        let tags = json!([{"name": "a", "parent": "b"}, {"name": "b", "parent": "a"}, {"name": "c", "parent": "bb"}, {"name": "d", "parent": "c"}]);
        let found = parents(tags.as_array().unwrap(), &Location::default());
        let said: Vec<&str> = found.iter().map(|d| d.message.as_str()).collect();
        assert_eq!(
            said,
            ["the tag `a` is its own ancestor", "the tag `b` is its own ancestor", "there is no tag `bb`"]
        );
    }
}
