//! The one place that masks.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use serde::de::IgnoredAny;

use crate::base::limits::MESSAGE_SECRETS_MAX;

use super::encoded::View;
use super::search::{By, Searcher, Span};
use super::{MASK, Masked, MaskedBytes, Secret, is_secret_header, is_secret_name, patterns, structure};

/// Masks secrets in what is shown. The default one knows no secret of the user's, only names and patterns.
#[derive(Clone, Default)]
pub struct Redactor {
    inner: Arc<Inner>,
}

#[derive(Default)]
struct Inner {
    /// Names of headers, query members and cookies, in lower case.
    fields: Vec<String>,
    /// Names of members of bodies and of all else, in lower case.
    members: Vec<String>,
    /// Secrets: what they are called, and their text.
    secrets: Vec<(String, Secret)>,
    searcher: Option<Searcher>,
    /// Nothing is masked.
    off: bool,
}

impl fmt::Debug for Redactor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Redactor").field("secrets", &self.inner.secrets.len()).finish_non_exhaustive()
    }
}

/// What a [`Redactor`] is made from.
#[derive(Default)]
pub struct RedactorBuilder {
    inner: Inner,
}

impl RedactorBuilder {
    /// A header field, query member or cookie that carries a secret.
    #[must_use]
    pub fn field(mut self, name: &str) -> Self {
        self.inner.fields.push(name.to_ascii_lowercase());
        self
    }

    /// A member of bodies, queries and forms that carries a secret.
    #[must_use]
    pub fn member(mut self, name: &str) -> Self {
        self.inner.members.push(name.to_ascii_lowercase());
        self
    }

    /// A secret that is searched for, and what it is called. A credential in two words (`Bearer TOKEN`) is searched for
    /// without its scheme; Basic's as name and password, encoded and not.
    #[must_use]
    pub fn secret(mut self, label: &str, secret: &Secret) -> Self {
        for (number, part) in Redactor::parts(secret).into_iter().enumerate() {
            self.inner.secrets.push((format!("{label}#{number}"), part));
        }
        self
    }

    /// The redactor.
    #[must_use]
    pub fn build(mut self) -> Redactor {
        self.inner.searcher = Searcher::new(self.inner.secrets.iter().map(|(_, secret)| secret.expose()));
        Redactor { inner: Arc::new(self.inner) }
    }
}

/// A credential and the secrets in it.
fn parts(text: &str) -> Vec<String> {
    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD;
    let text = text.trim();
    let mut parts = vec![text.to_owned()];
    let rest =
        text.split_once(' ').filter(|(scheme, _)| is_scheme(scheme)).map_or(text, |(_, rest)| rest.trim());
    if rest != text {
        parts.push(rest.to_owned());
    }
    let pair = |text: &str| {
        // `user:password`, not a URL.
        let (_, password) =
            text.split_once(':').filter(|(user, rest)| !user.contains('/') && !rest.starts_with("//"))?;
        Some(password.to_owned())
    };
    parts.extend(pair(rest).filter(|password| !password.is_empty()));
    if let Some(decoded) = STANDARD.decode(rest).ok().and_then(|bytes| String::from_utf8(bytes).ok())
        && let Some(password) = pair(&decoded)
    {
        parts.push(password);
        parts.push(decoded);
    }
    parts
}

fn is_scheme(word: &str) -> bool {
    !word.is_empty() && word.len() <= 20 && word.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
}

/// How much is masked.
#[derive(Clone, Copy, PartialEq, Eq)]
enum What {
    /// Values, patterns and names.
    All,
    /// As all, and the names of fields in members of a query or a list of cookies.
    Fields,
    /// Values and patterns.
    Looks,
    /// Values, and user information of URLs.
    Given,
}

impl Redactor {
    /// An empty one to be filled.
    #[must_use]
    pub fn builder() -> RedactorBuilder {
        RedactorBuilder::default()
    }

