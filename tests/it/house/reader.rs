//! Reads what a source declares and names: its modules, its `use` lines, its definitions, the paths in its code.

use std::collections::BTreeSet;

/// A name that a `use` line brings in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Import {
    /// The path as written, aliases resolved: `crate`, `wire`, `Request`.
    pub(super) path: Vec<String>,
    /// What it is called here; `*` for everything.
    pub(super) name: String,
    /// Whether it is handed on (`pub use`).
    pub(super) public: bool,
    pub(super) line: usize,
}

/// A path that stands in the code, or a single name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Mention {
    pub(super) path: Vec<String>,
    pub(super) line: usize,
}

/// What was read of one source; what stands behind `#[cfg(test)]` is left out.
#[derive(Debug, Default)]
pub(super) struct Contents {
    /// The modules declared with a file of their own (`mod x;`).
    pub(super) modules: Vec<String>,
    pub(super) imports: Vec<Import>,
    /// The items defined at the top.
    pub(super) definitions: BTreeSet<String>,
    pub(super) mentions: Vec<Mention>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Kind {
    Word(String),
    /// `::`
    Separator,
    Sign(char),
}

#[derive(Debug, Clone)]
struct Token {
    kind: Kind,
    line: usize,
}

impl Token {
    fn is(&self, sign: char) -> bool {
        self.kind == Kind::Sign(sign)
    }

