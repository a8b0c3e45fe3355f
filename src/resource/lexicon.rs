//! Words by which contracts in English say that something is over, carries a state, or identifies something.

/// Stems of the states of a record that was deleted, or came to an end otherwise.
const ENDED: [&str; 24] = [
    "delet",
    "remov",
    "archiv",
    "terminat",
    "cancel",
    "destroy",
    "purg",
    "trash",
    "gone",
    "clos",
    "deactiv",
    "inactiv",
    "disab",
    "withdr",
    "supersed",
    "expir",
    "retir",
    "decommission",
    "revok",
    "void",
    "stopp",
    "ended",
    "dropp",
    "uninstall",
];

/// Stems of property names that carry a record's state.
const STATE_NAMES: [&str; 5] = ["status", "state", "phase", "lifecycle", "lifecycle_state"];

/// True when the state says that the record is over.
#[must_use]
pub(crate) fn is_ended(state: &str) -> bool {
    let state = state.to_lowercase();
    ENDED.iter().any(|stem| state.contains(stem))
}

/// True when a property of that name carries a record's state.
#[must_use]
pub(crate) fn is_state_name(name: &str) -> bool {
    STATE_NAMES.iter().any(|known| name.eq_ignore_ascii_case(known))
}

/// True when a property or parameter of that name carries an identifier.
#[must_use]
pub(crate) fn is_id_name(name: &str) -> bool {
    let lower = name.to_lowercase();
    ["id", "uuid", "guid", "key", "slug"].iter().any(|word| {
        lower == *word || lower.ends_with(&format!("_{word}")) || lower.ends_with(&format!("-{word}"))
    }) || name.ends_with("Id")
        || name.ends_with("ID")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn states_and_names_are_recognised() {
        assert!(is_ended("DELETED") && is_ended("cancelled") && is_ended("Terminating"));
        assert!(!is_ended("RUNNING") && !is_ended("pending") && !is_ended(""));
        assert!(is_id_name("petId") && is_id_name("x-account-id") && is_id_name("id") && !is_id_name("paid"));
        assert!(is_state_name("Status") && !is_state_name("statuses"));
    }
}
