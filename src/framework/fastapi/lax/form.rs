//! Form bodies: what Starlette makes of them.

use super::node::{Field, Node};
use super::python::Py;
use crate::wire::{Headers, form, media, multipart};

/// How many bytes of a file Starlette keeps in memory.
const FILE_IN_MEMORY_MAX: usize = 1024 * 1024;

/// One value of a form.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Item {
    /// A text.
    Text(String),
    /// A file, as FastAPI would show it (in an error, where something else was expected).
    File(Py),
}

/// The members of a form, by its media type; a body of another type is an empty form.
///
/// # Errors
/// What Starlette says of one that can't be read.
pub(super) fn items(headers: &Headers, body: &[u8]) -> Result<Vec<(String, Item)>, &'static str> {
    let Some(kind) = headers.get_str("content-type").and_then(media::parse) else {
        return Ok(Vec::new());
    };
    match kind.essence() {
        "application/x-www-form-urlencoded" => {
            let pairs = form::decode(body).map_err(|_| "Too many fields.")?;
            Ok(pairs.into_iter().map(|(name, value)| (name, Item::Text(value))).collect())
        }
        "multipart/form-data" => {
            let boundary = kind.param("boundary").ok_or("Missing boundary in multipart.")?;
            multipart_items(body, boundary)
        }
        _ => Ok(Vec::new()),
    }
}

/// The parts of a multipart form. Of one that ends early those that are complete count.
fn multipart_items(body: &[u8], boundary: &str) -> Result<Vec<(String, Item)>, &'static str> {
    const BROKEN: &str = "Invalid multipart data.";
    const NAMELESS: &str = "The Content-Disposition header field \"name\" must be provided.";
    let whole;
    let parts = match multipart::decode(body, boundary) {
        Ok(parts) => parts,
        Err(_) if body.is_empty() => Vec::new(),
        Err(_) if !body.starts_with(format!("--{boundary}").as_bytes()) => return Err(BROKEN),
        Err(_) => {
            let between = format!("\r\n--{boundary}\r\n");
            let Some(end) = body.windows(between.len()).rposition(|w| w == between.as_bytes()) else {
                return Ok(Vec::new());
            };
            whole = [&body[..end], format!("\r\n--{boundary}--").as_bytes()].concat();
            multipart::decode(&whole, boundary).map_err(|_| BROKEN)?
        }
    };
    parts.into_iter().map(|part| Ok((part.name.clone().ok_or(NAMELESS)?, item(part)))).collect()
}

fn item(part: multipart::Part<'_>) -> Item {
    match &part.filename {
        Some(name) => Item::File(file(name, &part)),
        None => Item::Text(String::from_utf8_lossy(part.data).into_owned()),
    }
}

/// Starlette's `UploadFile` as FastAPI's encoder shows it.
fn file(name: &str, part: &multipart::Part<'_>) -> Py {
    let dict =
        |members: Vec<(&str, Py)>| Py::Dict(members.into_iter().map(|(k, v)| (k.to_owned(), v)).collect());
    let arguments = dict(vec![
        ("mode", Py::from("w+b")),
        ("buffering", Py::Int("-1".to_owned())),
        ("suffix", Py::None),
        ("prefix", Py::None),
        ("encoding", Py::None),
        ("newline", Py::None),
        ("dir", Py::None),
        ("errors", Py::None),
    ]);
    let longest = || Py::Int(FILE_IN_MEMORY_MAX.to_string());
    let spooled = lines_as_members(part.data).unwrap_or_else(|| {
        dict(vec![
            ("_file", Py::Dict(Vec::new())),
            ("_max_size", longest()),
            ("_rolled", Py::Bool(part.data.len() > FILE_IN_MEMORY_MAX)),
            ("_TemporaryFileArgs", arguments),
        ])
    });
    let headers =
        part.headers.iter().map(|(k, v)| (k.to_ascii_lowercase(), Py::Str(v.clone()))).collect::<Vec<_>>();
    dict(vec![
        ("filename", Py::from(name)),
        ("file", spooled),
        ("size", Py::from(part.data.len())),
        ("headers", Py::Dict(headers)),
        ("_max_mem_size", longest()),
    ])
}

