//! Links.

use crate::contract::LinkTarget;
use crate::document::files::nearest;
use crate::document::{Diagnostic, Severity};
use crate::lint::rule::{Linter, Rule};

/// The rules.
pub const RULES: [Rule; 1] = [Rule {
    name: "link-target",
    severity: Severity::Error,
    summary: "a link names an operation that there is, and parameters of it",
    explanation: "A link has either `operationId` or `operationRef`. A tester follows links to call one operation with \
        what another answered; one that leads nowhere says nothing.",
    run: Some(run),
}];

fn run(linter: &mut Linter) {
    let ids: Vec<&str> = linter.operations.iter().map(|operation| operation.head.id.as_str()).collect();
    let mut found = Vec::new();
    for operation in &linter.operations {
        for link in operation.responses.iter().flat_map(|response| &response.links) {
            let target = match &link.target {
                LinkTarget::Id(id) => {
                    let at = link.location.join("operationId");
                    let Some(target) = linter.operations.iter().find(|o| o.head.id == *id) else {
                        let mut diagnostic =
                            Diagnostic::warning("link-target", at, format!("there is no operation `{id}`"));
                        diagnostic.hint = nearest(id, &ids).map(|near| format!("did you mean `{near}`?"));
                        found.push(diagnostic);
                        continue;
                    };
                    target
                }
                LinkTarget::Reference(reference) => {
                    let at = link.location.join("operationRef");
                    match linter.contract.files().resolve(&link.location, reference) {
                        Ok(place) => match linter.operations.iter().find(|o| o.head.location == place) {
                            Some(target) => target,
                            None => continue,
                        },
                        Err(_) if is_foreign(reference) => continue,
                        Err(error) => {
                            found.push(Diagnostic::warning("link-target", at, error.to_string()));
                            continue;
                        }
                    }
                }
            };
            for (name, _) in &link.parameters {
                let bare = name
                    .split_once('.')
                    .filter(|(place, _)| is_place(place))
                    .map_or(name.as_str(), |(_, n)| n);
                if target.parameters.iter().all(|p| p.name != bare) {
                    let at = link.location.join("parameters").join(name);
                    let known: Vec<&str> = target.parameters.iter().map(|p| p.name.as_str()).collect();
                    let message = format!("`{}` has no parameter `{bare}`", target.head.id);
                    let mut diagnostic = Diagnostic::warning("link-target", at, message).at_key();
                    diagnostic.hint = nearest(bare, &known).map(|near| format!("did you mean `{near}`?"));
                    found.push(diagnostic);
                }
            }
        }
    }
    linter.found.extend(found);
}

fn is_place(text: &str) -> bool {
    matches!(text, "path" | "query" | "header" | "cookie")
}

/// Operations of other APIs are named by absolute URLs; they are not fetched to see whether they are there.
fn is_foreign(reference: &str) -> bool {
    reference.starts_with("http://") || reference.starts_with("https://")
}
