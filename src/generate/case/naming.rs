//! Which members of a request name the record that it makes or changes, and whether a text can be somebody's name.
//!
//! Where others' records must be spared, what names a record is made up so that nobody has it; a server that overwrites
//! what has that name already then overwrites nothing.

use std::collections::HashSet;
use std::sync::Arc;

use serde_json::Value;

use crate::base::limits::NAMING_DEPTH_MAX;
use crate::base::{Pointer, Seed};

/// How surely a member names the record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Naming {
    /// Some server may know records by it, but the contract shows another id.
    Weak,
    /// The contract, or its name, says so.
    Sure,
}

/// Names that are ids wherever they stand, plain.
const IDS: [&str; 24] = [
    "id",
    "ids",
    "uuid",
    "guid",
    "uid",
    "oid",
    "pk",
    "key",
    "slug",
    "handle",
    "code",
    "sku",
    "arn",
    "urn",
    "identifier",
    "username",
    "login",
    "email",
    "emailaddress",
    "loginname",
    "accountid",
    "userid",
    "hostname",
    "primarykey",
];

/// Names by which people know things, plain.
const NAMES: [&str; 8] = ["name", "title", "label", "displayname", "alias", "nickname", "fullname", "path"];

/// Names of what there is one of in the world, plain.
const MARKS: [&str; 16] = [
    "domain",
    "ean",
    "externalid",
    "gtin",
    "iban",
    "isbn",
    "mobile",
    "number",
    "phone",
    "phonenumber",
    "ref",
    "reference",
    "serial",
    "serialnumber",
    "ssn",
    "vin",
];

/// Texts that stand for something that every server has, plain.
const COMMON: [&str; 37] = [
    "admin",
    "administrator",
    "all",
    "any",
    "api",
    "app",
    "current",
    "default",
    "demo",
    "dev",
    "example",
    "foo",
    "global",
    "guest",
    "home",
    "id",
    "index",
    "latest",
    "main",
    "master",
    "me",
    "mine",
    "name",
    "new",
    "nil",
    "none",
    "null",
    "prod",
    "production",
    "public",
    "root",
    "self",
    "string",
    "system",
    "test",
    "undefined",
    "user",
];

/// How long a text without a mark of ours must be so that nobody has it by chance.
const FREE_CHARS_MIN: usize = 16;

/// How many different characters it must have.
const FREE_DISTINCT_MIN: usize = 8;

/// How many of them must be digits, and how many letters.
const FREE_EACH_MIN: usize = 3;

/// A name without case and separators.
#[must_use]
pub fn plain(name: &str) -> String {
    name.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// What a path says of the records that its operation makes or changes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Known {
    /// The word for all of them: the literal segment before the id, plain.
    pub resource: String,
    /// The path parameter that is the id, plain; none where no path names one record.
    pub parameter: Option<String>,
    /// The words before an id in any path of the contract, plain.
    pub collections: Arc<HashSet<String>>,
}

/// The words before an id in any of the paths, plain.
pub(super) fn collections<'t>(templates: impl IntoIterator<Item = &'t str>) -> HashSet<String> {
    let mut words = HashSet::new();
    for template in templates {
        let segments: Vec<&str> = template.split('/').collect();
        let before = segments.windows(2).filter(|two| !two[0].contains('{') && two[1].starts_with('{'));
        words.extend(before.map(|two| plain(two[0])).filter(|word| !word.is_empty()));
    }
    words
}