/// The encoder tries to make a dictionary of the file first, which works when each of its lines has two bytes.
fn lines_as_members(data: &[u8]) -> Option<Py> {
    let mut members: Vec<(String, Py)> = Vec::new();
    for line in data.split_inclusive(|byte| *byte == b'\n') {
        let [key, value] = line else { return None };
        let (key, value) = (key.to_string(), Py::from(usize::from(*value)));
        match members.iter_mut().find(|(known, _)| *known == key) {
            Some((_, old)) => *old = value,
            None => members.push((key, value)),
        }
    }
    Some(Py::Dict(members))
}

/// The value of a field: all of them for a list, else the last; `None` when nothing was filled in.
pub(super) fn value(items: &[(String, Item)], field: &Field) -> Option<Py> {
    let files = takes_files(&field.node);
    let mut found = items.iter().filter(|(n, _)| *n == field.name).map(|(_, item)| python(item, files));
    if field.node.is_sequence() {
        let all: Vec<Py> = found.collect();
        return (!all.is_empty()).then_some(Py::List(all));
    }
    found.next_back().filter(|value| *value != Py::from(""))
}

fn takes_files(node: &Node) -> bool {
    match node {
        Node::Bytes(..) => true,
        Node::Nullable(inner) => takes_files(inner),
        Node::List { item, .. } => takes_files(item),
        _ => false,
    }
}

/// A value as a field gets it: a file where one is expected is not looked into.
fn python(item: &Item, files: bool) -> Py {
    match item {
        Item::Text(text) => Py::Str(text.clone()),
        Item::File(_) if files => Py::Bytes(Vec::new()),
        Item::File(shown) => shown.clone(),
    }
}

/// The members that no field takes: repeated ones as a list.
pub(super) fn extras(items: &[(String, Item)], fields: &[&str]) -> Vec<(String, Py)> {
    let mut found: Vec<(String, Vec<Py>)> = Vec::new();
    for (name, item) in items.iter().filter(|(n, _)| !fields.contains(&n.as_str())) {
        match found.iter_mut().find(|(n, _)| n == name) {
            Some((_, values)) => values.push(python(item, false)),
            None => found.push((name.clone(), vec![python(item, false)])),
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

#[cfg(test)]
mod tests {
    use super::*;

    fn read(body: &str) -> Result<Vec<String>, &'static str> {
        Ok(multipart_items(body.as_bytes(), "b")?.into_iter().map(|(name, _)| name).collect())
    }

    /// Asked of Starlette 1.10.
    #[test]
    fn broken_multipart_bodies_are_read_and_refused_as_by_starlette() {
        let part = |name: &str| format!("--b\r\nContent-Disposition: form-data; {name}\r\n\r\nv\r\n");
        let one = part("name=one");
        assert_eq!(read(""), Ok(vec![]));
        assert_eq!(read("x"), Err("Invalid multipart data."));
        assert_eq!(
            read(&format!("{one}{}--b--\r\n", part("name=two"))),
            Ok(vec!["one".into(), "two".into()])
        );
        assert_eq!(read(&format!("{one}--b\r\nContent-Disp")), Ok(vec!["one".into()]));
        assert_eq!(read(&one), Ok(vec![]));
        assert!(read(&format!("{}--b--\r\n", part("nome=one"))).unwrap_err().contains("\"name\" must be"));
    }

    #[test]
    fn files_are_shown_as_by_fastapis_encoder() {
        assert_eq!(lines_as_members(b"ab"), Some(Py::Dict(vec![("97".into(), Py::from(98))])));
        assert_eq!(lines_as_members(b""), Some(Py::Dict(vec![])));
        assert_eq!(lines_as_members(b"a\nb\na\n").unwrap().repr(), "{'97': 10, '98': 10}");
        assert_eq!(lines_as_members(b"abc"), None);
    }
}
