//! Documented answers made from the contract alone: a body by example or by generation, headers by their schemas.

use std::sync::Arc;

use bytes::Bytes;
use serde_json::Value;

use super::generated::{generated, try_generated};
use super::{markup, stream};
use crate::base::Seed;
use crate::contract::{self, Example, MediaType, Parameter, ParameterShape};
use crate::document::Direction;
use crate::generate::GenerateError;
use crate::schema::view::SchemaView;
use crate::schema::{Schema, Schemas};
use crate::wire::Headers;
use crate::wire::media::{self, Media};
use crate::wire::style::{self, Written};

/// What stands between the parts of a multipart body.
const BOUNDARY: &str = "counterpart-9f2c7d41";

/// How a body is to be made.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Wish {
    /// From the example of this name.
    pub(crate) example: Option<String>,
    /// Generated, even where there are examples.
    pub(crate) dynamic: bool,
}

/// A body with its media type.
#[derive(Clone, Debug)]
pub(crate) struct Made {
    /// The media type, concrete.
    pub(crate) media: Media,
    /// Its schema.
    pub(crate) schema: Option<Arc<Schema>>,
    /// The value, where the body stands for one.
    pub(crate) value: Option<Value>,
    /// The bytes.
    pub(crate) bytes: Bytes,
    /// Why there is no value of the schema, where one was wanted.
    pub(crate) lacks: Option<Arc<GenerateError>>,
}

/// The schema of a response body, when there is one that can be had.
#[must_use]
pub(crate) fn schema_of(schemas: &Schemas, media: &MediaType) -> Option<Arc<Schema>> {
    media.schema.as_ref().and_then(|at| schemas.get(at, Direction::Response).ok())
}

/// Makes a body of this documented media type.
#[must_use]
pub(crate) fn make(schemas: &Schemas, media: &MediaType, wish: &Wish, seed: Seed) -> Made {
    let concrete = concrete(media);
    let schema = schema_of(schemas, media);
    if let Some(named) = wish.example.as_deref().and_then(|n| media.examples.iter().find(|e| e.name == n))
        && let Some(made) = from_example(&concrete, schema.as_ref(), named)
    {
        return made;
    }
    if !wish.dynamic {
        // Examples that break their own schema are passed over: the answer must be valid.
        let fits = |value: &Value| schema.as_ref().is_none_or(|s| s.is_valid(value));
        let good = media.examples.iter().find(|e| e.value.as_ref().is_some_and(fits));
        if let Some(made) = good.and_then(|e| from_example(&concrete, schema.as_ref(), e)) {
            return made;
        }
    }
    let value = match &schema {
        _ if stream::is_stream(&concrete) => stream::items(schemas, media, schema.as_ref(), seed),
        // A file: whatever is said of it, it is said of its octets.
        schema
            if schema.as_ref().is_none_or(|schema| !SchemaView::of(schema).is("object"))
                && is_file(&concrete) =>
        {
            let bytes = media::specimen::specimen(&concrete).map_or_else(|| octets(seed), Bytes::from_static);
            return Made { media: concrete, schema: schema.clone(), value: None, bytes, lacks: None };
        }
        Some(schema) => match try_generated(schema, seed) {
            Ok(value) => value,
            Err(error) => {
                let made = write(&concrete, Some(schema), Value::Null);
                return Made { lacks: Some(Arc::new(error)), ..made };
            }
        },
        None => Value::Object(serde_json::Map::new()),
    };
    write(&concrete, schema.as_ref(), value)
}

/// Whether a body of this type is a file that no value stands for.
fn is_file(media: &Media) -> bool {
    media::specimen::specimen(media).is_some()
        || media::codec_for(media).name() == "binary" && !matches!(media.kind(), "application")
        || media.essence() == "application/octet-stream"
}

/// A few octets that are no text: so clients that take them for one are found out.
fn octets(seed: Seed) -> Bytes {
    let mut octets = vec![0xff, 0x00];
    octets.extend((0..4).flat_map(|n| seed.nth(n).0.to_le_bytes()));
    octets.into()
}

