//! Form bodies: what Starlette makes of them.

use super::python::Py;
use crate::wire::{Headers, form, media, multipart};

/// One value of a form.
#[derive(Clone, Debug, PartialEq)]
pub enum Item {
    /// A text.
    Text(String),
    /// A file.
    File,
}

/// The members of a form, by its media type; a body of another type is an empty form. `None`: it can't be read.
pub(super) fn items(headers: &Headers, body: &[u8]) -> Option<Vec<(String, Item)>> {
    let Some(kind) = headers.get_str("content-type").and_then(media::parse) else {
        return Some(Vec::new());
    };
    match kind.essence() {
        "application/x-www-form-urlencoded" => {
            Some(form::decode(body).into_iter().map(|(name, value)| (name, Item::Text(value))).collect())
        }
        "multipart/form-data" => {
            let parts = multipart::decode(body, kind.param("boundary")?).ok()?;
            let item = |part: multipart::Part<'_>| {
                let value = match part.filename {
                    Some(_) => Item::File,
                    None => Item::Text(String::from_utf8_lossy(part.data).into_owned()),
                };
                (part.name.unwrap_or_default(), value)
            };
            Some(parts.into_iter().map(item).collect())
        }
        _ => Some(Vec::new()),
    }
}

/// The value of the field `name`: all of them for a list, else the last; `None` when nothing was filled in.
pub(super) fn value(items: &[(String, Item)], name: &str, sequence: bool) -> Option<Py> {
    let mut found = items.iter().filter(|(n, _)| n == name).map(|(_, item)| python(item));
    if sequence {
        let all: Vec<Py> = found.collect();
        return (!all.is_empty()).then_some(Py::List(all));
    }
    found.next_back().filter(|value| *value != Py::from(""))
}

fn python(item: &Item) -> Py {
    match item {
        Item::Text(text) => Py::Str(text.clone()),
        // Files are not looked into.
        Item::File => Py::Bytes(Vec::new()),
    }
}

/// The members that no field takes: repeated ones as a list.
pub(super) fn extras(items: &[(String, Item)], fields: &[&str]) -> Vec<(String, Py)> {
    let mut found: Vec<(String, Vec<Py>)> = Vec::new();
    for (name, item) in items.iter().filter(|(n, _)| !fields.contains(&n.as_str())) {
        match found.iter_mut().find(|(n, _)| n == name) {
            Some((_, values)) => values.push(python(item)),
            None => found.push((name.clone(), vec![python(item)])),
        }
    }
    found
        .into_iter()
        .map(|(name, mut values)| {
            let value = if values.len() == 1 { values.swap_remove(0) } else { Py::List(values) };
            (name, value)
        })
        .collect()
}
