//! JSON Pointers (RFC 6901), kept in their escaped text form.

use std::borrow::Cow;
use std::fmt;

use serde_json::Value;

/// A JSON Pointer (RFC 6901): `""` is the whole document, `/a/0` the first item of `a`.
///
/// Tokens are escaped on the way in (`~` as `~0`, `/` as `~1`) and unescaped on the way out.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Pointer(String);

impl Pointer {
    /// The pointer to the whole document.
    #[must_use]
    pub fn root() -> Self {
        Self::default()
    }

    /// Reads a pointer from its escaped text; `None` when it neither is empty nor starts with `/`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        (text.is_empty() || text.starts_with('/')).then(|| Self(text.to_owned()))
    }

    /// A pointer from unescaped tokens.
    pub fn from_tokens<T: AsRef<str>>(tokens: impl IntoIterator<Item = T>) -> Self {
        let mut pointer = Self::root();
        for token in tokens {
            pointer.push(token.as_ref());
        }
        pointer
    }

    /// The pointer one step further down, by an unescaped token.
    #[must_use]
    pub fn join(&self, token: &str) -> Self {
        let mut longer = Self(String::with_capacity(self.0.len() + token.len() + 1));
        longer.0.push_str(&self.0);
        longer.push(token);
        longer
    }

    /// The pointer of the item at `index`.
    #[must_use]
    pub fn index(&self, index: usize) -> Self {
        let mut longer = self.clone();
        longer.push(&index.to_string());
        longer
    }

    /// This pointer followed by all tokens of `rest`.
    #[must_use]
    pub fn concat(&self, rest: &Self) -> Self {
        Self(format!("{}{}", self.0, rest.0))
    }

    /// Appends one unescaped token in place.
    pub fn push(&mut self, token: &str) {
        self.0.push('/');
        if !token.bytes().any(|byte| matches!(byte, b'~' | b'/')) {
            self.0.push_str(token);
            return;
        }
        for c in token.chars() {
            match c {
                '~' => self.0.push_str("~0"),
                '/' => self.0.push_str("~1"),
                other => self.0.push(other),
            }
        }
    }

    /// The pointer without its last token; `None` for the root.
    #[must_use]
    pub fn parent(&self) -> Option<Self> {
        self.0.rfind('/').map(|at| Self(self.0[..at].to_owned()))
    }

    /// The last token, unescaped; `None` for the root.
    #[must_use]
    pub fn last(&self) -> Option<Cow<'_, str>> {
        self.0.rfind('/').map(|at| unescape(&self.0[at + 1..]))
    }

    /// The tokens from the root downwards, unescaped.
    pub fn tokens(&self) -> impl Iterator<Item = Cow<'_, str>> {
        self.0.split('/').skip(1).map(unescape)
    }

    /// True for the pointer to the whole document.
    #[must_use]
    pub fn is_root(&self) -> bool {
        self.0.is_empty()
    }

    /// True when `self` is `other` or lies below it.
    #[must_use]
    pub fn starts_with(&self, other: &Self) -> bool {
        self.0.strip_prefix(&other.0).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    }

    /// The escaped text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What the pointer names in `value`, if it is there.
    #[must_use]
    pub fn lookup<'v>(&self, value: &'v Value) -> Option<&'v Value> {
        find(value, &self.0)
    }
}

/// What a pointer, given by its escaped text, names in `value`, if it is there. `Value::pointer` gives the same, but makes
/// two new texts of each token.
#[must_use]
pub fn find<'v>(value: &'v Value, pointer: &str) -> Option<&'v Value> {
    if pointer.is_empty() {
        return Some(value);
    }
    pointer.strip_prefix('/')?.split('/').map(unescape).try_fold(value, |at, token| match at {
        Value::Object(members) => members.get(&*token),
        Value::Array(items) => items.get(index_of(&token)?),
        _ => None,
    })
}

/// The number that a token is (RFC 6901 §4): no sign, no leading zeros.
fn index_of(token: &str) -> Option<usize> {
    let plain =
        token.bytes().all(|byte| byte.is_ascii_digit()) && (token.len() == 1 || !token.starts_with('0'));
    if plain { token.parse().ok() } else { None }
}

fn unescape(token: &str) -> Cow<'_, str> {
    let Some((before, mut rest)) = token.split_once('~') else { return Cow::Borrowed(token) };
    let mut text = String::with_capacity(token.len());
    text.push_str(before);
    loop {
        let (meant, after) = match rest.as_bytes().first() {
            Some(b'0') => ('~', &rest[1..]),
            Some(b'1') => ('/', &rest[1..]),
            // Nothing that RFC 6901 knows: it stands for itself.
            _ => ('~', rest),
        };
        text.push(meant);
        let Some((before, behind)) = after.split_once('~') else {
            text.push_str(after);
            return Cow::Owned(text);
        };
        text.push_str(before);
        rest = behind;
    }
}

impl fmt::Display for Pointer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_survive_escaping() {
        let tokens = ["a/b", "m~n", "", "~1", "0"];
        let pointer = Pointer::from_tokens(tokens);
        assert_eq!(pointer.as_str(), "/a~1b/m~0n//~01/0");
        assert_eq!(pointer.tokens().collect::<Vec<_>>(), tokens);
        assert_eq!(pointer.parent().unwrap().last().unwrap(), "~1");
    }

    #[test]
    fn what_is_named_is_found_as_the_library_finds_it() {
        let value = serde_json::json!({"a": [1, {"b/c": 2, "": [3], "~1": 4, "01": 5}], "": {"": 6}, "0": 7});
        for pointer in [
            "",
            "/",
            "//",
            "/a",
            "/a/0",
            "/a/1/b~1c",
            "/a/1/",
            "/a/1//0",
            "/a/1/~01",
            "/a/1/01",
            "/0",
            "/a/00",
            "/a/+1",
            "/a/-",
            "/a/2",
            "/a/1/b",
            "a",
            "/a/1/b~1c/x",
            "/~",
            "/a/99999999999999999999999",
            "/a/ 1",
        ] {
            assert_eq!(find(&value, pointer), value.pointer(pointer), "{pointer}");
        }
    }

    #[test]
    fn prefixes_end_at_token_borders() {
        let long = Pointer::from_tokens(["ab", "c"]);
        assert!(long.starts_with(&Pointer::from_tokens(["ab"])));
        assert!(!long.starts_with(&Pointer::from_tokens(["a"])));
    }
}
