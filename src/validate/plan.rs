//! What judging one operation's messages needs, worked out once.

use std::sync::Arc;

use crate::contract::{
    Encoding, MediaType, Operation, Parameter, ParameterPlace, ParameterShape, StatusKey, Style,
};
use crate::document::{Direction, Location, SchemaError};
use crate::schema::{Schema, Schemas};
use crate::validate::reading::Reading;
use crate::wire::media::{self, Media};

/// An operation, ready to judge.
#[derive(Debug)]
pub(super) struct Plan {
    pub(super) parameters: Vec<ParameterPlan>,
    pub(super) content: Vec<ContentPlan>,
    pub(super) responses: Vec<ResponsePlan>,
    pub(super) defects: Vec<SchemaError>,
    pub(super) has_query: bool,
    pub(super) has_cookies: bool,
}

/// A parameter, or a header of a response.
#[derive(Debug)]
pub(super) struct ParameterPlan {
    pub(super) name: Arc<str>,
    pub(super) place: ParameterPlace,
    pub(super) required: bool,
    pub(super) written: WrittenPlan,
    pub(super) check: Check,
    pub(super) location: Location,
    /// Names of the parameters of the place, its own among them, which an exploded object does not take.
    pub(super) taken: Arc<[String]>,
}

/// How it is written.
#[derive(Debug)]
pub(super) enum WrittenPlan {
    Styled { style: Style, explode: bool, allow_reserved: bool, allow_empty: bool },
    Content(Media),
}

/// The schema and what it makes of text.
#[derive(Debug)]
pub(super) struct Check {
    pub(super) schema: Option<Arc<Schema>>,
    pub(super) reading: Reading,
    pub(super) ambiguous: bool,
}

/// One documented media type.
#[derive(Debug)]
pub(super) struct ContentPlan {
    pub(super) media: Option<Media>,
    pub(super) name: String,
    pub(super) check: Check,
    pub(super) item: Option<Arc<Schema>>,
    /// What the fields of an event stand for, which come as text.
    pub(super) item_reading: Option<Reading>,
    pub(super) encoding: Vec<(String, Encoding)>,
    /// Header fields of the parts of a multipart body, by the part's name.
    pub(super) part_headers: Vec<(String, Vec<ParameterPlan>)>,
}

/// One documented response.
#[derive(Debug)]
pub(super) struct ResponsePlan {
    pub(super) status: StatusKey,
    pub(super) content: Vec<ContentPlan>,
    pub(super) headers: Vec<ParameterPlan>,
    pub(super) location: Location,
}

/// Header parameters that OpenAPI has ignored in favour of its own objects (3.1, Parameter Object).
const IGNORED_HEADERS: [&str; 3] = ["accept", "content-type", "authorization"];

impl Plan {
    pub(super) fn new(operation: &Operation, schemas: &Schemas) -> Self {
        let mut maker = Maker { schemas, defects: Vec::new(), taken: Vec::new() };
        let mut parameters = Vec::new();
        for parameter in &operation.parameters {
            let ignored = parameter.place == ParameterPlace::Header
                && IGNORED_HEADERS.iter().any(|name| parameter.name.eq_ignore_ascii_case(name));
            if !ignored {
                parameters.push(maker.parameter(parameter, &operation.parameters, Direction::Request));
            }
        }
        let body = operation.request_body.iter().flat_map(|body| &body.content);
        let content = body.map(|media| maker.content(media, Direction::Request)).collect();
        let mut responses = Vec::new();
        for response in &operation.responses {
            let headers =
                response.headers.iter().filter(|header| !header.name.eq_ignore_ascii_case("content-type"));
            responses.push(ResponsePlan {
                status: response.status,
                content: response
                    .content
                    .iter()
                    .map(|media| maker.content(media, Direction::Response))
                    .collect(),
                headers: headers.map(|header| maker.parameter(header, &[], Direction::Response)).collect(),
                location: response.location.clone(),
            });
        }
        let has = |place| parameters.iter().any(|p: &ParameterPlan| p.place == place);
        let (has_query, has_cookies) = (has(ParameterPlace::Query), has(ParameterPlace::Cookie));
        Self { parameters, content, responses, defects: maker.defects, has_query, has_cookies }
    }

    /// What is wrong with the schemas.
    pub(super) fn defects(&self) -> Vec<SchemaError> {
        let responses = || self.responses.iter();
        let headers = responses().flat_map(|r| &r.headers);
        let parameters = self.parameters.iter().chain(headers).map(|p| &p.check.schema);
        let content = self.content.iter().chain(responses().flat_map(|r| &r.content));
        let bodies = content.flat_map(|c| [&c.check.schema, &c.item]);
        let schemas = parameters.chain(bodies).flatten();
        let found = schemas.flat_map(|schema| schema.bundle().defects()).cloned();
        self.defects.iter().cloned().chain(found).collect()
    }

