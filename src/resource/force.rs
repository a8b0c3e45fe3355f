//! Whether a name says that something is done to what there is: deleted, reset, stopped, merged. With the verbs of
//! [`super::verbs`] it is the one lexicon of verbs.

use super::names::words;
use super::verbs::{CHANGES, STATES};

/// Verbs that take something away or undo it, whatever else a name says, with those that [`STATES`] does not have.
const ENDING: &[&str] = &[
    "abort",
    "ban",
    "bulkdelete",
    "cancel",
    "clean",
    "cleanup",
    "clear",
    "deactivate",
    "decommission",
    "delete",
    "deprovision",
    "destroy",
    "detach",
    "disable",
    "discard",
    "drain",
    "drop",
    "empty",
    "erase",
    "evict",
    "expire",
    "expunge",
    "factoryreset",
    "failover",
    "flush",
    "forget",
    "halt",
    "invalidate",
    "kick",
    "kill",
    "logoff",
    "logout",
    "nuke",
    "obliterate",
    "overwrite",
    "prune",
    "purge",
    "quit",
    "reap",
    "reboot",
    "recreate",
    "reinit",
    "reinitialize",
    "reinstall",
    "remove",
    "reset",
    "restart",
    "restore",
    "revert",
    "revoke",
    "rollback",
    "rotate",
    "shutdown",
    "signoff",
    "signout",
    "suspend",
    "terminate",
    "truncate",
    "undeploy",
    "uninstall",
    "unlink",
    "unpublish",
    "unregister",
    "unsubscribe",
    "vacuum",
    "wipe",
];

/// Other verbs of actions that [`STATES`] and [`CHANGES`] do not have.
const DOING: &[&str] = &[
    "apply",
    "approve",
    "authenticate",
    "authorize",
    "bulk",
    "batch",
    "charge",
    "consume",
    "convert",
    "dequeue",
    "do",
    "execute",
    "exec",
    "force",
    "import",
    "increment",
    "decrement",
    "invoke",
    "login",
    "logon",
    "merge",
    "migrate",
    "perform",
    "process",
    "reassign",
    "rebuild",
    "regenerate",
    "reindex",
    "replace",
    "reschedule",
    "signin",
    "signup",
    "swap",
    "sync",
    "synchronize",
    "toggle",
    "transfer",
    "trigger",
    "undo",
    "unlock",
    "lock",
    "upgrade",
    "downgrade",
    "upsert",
];

/// Nouns for what is done to what there is: to make one is to do it.
const DEEDS: &[&str] = &[
    "activation",
    "adjustment",
    "approval",
    "deactivation",
    "execution",
    "import",
    "invocation",
    "merge",
    "migration",
    "move",
    "payout",
    "refund",
    "rejection",
    "reversal",
    "rotation",
    "suspension",
    "swap",
    "sync",
    "transfer",
    "upgrade",
    "withdrawal",
];

/// Verbs of [`STATES`], [`CHANGES`] and [`DOING`] that are nothing but verbs.
const IMPERATIVES: &[&str] = &[
    "accept",
    "acknowledge",
    "activate",
    "approve",
    "assign",
    "decline",
    "deny",
    "deploy",
    "dismiss",
    "enable",
    "execute",
    "finalize",
    "invoke",
    "publish",
    "reassign",
    "rebuild",
    "regenerate",
    "reindex",
    "reject",
    "rename",
    "reopen",
    "reschedule",
    "resume",
    "send",
    "submit",
    "synchronize",
    "toggle",
    "unpause",
    "upsert",
];

/// First words of names of operations that make something new.
const MAKING: &[&str] =
    &["add", "create", "creates", "insert", "make", "new", "open", "post", "register", "start"];

/// Words of operations that ask, though with a method that may change things.
const ASKING: &[&str] = &["count", "estimate", "find", "lookup", "preview", "query", "search"];

/// Verbs that only look.
const LOOKING: &[&str] = &[
    "check",
    "count",
    "describe",
    "display",
    "download",
    "estimate",
    "export",
    "fetch",
    "find",
    "get",
    "gets",
    "has",
    "is",
    "list",
    "lists",
    "lookup",
    "preview",
    "query",
    "read",
    "retrieve",
    "retrieves",
    "returns",
    "search",
    "show",
];

/// How surely a word says that something is done to what there is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Force {
    /// It may as well be a noun or an adjective: `open`, `release`.
    Perhaps,
    /// It takes something away or undoes it: `delete`, `reset`.
    Surely,
}

