//! What the mock makes of a contract, for people: resources, how their entities live, what each operation does, why.

use std::fmt::Write;

use crate::mock::Mock;
use crate::mock::resource::Resource;

impl Mock {
    /// The resources with what was declared and inferred about them, as text.
    #[must_use]
    pub fn explain(&self) -> String {
        let mut text = String::new();
        if self.resources.all.is_empty() {
            text.push_str("no resources: every valid request gets its documented success\n");
        }
        for number in 0..self.resources.all.len() {
            let resource = self.resource(number);
            // Writing to a string can't fail.
            let _ = writeln!(text, "{}  {}", resource.name, resource.item);
            for line in facts(&resource, self.unknown_id(number) == crate::mock::UnknownId::Create) {
                let _ = writeln!(text, "    {line}");
            }
            let mut does: Vec<_> =
                self.resources.actions.iter().filter(|(_, (of, _))| *of == number).collect();
            does.sort_by_key(|(index, _)| **index);
            for (index, (_, action)) in does {
                if let Some(head) = self.contract.heads().get(index.0 as usize) {
                    let _ = writeln!(text, "    {} {} {}", head.method, head.path, action.as_str());
                }
            }
        }
        text
    }
}

fn facts(resource: &Resource, create: bool) -> Vec<String> {
    let mut lines: Vec<String> = resource.reasons.iter().map(|reason| format!("because {reason}")).collect();
    match (&resource.parameter, &resource.id) {
        (None, _) => lines.push("there is one of it".to_owned()),
        (Some(parameter), Some(id)) => lines.push(format!("`{{{parameter}}}` is the property `{id}`")),
        (Some(parameter), None) => lines.push(format!("`{{{parameter}}}` is shown in no property")),
    }
    if !resource.envelope.is_root() {
        lines.push(format!("answers hold the entity at `{}`", resource.envelope));
    }
    if let Some(tenant) = &resource.tenant {
        lines.push(format!("the header `{}` picks the tenant in `{}`", tenant.header, tenant.property));
    }
    if let Some(status) = &resource.status {
        lines.push(format!("`{}` is terminal at: {}", status.property, status.terminal.join(", ")));
    }
    if resource.deletes_softly() {
        let set: Vec<String> = resource.delete.set.iter().map(|(n, v)| format!("{n} = {v}")).collect();
        lines.push(format!("a delete keeps the entity and sets {}", set.join(", ")));
    }
    if let Some(fault) = resource.fault() {
        lines.push(format!("the fault `{}` makes a delete fail with {}", fault.name, fault.status));
    }
    lines.push(format!("an id never seen is {}", if create { "made" } else { "refused" }));
    lines
}
