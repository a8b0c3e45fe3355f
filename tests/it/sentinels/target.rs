//! A server that does as much harm as it can: it validates nothing, tidies paths up, takes other methods from headers and
//! queries, and acts on whatever it is asked. It tells its own records from those that it was made with.

use std::collections::BTreeMap;
use std::sync::Mutex;

use counterpart::wire::percent::decode_form_text;
use counterpart::wire::{Headers, Request, Response};
use serde_json::{Map, Value, json};

/// Collections with the member that names a record in a body.
const COLLECTIONS: [(&str, &str); 7] = [
    ("items", "id"),
    ("queues", "name"),
    ("tiers", "tier"),
    ("users", "username"),
    ("accounts", "id"),
    ("echoes", "id"),
    ("folders", "id"),
];

/// Things that there is one of.
const SINGLES: [&str; 6] = ["settings", "me", "storage", "session", "cache", "login"];

#[derive(Clone, Debug)]
struct Stored {
    value: Value,
    /// A request made it.
    made: bool,
}

#[derive(Default)]
struct State {
    records: BTreeMap<(String, String), Stored>,
    next: u64,
    /// What was done to what nobody may touch: the request lines.
    harm: Vec<String>,
    /// How many records that a request made were deleted, and how many changed, by collection.
    deleted: BTreeMap<String, usize>,
    changed: BTreeMap<String, usize>,
    methods: BTreeMap<String, usize>,
}

/// The server.
pub(super) struct Target(Mutex<State>);

impl Target {
    pub(super) fn new() -> Self {
        let mut state = State { next: 100, ..State::default() };
        let mut put = |collection: &str, id: &str, value: Value| {
            state.records.insert((collection.into(), id.into()), Stored { value, made: false });
        };
        for n in 1..=3 {
            put("items", &n.to_string(), json!({"id": n, "name": "default", "size": n}));
            put("echoes", &n.to_string(), json!({"id": n, "label": "theirs"}));
            put("keys", &n.to_string(), json!({"id": n, "note": "secret"}));
        }
        for name in ["default", "other", "a", "prod"] {
            put("queues", name, json!({"name": name}));
        }
        for tier in ["gold", "silver"] {
            put("tiers", tier, json!({"tier": tier}));
        }
        for user in ["admin", "guest", "me"] {
            put("users", user, json!({"id": user, "username": user, "status": "ACTIVE"}));
            put("accounts", user, json!({"id": user}));
        }
        put("accounts", "login", json!({"id": "login"}));
        for single in SINGLES {
            put("", single, json!({"on": true}));
        }
        Self(Mutex::new(state))
    }

    /// Everything that was there from the start, as bytes.
    pub(super) fn sentinels(&self) -> String {
        let state = self.0.lock().unwrap();
        let kept = state.records.iter().filter(|(_, stored)| !stored.made);
        kept.map(|((collection, id), stored)| format!("{collection}/{id}: {}\n", stored.value)).collect()
    }

    pub(super) fn harm(&self) -> Vec<String> {
        self.0.lock().unwrap().harm.clone()
    }

    /// How many records that requests made were deleted and changed.
    pub(super) fn own(&self, collection: &str) -> (usize, usize) {
        let state = self.0.lock().unwrap();
        let of = |counts: &BTreeMap<String, usize>| counts.get(collection).copied().unwrap_or(0);
        (of(&state.deleted), of(&state.changed))
    }

    pub(super) fn methods(&self) -> Vec<String> {
        self.0.lock().unwrap().methods.keys().cloned().collect()
    }

    /// The answer to a request.
    pub(super) fn answer(&self, request: &Request) -> Response {
        let mut state = self.0.lock().unwrap();
        *state.methods.entry(request.method.clone()).or_default() += 1;
        let line = format!(
            "{} {} {:?}",
            request.method,
            request.target,
            request.body.as_deref().map(String::from_utf8_lossy)
        );
        let query: Vec<(String, String)> = request
            .query()
            .into_iter()
            .flat_map(|query| query.split('&'))
            .filter_map(|member| member.split_once('='))
            .map(|(name, value)| (decode_form_text(name).into_owned(), decode_form_text(value).into_owned()))
            .collect();
        let method = method_of(request, &query);
        let path = tidied(request.path());
        let (status, body) = state.act(&method, &path, &query, &body_of(request), &line);
        let mut headers = Headers::new();
        headers.push("content-type", "application/json");
        Response { status, headers, body: body.to_string().into(), truncated: false }
    }
}