    /// The response for a status: the exact one, else the range, else `default`.
    pub(super) fn response_for(&self, status: u16) -> Option<&ResponsePlan> {
        let by = |wanted: StatusKey| self.responses.iter().find(move |r| r.status == wanted);
        by(StatusKey::Exact(status))
            .or_else(|| by(StatusKey::Range(u8::try_from(status / 100).unwrap_or(0))))
            .or_else(|| by(StatusKey::Default))
    }
}

struct Maker<'s> {
    schemas: &'s Schemas,
    defects: Vec<SchemaError>,
    /// The names of the operation's parameters, by place.
    taken: Vec<(ParameterPlace, Arc<[String]>)>,
}

impl Maker<'_> {
    /// A schema that can't be had is no reason to refuse messages: it is listed, and lets everything pass.
    fn schema(&mut self, at: Option<&Location>, direction: Direction) -> Option<Arc<Schema>> {
        match self.schemas.get(at?, direction) {
            Ok(schema) => Some(schema),
            Err(defect) => {
                self.defects.push(defect);
                None
            }
        }
    }

    /// `of_text` when values come as text, whose meaning is to be read off the schema.
    fn check(&mut self, at: Option<&Location>, direction: Direction, of_text: bool) -> Check {
        let schema = self.schema(at, direction);
        let reading = schema.as_deref().filter(|_| of_text).map_or_else(Reading::any, Reading::of);
        let ambiguous = reading.is_ambiguous();
        Check { schema, reading, ambiguous }
    }

    fn parameter(&mut self, parameter: &Parameter, all: &[Parameter], direction: Direction) -> ParameterPlan {
        let written = match &parameter.shape {
            ParameterShape::Styled { style, explode, allow_reserved, allow_empty, .. } => {
                WrittenPlan::Styled {
                    style: *style,
                    explode: *explode,
                    allow_reserved: *allow_reserved,
                    allow_empty: *allow_empty,
                }
            }
            ParameterShape::Content(content) => {
                let media = media::parse(&content.name).or_else(|| media::parse("application/json"));
                match media {
                    Some(media) => WrittenPlan::Content(media),
                    None => WrittenPlan::Styled {
                        style: Style::Simple,
                        explode: false,
                        allow_reserved: false,
                        allow_empty: false,
                    },
                }
            }
        };
        ParameterPlan {
            name: Arc::from(parameter.name.as_str()),
            place: parameter.place,
            required: parameter.required,
            written,
            check: self.check(parameter.schema(), direction, true),
            location: parameter.location.clone(),
            taken: self.taken(parameter.place, all),
        }
    }

    /// The names of all parameters of a place, shared by them.
    fn taken(&mut self, place: ParameterPlace, all: &[Parameter]) -> Arc<[String]> {
        if all.is_empty() {
            return Arc::default();
        }
        if let Some((_, names)) = self.taken.iter().find(|(known, _)| *known == place) {
            return Arc::clone(names);
        }
        let names = all.iter().filter(|one| one.place == place).map(|one| one.name.clone()).collect();
        self.taken.push((place, Arc::clone(&names)));
        names
    }

    /// `Content-Type` is described by `contentType`, and ignored here (OpenAPI 3.1, Encoding Object).
    fn part_headers(&mut self, encoding: &Encoding, direction: Direction) -> Vec<ParameterPlan> {
        let headers = encoding.headers.iter().filter(|h| !h.name.eq_ignore_ascii_case("content-type"));
        headers.map(|header| self.parameter(header, &[], direction)).collect()
    }

    fn content(&mut self, media: &MediaType, direction: Direction) -> ContentPlan {
        let parsed = media::parse(&media.name);
        let of_text = !parsed.as_ref().is_some_and(Media::is_json);
        let of_events = parsed.as_ref().is_some_and(|m| m.essence() == "text/event-stream");
        let item = self.schema(media.item_schema.as_ref(), direction);
        ContentPlan {
            media: parsed,
            name: media.name.clone(),
            check: self.check(media.schema.as_ref(), direction, of_text),
            item_reading: item.as_deref().filter(|_| of_events).map(Reading::of),
            item,
            part_headers: media
                .encoding
                .iter()
                .filter(|(_, encoding)| !encoding.headers.is_empty())
                .map(|(name, encoding)| (name.clone(), self.part_headers(encoding, direction)))
                .collect(),
            encoding: media
                .encoding
                .iter()
                .map(|(name, encoding)| (name.clone(), encoding.clone()))
                .collect(),
        }
    }
}

impl Check {
    /// The value a text stands for: where both a string and something else are allowed, a string if that is valid.
    pub(super) fn coerce(&self, text: serde_json::Value, coercion: super::Coercion) -> serde_json::Value {
        let Some(schema) = self.schema.as_deref().filter(|_| self.ambiguous) else {
            return self.reading.coerce(text, coercion);
        };
        self.reading.value(text, coercion, schema)
    }
}
