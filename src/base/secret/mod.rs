//! Secrets never reach a report, a log, a snapshot, a journal or a terminal in clear: one place masks, and what is shown is
//! of types that only it makes.
//!
//! [`Redactor`] turns texts and bytes into [`Masked`] and [`MaskedBytes`]; what writes takes only those. It masks
//!
//! * **by value**: everything that the user gave as a credential (`--auth`, the value of every header given with `-H` that
//!   is not on a short list of harmless ones, user names and passwords in URLs, whether on the command line, in the
//!   environment or in `counterpart.toml`), the contract's own examples and defaults of passwords, and what the message at
//!   hand carries where secrets stand. Values are found as they are, percent-encoded, in JSON's and HTML's escapes (also
//!   one in the other, three deep), in Base64 at each alignment, and in hexadecimal digits;
//! * **by name**: header fields, members of queries, forms, JSON, XML and multipart bodies, lines `name: value`, whose
//!   name says that a secret follows ([`is_secret_name`]), and those that the contract's security schemes and
//!   `format: password` name;
//! * **by pattern**: JSON Web Tokens, `Bearer`, `Basic` and `Digest` credentials, PEM private keys, tokens of well-known
//!   forms, and the user information of URLs.
//!
//! What is not masked: what the user asks to see of their own (`GET /__counterpart/state`, `counterpart example`), and
//! credentials that this program made up, where they do not stand under such a name.

mod encoded;
mod masked;
mod names;
mod patterns;
mod redactor;
mod search;
mod structure;
mod text;
mod url;

pub use masked::{Masked, MaskedBytes};
pub use names::{is_harmless_header, is_secret_header, is_secret_name};
pub use redactor::{Redactor, RedactorBuilder};
pub use text::{MASK, Secret, is_searchable};
pub use url::{url_secrets, without_userinfo};
