//! Security requirements.

use crate::contract::{SecurityKind, SecurityRequirement};
use crate::document::files::nearest;
use crate::document::{Diagnostic, Location, Severity};
use crate::lint::rule::{Linter, Rule};

/// The rules.
pub const RULES: [Rule; 3] = [
    Rule {
        name: "unknown-security-scheme",
        severity: Severity::Error,
        summary: "`security` names schemes that there are",
        explanation: "A requirement names a scheme of `components.securitySchemes` (`securityDefinitions` in 2.0). One \
            that is not there can't be fulfilled by anybody.",
        run: Some(run),
    },
    Rule {
        name: "unknown-scope",
        severity: Severity::Warning,
        summary: "the scopes of an OAuth 2 requirement are among those that its flows list",
        explanation: "A scope that no flow lists can't be asked for by a client that goes by the contract.",
        run: None,
    },
    Rule {
        name: "security-type",
        severity: Severity::Error,
        summary: "a security scheme has a type that there is, and what that type needs",
        explanation: "The types are apiKey, http, oauth2, openIdConnect and, since 3.1, mutualTLS (2.0: basic, apiKey, \
            oauth2). A scheme that can't be understood is left out.",
        run: None,
    },
];

fn run(linter: &mut Linter) {
    let mut uses: Vec<(Location, SecurityRequirement)> = Vec::new();
    let root = Location::default().join("security");
    let mut places: Vec<Location> = vec![root];
    places.extend(linter.everything().map(|operation| operation.head.location.join("security")));
    places.sort();
    places.dedup();
    for place in places {
        let written = linter.contract.raw(&place);
        for (n, item) in written.iter().filter_map(|list| list.as_array()).flatten().enumerate() {
            let Some(map) = item.as_object() else { continue };
            let scopes = |list: &serde_json::Value| {
                let texts = list.as_array().into_iter().flatten().filter_map(|scope| scope.as_str());
                texts.map(str::to_owned).collect()
            };
            let schemes = map.iter().map(|(name, list)| (name.clone(), scopes(list))).collect();
            uses.push((place.index(n), SecurityRequirement(schemes)));
        }
    }
    let schemes = linter.contract.security_schemes();
    let names: Vec<&str> = schemes.keys().map(String::as_str).collect();
    let mut found = Vec::new();
    for (at, requirement) in &uses {
        for (name, scopes) in &requirement.0 {
            let at = at.join(name);
            let Some(scheme) = schemes.get(name) else {
                // Since 3.2 a requirement may name a scheme by URI.
                if linter.contract.files().resolve(&at, name).is_ok() && name.contains(['#', '/']) {
                    continue;
                }
                let message = format!("there is no security scheme `{name}`");
                let mut diagnostic = Diagnostic::error("unknown-security-scheme", at, message).at_key();
                diagnostic.hint = match nearest(name, &names) {
                    Some(near) => Some(format!("did you mean `{near}`?")),
                    None if names.is_empty() => Some("the contract defines none".to_owned()),
                    None => Some(format!("there are {}", names.join(", "))),
                };
                found.push(diagnostic);
                continue;
            };
            let SecurityKind::OAuth2 { scopes: known } = &scheme.kind else { continue };
            for (n, scope) in scopes.iter().enumerate().filter(|(_, scope)| !known.contains(scope)) {
                let message = format!("no flow of `{name}` lists the scope `{scope}`");
                let mut diagnostic = Diagnostic::warning("unknown-scope", at.index(n), message);
                let known: Vec<&str> = known.iter().map(String::as_str).collect();
                diagnostic.hint = nearest(scope, &known).map(|near| format!("did you mean `{near}`?"));
                found.push(diagnostic);
            }
        }
    }
    linter.found.extend(found);
}