    /// The secrets that are searched for when this one is given; each has its number behind `#` in its label.
    #[must_use]
    pub fn parts(secret: &Secret) -> Vec<Secret> {
        parts(secret.expose()).into_iter().map(Secret::new).collect()
    }

    /// One that masks nothing: for what a user asks to see of made-up data.
    #[must_use]
    pub fn off() -> Self {
        Self { inner: Arc::new(Inner { off: true, ..Inner::default() }) }
    }

    /// One that masks these secrets, too.
    #[must_use]
    pub fn with(&self, secrets: &[Secret]) -> Self {
        let new = |secret: &&Secret| !self.inner.secrets.iter().any(|(_, known)| known == *secret);
        self.with_labelled(secrets.iter().filter(new).map(|secret| ("", secret.clone())))
    }

    /// One that masks these secrets, too, which are called so.
    #[must_use]
    pub fn with_labelled<'l>(&self, secrets: impl IntoIterator<Item = (&'l str, Secret)>) -> Self {
        let mut secrets = secrets.into_iter().peekable();
        if secrets.peek().is_none() || self.inner.off {
            return self.clone();
        }
        let builder = RedactorBuilder {
            inner: Inner {
                fields: self.inner.fields.clone(),
                members: self.inner.members.clone(),
                secrets: self.inner.secrets.clone(),
                searcher: None,
                off: false,
            },
        };
        secrets.fold(builder, |builder, (label, secret)| builder.secret(label, &secret)).build()
    }

    /// A text of any kind.
    #[must_use]
    pub fn text(&self, text: &str) -> Masked {
        Masked::new(self.masked_text(text, What::All))
    }

    /// A text whose names say nothing of secrets in it: a shape, a line of the program's own. Values and patterns are
    /// masked.
    #[must_use]
    pub fn looks(&self, text: &str) -> Masked {
        Masked::new(self.masked_text(text, What::Looks))
    }

    /// A text of the user's own: only given secrets and user information of URLs are masked.
    #[must_use]
    pub fn given<'t>(&self, text: &'t str) -> Cow<'t, str> {
        match self.masked(text.as_bytes(), What::Given) {
            Cow::Borrowed(_) => Cow::Borrowed(text),
            Cow::Owned(bytes) => Cow::Owned(lossy(bytes)),
        }
    }

    /// A body, of whatever type.
    #[must_use]
    pub fn bytes(&self, bytes: &[u8]) -> MaskedBytes {
        MaskedBytes::new(self.masked(bytes, What::All).into_owned())
    }

    /// The target of a request, or its query alone.
    #[must_use]
    pub fn target(&self, target: &str) -> Masked {
        Masked::new(self.masked_text(target, What::Fields))
    }

    /// The value of a header field, as text.
    #[must_use]
    pub fn header(&self, name: &str, value: &[u8]) -> Masked {
        self.header_bytes(name, value).to_text()
    }

    /// The value of a header field. An empty credential is no secret, and the point of some cases.
    #[must_use]
    pub fn header_bytes(&self, name: &str, value: &[u8]) -> MaskedBytes {
        let mask = || MaskedBytes::new(MASK.into());
        if self.inner.off {
            return MaskedBytes::new(value.to_vec());
        }
        if !value.is_empty() && self.hides(name) {
            return mask();
        }
        let text = String::from_utf8_lossy(value);
        // A secret too short to be searched for is known by standing there alone, or behind a scheme.
        let is = |text: &str| {
            let alone = |secret: &str| {
                !secret.is_empty() && !super::is_searchable(secret) && secret == text && secret.len() < 4
            };
            self.inner.secrets.iter().any(|(_, secret)| alone(secret.expose()))
        };
        match text.rsplit_once(' ') {
            Some((scheme, rest)) if is(rest) && is_scheme(scheme) => {
                MaskedBytes::new(format!("{scheme} {MASK}").into_bytes())
            }
            None if is(&text) && !text.bytes().all(|b| b.is_ascii_digit()) => mask(),
            _ => MaskedBytes::new(self.masked(value, What::Fields).into_owned()),
        }
    }

    /// True for header fields that carry secrets: by convention, or by the contract.
    #[must_use]
    pub fn hides(&self, name: &str) -> bool {
        let known = |names: &[String]| names.iter().any(|known| known.eq_ignore_ascii_case(name));
        is_secret_header(name) || known(&self.inner.fields) || known(&self.inner.members)
    }

    /// True for members whose name says that a secret follows.
    #[must_use]
    pub fn hides_member(&self, name: &str) -> bool {
        is_secret_name(name) || self.inner.members.iter().any(|known| known.eq_ignore_ascii_case(name))
    }

    /// The secrets that a text carries by names: to be searched for in what belongs to it.
    #[must_use]
    pub fn found(&self, text: &[u8]) -> Vec<Secret> {
        let mut spans = Vec::new();
        structure::spans(text, &|name| self.hides_member(name) || self.is_field(name), &mut spans);
        let secrets = spans.iter().filter_map(|span| {
            let value = super::encoded::plain(&text[span.start..span.end]);
            String::from_utf8(value).ok().filter(|value| is_telling(value)).map(Secret::new)
        });
        secrets.take(MESSAGE_SECRETS_MAX).collect()
    }

    /// The secrets that a header field carries by its name.
    #[must_use]
    pub fn found_in_header(&self, name: &str, value: &[u8]) -> Vec<Secret> {
        let Some(text) = std::str::from_utf8(value).ok().filter(|_| self.hides(name)) else {
            return Vec::new();
        };
        let lower = name.to_ascii_lowercase();
        let pieces: Vec<&str> = match lower.as_str() {
            "cookie" => {
                text.split("; ").filter_map(|pair| pair.split_once('=').map(|(_, value)| value)).collect()
            }
            "set-cookie" => {
                let pair = text.split(';').next().unwrap_or_default();
                pair.split_once('=').map(|(_, value)| value).into_iter().collect()
            }
            _ => vec![text],
        };
        let all = pieces.into_iter().flat_map(parts).filter(|text| super::is_searchable(text));
        all.take(MESSAGE_SECRETS_MAX).map(Secret::new).collect()
    }

    fn is_field(&self, name: &str) -> bool {
        self.inner.fields.iter().any(|known| known.eq_ignore_ascii_case(name))
    }

    /// The text with each given secret replaced by what `put` makes of what it is called, its text, and how it stands
    /// there.
    #[must_use]
    pub fn replaced(&self, text: &[u8], put: impl Fn(&str, &str, &[u8]) -> Vec<u8>) -> Vec<u8> {
        let mut spans = Vec::new();
        if let Some(searcher) = &self.inner.searcher {
            searcher.spans(text, View::of(text).as_ref(), &mut spans);
        }
        let mut out = Vec::with_capacity(text.len());
        let mut at = 0;
        for span in joined(spans) {
            out.extend_from_slice(&text[at..span.start]);
            if let By::Given(number) = span.by
                && let Some((label, secret)) = self.inner.secrets.get(number)
            {
                out.extend(put(label, secret.expose(), &text[span.start..span.end]));
            }
            at = span.end;
        }
        out.extend_from_slice(&text[at..]);
        out
    }

    fn masked_text(&self, text: &str, what: What) -> String {
        match self.masked(text.as_bytes(), what) {
            Cow::Borrowed(_) => text.to_owned(),
            Cow::Owned(bytes) => lossy(bytes),
        }
    }

    fn masked<'t>(&self, text: &'t [u8], what: What) -> Cow<'t, [u8]> {
        if self.inner.off {
            return Cow::Borrowed(text);
        }
        let mut spans = Vec::new();
        let view = (what != What::Given || self.inner.searcher.is_some()).then(|| View::of(text)).flatten();
        if let Some(searcher) = &self.inner.searcher {
            searcher.spans(text, view.as_ref(), &mut spans);
        }
        match what {
            What::Given => patterns::userinfo_spans(text, &mut spans),
            What::Looks => patterns::spans(text, view.as_ref(), &mut spans),
            What::All | What::Fields => {
                patterns::spans(text, view.as_ref(), &mut spans);
                let fields = what == What::Fields;
                let hides = |name: &str| self.hides_member(name) || fields && self.is_field(name);
                structure::spans(text, &hides, &mut spans);
            }
        }
        if spans.is_empty() {
            return Cow::Borrowed(text);
        }
        let json = is_json(text);
        let spans = joined(if json { with_whole_literals(text, joined(spans)) } else { spans });
        let masked = put_masks(text, &spans);
        // A secret that holds what separates values takes the document with it.
        if json && serde_json::from_slice::<IgnoredAny>(&masked).is_err() {
            return Cow::Owned(format!("\"{MASK}\"").into_bytes());
        }
        Cow::Owned(masked)
    }
}