/// The method as servers that know overrides read it.
fn method_of(request: &Request, query: &[(String, String)]) -> String {
    let header = ["x-http-method-override", "x-method-override", "x-http-method"]
        .iter()
        .find_map(|name| request.headers.get_str(name).map(str::to_owned));
    let member = query.iter().find(|(name, _)| name == "_method").map(|(_, value)| value.clone());
    header.or(member).filter(|m| !m.is_empty()).unwrap_or_else(|| request.method.clone()).to_ascii_uppercase()
}

fn body_of(request: &Request) -> Value {
    let bytes = request.body.as_deref().unwrap_or_default();
    serde_json::from_slice(bytes).unwrap_or_else(|_| {
        // Whatever stands in the element is taken for the id.
        let text = String::from_utf8_lossy(bytes);
        let id =
            text.split_once("<id>").and_then(|(_, rest)| rest.split_once('<')).map(|(id, _)| id.to_owned());
        id.map_or(Value::Null, |id| json!({"id": id}))
    })
}

/// The segments of a path, decoded twice, cut at a NUL, with everything resolved that a careless server resolves.
fn tidied(path: &str) -> Vec<String> {
    let once = counterpart::wire::percent::decode_text(path).into_owned();
    let twice = counterpart::wire::percent::decode_text(&once).replace('\\', "/");
    let mut segments: Vec<String> = Vec::new();
    for segment in twice.split('/') {
        let segment = segment.split(['\0', ';', '?', '#']).next().unwrap_or_default().trim();
        match segment {
            "" | "." => {}
            ".." => {
                segments.pop();
            }
            other => match other.split_once(':') {
                Some((before, verb)) if !before.is_empty() => {
                    segments.extend([before.to_owned(), verb.to_owned()])
                }
                _ => segments.push(other.to_owned()),
            },
        }
    }
    segments
}

