//! Runtime expressions of callbacks and links.

use serde_json::Value;

use crate::base::Pointer;
use crate::contract::{Operation, template_names};
use crate::document::files::nearest;
use crate::document::{Diagnostic, Location, Severity};
use crate::lint::rule::{Linter, Rule};

/// The rules.
pub const RULES: [Rule; 1] = [Rule {
    name: "runtime-expression",
    severity: Severity::Warning,
    summary: "runtime expressions name a part of the request or response",
    explanation: "Keys of callbacks and the values of links are taken from messages by expressions: `$url`, `$method`, \
        `$statusCode`, or `$request` or `$response` with `.header.NAME`, `.query.NAME`, `.path.NAME`, `.body` or \
        `.body#/POINTER` (OpenAPI 3.x, Runtime Expressions). Anything else is taken literally.",
    run: Some(run),
}];

fn run(linter: &mut Linter) {
    let mut found = Vec::new();
    for operation in linter.everything() {
        of_operation(operation, &mut found);
    }
    linter.found.extend(found);
}

fn of_operation(operation: &Operation, found: &mut Vec<Diagnostic>) {
    for link in operation.responses.iter().flat_map(|response| &response.links) {
        for (name, value) in &link.parameters {
            of_value(value, &link.location.join("parameters").join(name), found);
        }
        if let Some(value) = &link.request_body {
            of_value(value, &link.location.join("requestBody"), found);
        }
    }
    for callback in &operation.callbacks {
        // The expression stands for a URL; parts in braces are expressions, and so is the whole if it starts so.
        let whole = callback.expression.starts_with('$').then_some(callback.expression.as_str());
        let wrong = whole.into_iter().chain(template_names(&callback.expression)).find_map(fault);
        if let (Some(reason), Some(first)) = (wrong, callback.operations.first()) {
            let at = first.head.location.pointer.parent().unwrap_or_default();
            let at = Location::new(first.head.location.file, at);
            found.push(diagnostic(&callback.expression, reason, at).at_key());
        }
        callback.operations.iter().for_each(|operation| of_operation(operation, found));
    }
}

/// A value of a link: a text that starts like an expression must be one; texts may also have some in braces.
fn of_value(value: &Value, at: &Location, found: &mut Vec<Diagnostic>) {
    let Some(text) = value.as_str() else { return };
    let starts =
        ["$url", "$method", "$statusCode", "$req", "$res"].iter().any(|start| text.starts_with(start));
    let inner = template_names(text).into_iter().filter(|name| name.starts_with('$'));
    if let Some(reason) = starts.then_some(text).into_iter().chain(inner).find_map(fault) {
        found.push(diagnostic(text, reason, at.clone()));
    }
}

fn diagnostic(expression: &str, (reason, hint): (String, Option<String>), at: Location) -> Diagnostic {
    let message = format!("`{expression}` is no runtime expression: {reason}");
    let mut diagnostic = Diagnostic::warning("runtime-expression", at, message);
    diagnostic.hint = hint;
    diagnostic
}

/// Why the text is no runtime expression, and what was perhaps meant; `None` when it is one.
fn fault(text: &str) -> Option<(String, Option<String>)> {
    let meant =
        |word: &str, known: &[&str]| nearest(word, known).map(|near| format!("did you mean `{near}`?"));
    let (head, rest) = match text.split_once('.') {
        Some((head, rest)) => (head, Some(rest)),
        None => (text, None),
    };
    match (head, rest) {
        ("$url" | "$method" | "$statusCode", None) => return None,
        ("$request" | "$response", Some(_)) => {}
        ("$request" | "$response", None) => {
            return Some((format!("`{head}` needs `.header.…`, `.query.…`, `.path.…` or `.body`"), None));
        }
        (other, _) => {
            let known = ["$url", "$method", "$statusCode", "$request", "$response"];
            return Some((format!("there is no `{other}`"), meant(other, &known)));
        }
    }
    let rest = rest.unwrap_or_default();
    if rest == "body" {
        return None;
    }
    if let Some(pointer) = rest.strip_prefix("body#") {
        let wrong = format!("`{pointer}` is no JSON pointer");
        return Pointer::parse(pointer).is_none().then_some((wrong, Some("it starts with `/`".to_owned())));
    }
    let (source, name) = rest.split_once('.').unwrap_or((rest, ""));
    if !matches!(source, "header" | "query" | "path") {
        let word = source.split('#').next().unwrap_or_default();
        return Some((
            format!("`{head}` has no `{word}`"),
            meant(word, &["header", "query", "path", "body"]),
        ));
    }
    name.is_empty().then(|| (format!("`{source}` needs a name"), None))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn expressions_are_told_from_what_only_looks_like_one() {
        for good in [
            "$url",
            "$method",
            "$statusCode",
            "$request.header.content-type",
            "$request.path.id",
            "$request.query.a.b",
            "$request.body",
            "$response.body#/a/0",
            "$response.header.Location",
        ] {
            assert_eq!(fault(good), None, "{good}");
        }
        for (bad, hint) in [
            ("$request.bdy#/url", Some("did you mean `body`?")),
            ("$requst.body", Some("did you mean `$request`?")),
            ("$request", None),
            ("$request.header", None),
            ("$request.body#url", Some("it starts with `/`")),
            ("id", None),
        ] {
            assert_eq!(fault(bad).unwrap().1.as_deref(), hint, "{bad}");
        }
    }
}
