//! Media types (RFC 9110 §8.3.1, RFC 6838): names, ranges, and codecs between bodies and values.

mod codec;
mod name;

pub mod binary;
pub mod form;
pub mod json;
pub mod lines;
pub mod specimen;
pub mod text;
pub mod xml;

pub use codec::{ALL, Body, Codec, CodecError, codec_for, is_crowded};
pub use name::{Media, best, is_json, parse};