impl State {
    fn act(
        &mut self,
        method: &str,
        path: &[String],
        query: &[(String, String)],
        body: &Value,
        line: &str,
    ) -> (u16, Value) {
        let words: Vec<&str> = path.iter().map(String::as_str).collect();
        let safe = matches!(method, "GET" | "HEAD" | "OPTIONS" | "TRACE" | "QUERY");
        let flushes = method == "OPTIONS" && words.starts_with(&["admin", "flush"]);
        if !flushes && (method == "OPTIONS" || method == "TRACE") {
            return (204, Value::Null);
        }
        if query.iter().any(|(name, value)| name == "reset" && !["", "false", "0"].contains(&value.as_str()))
        {
            self.destroy_all("items", line);
            return (200, json!([]));
        }
        match words.as_slice() {
            ["admin", "flush", ..] | ["reset", ..] | ["deletions", ..]
                if words[0] != "deletions" || !safe =>
            {
                self.destroy_all("", line);
                (201, json!({"id": "1"}))
            }
            ["logout" | "login", ..] => {
                self.touch("", "session", line);
                self.touch("", "login", line);
                (201, json!({"id": "login"}))
            }
            ["admin", "storage", ..] if !safe => {
                self.destroy("", "storage", line);
                (204, Value::Null)
            }
            ["items", id, "cancel", ..] => {
                self.touch("items", id, line);
                (200, json!({"id": number(id)}))
            }
            ["items", "bulk" | "purge" | "batchDelete" | "reset", ..] if !safe => {
                self.many(body, line);
                (201, json!({"id": 1}))
            }
            ["users", user, "keys", rest @ ..] if rest.is_empty() && method == "DELETE" => {
                let known = self.records.contains_key(&("users".to_owned(), (*user).to_owned()));
                // Where there is no such user, everybody's.
                let of_user = |value: &Value| !known || value["user"] == **user;
                let keys =
                    self.records.iter().filter(|((c, _), stored)| c == "keys" && of_user(&stored.value));
                let keys: Vec<String> = keys.map(|((_, id), _)| id.clone()).collect();
                keys.iter().for_each(|id| self.destroy("keys", id, line));
                (204, Value::Null)
            }
            ["users", user, "keys"] if safe => {
                let of_user = |value: &Value| value["user"] == **user;
                let keys = self.records.iter().filter(|((c, _), _)| c == "keys");
                (200, keys.map(|(_, s)| s.value.clone()).filter(|value| of_user(value)).collect())
            }
            ["users", user, "keys"] => {
                let mut body = body.clone();
                if let Some(object) = body.as_object_mut() {
                    object.insert("user".into(), json!(user));
                }
                self.collection("keys", "id", method, safe, &body, line)
            }
            ["users", _, "keys", id, ..] => self.item(("keys", "id"), id, method, safe, body, line),
            ["search", ..] => (200, json!([])),
            ["query", ..] => {
                if body.to_string().contains("DELETE") {
                    self.destroy_all("items", line);
                }
                (200, json!([]))
            }
            ["transfers", ..] if !safe => {
                for side in ["from", "to"] {
                    self.touch("items", &text(&body[side]).unwrap_or_default(), line);
                }
                (201, json!({"id": 1}))
            }
            // Answers with what was there.
            ["echoes"] if method == "POST" => (201, json!({"id": 1})),
            ["echoes"] if safe => (200, json!([])),
            // Takes in what the body names, and whatever has no folder; all of it goes with the folder.
            ["folders"] if method == "POST" => {
                for id in body["item_ids"].as_array().into_iter().flatten().filter_map(text) {
                    self.touch("items", &id, line);
                }
                self.collection("folders", "id", method, safe, body, line)
            }
            ["folders", id, "items", ..] if safe && self.is_folder(id) => (200, json!([{"id": 2}])),
            ["folders", id, ..] if method == "DELETE" && self.is_folder(id) => {
                self.destroy("items", "2", line);
                self.destroy("folders", id, line);
                (204, Value::Null)
            }
            [single] if SINGLES.contains(single) && !safe => {
                self.touch("", single, line);
                (200, json!({"on": true}))
            }
            [name, rest @ ..] => match (COLLECTIONS.iter().find(|(c, _)| c == name), rest) {
                (Some((collection, key)), []) => self.collection(collection, key, method, safe, body, line),
                (Some((collection, key)), [id, ..]) => {
                    self.item((collection, key), id, method, safe, body, line)
                }
                (None, _) if !safe && SINGLES.contains(name) => {
                    self.touch("", name, line);
                    (200, Value::Null)
                }
                _ => (if safe { 200 } else { 404 }, json!({"detail": "nothing here"})),
            },
            [] if !safe => {
                self.destroy_all("", line);
                (204, Value::Null)
            }
            [] => (200, json!({})),
        }
    }

    fn is_folder(&self, id: &str) -> bool {
        self.records.contains_key(&("folders".to_owned(), id.to_owned()))
    }

    /// A collection: POST adds, or overwrites what has that name; everything else that is not safe is for all of it.
    fn collection(
        &mut self,
        collection: &str,
        key: &str,
        method: &str,
        safe: bool,
        body: &Value,
        line: &str,
    ) -> (u16, Value) {
        if safe {
            let list =
                self.records.iter().filter(|((c, _), _)| c == collection).map(|(_, s)| s.value.clone());
            return (200, list.collect());
        }
        if method != "POST" {
            self.destroy_all(collection, line);
            return (200, json!([]));
        }
        let mut made = json!(null);
        let bodies = body.as_array().cloned().unwrap_or_else(|| vec![body.clone()]);
        for body in bodies {
            made = self.make(collection, key, &body, line);
        }
        (201, made)
    }

