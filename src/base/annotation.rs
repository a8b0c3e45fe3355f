//! Annotations of GitHub Actions: workflow commands, one line each.
//!
//! Source: GitHub Actions, "Workflow commands"; values are escaped as `@actions/core` does.

use crate::base::plain;

/// `::COMMAND NAME=VALUE,…::MESSAGE`. Commands and names are this program's own.
#[must_use]
pub fn annotation(command: &str, properties: &[(&str, &str)], message: &str) -> String {
    let properties: Vec<String> =
        properties.iter().map(|(name, value)| format!("{name}={}", property(value))).collect();
    let blank = if properties.is_empty() { "" } else { " " };
    format!("::{command}{blank}{}::{}", properties.join(","), data(message))
}

/// Escapes a message.
fn data(text: &str) -> String {
    plain::block(text).replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// Escapes a property's value.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_stay_on_one_line() {
        assert_eq!(
            annotation("error", &[("title", "a:b,c\n")], "50%\nof\r"),
            "::error title=a%3Ab%2Cc%0A::50%25%0Aof\\r"
        );
        assert_eq!(annotation("error", &[], "a\n::set-env::"), "::error::a%0A\\x3a:set-env::");
    }
}
