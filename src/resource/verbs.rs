//! What a named action (`/orders/{id}/cancel`) does to the entity: which state it leads to, which flags and times say
//! so. Words are compared plain: in lower case, without separators.

use serde_json::{Map, Value, json};

use super::names::{plain, singular, words};
use crate::schema::view::SchemaView;

/// Verbs with the states that they lead to, the likeliest first. What the rule ([`participles`]) makes of a verb is
/// tried after these.
pub(super) const STATES: [(&str, &[&str]); 62] = [
    ("abort", &["aborted", "cancelled", "canceled"]),
    ("accept", &["accepted", "approved", "active"]),
    ("acknowledge", &["acknowledged", "acked"]),
    ("activate", &["active", "activated", "enabled", "live", "on"]),
    ("approve", &["approved", "accepted", "active"]),
    ("archive", &["archived", "inactive"]),
    ("assign", &["assigned"]),
    ("begin", &["running", "started", "inprogress", "active"]),
    ("block", &["blocked"]),
    (
        "cancel",
        &["cancelled", "canceled", "cancelling", "canceling", "aborted", "terminated", "voided", "closed"],
    ),
    ("capture", &["captured", "succeeded", "completed", "paid"]),
    ("close", &["closed", "resolved", "completed", "done"]),
    ("complete", &["completed", "complete", "done", "finished", "succeeded", "success"]),
    ("confirm", &["confirmed", "accepted", "active"]),
    ("continue", &["running", "active", "inprogress", "started"]),
    ("deactivate", &["inactive", "deactivated", "disabled", "suspended"]),
    ("decline", &["declined", "rejected", "denied", "refused"]),
    ("deliver", &["delivered"]),
    ("deny", &["denied", "rejected", "declined", "refused"]),
    ("deploy", &["deployed", "live", "active", "running", "deploying"]),
    ("disable", &["disabled", "inactive", "off"]),
    ("dismiss", &["dismissed", "closed"]),
    ("enable", &["enabled", "active", "on"]),
    ("expire", &["expired"]),
    ("fail", &["failed", "failure", "error"]),
    ("finalize", &["finalized", "final", "open", "completed"]),
    ("finish", &["finished", "completed", "done"]),
    ("freeze", &["frozen"]),
    ("halt", &["halted", "stopped", "paused"]),
    ("kill", &["killed", "terminated", "stopped", "exited"]),
    ("launch", &["launched", "running", "live", "active"]),
    ("open", &["open", "opened", "active"]),
    ("pause", &["paused", "suspended", "inactive", "onhold"]),
    ("pay", &["paid", "completed"]),
    ("promote", &["promoted", "production", "active"]),
    ("publish", &["published", "public", "live", "active"]),
    ("refund", &["refunded"]),
    ("refuse", &["refused", "rejected", "declined", "denied"]),
    ("reject", &["rejected", "declined", "denied", "refused"]),
    ("release", &["released"]),
    ("reopen", &["open", "reopened", "opened", "active", "inprogress"]),
    ("resolve", &["resolved", "closed"]),
    ("restart", &["running", "restarting", "started", "active"]),
    ("restore", &["restored", "active", "enabled", "open", "available"]),
    ("resume", &["running", "active", "resumed", "inprogress", "started", "open", "enabled"]),
    ("retry", &["pending", "queued", "processing", "running", "retrying"]),
    ("revoke", &["revoked", "inactive"]),
    ("run", &["running", "started", "active", "inprogress", "queued"]),
    ("send", &["sent", "sending", "open", "pending"]),
    ("settle", &["settled"]),
    ("ship", &["shipped", "intransit"]),
    ("start", &["running", "started", "active", "inprogress", "starting", "processing", "live", "open"]),
    ("stop", &["stopped", "stopping", "inactive", "terminated", "exited", "offline", "off"]),
    ("submit", &["submitted", "pending", "inreview", "processing", "open"]),
    ("suspend", &["suspended", "paused", "inactive", "disabled"]),
    ("terminate", &["terminated", "stopped", "cancelled", "canceled"]),
    ("timeout", &["timedout", "timeout", "expired"]),
    ("trash", &["trashed", "trash", "deleted"]),
    ("unpause", &["running", "active", "resumed", "inprogress", "open", "enabled"]),
    ("unpublish", &["unpublished", "draft", "private", "inactive"]),
    ("void", &["voided", "void", "cancelled", "canceled"]),
    ("withdraw", &["withdrawn", "cancelled", "canceled"]),
];