impl Known {
    /// Of an operation's path, among all paths of the contract: `/orders` and `/orders/{orderId}` tell the same.
    #[must_use]
    pub fn of<'t>(path: &str, templates: impl IntoIterator<Item = &'t str>) -> Self {
        let path = path.split(['?', '#']).next().unwrap_or_default().trim_end_matches('/');
        let segments: Vec<&str> = path.split('/').filter(|s| !s.is_empty()).collect();
        let last = |wanted: fn(&&&str) -> bool| segments.iter().rev().find(wanted).copied();
        let resource = last(|s| !s.contains('{')).map(plain).unwrap_or_default();
        if path.ends_with('}') {
            let parameter = segments.last().and_then(|s| s.rsplit_once('{')).map(|(_, rest)| plain(rest));
            return Self { resource, parameter, ..Self::default() };
        }
        let below = |template: &str| {
            let rest = template.trim_end_matches('/').strip_prefix(path)?.strip_prefix("/{")?;
            rest.strip_suffix('}').filter(|name| !name.contains(['{', '}', '/'])).map(plain)
        };
        let parameter = templates.into_iter().find_map(below);
        Self { resource, parameter, ..Self::default() }
    }

    /// Whether a list of this name is one of records that there are: to name one there may well change it.
    #[must_use]
    pub fn adopts(&self, list: &str) -> bool {
        let plain = plain(list);
        let ends = ["ids", "uuids", "guids", "identifiers", "emails", "usernames", "slugs"];
        ends.iter().any(|end| plain.ends_with(end)) || self.collections.contains(&plain)
    }

    /// Whether a member of this name names the record.
    #[must_use]
    pub fn naming(&self, member: &str) -> Option<Naming> {
        let member = plain(member);
        if IDS.contains(&member.as_str()) || self.parameter.as_deref() == Some(member.as_str()) {
            return Some(Naming::Sure);
        }
        let own = ["id", "uuid", "guid", "key", "slug", "code", "name", "no", "number"].iter().any(|end| {
            member.strip_suffix(end).is_some_and(|stem| {
                let shared = stem.chars().zip(self.resource.chars()).take_while(|(a, b)| a == b).count();
                stem.len() > 1 && shared + 1 >= stem.len() && self.resource.len() <= stem.len() + 3
            })
        });
        if own {
            return Some(Naming::Sure);
        }
        if MARKS.contains(&member.as_str()) {
            return Some(Naming::Weak);
        }
        if !NAMES.contains(&member.as_str()) {
            return None;
        }
        // Where the path's parameter is a name, or nothing else is the id, the name is.
        let by_name = self.parameter.as_ref().is_none_or(|parameter| {
            !["id", "uuid", "guid", "key", "no", "number"].iter().any(|end| parameter.ends_with(end))
        });
        Some(if by_name { Naming::Sure } else { Naming::Weak })
    }
}

/// True for texts that a run with this seed made up.
#[must_use]
pub fn is_made_with(text: &str, seed: Seed) -> bool {
    let prefix = super::settings::prefix(seed);
    let digits = prefix.get(2..14).unwrap_or_default();
    is_marked(text) || text.replace('-', "").contains(digits)
}

/// Whether a member of this name carries ids of any records: `ids`, `order_id`, `userIds`, `keys`.
#[must_use]
pub fn refers(member: &str) -> bool {
    let plain = plain(member);
    let single = plain.strip_suffix('s').unwrap_or(&plain);
    let ends = ["id", "uuid", "guid", "key", "slug", "identifier", "name", "email"];
    let odd = ["paid", "valid", "grid", "android", "monkey", "turkey", "void", "bid", "said"];
    ends.iter().any(|end| single.ends_with(end)) && !odd.contains(&single)
}

/// True for texts that a run of this program made up: `cp`, sixteen hexadecimal digits, and more.
#[must_use]
pub fn is_marked(text: &str) -> bool {
    text.match_indices("cp").any(|(at, _)| {
        let digits = text.as_bytes().get(at + 2..at + 18);
        digits.is_some_and(|digits| digits.iter().all(u8::is_ascii_hexdigit))
    })
}

/// True when nobody has this text as an id, as far as one can tell: it is marked as made up, or so long and so mixed that
/// it is nobody's by chance, and it is not among what the contract shows.
#[must_use]
pub fn is_nobodys(text: &str, shown: &HashSet<String>) -> bool {
    if shown.contains(text) {
        return false;
    }
    if is_marked(text) {
        return true;
    }
    let count = |of: fn(char) -> bool| text.chars().filter(|c| of(*c)).count();
    let distinct: HashSet<char> = text.chars().collect();
    text.len() >= FREE_CHARS_MIN
        && distinct.len() >= FREE_DISTINCT_MIN
        && count(|c| c.is_ascii_digit()) >= FREE_EACH_MIN
        && count(|c| c.is_ascii_alphabetic()) >= FREE_EACH_MIN
        && text.chars().all(|c| c.is_ascii_alphanumeric() || "-_.:~".contains(c))
        && !text.starts_with('.')
}

