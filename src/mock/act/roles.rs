//! What the query parameters of a list are for, by their names and schemas: pages, order, filters.

use serde_json::Value;

use crate::contract::{Operation, ParameterPlace};
use crate::document::Direction;
use crate::mock::catalog::Catalog;
use crate::resource::field_roles::FieldRoles;
use crate::resource::names::{alike, plain, words};
use crate::schema::view::SchemaView;

/// Names of query parameters, plain.
const LIMITS: [&str; 14] = [
    "limit",
    "pagesize",
    "perpage",
    "size",
    "maxresults",
    "top",
    "count",
    "take",
    "pagelimit",
    "first",
    "maxitems",
    "itemsperpage",
    "resultsperpage",
    "rows",
];
const OFFSETS: [&str; 7] = ["offset", "skip", "start", "startindex", "from", "pageoffset", "startat"];
const PAGES: [&str; 5] = ["page", "pagenumber", "pageindex", "pageno", "currentpage"];
const AFTER: [&str; 12] = [
    "cursor",
    "after",
    "startingafter",
    "pagetoken",
    "nexttoken",
    "continuationtoken",
    "marker",
    "pagecursor",
    "nextcursor",
    "pageafter",
    "afterid",
    "startafter",
];
const BEFORE: [&str; 5] = ["before", "endingbefore", "pagebefore", "beforeid", "previouscursor"];
const SORTS: [&str; 9] =
    ["sort", "sortby", "orderby", "order", "ordering", "sorting", "sortfield", "sortkey", "sortcolumn"];
const DIRECTIONS: [&str; 8] =
    ["sortorder", "sortdirection", "direction", "dir", "order", "sortdir", "orderdirection", "sorttype"];
const SEARCHES: [&str; 6] = ["q", "search", "query", "searchterm", "keyword", "searchtext"];

/// How many items a page has where paging is documented and no size is.
pub(crate) const PAGE_ITEMS: usize = 100;

/// How a property is compared with what the query says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Test {
    /// One of the values.
    Equal,
    /// None of the values.
    Other,
    /// Greater, or later.
    Above,
    /// As great, or greater.
    AtLeast,
    /// Smaller, or earlier.
    Under,
    /// As small, or smaller.
    AtMost,
    /// Holds the text.
    Contains,
    /// Begins with the text.
    Begins,
}

/// Words that say how to compare.
const TESTS: [(&str, Test); 31] = [
    ("gte", Test::AtLeast),
    ("ge", Test::AtLeast),
    ("min", Test::AtLeast),
    ("minimum", Test::AtLeast),
    ("from", Test::AtLeast),
    ("since", Test::AtLeast),
    ("start", Test::AtLeast),
    ("gt", Test::Above),
    ("after", Test::Above),
    ("above", Test::Above),
    ("lte", Test::AtMost),
    ("le", Test::AtMost),
    ("max", Test::AtMost),
    ("maximum", Test::AtMost),
    ("to", Test::AtMost),
    ("until", Test::AtMost),
    ("end", Test::AtMost),
    ("begin", Test::AtLeast),
    ("lt", Test::Under),
    ("before", Test::Under),
    ("below", Test::Under),
    ("ne", Test::Other),
    ("neq", Test::Other),
    ("not", Test::Other),
    ("exclude", Test::Other),
    ("contains", Test::Contains),
    ("like", Test::Contains),
    ("icontains", Test::Contains),
    ("prefix", Test::Begins),
    ("eq", Test::Equal),
    ("in", Test::Equal),
];

/// The comparison that a word names.
#[must_use]
pub(crate) fn test(word: &str) -> Option<Test> {
    TESTS.iter().find(|(known, _)| *known == word).map(|(_, test)| *test)
}

