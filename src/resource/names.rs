//! Names as people write them: compared without case and separators, singular and plural alike, taken apart in words.

/// A name without case and separators.
#[must_use]
pub(crate) fn plain(name: &str) -> String {
    name.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// The words of a name in lower case: `batchDelete`, `batch-delete` and `batch_delete` have the same two.
#[must_use]
pub(crate) fn words(name: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    let mut word = String::new();
    let mut before_is_lower = false;
    for c in name.chars() {
        if !c.is_alphanumeric() || c.is_uppercase() && before_is_lower {
            words.extend((!word.is_empty()).then(|| std::mem::take(&mut word)));
        }
        if c.is_alphanumeric() {
            word.extend(c.to_lowercase());
        }
        before_is_lower = c.is_lowercase() || c.is_numeric();
    }
    words.extend((!word.is_empty()).then_some(word));
    words
}

/// The plural forms that a word may have, itself among them.
fn plurals(word: &str) -> [String; 3] {
    let ies = word.strip_suffix('y').map_or_else(|| format!("{word}s"), |stem| format!("{stem}ies"));
    [word.to_owned(), ies, format!("{word}es")]
}

/// Whether two names are the same but for case, separators and number.
#[must_use]
pub(crate) fn alike(a: &str, b: &str) -> bool {
    let (a, b) = (plain(a), plain(b));
    a == b
        || format!("{a}s") == b
        || format!("{b}s") == a
        || plurals(&a).contains(&b)
        || plurals(&b).contains(&a)
}

/// A name in the singular, as far as its ending tells; plain.
#[must_use]
pub(crate) fn singular(name: &str) -> String {
    let plain = plain(name);
    if let Some(stem) = plain.strip_suffix("ies").filter(|stem| stem.len() > 2) {
        return format!("{stem}y");
    }
    for ending in ["sses", "shes", "ches", "xes", "uses"] {
        if plain.ends_with(ending) {
            return plain[..plain.len() - 2].to_owned();
        }
    }
    match plain.strip_suffix('s') {
        Some(stem) if !stem.ends_with('s') && !stem.ends_with('u') => stem.to_owned(),
        _ => plain,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_taken_apart() {
        for (name, wanted) in [
            ("batchDelete", "batch delete"),
            ("mark-as_read", "mark as read"),
            ("createdAt", "created at"),
            ("HTTPServer", "httpserver"),
            ("v2Users", "v2 users"),
            ("", ""),
            ("--", ""),
        ] {
            assert_eq!(words(name).join(" "), wanted, "{name}");
        }
    }

    #[test]
    fn number_does_not_matter() {
        for (a, b) in [
            ("pet", "pets"),
            ("category", "Categories"),
            ("box", "boxes"),
            ("api_key", "apiKeys"),
            ("movie", "movies"),
        ] {
            assert!(alike(a, b) && alike(b, a), "{a} {b}");
        }
        for (a, b) in [("pet", "petal"), ("pets", "toys"), ("", "pets")] {
            assert!(!alike(a, b) && !alike(b, a), "{a} {b}");
        }
        for (name, wanted) in [
            ("pets", "pet"),
            ("statuses", "status"),
            ("status", "status"),
            ("companies", "company"),
            ("glass", "glass"),
            ("boxes", "box"),
        ] {
            assert_eq!(singular(name), wanted);
        }
    }
}