/// True for texts that somebody surely has: what the contract shows, and common words.
#[must_use]
pub fn is_common(text: &str, shown: &HashSet<String>) -> bool {
    shown.contains(text) || COMMON.contains(&plain(text).as_str())
}

/// The text of a scalar; `None` for what is none.
#[must_use]
pub fn scalar(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(truth) => Some(truth.to_string()),
        _ => None,
    }
}

/// True for a list of scalars.
#[must_use]
pub fn is_list(value: &Value) -> bool {
    value.as_array().is_some_and(|items| !items.is_empty() && items.iter().all(|item| scalar(item).is_some()))
}

/// What becomes of a member.
pub(super) enum Edit {
    Keep,
    Set(Value),
    Drop,
}

/// Where a member stands: its pointer, with `*` for the number of an item.
pub(super) fn place(at: &Pointer) -> Pointer {
    let number = |token: &str| !token.is_empty() && token.bytes().all(|b| b.is_ascii_digit());
    Pointer::from_tokens(at.tokens().map(|t| if number(&t) { "*".to_owned() } else { t.into_owned() }))
}

/// The value with each member that is a scalar, or a list of scalars, as `edit` says: place, name, value.
pub(super) fn edited(value: &Value, edit: &mut dyn FnMut(&Pointer, &str, &Value) -> Edit) -> Value {
    fn walk(
        value: &Value,
        at: &Pointer,
        depth: usize,
        edit: &mut dyn FnMut(&Pointer, &str, &Value) -> Edit,
    ) -> Value {
        match value {
            _ if depth > NAMING_DEPTH_MAX => value.clone(),
            Value::Object(object) => {
                let mut members = serde_json::Map::new();
                for (name, member) in object {
                    let at = at.join(name);
                    let single = scalar(member).is_some() || is_list(member);
                    let becomes = if single { edit(&at, name, member) } else { Edit::Keep };
                    match becomes {
                        Edit::Keep => members.insert(name.clone(), walk(member, &at, depth + 1, edit)),
                        Edit::Set(other) => members.insert(name.clone(), other),
                        Edit::Drop => None,
                    };
                }
                Value::Object(members)
            }
            Value::Array(items) => {
                let at = at.join("*");
                Value::Array(items.iter().map(|item| walk(item, &at, depth + 1, edit)).collect())
            }
            _ => value.clone(),
        }
    }
    walk(value, &Pointer::root(), 0, edit)
}

/// The scalars of a value with the names of the members that they are or are items of, at most [`NAMING_DEPTH_MAX`]
/// levels down.
pub fn named(value: &Value, see: &mut dyn FnMut(&str, &Value)) {
    fn walk(name: &str, value: &Value, depth: usize, see: &mut dyn FnMut(&str, &Value)) {
        match value {
            _ if depth > NAMING_DEPTH_MAX => {}
            Value::Object(object) => {
                for (name, member) in object {
                    walk(name, member, depth + 1, see);
                }
            }
            Value::Array(items) => items.iter().for_each(|item| walk(name, item, depth + 1, see)),
            scalar => see(name, scalar),
        }
    }
    walk("", value, 0, see);
}

/// Everything that a schema's document shows as a value: enumerations, constants, defaults, examples.
pub fn shown_by(document: &Value, found: &mut HashSet<String>) {
    let mut open = vec![document];
    while let Some(value) = open.pop() {
        match value {
            Value::Object(object) => {
                for (keyword, inner) in object {
                    if ["enum", "const", "default", "example", "examples"].contains(&keyword.as_str()) {
                        scalars(inner, found);
                    } else {
                        open.push(inner);
                    }
                }
            }
            Value::Array(items) => open.extend(items),
            _ => {}
        }
    }
}