    fn make(&mut self, collection: &str, key: &str, body: &Value, line: &str) -> Value {
        let inner = body.get("data").filter(|data| data.is_object()).unwrap_or(body);
        let names = [key, "id", "name", "username", "email"];
        for name in names {
            if let Some(id) = inner.get(name).and_then(text)
                && self.records.contains_key(&(collection.to_owned(), id.clone()))
            {
                self.touch(collection, &id, line);
                return json!({"id": number(&id)});
            }
        }
        self.next += 1;
        let given = inner.get(key).and_then(text).filter(|_| ["queues", "accounts"].contains(&collection));
        let id = given.unwrap_or_else(|| match collection {
            "users" => format!("u-{}", self.next),
            _ => self.next.to_string(),
        });
        let mut value = inner.as_object().cloned().unwrap_or_else(Map::new);
        value.insert("id".into(), number(&id));
        let value = Value::Object(value);
        self.records.insert((collection.to_owned(), id), Stored { value: value.clone(), made: true });
        if body.get("data").is_some() { json!({"data": value}) } else { value }
    }

    /// One record: PUT makes it; everything else that is not safe changes it, DELETE deletes it.
    fn item(
        &mut self,
        (collection, key): (&str, &str),
        id: &str,
        method: &str,
        safe: bool,
        body: &Value,
        line: &str,
    ) -> (u16, Value) {
        if id == "*" || id == "all" {
            if !safe {
                self.destroy_all(collection, line);
            }
            return (200, json!({}));
        }
        let place = (collection.to_owned(), id.to_owned());
        if safe {
            return match self.records.get(&place) {
                Some(stored) => (200, stored.value.clone()),
                None => (404, json!({"detail": "nothing here"})),
            };
        }
        // What the body names is changed as well.
        if let Some(other) = body.get(key).or(body.get("id")).and_then(text)
            && other != id
        {
            self.touch(collection, &other, line);
        }
        match method {
            "DELETE" => {
                if !self.records.contains_key(&place) {
                    return (404, json!({"detail": "nothing here"}));
                }
                self.destroy(collection, id, line);
                (
                    if collection == "users" { 200 } else { 204 },
                    json!({"id": number(id), "status": "DELETED"}),
                )
            }
            "PUT" if !self.records.contains_key(&place) => {
                let stored = Stored { value: json!({"id": id}), made: true };
                self.records.insert(place, stored);
                (201, json!({"id": number(id)}))
            }
            _ => {
                self.touch(collection, id, line);
                (200, json!({"id": number(id)}))
            }
        }
    }

    /// Several at once: those that the body names, or all.
    fn many(&mut self, body: &Value, line: &str) {
        let ids: Vec<String> = body["ids"].as_array().into_iter().flatten().filter_map(text).collect();
        if ids.is_empty() {
            self.destroy_all("items", line);
        }
        for id in ids {
            self.destroy("items", &id, line);
        }
    }

    fn touch(&mut self, collection: &str, id: &str, line: &str) {
        let Some(stored) = self.records.get_mut(&(collection.to_owned(), id.to_owned())) else { return };
        if let Some(object) = stored.value.as_object_mut() {
            object.insert("touched".into(), json!(true));
        }
        match stored.made {
            true => *self.changed.entry(collection.to_owned()).or_default() += 1,
            false => self.harm.push(line.to_owned()),
        }
    }

    fn destroy(&mut self, collection: &str, id: &str, line: &str) {
        let Some(stored) = self.records.remove(&(collection.to_owned(), id.to_owned())) else { return };
        match stored.made {
            true => *self.deleted.entry(collection.to_owned()).or_default() += 1,
            false => self.harm.push(line.to_owned()),
        }
    }

    fn destroy_all(&mut self, collection: &str, line: &str) {
        let all: Vec<String> =
            self.records.keys().filter(|(c, _)| c == collection).map(|(_, id)| id.clone()).collect();
        for id in all {
            self.destroy(collection, &id, line);
        }
    }
}

fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

/// An id as this server shows it: a number where it is one.
fn number(id: &str) -> Value {
    id.parse::<u64>().map_or_else(|_| json!(id), |n| json!(n))
}