    fn word(&self) -> Option<&str> {
        match &self.kind {
            Kind::Word(word) => Some(word),
            _ => None,
        }
    }
}

/// Reads a source.
pub(super) fn read(text: &str) -> Contents {
    let tokens = without_tests(&tokens(text));
    let mut contents = Contents::default();
    let mut depth = 0_usize;
    let mut at = 0;
    while let Some(token) = tokens.get(at) {
        let next = |n: usize| tokens.get(at + n).and_then(Token::word);
        match &token.kind {
            Kind::Sign('{') => depth += 1,
            Kind::Sign('}') => depth = depth.saturating_sub(1),
            Kind::Word(word) => match (word.as_str(), next(1)) {
                ("use", _) if starts_item(&tokens, at) => {
                    let public = at > 0 && !ends_item(&tokens[at - 1]);
                    let known = contents.imports.len();
                    at += 1;
                    use_tree(&tokens, &mut at, &[], &mut contents.imports);
                    contents.imports[known..].iter_mut().for_each(|import| import.public = public);
                    continue;
                }
                ("mod", Some(name)) if tokens.get(at + 2).is_some_and(|t| t.is(';')) => {
                    contents.modules.push(name.to_owned());
                    at += 2;
                }
                ("fn" | "struct" | "enum" | "trait" | "const" | "static" | "type" | "union", Some(name))
                    if depth == 0 && name != "fn" =>
                {
                    contents.definitions.insert(name.to_owned());
                    at += 1;
                }
                _ => {
                    let line = token.line;
                    contents.mentions.push(Mention { path: path(&tokens, &mut at), line });
                    continue;
                }
            },
            _ => {}
        }
        at += 1;
    }
    contents
}

/// Whether a `use` stands where an item may begin, so that it isn't the `use<…>` of a type.
fn starts_item(tokens: &[Token], at: usize) -> bool {
    let Some(before) = at.checked_sub(1).map(|before| &tokens[before]) else { return true };
    ends_item(before) || before.is(')') || before.word() == Some("pub")
}

/// Whether a token may stand right before an item without a word on who may see it.
fn ends_item(token: &Token) -> bool {
    [';', '}', '{', ']'].iter().any(|sign| token.is(*sign))
}

/// The path that begins at `at`, which is left behind it.
fn path(tokens: &[Token], at: &mut usize) -> Vec<String> {
    let mut path = Vec::new();
    while let Some(word) = tokens.get(*at).and_then(Token::word) {
        path.push(word.to_owned());
        *at += 1;
        let goes_on = tokens.get(*at).is_some_and(|t| t.kind == Kind::Separator)
            && tokens.get(*at + 1).and_then(Token::word).is_some();
        if !goes_on {
            break;
        }
        *at += 1;
    }
    path
}

/// One tree of a `use` line, behind `before`; `at` is left behind it.
fn use_tree(tokens: &[Token], at: &mut usize, before: &[String], found: &mut Vec<Import>) {
    let mut path = before.to_vec();
    while let Some(token) = tokens.get(*at) {
        *at += 1;
        match &token.kind {
            Kind::Word(word) if word == "as" => {
                let name = tokens.get(*at).and_then(Token::word).unwrap_or("_").to_owned();
                *at += 1;
                found.push(Import { path, name, public: false, line: token.line });
                return;
            }
            Kind::Word(word) => {
                let named = word == "self" && !path.is_empty();
                if !named {
                    path.push(word.clone());
                }
                let follows = tokens.get(*at);
                let ends = follows
                    .is_none_or(|t| t.kind != Kind::Separator && t.word().is_none_or(|word| word != "as"));
                if ends {
                    let name = path.last().cloned().unwrap_or_default();
                    found.push(Import { path, name, public: false, line: token.line });
                    return;
                }
            }
            Kind::Sign('*') => {
                found.push(Import { path, name: "*".to_owned(), public: false, line: token.line });
                return;
            }
            Kind::Sign('{') => {
                while let Some(token) = tokens.get(*at) {
                    match token.kind {
                        Kind::Sign('}') => {
                            *at += 1;
                            return;
                        }
                        Kind::Sign(',') => *at += 1,
                        _ => use_tree(tokens, at, &path, found),
                    }
                }
            }
            Kind::Separator => {}
            Kind::Sign(_) => return,
        }
    }
}

/// Leaves out each item behind `#[cfg(test)]`.
fn without_tests(tokens: &[Token]) -> Vec<Token> {
    let mut kept = Vec::with_capacity(tokens.len());
    let mut at = 0;
    while at < tokens.len() {
        if is_test_attribute(&tokens[at..]) {
            at = behind_item(tokens, at + 7);
        } else {
            kept.push(tokens[at].clone());
            at += 1;
        }
    }
    kept
}

fn is_test_attribute(tokens: &[Token]) -> bool {
    let wanted = ["#", "[", "cfg", "(", "test", ")", "]"];
    tokens.len() >= wanted.len()
        && wanted.iter().zip(tokens).all(|(wanted, token)| match &token.kind {
            Kind::Word(word) => word == wanted,
            Kind::Sign(sign) => wanted.starts_with(*sign),
            Kind::Separator => false,
        })
}

/// The place behind the item that begins at `at`: behind its `;`, or behind the block that ends it.
fn behind_item(tokens: &[Token], mut at: usize) -> usize {
    let mut depth = 0_usize;
    let is_use = tokens[at..].iter().find_map(Token::word) == Some("use");
    while let Some(token) = tokens.get(at) {
        at += 1;
        match token.kind {
            Kind::Sign('{' | '[' | '(') => depth += 1,
            Kind::Sign('}') if depth == 1 && !is_use => return at,
            Kind::Sign('}' | ']' | ')') => depth = depth.saturating_sub(1),
            Kind::Sign(';') if depth == 0 => return at,
            _ => {}
        }
    }
    at
}

/// The words and signs of a source, without comments and literals.
fn tokens(text: &str) -> Vec<Token> {
    let chars: Vec<char> = text.chars().collect();
    let mut tokens = Vec::new();
    let mut line = 1;
    let mut at = 0;
    while let Some(&c) = chars.get(at) {
        let start = at;
        let next = chars.get(at + 1).copied();
        let is_word = |c: &char| c.is_alphanumeric() || *c == '_';
        match c {
            '/' if next == Some('/') => at = find(&chars, at, |rest| rest[0] == '\n'),
            '/' if next == Some('*') => at = find(&chars, at + 2, |rest| rest.starts_with(&['*', '/'])) + 2,
            '"' => at = behind_string(&chars, at),
            '\'' => at = behind_quote(&chars, at),
            ':' if next == Some(':') => {
                tokens.push(Token { kind: Kind::Separator, line });
                at += 2;
            }
            c if is_word(&c) => {
                at = find(&chars, at, |rest| !is_word(&rest[0]));
                let word: String = chars[start..at].iter().collect();
                let raw = matches!(word.as_str(), "r" | "br") && matches!(chars.get(at), Some('"' | '#'));
                if raw && is_raw_string(&chars, at) {
                    at = behind_raw_string(&chars, at);
                } else if word != "b" || chars.get(at) != Some(&'"') {
                    tokens.push(Token { kind: Kind::Word(word), line });
                }
            }
            c if c.is_whitespace() => at += 1,
            c => {
                tokens.push(Token { kind: Kind::Sign(c), line });
                at += 1;
            }
        }
        at = at.min(chars.len());
        line += chars[start..at].iter().filter(|c| **c == '\n').count();
    }
    tokens
}

/// The first place from `at` whose rest is `wanted`, or the end.
fn find(chars: &[char], at: usize, wanted: impl Fn(&[char]) -> bool) -> usize {
    (at..chars.len()).find(|at| wanted(&chars[*at..])).unwrap_or(chars.len())
}

fn behind_string(chars: &[char], mut at: usize) -> usize {
    at += 1;
    while let Some(c) = chars.get(at) {
        match c {
            '\\' => at += 2,
            '"' => return at + 1,
            _ => at += 1,
        }
    }
    at
}

/// Behind a character, or behind a lifetime.
fn behind_quote(chars: &[char], at: usize) -> usize {
    match (chars.get(at + 1), chars.get(at + 2)) {
        (Some('\\'), _) => find(chars, at + 3, |rest| rest[0] == '\'') + 1,
        (Some(_), Some('\'')) => at + 3,
        _ => find(chars, at + 1, |rest| !(rest[0].is_alphanumeric() || rest[0] == '_')),
    }
}

fn is_raw_string(chars: &[char], at: usize) -> bool {
    chars[at..].iter().find(|c| **c != '#') == Some(&'"')
}

fn behind_raw_string(chars: &[char], at: usize) -> usize {
    let signs = chars[at..].iter().take_while(|c| **c == '#').count();
    let mut end = vec!['"'];
    end.resize(signs + 1, '#');
    find(chars, at + signs + 1, |rest| rest.starts_with(&end)) + end.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn imports(text: &str) -> Vec<String> {
        read(text).imports.iter().map(|i| format!("{} as {}", i.path.join("::"), i.name)).collect()
    }

    fn mentions(text: &str) -> Vec<String> {
        read(text).mentions.iter().map(|mention| mention.path.join("::")).collect()
    }

    #[test]
    fn use_lines_are_read_with_groups_aliases_and_globs() {
        let text = "use crate::{wire::{self, Request as Asked}, base};\npub(super) use a::*;\npub use b::c;";
        let wanted = [
            "crate::wire as wire",
            "crate::wire::Request as Asked",
            "crate::base as base",
            "a as *",
            "b::c as c",
        ];
        assert_eq!(imports(text), wanted);
    }

    #[test]
    fn a_use_line_inside_a_function_counts() {
        assert_eq!(imports("fn f() { use super::x::Y; }"), ["super::x::Y as Y"]);
        assert_eq!(imports("fn f<'a>() -> impl Fn() + use<'a> { crate::g() }"), [""; 0]);
    }

    #[test]
    fn paths_in_code_are_read_and_literals_and_comments_are_not() {
        let text = r##"
            // crate::comment::a
            /* crate::comment::b */
            const A: &str = "crate::text::\"a"; const B: &str = r#"crate::raw::"b"#;
            const C: [char; 2] = ['"', '\''];
            fn f<'a>(x: &'a crate::base::Seed) { super::g(self::h::<crate::k::K>()); }
        "##;
        let found = mentions(text);
        for path in ["crate::base::Seed", "super::g", "self::h", "crate::k::K"] {
            assert!(found.iter().any(|mention| mention == path), "{path}: {found:?}");
        }
        assert!(!found.iter().any(|mention| mention.contains("comment") || mention.contains("raw")));
        assert!(!found.iter().any(|mention| mention.contains("text")));
    }

    #[test]
    fn what_only_tests_see_is_left_out() {
        let text = "
            #[cfg(test)]\nmod testing;\nmod kept;
            #[cfg(test)]\nuse a::{b, c};
            #[cfg(test)]\n#[path = \"x.rs\"]\nmod other { use d::e; fn f() {} }
            use g::h;";
        assert_eq!(read(text).modules, ["kept"]);
        assert_eq!(imports(text), ["g::h as h"]);
    }

    #[test]
    fn definitions_are_those_at_the_top() {
        let text = "pub const fn a() -> &'static G { fn b() {} } pub struct C; trait D { fn e(); } static F: u8 = 0;";
        let found = read(text).definitions;
        assert_eq!(found.iter().map(String::as_str).collect::<Vec<_>>(), ["C", "D", "F", "a"]);
    }

    #[test]
    fn lines_are_counted_through_literals() {
        let text = "const A: &str = \"\n\n\";\nuse crate::x::Y;";
        assert_eq!(read(text).imports[0].line, 4);
    }
}