/// Every scalar in a value.
pub fn scalars(value: &Value, found: &mut HashSet<String>) {
    let mut open = vec![value];
    while let Some(value) = open.pop() {
        match value {
            Value::Object(object) => open.extend(object.values()),
            Value::Array(items) => open.extend(items),
            // Flags and the like are no names.
            Value::String(_) | Value::Number(_) => found.extend(scalar(value)),
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::generate::case::made_up::{FORMS, Form, made_up};

    #[test]
    fn members_that_name_the_record_are_known() {
        let paths = ["/orders", "/orders/{orderId}", "/queues", "/queues/{name}", "/notes"];
        let orders = Known::of("/orders", paths);
        assert_eq!((orders.resource.as_str(), orders.parameter.as_deref()), ("orders", Some("orderid")));
        assert_eq!(orders, Known::of("/orders/{orderId}", paths));
        for (path, member, wanted) in [
            ("/orders", "id", Some(Naming::Sure)),
            ("/orders", "order_id", Some(Naming::Sure)),
            ("/orders", "orderNumber", Some(Naming::Sure)),
            ("/orders", "email", Some(Naming::Sure)),
            ("/orders", "customer_id", None),
            ("/orders", "name", Some(Naming::Weak)),
            ("/orders", "note", None),
            ("/orders", "phone", Some(Naming::Weak)),
            ("/queues", "name", Some(Naming::Sure)),
            ("/notes", "title", Some(Naming::Sure)),
            ("/categories/{id}", "category_id", Some(Naming::Sure)),
        ] {
            let known = Known::of(path, paths);
            assert_eq!(known.naming(member), wanted, "{path} {member}");
        }
    }

    #[test]
    fn references_are_told_from_other_words() {
        for name in ["ids", "order_id", "userIds", "keys", "target-uuid", "names", "emails"] {
            assert!(refers(name), "{name}");
        }
        for name in ["paid", "valid", "status", "note", "amount", "idle"] {
            assert!(!refers(name), "{name}");
        }
    }

    #[test]
    fn what_can_be_somebodys_is_told_from_what_can_not() {
        let shown = HashSet::from(["ord_1234567890abcdef".to_owned(), "gold".to_owned()]);
        let prefix = "cp0123456789abcdef-";
        for form in FORMS {
            for n in 0..200 {
                let text = made_up(form, prefix, Seed(n));
                let enough = is_marked(&text)
                    || !matches!(form, Form::Marked | Form::Letters | Form::Email | Form::Url);
                assert!(enough, "{text}");
            }
        }
        let id = made_up(Form::Uuid, &super::super::settings::prefix(Seed(5)), Seed(1));
        assert!(is_made_with(&id, Seed(5)) && !is_made_with(&id, Seed(6)));
        assert!(is_made_with("cp0123456789abcdef-x", Seed(6)));
        for good in [
            "cp0123456789abcdef-x",
            "xcp0123456789abcdef",
            "01234567-89ab-4def-a123-456789abcdef",
            "66f1c0ffee00ddba11ab3c4d",
        ] {
            assert!(is_nobodys(good, &shown), "{good}");
        }
        for bad in [
            "",
            "1",
            "7",
            "admin",
            "default",
            "gold",
            "me",
            "self",
            "all",
            "*",
            ".",
            "..",
            "ord_1234567890abcdef",
            "production-database",
            "00000000-0000-0000-0000-000000000000",
            "aaaaaaaaaaaaaaaaaaaaaaaa",
            "12345678901234567890",
            "alice@example.com",
            "cp012",
            "%2e%2e%2f1234567890abcdefgh",
        ] {
            assert!(!is_nobodys(bad, &shown), "{bad}");
        }
        assert!(is_common("Admin", &shown) && is_common("gold", &shown));
        assert!(!is_common("Rex", &shown));
    }

    #[test]
    fn what_a_schema_shows_is_gathered() {
        let mut found = HashSet::new();
        shown_by(
            &json!({"properties": {"a": {"enum": ["x", 1]}, "b": {"default": {"c": "y"}}}, "examples": ["z", true]}),
            &mut found,
        );
        let mut found: Vec<_> = found.into_iter().collect();
        found.sort();
        assert_eq!(found, ["1", "x", "y", "z"]);
    }
}
