//! Parameter styles (OpenAPI 3.1, Style Values and Style Examples; RFC 6570): values ↔ text.
//!
//! Text has no types: decoding gives strings at the leaves, and the schema says what they stand for.

mod codec;
mod cookie;
mod deep_object;
mod delimited;
mod form;
mod label;
mod matrix;
mod parts;
mod simple;

pub use codec::{ALL, Codec, Raw, StyleError, Wanted, Written, by_name, codec, decode, encode};
use codec::{add, decode_leaf, string};
pub use parts::{leaf, leaf_of};