/// What a query parameter is for.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Role {
    /// How many items a page has.
    Limit,
    /// How many items come before it.
    Offset,
    /// Its number.
    Page,
    /// The item that it comes after.
    After,
    /// The item that it comes before.
    Before,
    /// What the items are sorted by.
    Sort,
    /// Which way they are sorted.
    Direction,
    /// A text that items hold somewhere.
    Search,
    /// What a property must be.
    Filter(Vec<String>, Test),
    /// A table of filters (`filter[status]=…`).
    Filters,
}

/// A parameter with its role.
#[derive(Clone, Debug)]
pub(crate) struct Played {
    /// Its name.
    pub(crate) name: String,
    /// What it is for.
    pub(crate) role: Role,
    /// Its default.
    pub(crate) default: Option<Value>,
    /// Its greatest value.
    pub(crate) maximum: Option<u64>,
    /// Its smallest value.
    pub(crate) minimum: Option<i64>,
}

/// All parameters of an operation that have a role.
#[derive(Clone, Debug, Default)]
pub(crate) struct Roles(pub(crate) Vec<Played>);

impl Roles {
    /// The roles of an operation's query parameters, for items of this outline.
    #[must_use]
    pub(crate) fn of(
        catalog: &Catalog,
        operation: &Operation,
        item: SchemaView<'_>,
        traits: &FieldRoles,
    ) -> Self {
        let query: Vec<_> =
            operation.parameters.iter().filter(|p| p.place == ParameterPlace::Query).collect();
        let sorted_otherwise =
            query.iter().any(|p| SORTS.contains(&plain(&p.name).as_str()) && plain(&p.name) != "order");
        let mut roles = Vec::new();
        for parameter in query {
            let schema = parameter.schema().and_then(|at| catalog.schemas().get(at, Direction::Request).ok());
            let node = schema.as_deref().map(SchemaView::of);
            let choices: Vec<String> =
                node.map(SchemaView::choices).unwrap_or_default().into_iter().map(str::to_owned).collect();
            let dated = node.is_some_and(|n| {
                n.keyword("format").and_then(Value::as_str).is_some_and(|format| format.starts_with("date"))
            });
            let asks = Asks {
                dated,
                choices: &choices,
                sorted_otherwise,
                numeric: node.is_some_and(|n| n.is("number")),
            };
            let Some(role) = role(&parameter.name, &asks, item, traits) else { continue };
            let keyword = |word: &str| node.and_then(|n| n.keyword(word));
            roles.push(Played {
                name: parameter.name.clone(),
                role,
                default: keyword("default").cloned(),
                maximum: keyword("maximum").and_then(Value::as_u64),
                minimum: keyword("minimum").and_then(Value::as_i64),
            });
        }
        Self(roles)
    }

    /// The parameter of that role.
    #[must_use]
    pub(crate) fn find(&self, role: &Role) -> Option<&Played> {
        self.0.iter().find(|played| played.role == *role)
    }

    /// Whether the operation has pages at all.
    #[must_use]
    pub(crate) fn pages(&self) -> bool {
        [Role::Limit, Role::Offset, Role::Page, Role::After].iter().any(|role| self.find(role).is_some())
    }
}

/// What is known of a parameter besides its name.
struct Asks<'a> {
    dated: bool,
    numeric: bool,
    choices: &'a [String],
    sorted_otherwise: bool,
}