/// Participles that no rule makes.
const IRREGULAR: [(&str, &str); 9] = [
    ("freeze", "frozen"),
    ("hide", "hidden"),
    ("pay", "paid"),
    ("read", "read"),
    ("send", "sent"),
    ("timeout", "timedout"),
    ("undo", "undone"),
    ("withdraw", "withdrawn"),
    ("seen", "seen"),
];

/// States to come back to when what ended an entity is taken back.
const ALIVE: [&str; 12] = [
    "active",
    "enabled",
    "open",
    "running",
    "live",
    "available",
    "published",
    "ready",
    "online",
    "draft",
    "created",
    "pending",
];

/// States that end something.
const ENDS: [&str; 26] = [
    "deleted",
    "removed",
    "archived",
    "cancelled",
    "canceled",
    "terminated",
    "inactive",
    "revoked",
    "closed",
    "completed",
    "done",
    "finished",
    "failed",
    "error",
    "expired",
    "rejected",
    "declined",
    "denied",
    "disabled",
    "suspended",
    "stopped",
    "aborted",
    "voided",
    "refunded",
    "unknown",
    "deactivated",
];

/// Verbs that take over the body's properties.
pub(super) const CHANGES: [&str; 12] = [
    "update",
    "modify",
    "edit",
    "rename",
    "change",
    "patch",
    "set",
    "assign",
    "move",
    "configure",
    "adjust",
    "resize",
];

/// Names of properties that hold an entity's state.
const STATUS: [&str; 5] = ["status", "state", "lifecyclestate", "phase", "stage"];

/// The verb of an action's name: `cancel` of `cancel-order`, `read` of `mark-as-read`.
#[must_use]
pub(crate) fn verb(name: &str) -> String {
    let words = words(name);
    let known =
        |word: &&String| STATES.iter().any(|(verb, _)| verb == word) || CHANGES.contains(&word.as_str());
    match words.first().map(String::as_str) {
        Some("mark" | "make" | "set") if words.len() > 1 => words.last().cloned().unwrap_or_default(),
        _ => words.iter().find(known).or(words.first()).cloned().unwrap_or_default(),
    }
}

/// Whether an action of this name takes over the body's properties.
#[must_use]
pub(crate) fn takes_over(verb: &str) -> bool {
    CHANGES.contains(&verb)
}

/// The verb that this one takes back: `archive` of `unarchive`.
fn opposite(verb: &str) -> Option<&str> {
    match verb {
        "deactivate" => return Some("activate"),
        "disable" => return Some("enable"),
        "resume" | "continue" => return Some("pause"),
        "restore" | "recover" => return Some("delete"),
        "reopen" => return Some("close"),
        "disapprove" => return Some("approve"),
        _ => {}
    }
    verb.strip_prefix("un").or_else(|| verb.strip_prefix("dis")).filter(|rest| rest.len() > 2)
}

/// Whether an action takes a soft delete back.
#[must_use]
pub(crate) fn restores(verb: &str) -> bool {
    matches!(
        verb,
        "restore"
            | "undelete"
            | "recover"
            | "unarchive"
            | "untrash"
            | "reactivate"
            | "reopen"
            | "activate"
            | "enable"
    )
}

