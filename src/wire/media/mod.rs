//! Media types (RFC 9110 §8.3.1, RFC 6838): names, ranges, and codecs between bodies and values.

mod interface;
mod name;
mod registry;

pub mod binary;
pub mod form;
pub mod json;
pub mod lines;
pub mod specimen;
pub mod text;
pub mod xml;

pub use interface::{Body, Codec, CodecError};
pub use name::{Media, best, is_json, parse};
pub use registry::{ALL, codec_for, is_crowded};