/// Writes a value of this schema as a body of this media type; as JSON where the type has no way to write it.
#[must_use]
pub(crate) fn write(media: &Media, schema: Option<&Arc<Schema>>, value: Value) -> Made {
    let bytes = if media.is_json() {
        // Values have only text keys: writing them can't fail.
        serde_json::to_vec(&value).unwrap_or_default()
    } else if let Some(schema) = schema.filter(|_| media::codec_for(media).name() == "xml") {
        markup::write(schema, &value)
    } else {
        let codec = media::codec_for(media);
        codec.encode(media, &value).unwrap_or_else(|_| value.to_string().into_bytes())
    };
    Made {
        media: media.clone(),
        schema: schema.cloned(),
        value: Some(value),
        bytes: bytes.into(),
        lacks: None,
    }
}

fn from_example(media: &Media, schema: Option<&Arc<Schema>>, example: &Example) -> Option<Made> {
    let made =
        |value, bytes| Made { media: media.clone(), schema: schema.cloned(), value, bytes, lacks: None };
    if let Some(text) = &example.serialized {
        let bytes = Bytes::from(text.clone());
        return Some(made(example.value.clone(), bytes));
    }
    example.value.clone().map(|value| match value {
        // An example of a type that is no JSON is often given as the whole text of the body.
        Value::String(text) if !media.is_json() => made(Some(Value::String(text.clone())), Bytes::from(text)),
        value => write(media, schema, value),
    })
}

/// The media type to send for a documented one, which may be a range.
#[must_use]
pub(crate) fn concrete(media: &MediaType) -> Media {
    let name = match media::parse(&media.name) {
        // The parts of a body are told apart by a boundary, which contracts leave open (RFC 2046 §5.1.1).
        Some(parsed) if parsed.kind() == "multipart" && parsed.param("boundary").is_none() => {
            let whole = if parsed.is_range() { "multipart/mixed".to_owned() } else { parsed.to_string() };
            return media::parse(&format!("{whole}; boundary={BOUNDARY}")).unwrap_or(parsed);
        }
        Some(parsed) if !parsed.is_range() => return parsed,
        Some(range) => match range.kind() {
            "text" => "text/plain",
            "image" => "image/png",
            "audio" => "audio/mpeg",
            "video" => "video/mp4",
            "application" if media.schema.is_none() => "application/octet-stream",
            _ => "application/json",
        },
        None => "application/json",
    };
    media::parse(name).unwrap_or_else(|| unreachable!("the names above are media types"))
}

/// The headers that a documented response has, generated from their schemas. `Content-Type` is the body's own.
#[must_use]
pub(crate) fn headers(schemas: &Schemas, response: &contract::Response, seed: Seed) -> Headers {
    let generated =
        |header: &Parameter| Some((header.name.as_str().into(), header_text(schemas, header, seed)?));
    let fields = response
        .headers
        .iter()
        .filter(|h| {
            !h.name.eq_ignore_ascii_case("content-type") && !h.name.eq_ignore_ascii_case("content-length")
        })
        .filter_map(generated);
    Headers(fields.collect())
}

fn header_text(schemas: &Schemas, header: &Parameter, seed: Seed) -> Option<Bytes> {
    let schema = header.schema().and_then(|at| schemas.get(at, Direction::Response).ok());
    let fits = |value: &&Value| schema.as_ref().is_none_or(|s| s.is_valid(value));
    let example = header.examples.iter().filter_map(|e| e.value.as_ref()).find(fits).cloned();
    let value = match (example, &schema) {
        (Some(value), _) => value,
        (None, Some(schema)) => generated(schema, seed.derive(&header.name)),
        (None, None) => Value::String("x".to_owned()),
    };
    let text = match &header.shape {
        ParameterShape::Content(_) => value.to_string(),
        ParameterShape::Styled { style, explode, allow_reserved, .. } => {
            let written = Written {
                name: &header.name,
                explode: *explode,
                allow_reserved: *allow_reserved,
                place: header.place,
            };
            style::encode(*style, &written, &value).ok()?
        }
    };
    // What can't stand in a field (RFC 9110 §5.5) would break the message.
    let clean = text.bytes().all(|b| b == b'\t' || (b >= 0x20 && b != 0x7f));
    clean.then(|| Bytes::from(text.trim().to_owned()))
}