fn role(name: &str, asks: &Asks<'_>, item: SchemaView<'_>, traits: &FieldRoles) -> Option<Role> {
    let short = plain(name);
    let listed = |names: &[&str]| names.contains(&short.as_str());
    let own = find(item, &short);
    let directed = asks.choices.iter().any(|c| c.to_lowercase().starts_with("desc"));
    if !asks.dated {
        // Some names stand for a page unless the entity has such a property.
        let clear = own.is_none() || listed(&["limit", "offset", "cursor", "page"]);
        if listed(&LIMITS) && clear {
            return Some(Role::Limit);
        } else if listed(&OFFSETS) && clear && (short != "from" || asks.numeric) {
            return Some(Role::Offset);
        } else if listed(&PAGES) && clear {
            return Some(Role::Page);
        } else if listed(&AFTER) && clear {
            return Some(Role::After);
        } else if listed(&BEFORE) && clear {
            return Some(Role::Before);
        } else if listed(&DIRECTIONS) && (directed || asks.sorted_otherwise || short != "order") && clear {
            return Some(Role::Direction);
        } else if listed(&SORTS) && clear {
            return Some(Role::Sort);
        }
    }
    if let Some(path) = own {
        return Some(Role::Filter(path, Test::Equal));
    }
    if listed(&SEARCHES) {
        return Some(Role::Search);
    }
    if listed(&["filter", "filters", "where"]) {
        return Some(Role::Filters);
    }
    let (path, test) = filter(name, item, traits, asks.dated)?;
    Some(Role::Filter(path, test))
}

/// The property that a filter's name means, and the comparison.
#[must_use]
pub(crate) fn filter(
    name: &str,
    item: SchemaView<'_>,
    traits: &FieldRoles,
    dated: bool,
) -> Option<(Vec<String>, Test)> {
    if let Some((first, rest)) = name.split_once('.')
        && let Some(mut path) = find(item, &plain(first))
    {
        let below = path.iter().try_fold(item, |node, name| node.property(name))?;
        path.extend(find(below, &plain(rest))?);
        return Some((path, Test::Equal));
    }
    let mut words = words(name);
    if words.len() > 1 && matches!(words[0].as_str(), "filter" | "filters" | "where" | "by" | "with") {
        words.remove(0);
    }
    if let Some(path) = find_loosely(item, &words.concat()) {
        return Some((path, Test::Equal));
    }
    let (last, first) = (words.last()?.clone(), words.first()?.clone());
    if words.len() == 1 {
        // `since`, `until`: of when it was made.
        let made = traits.made().filter(|_| dated || matches!(last.as_str(), "since" | "until"))?;
        return Some((vec![made.to_owned()], test(&last)?));
    }
    let at_end =
        test(&last).and_then(|test| Some((find_loosely(item, &words[..words.len() - 1].concat())?, test)));
    let at_start = || test(&first).and_then(|test| Some((find_loosely(item, &words[1..].concat())?, test)));
    at_end.or_else(at_start).or_else(|| {
        // `start_date`, `date_to`: of when it was made, where the entity has no date of that name.
        let dates = words
            .iter()
            .any(|word| matches!(word.as_str(), "date" | "time" | "datetime" | "at" | "timestamp"));
        let made = traits.made().filter(|_| dates)?;
        Some((vec![made.to_owned()], test(&first).or_else(|| test(&last))?))
    })
}

/// The path of the property of that plain name: of the entity, or of its `attributes` (JSON:API).
fn find(item: SchemaView<'_>, wanted: &str) -> Option<Vec<String>> {
    let properties = item.properties();
    if let Some(name) = properties.keys().find(|name| plain(name) == wanted) {
        return Some(vec![(*name).to_owned()]);
    }
    let attributes = properties.get("attributes")?.properties();
    let name = attributes.keys().find(|name| plain(name) == wanted)?;
    Some(vec!["attributes".to_owned(), (*name).to_owned()])
}

/// [`find`], also for `category` where the property is `categoryId`, `created` where it is `created_at`, and `statuses`
/// where it is `status`.
fn find_loosely(item: SchemaView<'_>, wanted: &str) -> Option<Vec<String>> {
    if wanted.is_empty() {
        return None;
    }
    let with = |ending: &str| find(item, &format!("{wanted}{ending}"));
    let numbered = || {
        let name = item.properties().into_keys().find(|name| alike(name, wanted))?;
        Some(vec![name.to_owned()])
    };
    find(item, wanted)
        .or_else(|| with("id"))
        .or_else(|| with("at"))
        .or_else(|| with("on"))
        .or_else(|| with("date"))
        .or_else(numbered)
        .or_else(|| find(item, wanted.strip_suffix('s')?))
}