/// How something is called after the verb was done to it: `cancelled` and `canceled` of `cancel`.
fn participles(verb: &str) -> Vec<String> {
    if let Some((_, irregular)) = IRREGULAR.iter().find(|(known, _)| *known == verb) {
        return vec![(*irregular).to_owned()];
    }
    // `mark-as-completed` names the state itself.
    if verb.ends_with("ed") && verb.len() > 4 {
        return vec![verb.to_owned()];
    }
    if let Some(stem) = verb.strip_suffix('y')
        && !stem.ends_with(['a', 'e', 'i', 'o', 'u'])
    {
        return vec![format!("{stem}ied")];
    }
    if verb.ends_with('e') {
        return vec![format!("{verb}d")];
    }
    let last = verb.chars().last().filter(|c| c.is_ascii_alphabetic());
    let doubled = last.map(|c| format!("{verb}{c}ed"));
    doubled.into_iter().chain([format!("{verb}ed")]).collect()
}

/// The states that an action may lead to, the likeliest first.
fn states(verb: &str) -> Vec<String> {
    let listed = STATES.iter().find(|(known, _)| *known == verb).map_or(&[][..], |(_, states)| states);
    let mut states: Vec<String> = listed.iter().map(|s| (*s).to_owned()).collect();
    states.extend(participles(verb));
    states.push(verb.to_owned());
    if opposite(verb).is_some() {
        states.extend(ALIVE.iter().map(|s| (*s).to_owned()));
    }
    states
}

/// The property that holds an entity's state, with its outline.
#[must_use]
pub(crate) fn status_of<'s>(node: SchemaView<'s>, resource: &str) -> Option<(&'s str, SchemaView<'s>)> {
    let properties = node.properties();
    let text = |name: &&str| properties.get(*name).is_some_and(|p| p.is("string"));
    let named = |wanted: &str| properties.keys().copied().find(|name| plain(name) == wanted && text(name));
    let own = singular(resource);
    let found = STATUS.iter().find_map(|name| named(name));
    let found = found.or_else(|| named(&format!("{own}status"))).or_else(|| named(&format!("{own}state")));
    found.and_then(|name| Some((name, *properties.get(name)?)))
}

/// The state that a new entity is in: the default, else the first that is no end; `None` where any text may stand.
#[must_use]
pub(crate) fn first_state(property: SchemaView<'_>) -> Option<String> {
    let choices = property.choices();
    let default = property.keyword("default").and_then(Value::as_str).filter(|text| choices.contains(text));
    let alive = |choice: &&&str| !ENDS.contains(&plain(choice).as_str());
    default.or_else(|| choices.iter().find(alive).copied()).map(str::to_owned)
}

/// What an action of this name sets in an entity of this outline; `{now}` stands for the time. Empty when nothing of
/// the entity is about it.
#[must_use]
pub(crate) fn sets(verb: &str, node: SchemaView<'_>, resource: &str) -> Map<String, Value> {
    let mut set = Map::new();
    if verb.is_empty() || takes_over(verb) {
        return set;
    }
    if let Some((name, property)) = status_of(node, resource)
        && let Some(state) = state_for(verb, property)
    {
        set.insert(name.to_owned(), Value::String(state));
    }
    let undone = opposite(verb);
    let done: Vec<(String, bool)> = adjectives(verb)
        .into_iter()
        .map(|word| (word, true))
        .chain(undone.into_iter().flat_map(adjectives).map(|word| (word, false)))
        .collect();
    for (name, property) in node.properties() {
        let plain = plain(name);
        for (word, now) in &done {
            let is_flag = plain == *word || plain.strip_prefix("is") == Some(word);
            if is_flag && property.is("boolean") {
                set.insert(name.to_owned(), json!(now));
            }
            let of_time = plain.strip_prefix(word.as_str());
            if of_time.is_some_and(|rest| matches!(rest, "at" | "on" | "date" | "time"))
                && !property.is("boolean")
            {
                set.insert(name.to_owned(), if *now { json!("{now}") } else { Value::Null });
            }
        }
    }
    set
}

