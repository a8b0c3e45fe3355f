//! E-mail addresses as pydantic's `EmailStr` sees them: the rules and words of the email-validator package.

use super::python::Py;
use super::trouble::Trouble;

/// The longest text that pydantic looks at, in characters.
const ADDRESS_MAX: usize = 2048;

/// The longest label of a domain (RFC 1034 §3.1), in bytes.
const LABEL_MAX: usize = 63;

/// Names under which no mail is delivered (RFC 6761 and others).
const SPECIAL: [&str; 7] = ["arpa", "invalid", "local", "localhost", "onion", "test", "alt"];

pub(super) fn address(input: &Py) -> Result<(), Trouble> {
    let Some(text) = input.text() else {
        return Err(Trouble::plain("string_type", "Input should be a valid string", input));
    };
    wrong(text).map_or(Ok(()), |reason| {
        let message = format!("value is not a valid email address: {reason}");
        Err(Trouble::with("value_error", message, input, vec![("reason", Py::Str(reason))]))
    })
}

/// Why the text is no address.
fn wrong(text: &str) -> Option<String> {
    if text.chars().count() > ADDRESS_MAX {
        return Some(format!("Length must not exceed {ADDRESS_MAX} characters"));
    }
    let text = text.trim();
    let Some((local, domain)) = text.split_once('@') else {
        return Some("An email address must have an @-sign.".to_owned());
    };
    wrong_local(local).or_else(|| wrong_domain(domain))
}

fn wrong_local(local: &str) -> Option<String> {
    if local.is_empty() {
        return Some("There must be something before the @-sign.".to_owned());
    }
    let fits = |c: char| c.is_ascii_alphanumeric() || "_!#$%&'*+-/=?^`{|}~.".contains(c) || !c.is_ascii();
    let bad = listed(local.chars().filter(|c| !fits(*c)));
    if !bad.is_empty() {
        return Some(format!("The email address contains invalid characters before the @-sign: {bad}."));
    }
    wrong_dots(
        local,
        "An email address cannot start with a ",
        "An email address cannot have a {} immediately before the @-sign.",
    )
}

fn wrong_domain(domain: &str) -> Option<String> {
    if domain.is_empty() {
        return Some("There must be something after the @-sign.".to_owned());
    }
    let fits = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '.' || !c.is_ascii();
    let bad = listed(domain.chars().filter(|c| !fits(*c)));
    if !bad.is_empty() {
        return Some(format!("The part after the @-sign contains invalid characters: {bad}."));
    }
    let start = "An email address cannot have a {} immediately after the @-sign.";
    let end = "An email address cannot end with a {}.";
    if let Some(reason) = wrong_dots(domain, start, end) {
        return Some(reason);
    }
    if domain.ends_with('-') {
        return Some(end.replace("{}", "hyphen"));
    }
    if domain.starts_with('-') {
        return Some(start.replace("{}", "hyphen"));
    }
    if domain.contains(".-") || domain.contains("-.") {
        return Some("An email address cannot have a period and a hyphen next to each other.".to_owned());
    }
    if let Some(label) = domain.split('.').find(|label| label.len() > LABEL_MAX) {
        let over = label.len() - LABEL_MAX;
        let plural = if over == 1 { "" } else { "s" };
        return Some(format!(
            "After the @-sign, periods cannot be separated by so many characters ({over} character{plural} too many)."
        ));
    }
    if !domain.contains('.') {
        return Some("The part after the @-sign is not valid. It should have a period.".to_owned());
    }
    if domain.is_ascii() && !domain.ends_with(|c: char| c.is_ascii_alphabetic()) {
        return Some(
            "The part after the @-sign is not valid. It is not within a valid top-level domain.".to_owned(),
        );
    }
    let lower = domain.to_ascii_lowercase();
    let last = lower.rsplit('.').next().unwrap_or_default();
    SPECIAL.contains(&last).then(|| {
        "The part after the @-sign is a special-use or reserved name that cannot be used with email."
            .to_owned()
    })
}

/// Periods at the ends or in a row; `{}` in the words stands for what is wrong there.
fn wrong_dots(text: &str, start: &str, end: &str) -> Option<String> {
    if text.ends_with('.') {
        return Some(end.replace("{}", "period"));
    }
    if text.starts_with('.') {
        let words = start.replace("{}", "period");
        return Some(if words == start { format!("{start}period.") } else { words });
    }
    text.contains("..").then(|| "An email address cannot have two periods in a row.".to_owned())
}

/// The characters as Python shows them, each once, in the order of their texts.
fn listed(bad: impl Iterator<Item = char>) -> String {
    let shown = |c: char| match c {
        '\\' => "\"\\\"".to_owned(),
        ' ' => "SPACE".to_owned(),
        c if c.is_control() => format!("U+{:04X}", u32::from(c)),
        c => Py::Str(c.to_string()).repr(),
    };
    let mut all: Vec<String> = bad.map(shown).collect();
    all.sort();
    all.dedup();
    all.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Asked of email-validator 2.4.
    #[test]
    fn addresses_are_refused_with_the_packages_words() {
        for (text, reason) in [
            ("a@b.cd", None),
            (" a.b+c@sub.example.org ", None),
            ("a", Some("An email address must have an @-sign.")),
            ("@b.cd", Some("There must be something before the @-sign.")),
            ("a@", Some("There must be something after the @-sign.")),
            ("a b@c.de", Some("The email address contains invalid characters before the @-sign: SPACE.")),
            (".a@b.cd", Some("An email address cannot start with a period.")),
            ("a.@b.cd", Some("An email address cannot have a period immediately before the @-sign.")),
            ("a@.b.cd", Some("An email address cannot have a period immediately after the @-sign.")),
            ("a@b..cd", Some("An email address cannot have two periods in a row.")),
            ("a@-b.cd", Some("An email address cannot have a hyphen immediately after the @-sign.")),
            ("a@b", Some("The part after the @-sign is not valid. It should have a period.")),
            (
                "a@b.1",
                Some("The part after the @-sign is not valid. It is not within a valid top-level domain."),
            ),
            ("a@b_c.de", Some("The part after the @-sign contains invalid characters: '_'.")),
        ] {
            assert_eq!(wrong(text).as_deref(), reason, "{text}");
        }
    }
}
