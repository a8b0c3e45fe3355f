//! What the mock makes of a contract, for people: resources, how their entities live, what each operation does, why.

use std::fmt::Write;

use serde_json::Value;

use crate::base::plain;
use crate::contract::OperationHead;
use crate::mock::act::roles::{Role, Roles, Test};
use crate::mock::catalog::{Catalog, items_of};
use crate::mock::settings::{StateMode, UnknownId};
use crate::resource::{Action, Link, Resource};

/// The resources with what was declared and inferred about them, as text.
pub(super) fn explain(catalog: &Catalog) -> String {
    let mut text = String::new();
    // Writing to a string can't fail.
    if catalog.settings().state == StateMode::None {
        text.push_str(
            "Nothing is remembered (--state none): every valid request gets its documented success.\n\n",
        );
    }
    let mut stateless = 0;
    let mut by_resource: Vec<Vec<(&OperationHead, &Link)>> = vec![Vec::new(); catalog.resources().all.len()];
    for head in catalog.contract().heads() {
        match catalog.effect(&catalog.plan(head.index)) {
            Some(link) => by_resource[link.resource].push((head, link)),
            None => stateless += 1,
        }
    }
    let shown = by_resource.iter().filter(|operations| does_something(operations)).count();
    if shown == 0 {
        text.push_str("No resources: every valid request gets its documented success.\n");
    }
    for (number, operations) in by_resource.iter().enumerate() {
        if !does_something(operations) {
            stateless += operations.len();
            continue;
        }
        let resource = catalog.resource(number);
        let _ = writeln!(text, "{}", plain::line(&format!("{}  {}", resource.name, title(resource))));
        for line in facts(catalog, number, resource) {
            let _ = writeln!(text, "    {}", plain::line(&line));
        }
        let wide = operations
            .iter()
            .map(|(head, _)| head.method.len() + head.path.len() + 1)
            .max()
            .unwrap_or(0)
            .min(60);
        for (head, link) in operations {
            let called = format!("{} {}", head.method, head.path);
            let line = format!("{called:<wide$}  {}", does(catalog, head, link, resource));
            let _ = writeln!(text, "    {}", plain::line(&line));
        }
        text.push('\n');
    }
    if stateless > 0 {
        let operations = if stateless == 1 { "1 operation has" } else { "operations have" };
        let count = if stateless == 1 { String::new() } else { format!("{stateless} ") };
        let _ = writeln!(text, "{count}{operations} no state: valid requests get their documented success.");
    }
    if shown > 0 {
        text.push_str(
            "Something wrong? Say it in counterpart.toml ([mock.resources.NAME]) or in the contract (x-counterpart-resource,\n\
             x-counterpart-action); the README shows how.\n",
        );
    }
    text
}

/// What is known of a resource, with the reasons.
fn facts(catalog: &Catalog, number: usize, resource: &Resource) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    if !resource.reasons.is_empty() {
        lines.push(format!("because {}", resource.reasons.join("; ")));
    }
    let traits = catalog.traits(number);
    match (&resource.parameter, &resource.id) {
        _ if resource.is_single() => lines.push("there is one of it".to_owned()),
        (Some(parameter), Some(id)) => {
            lines.push(format!("id: the property `{id}`, `{{{parameter}}}` in the path"))
        }
        (Some(parameter), None) => {
            lines.push(format!("id: `{{{parameter}}}` in the path; answers show no property for it"));
        }
        (None, Some(id)) => lines.push(format!("id: the property `{id}`")),
        (None, None) => lines.push("id: none that answers show, so nothing can be found again".to_owned()),
    }
    if !resource.parents.is_empty() && !resource.listed_only {
        let names: Vec<String> = resource.parents.iter().map(|p| format!("`{{{p}}}`")).collect();
        lines.push(format!(
            "kept apart by {} in the path: under another one it is not found",
            names.join(", ")
        ));
    }
    if !resource.envelope.is_root() {
        lines.push(format!("envelope: answers hold the entity at `{}`", resource.envelope));
    }
    if let Some(tenant) = &resource.tenant {
        let shown = match tenant.property.as_str() {
            "" => String::new(),
            property => format!(", shown as `{property}`"),
        };
        let header = &tenant.header;
        lines.push(format!(
            "tenants: the header `{header}` picks whose entities are seen{shown}; without it, all"
        ));
    }
    if let Some(status) = &resource.status
        && !status.terminal.is_empty()
    {
        lines.push(format!(
            "status: `{}`; can't be deleted once it is {}",
            status.property,
            status.terminal.join(", ")
        ));
    }
    if !traits.stamps().is_empty() || !traits.read_only.is_empty() {
        let mut names: Vec<&str> = traits.stamps();
        names.extend(traits.read_only.iter().map(String::as_str).filter(|name| !traits.is_stamp(name)));
        names.sort_unstable();
        let names: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
        lines.push(format!("set by the server: {}", names.join(", ")));
    }
    if let Some(fault) = resource.fault() {
        lines.push(format!("the fault `{}` makes a delete fail with {}", fault.name, fault.status));
    }
    if !resource.is_single() && !resource.listed_only {
        let what = match catalog.unknown_id(number) {
            UnknownId::Create => "is made when it is asked for (--unknown-id reject refuses it)",
            UnknownId::Reject => "is refused (--unknown-id create makes it)",
        };
        lines.push(format!("an id never seen {what}"));
    }
    lines
}