/// Words for a thing that this was done to.
fn adjectives(verb: &str) -> Vec<String> {
    let mut words = participles(verb);
    match verb {
        "activate" => words.push("active".to_owned()),
        "publish" => words.push("public".to_owned()),
        "open" => words.push("open".to_owned()),
        "verify" => words.push("verified".to_owned()),
        _ => {}
    }
    words
}

/// The state that fits, as the contract writes it: one of the choices, or a word where any text may stand.
fn state_for(verb: &str, property: SchemaView<'_>) -> Option<String> {
    let choices = property.choices();
    if !choices.is_empty() {
        let wanted = states(verb);
        return wanted
            .iter()
            .find_map(|state| choices.iter().find(|choice| plain(choice) == *state))
            .map(|choice| (*choice).to_owned());
    }
    let (_, known) = STATES.iter().find(|(known, _)| *known == verb)?;
    let shown = ["example", "default", "const"]
        .iter()
        .find_map(|word| property.keyword(word))
        .and_then(Value::as_str);
    let loud = shown
        .is_some_and(|text| text.chars().any(char::is_uppercase) && !text.chars().any(char::is_lowercase));
    known.first().map(|state| if loud { state.to_uppercase() } else { (*state).to_owned() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::Schema;

    fn set(name: &str, properties: Value) -> Value {
        let schema = Schema::from_value(json!({"type": "object", "properties": properties})).unwrap();
        Value::Object(sets(&verb(name), SchemaView::of(&schema), "orders"))
    }

    #[test]
    fn actions_lead_to_the_state_that_the_contract_lists() {
        let status = |choices: &[&str]| json!({"status": {"type": "string", "enum": choices}});
        for (name, choices, wanted) in [
            ("cancel", &["OPEN", "CANCELLED"][..], json!({"status": "CANCELLED"})),
            ("cancel", &["open", "canceled"], json!({"status": "canceled"})),
            ("cancel-order", &["open", "canceled"], json!({"status": "canceled"})),
            ("pause", &["ACTIVE", "PAUSED"], json!({"status": "PAUSED"})),
            ("unpause", &["ACTIVE", "PAUSED"], json!({"status": "ACTIVE"})),
            ("deactivate", &["ACTIVE", "INACTIVE"], json!({"status": "INACTIVE"})),
            ("start", &["IN_PROGRESS", "DONE"], json!({"status": "IN_PROGRESS"})),
            ("verify", &["new", "verified"], json!({"status": "verified"})),
            ("ship", &["new", "shipped"], json!({"status": "shipped"})),
            ("mark-as-completed", &["new", "completed"], json!({"status": "completed"})),
            ("unarchive", &["active", "archived"], json!({"status": "active"})),
            ("upload", &["active", "archived"], json!({})),
            ("rename", &["active", "renamed"], json!({})),
        ] {
            assert_eq!(set(name, status(choices)), wanted, "{name}");
        }
        assert_eq!(
            set("cancel", json!({"state": {"type": "string", "example": "OPEN"}})),
            json!({"state": "CANCELLED"})
        );
        assert_eq!(set("upload", json!({"state": {"type": "string"}})), json!({}));
        assert_eq!(set("cancel", json!({"state": {"type": "integer"}})), json!({}));
    }

    #[test]
    fn flags_and_times_say_it_too() {
        let of = json!({"archived": {"type": "boolean"}, "archived_at": {"type": ["string", "null"]}, "is_active": {"type": "boolean"}});
        assert_eq!(set("archive", of.clone()), json!({"archived": true, "archived_at": "{now}"}));
        assert_eq!(set("unarchive", of.clone()), json!({"archived": false, "archived_at": null}));
        assert_eq!(set("deactivate", of), json!({"is_active": false}));
        assert_eq!(set("", json!({"archived": {"type": "boolean"}})), json!({}));
    }
}
