//! Parameter styles (OpenAPI 3.1, Style Values and Style Examples; RFC 6570): values ↔ text.
//!
//! Text has no types: decoding gives strings at the leaves, and the schema says what they stand for.

mod cookie;
mod deep_object;
mod delimited;
mod form;
mod interface;
mod label;
mod matrix;
mod parts;
mod registry;
mod simple;

pub use interface::{Codec, Raw, StyleError, Wanted, Written};
use parts::{add, decode_leaf, string};
pub use parts::{leaf, leaf_of};
pub use registry::{ALL, by_name, codec, decode, encode};