/// What the words of a name say: that something is done, or nothing of the kind. Two words that belong together
/// (`log-out`, `shut_down`) are one.
#[must_use]
pub(crate) fn force(name: &str) -> Option<Force> {
    let words = words(name);
    let joined = words.windows(2).map(|two| two.concat());
    let force = |word: &str| {
        let bare = base_form(word);
        let is = |verbs: &[&str]| verbs.contains(&word) || bare.is_some_and(|bare| verbs.contains(&bare));
        let state = |word: &str| STATES.iter().any(|(verb, _)| *verb == word);
        if is(ENDING) {
            return Some(Force::Surely);
        }
        let does = is(DOING) || is(&CHANGES) || state(word) || bare.is_some_and(state);
        does.then_some(Force::Perhaps)
    };
    words.iter().cloned().chain(joined).filter_map(|word| force(&word)).max()
}

/// Whether the first word of a name or sentence says that it only looks.
#[must_use]
pub(crate) fn looks(text: &str) -> bool {
    words(text).first().is_some_and(|word| LOOKING.contains(&word.as_str()))
}

/// Whether the first word of a name or sentence says that something new is made.
#[must_use]
pub(crate) fn makes(text: &str) -> bool {
    words(text).first().is_some_and(|word| MAKING.contains(&word.as_str()))
}

/// Whether a name's first or last word says that it asks.
#[must_use]
pub(crate) fn asks(name: &str) -> bool {
    let words = words(name);
    words.first().into_iter().chain(words.last()).any(|word| ASKING.contains(&word.as_str()))
}

/// Whether a name as it stands, not as a noun or in the plural, is a verb: its first or its last word, or two together.
#[must_use]
pub(crate) fn commands(name: &str) -> Option<Force> {
    let words = words(name);
    let ends = [words.first(), words.last()].into_iter().flatten().cloned();
    let force = |word: &str| {
        if ENDING.contains(&word) {
            return Some(Force::Surely);
        }
        let state = STATES.iter().any(|(verb, _)| *verb == word);
        (DOING.contains(&word) || CHANGES.contains(&word) || state).then_some(Force::Perhaps)
    };
    ends.chain(words.windows(2).map(|two| two.concat())).filter_map(|word| force(&word)).max()
}

/// Whether a name's last word is a noun for something that is done: `transfers`, `stock-import`.
#[must_use]
pub(crate) fn is_deed(name: &str) -> bool {
    words(name).last().is_some_and(|word| {
        let single = word.strip_suffix('s').unwrap_or(word);
        DEEDS.contains(&word.as_str()) || DEEDS.contains(&single)
    })
}

/// Whether a name's first word is nothing but a verb by which something is done.
#[must_use]
pub(crate) fn is_imperative(name: &str) -> bool {
    words(name).first().is_some_and(|word| IMPERATIVES.contains(&word.as_str()))
}

/// `delete` of `deletes` and `deletion`, `reset` of `resets`; `None` where there is no shorter form.
fn base_form(word: &str) -> Option<&str> {
    const NOUNS: [(&str, &str); 8] = [
        ("deletion", "delete"),
        ("removal", "remove"),
        ("cancellation", "cancel"),
        ("cancelation", "cancel"),
        ("termination", "terminate"),
        ("destruction", "destroy"),
        ("revocation", "revoke"),
        ("restoration", "restore"),
    ];
    let single = word.strip_suffix('s').filter(|stem| !stem.ends_with('s'));
    let noun = |word: &str| NOUNS.iter().find(|(noun, _)| *noun == word).map(|(_, verb)| *verb);
    noun(single.unwrap_or(word)).or_else(|| {
        let es = word.strip_suffix("es").filter(|stem| stem.ends_with("sh") || stem.ends_with('s'));
        es.or(single)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_say_that_something_is_done() {
        for name in [
            "delete",
            "deleteAll",
            "bulk-delete",
            "resets",
            "factory_reset",
            "logout",
            "log-out",
            "shut_down",
            "purge",
            "flushes",
            "deletions",
            "cancellation",
            "hard-delete",
            "wipeEverything",
            "restore",
        ] {
            assert_eq!(force(name), Some(Force::Surely), "{name}");
        }
        for name in ["open", "release", "run", "login", "import", "setStatus", "bulk", "upsert", "transfer"] {
            assert_eq!(force(name), Some(Force::Perhaps), "{name}");
        }
        for name in
            ["orders", "deleted", "items", "presets", "settings", "clearance", "users", "removed-items", ""]
        {
            assert_eq!(force(name), None, "{name}");
        }
        assert!(
            is_deed("transfers") && is_deed("stock-import") && !is_deed("releases") && !is_deed("orders")
        );
        assert!(is_imperative("approve_order") && is_imperative("activate") && !is_imperative("openOrders"));
        assert!(looks("getReset") && looks("Returns the state") && !looks("resetAll") && !looks(""));
    }
}
