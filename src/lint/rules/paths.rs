//! Path templates.

use std::collections::{HashMap, HashSet};

use crate::contract::template_names;
use crate::document::{Diagnostic, Location, Severity};
use crate::lint::rule::{Linter, Rule};

/// The rules.
pub const RULES: [Rule; 6] = [
    Rule {
        name: "colliding-paths",
        severity: Severity::Error,
        summary: "no two paths are the same but for the names of their parameters",
        explanation: "`/pets/{id}` and `/pets/{name}` match the same requests; nobody can tell which operation is \
            meant. The specification calls such paths identical and forbids them.",
        run: Some(run),
    },
    Rule {
        name: "path-template",
        severity: Severity::Error,
        summary: "a path template is well formed and names each parameter once",
        explanation: "Braces stand in pairs around a name, `/pets/{petId}`, no name stands twice in a path, and a path \
            has neither query nor fragment: those are described by parameters.",
        run: None,
    },
    Rule {
        name: "path-parameter-missing",
        severity: Severity::Error,
        summary: "every name in a path template is declared as a path parameter",
        explanation: "Without a declaration nobody knows what values the parameter takes. Mock and tester carry on with \
            any text.",
        run: None,
    },
    Rule {
        name: "path-parameter-unknown",
        severity: Severity::Error,
        summary: "every path parameter has its place in the template",
        explanation: "A path parameter that the path does not name can't be sent. Mostly its name is misspelt, or the \
            path was changed and the parameter forgotten.",
        run: None,
    },
    Rule {
        name: "path-parameter-required",
        severity: Severity::Error,
        summary: "path parameters are `required: true`",
        explanation: "A path can't be sent without its parameters, so the specification demands that each says \
            `required: true`. Mock and tester treat them so anyhow.",
        run: None,
    },
    Rule {
        name: "path-slash",
        severity: Severity::Error,
        summary: "every path starts with `/`",
        explanation: "Paths are appended to the server's URL; without the slash the result depends on who appends.",
        run: None,
    },
];

fn run(linter: &mut Linter) {
    let mut paths: Vec<(String, Location)> = Vec::new();
    let mut seen: HashSet<&str> = HashSet::new();
    for operation in &linter.operations {
        let path = &operation.head.path;
        if seen.insert(path) {
            let paths_map = Location::default().join("paths");
            paths.push((path.clone(), paths_map.join(path)));
        }
    }
    let mut shapes: HashMap<String, (String, Location)> = HashMap::new();
    for (path, at) in paths {
        linter.found.extend(malformed(&path, &at));
        if let Some((other, first)) = shapes.get(&shape(&path)) {
            let message = format!("`{path}` and `{other}` match the same requests");
            linter.found.push(
                Diagnostic::error("colliding-paths", at, message)
                    .at_key()
                    .with_related(first.clone(), "the other one"),
            );
        } else {
            shapes.insert(shape(&path), (path, at));
        }
    }
}

/// The path with all parameters called the same.
fn shape(path: &str) -> String {
    let mut out = String::new();
    let mut rest = path;
    while let Some((before, after)) = rest.split_once('{') {
        out.push_str(before);
        out.push_str("{}");
        rest = after.split_once('}').map_or("", |(_, rest)| rest);
    }
    out.push_str(rest);
    out
}

fn malformed(path: &str, at: &Location) -> Option<Diagnostic> {
    let says = |message: String| Some(Diagnostic::error("path-template", at.clone(), message).at_key());
    let mut open = false;
    for c in path.chars() {
        match (c, open) {
            ('{', false) => open = true,
            ('}', true) => open = false,
            ('{' | '}', _) => return says(format!("the braces of `{path}` don't pair")),
            _ => {}
        }
    }
    if open {
        return says(format!("the braces of `{path}` don't pair"));
    }
    let names = template_names(path);
    if names.iter().any(|name| name.is_empty()) {
        return says(format!("a parameter of `{path}` has no name"));
    }
    if let Some((_, name)) = names.iter().enumerate().find(|(n, name)| names[..*n].contains(name)) {
        return says(format!("`{{{name}}}` stands twice in `{path}`"));
    }
    let fixed = shape(path);
    if fixed.contains(['?', '#']) {
        let found = says(format!("the path `{path}` has a query or fragment"));
        return found.map(|d| d.with_hint("describe the query by parameters with `in: query`"));
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shapes_forget_names() {
        assert_eq!(shape("/a/{b}/c.{d}"), "/a/{}/c.{}");
        assert_eq!(shape("/a/{b"), "/a/{}");
    }

    #[test]
    fn templates_are_checked() {
        let at = Location::default();
        for bad in ["/{a", "/a}", "/{{a}}", "/{}", "/{a}/{a}", "/a?b=c", "/a#b"] {
            assert!(malformed(bad, &at).is_some(), "{bad}");
        }
        for good in ["/", "/{a}/{b}", "/{a}.{b}", "/{a?}"] {
            assert!(malformed(good, &at).is_none(), "{good}");
        }
    }
}