/// What an operation does, in words.
fn does(catalog: &Catalog, head: &OperationHead, link: &Link, resource: &Resource) -> String {
    let plan = catalog.plan(head.index);
    let mut said = match link.action {
        Action::List => {
            let mut said = "lists".to_owned();
            if let Some(schema) = plan.schema.as_deref()
                && let Some((place, item)) = items_of(schema, &resource.name)
            {
                if !place.is_root() {
                    let _ = write!(said, " at `{place}`");
                }
                let traits = catalog.traits(link.resource);
                let roles = Roles::of(catalog, &plan.operation, item, traits);
                said.push_str(&queried(&roles));
            }
            said
        }
        Action::Act => {
            let set = catalog.sets(&plan, link.resource, link);
            let verb = if link.verb.is_empty() { "acts" } else { link.verb.as_str() };
            if set.is_empty() {
                format!("`{verb}`: needs one to be there; what else it does is not known")
            } else {
                let set: Vec<String> = set.iter().map(|(name, value)| assigned(name, value)).collect();
                format!("`{verb}`: sets {}", set.join(", "))
            }
        }
        Action::Delete if resource.is_single() => "deletes, or puts back what was at first".to_owned(),
        Action::Delete if resource.deletes_softly() => {
            let set: Vec<String> = resource.delete.set.iter().map(|(n, v)| assigned(n, v)).collect();
            let after = if resource.shows_deleted { "still shown" } else { "not listed any more" };
            format!("deletes softly: sets {}; {after}", set.join(", "))
        }
        Action::Delete => "deletes: it is gone".to_owned(),
        Action::Replace if resource.is_single() => "replaces it".to_owned(),
        Action::Replace if plan.created.is_some() => "replaces, or makes (201)".to_owned(),
        Action::Create if link.id.is_some() => "creates with the id of the path".to_owned(),
        other => other.as_str().to_owned(),
    };
    if let Some(by) = &link.by {
        let _ = write!(said, ", found by `{by}`");
    }
    if !link.why.is_empty() && resource.reasons.iter().all(|reason| *reason != link.why) {
        let _ = write!(said, " (because {})", link.why);
    }
    said
}

/// Whether there is anything to remember: more than operations that merely need an entity.
fn does_something(operations: &[(&OperationHead, &Link)]) -> bool {
    operations.iter().any(|(_, link)| link.action != Action::Below)
}

fn title(resource: &Resource) -> String {
    match &resource.collection {
        Some(collection) if resource.listed_only => collection.clone(),
        _ => resource.item.clone(),
    }
}

fn assigned(name: &str, value: &Value) -> String {
    match value {
        Value::String(text) if text == "{now}" => format!("`{name}` to the time"),
        Value::Null => format!("`{name}` to nothing"),
        Value::String(text) => format!("`{name}` to {text}"),
        other => format!("`{name}` to {other}"),
    }
}

/// How a list can be asked for, in words.
fn queried(roles: &Roles) -> String {
    let named = |wanted: &[Role]| -> Vec<String> {
        roles.0.iter().filter(|p| wanted.contains(&p.role)).map(|p| format!("`{}`", p.name)).collect()
    };
    let mut parts = Vec::new();
    let pages = named(&[Role::Limit, Role::Offset, Role::Page, Role::After, Role::Before]);
    if !pages.is_empty() {
        parts.push(format!("pages by {}", pages.join(", ")));
    }
    let sorts = named(&[Role::Sort, Role::Direction]);
    if !sorts.is_empty() {
        parts.push(format!("sorted by {}", sorts.join(", ")));
    }
    let filters: Vec<String> = roles
        .0
        .iter()
        .filter_map(|played| match &played.role {
            Role::Filter(path, Test::Equal) if path.len() == 1 && path[0] == played.name => {
                Some(format!("`{}`", played.name))
            }
            Role::Filter(path, how) => {
                Some(format!("`{}` ({} `{}`)", played.name, compared(*how), path.join(".")))
            }
            Role::Filters => Some(format!("`{}`", played.name)),
            Role::Search => Some(format!("`{}` (any text)", played.name)),
            _ => None,
        })
        .collect();
    if !filters.is_empty() {
        parts.push(format!("filtered by {}", filters.join(", ")));
    }
    if parts.is_empty() { String::new() } else { format!(", {}", parts.join("; ")) }
}

fn compared(how: Test) -> &'static str {
    match how {
        Test::Equal => "is",
        Test::Other => "is not",
        Test::Above => "above",
        Test::AtLeast => "at least",
        Test::Under => "under",
        Test::AtMost => "at most",
        Test::Contains => "in",
        Test::Begins => "begins",
    }
}
