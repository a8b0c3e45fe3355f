//! Servers and their variables.

use std::collections::HashSet;

use crate::contract::{Server, template_names};
use crate::document::files::nearest;
use crate::document::{Diagnostic, Severity};
use crate::lint::rule::{Linter, Rule};

/// The rules.
pub const RULES: [Rule; 1] = [Rule {
    name: "server-variable",
    severity: Severity::Error,
    summary: "the variables of a server's URL are declared, with a default that is allowed",
    explanation: "Every `{name}` in a server's URL needs an entry in `variables` with a `default`; where an `enum` lists \
        the allowed values it has at least one, and the default is among them. A variable that the URL does not name \
        says nothing.",
    run: Some(run),
}];

fn run(linter: &mut Linter) {
    let mut servers: Vec<&Server> = linter.contract.servers().iter().collect();
    // What an operation inherits was looked at; what its path item says, others may share.
    let mut known = HashSet::from([linter.contract.servers().as_ptr().addr()]);
    let own = linter.operations.iter().filter(|operation| known.insert(operation.servers.as_ptr().addr()));
    servers.extend(own.flat_map(|operation| operation.servers.iter()));
    servers.sort_by(|a, b| a.location.cmp(&b.location));
    servers.dedup_by(|a, b| a.location == b.location);
    let mut found = Vec::new();
    for server in servers {
        for name in template_names(&server.url) {
            if server.variables.iter().all(|(known, _, _)| known != name) {
                let message = format!("the variable `{name}` of the URL is not declared");
                let at = server.location.join("url");
                let hint = format!("add `variables: {{{name}: {{default: …}}}}`");
                found.push(Diagnostic::error("server-variable", at, message).with_hint(hint));
            }
        }
        let names = template_names(&server.url);
        for (name, _, _) in server.variables.iter().filter(|(name, _, _)| !names.contains(&name.as_str())) {
            let message = format!("the URL has no variable `{{{name}}}`");
            let at = server.location.join("variables").join(name);
            let mut diagnostic = Diagnostic::warning("server-variable", at, message).at_key();
            diagnostic.hint = nearest(name, &names).map(|near| format!("did you mean `{near}`?"));
            found.push(diagnostic);
        }
    }
    linter.found.extend(found);
}