/// The property that a sorting key means, and whether it says "descending" itself.
#[must_use]
pub(crate) fn sort_key(key: &str, item: SchemaView<'_>, traits: &FieldRoles) -> Option<(Vec<String>, bool)> {
    let made = || traits.made().map(|name| vec![name.to_owned()]);
    let minus = key.starts_with('-');
    let mut words = words(key);
    match words.last().map(String::as_str) {
        Some("desc" | "descending") => {
            words.pop();
            let name = words.concat();
            return Some((find_loosely(item, &name).or_else(made)?, true));
        }
        Some("asc" | "ascending") => {
            words.pop();
        }
        Some("newest" | "latest" | "recent") => return Some((made()?, true)),
        Some("oldest") => return Some((made()?, false)),
        _ => {}
    }
    Some((find_loosely(item, &words.concat())?, minus))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::resource::Resource;
    use crate::schema::Schema;
    use serde_json::json;

    #[test]
    fn names_say_what_parameters_are_for() {
        let schema = Schema::from_value(json!({"type": "object", "properties": {
            "status": {"type": "string"}, "created_at": {"type": "string", "format": "date-time"}, "price": {"type": "number"},
            "categoryId": {"type": "string"}, "size": {"type": "string"}, "tags": {"type": "array", "items": {"type": "string"}},
            "address": {"type": "object", "properties": {"city": {"type": "string"}}},
        }}))
        .unwrap();
        let item = SchemaView::of(&schema);
        let traits = FieldRoles::of(item, &Resource::default());
        let of = |name: &str| {
            let asks = Asks { dated: false, numeric: false, choices: &[], sorted_otherwise: false };
            role(name, &asks, item, &traits)
        };
        let filter =
            |path: &[&str], test| Some(Role::Filter(path.iter().map(|p| (*p).to_owned()).collect(), test));
        for (name, wanted) in [
            ("per_page", Some(Role::Limit)),
            ("size", filter(&["size"], Test::Equal)),
            ("page[offset]", Some(Role::Offset)),
            ("pageToken", Some(Role::After)),
            ("starting_after", Some(Role::After)),
            ("sort_by", Some(Role::Sort)),
            ("sortOrder", Some(Role::Direction)),
            ("status", filter(&["status"], Test::Equal)),
            ("statuses", filter(&["status"], Test::Equal)),
            ("filter[status]", filter(&["status"], Test::Equal)),
            ("filter", Some(Role::Filters)),
            ("created_after", filter(&["created_at"], Test::Above)),
            ("created_at_gte", filter(&["created_at"], Test::AtLeast)),
            ("since", filter(&["created_at"], Test::AtLeast)),
            ("start_date", filter(&["created_at"], Test::AtLeast)),
            ("min_price", filter(&["price"], Test::AtLeast)),
            ("priceMax", filter(&["price"], Test::AtMost)),
            ("category", filter(&["categoryId"], Test::Equal)),
            ("tag", filter(&["tags"], Test::Equal)),
            ("address.city", filter(&["address", "city"], Test::Equal)),
            ("q", Some(Role::Search)),
            ("expand", None),
            ("address.street", None),
        ] {
            assert_eq!(of(name), wanted, "{name}");
        }
        let key = |name: &str| sort_key(name, item, &traits).map(|(path, down)| (path.join("."), down));
        for (name, wanted) in [
            ("price", Some(("price", false))),
            ("-price", Some(("price", true))),
            ("price:desc", Some(("price", true))),
            ("createdAt.asc", Some(("created_at", false))),
            ("created", Some(("created_at", false))),
            ("newest", Some(("created_at", true))),
            ("desc", Some(("created_at", true))),
            ("odd", None),
        ] {
            assert_eq!(key(name), wanted.map(|(path, down)| (path.to_owned(), down)), "{name}");
        }
    }
}
