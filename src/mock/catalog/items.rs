//! Where the items stand in the answer of an operation that lists entities.

use crate::base::Pointer;
use crate::resource::names::alike;
use crate::schema::Schema;
use crate::schema::view::SchemaView;

/// Names of properties of a page that hold its items.
const ITEMS: [&str; 12] = [
    "data",
    "items",
    "results",
    "records",
    "entries",
    "list",
    "values",
    "content",
    "value",
    "resources",
    "objects",
    "rows",
];

/// Names of properties that hold the page itself.
const PAGES: [&str; 8] =
    ["_embedded", "embedded", "data", "result", "results", "response", "page", "payload"];

/// Where in a list's answer the items are, and their outline.
pub(crate) fn items_of<'s>(schema: &'s Schema, name: &str) -> Option<(Pointer, SchemaView<'s>)> {
    let root = SchemaView::of(schema);
    if root.is("array") {
        return Some((Pointer::root(), root.items()?));
    }
    items_in(root, name, &Pointer::root()).or_else(|| {
        let properties = root.properties();
        let inner = PAGES.iter().filter_map(|page| Some((page, *properties.get(page)?)));
        inner
            .filter(|(_, node)| node.is("object"))
            .find_map(|(page, node)| items_in(node, name, &Pointer::root().join(page)))
    })
}

fn items_in<'s>(node: SchemaView<'s>, name: &str, at: &Pointer) -> Option<(Pointer, SchemaView<'s>)> {
    let properties = node.properties();
    let is_list = |name: &&str| {
        properties.get(*name).is_some_and(|p| p.is("array") && p.items().is_some_and(|i| i.is("object")))
    };
    let own = properties.keys().copied().find(|n| alike(n, name) && is_list(n));
    let usual = ITEMS.iter().copied().find(is_list);
    let only = || {
        let mut lists = properties.keys().copied().filter(is_list);
        lists.next().filter(|_| lists.next().is_none())
    };
    let name = own.or(usual).or_else(only)?;
    Some((at.join(name), properties.get(name)?.items()?))
}