/// True for values that are so much like a secret that they are searched for though nobody gave them.
fn is_telling(text: &str) -> bool {
    let letters = text.bytes().any(|b| b.is_ascii_alphabetic());
    let others = text.bytes().any(|b| !b.is_ascii_alphabetic());
    text.len() >= 6 && letters && others && text.len() <= 64 * 1024 && text != MASK
}

fn lossy(bytes: Vec<u8>) -> String {
    match String::from_utf8(bytes) {
        Ok(text) => text,
        Err(error) => String::from_utf8_lossy(error.as_bytes()).into_owned(),
    }
}

/// The spans in order, those that overlap as one.
fn joined(mut spans: Vec<Span>) -> Vec<Span> {
    spans.sort_by_key(|span| (span.start, std::cmp::Reverse(span.end)));
    let mut all: Vec<Span> = Vec::with_capacity(spans.len());
    for span in spans {
        match all.last_mut() {
            Some(last) if span.start < last.end => {
                if span.end > last.end {
                    last.end = span.end;
                }
            }
            _ => all.push(span),
        }
    }
    all
}

fn put_masks(text: &[u8], spans: &[Span]) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    let mut at = 0;
    for span in spans {
        out.extend_from_slice(&text[at..span.start]);
        match span.by {
            By::Quoted(backslashes) => {
                let quote = [&vec![b'\\'; backslashes][..], b"\""].concat();
                out.extend_from_slice(&quote);
                out.extend_from_slice(MASK.as_bytes());
                out.extend_from_slice(&quote);
            }
            By::Mask | By::Given(_) => out.extend_from_slice(MASK.as_bytes()),
        }
        at = span.end;
    }
    out.extend_from_slice(&text[at..]);
    out
}

fn is_json(text: &[u8]) -> bool {
    let first = text.iter().find(|byte| !byte.is_ascii_whitespace());
    first.is_some_and(|byte| b"{[\"-0123456789".contains(byte))
        && serde_json::from_slice::<IgnoredAny>(text).is_ok()
}

/// A secret in a number takes the number with it: what stands there must stay JSON.
fn with_whole_literals(text: &[u8], mut spans: Vec<Span>) -> Vec<Span> {
    let (mut at, mut inside) = (0, false);
    for span in &mut spans {
        while at < span.start {
            match text[at] {
                b'\\' if inside => at += 1,
                b'"' => inside = !inside,
                _ => {}
            }
            at += 1;
        }
        if !inside && span.by != By::Quoted(0) {
            let part = |byte: &u8| byte.is_ascii_alphanumeric() || b"+-.".contains(byte);
            span.start -= text[..span.start].iter().rev().take_while(|byte| part(byte)).count();
            span.end += text[span.end..].iter().take_while(|byte| part(byte)).count();
            span.by = By::Quoted(0);
        }
    }
    spans
}

#[cfg(test)]
#[path = "redactor_tests.rs"]
mod tests;
