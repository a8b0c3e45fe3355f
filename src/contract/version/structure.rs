//! From the skeleton to the model, through openapiv3.

use indexmap::IndexMap;
use openapiv3 as oas;
use serde_json::Value;

use crate::contract::model::{
    Encoding, Example, Link, LinkTarget, MediaType, Parameter, ParameterPlace, ParameterShape, RequestBody,
    Response, StatusKey, Style,
};
use crate::contract::version::skeleton::schema_number;
use crate::document::{Files, Location};

/// What the skeleton of one operation holds.
#[derive(Debug, Default)]
pub(crate) struct Parts {
    /// The parameters.
    pub(crate) parameters: Vec<Parameter>,
    /// The request body.
    pub(crate) request_body: Option<RequestBody>,
    /// The responses.
    pub(crate) responses: Vec<Response>,
    /// Tags, summary, description and deprecation are in it as well.
    pub(crate) operation: oas::Operation,
}

/// Reads a skeleton.
///
/// # Errors
/// What openapiv3 says. The adapters make skeletons that it accepts, so that this would be a defect of theirs.
pub(crate) fn read(skeleton: Value, places: &[Location], files: &Files) -> Result<Parts, String> {
    let mut operation: oas::Operation =
        serde_json::from_value(skeleton).map_err(|error| error.to_string())?;
    let reader = Reader { places, files };
    let parameters = std::mem::take(&mut operation.parameters);
    let parameters = parameters.into_iter().filter_map(item).map(|p| reader.parameter(p)).collect();
    let request_body = operation.request_body.take().and_then(item).map(|body| RequestBody {
        required: body.required,
        content: reader.content(body.content),
        location: reader.at(&body.extensions),
    });
    let mut responses = reader.responses(std::mem::take(&mut operation.responses));
    responses.sort_by_key(|(order, _)| *order);
    let responses = responses.into_iter().map(|(_, response)| response).collect();
    Ok(Parts { parameters, request_body, responses, operation })
}

fn item<T>(value: oas::ReferenceOr<T>) -> Option<T> {
    value.into_item()
}

type Extensions = IndexMap<String, Value>;

struct Reader<'s> {
    places: &'s [Location],
    files: &'s Files,
}

impl Reader<'_> {
    fn order(extensions: &Extensions, key: &str) -> Option<usize> {
        extensions.get(key).and_then(Value::as_u64).and_then(|n| usize::try_from(n).ok())
    }

    fn place(&self, extensions: &Extensions, key: &str) -> Option<Location> {
        self.places.get(Self::order(extensions, key)?).cloned()
    }

    fn at(&self, extensions: &Extensions) -> Location {
        self.place(extensions, "x-at").unwrap_or_default()
    }

    fn schema(&self, schema: &oas::ReferenceOr<oas::Schema>) -> Option<Location> {
        match schema {
            oas::ReferenceOr::Reference { reference } => self.places.get(schema_number(reference)?).cloned(),
            oas::ReferenceOr::Item(_) => None,
        }
    }

    fn parameter(&self, parameter: oas::Parameter) -> Parameter {
        let (place, reserved, allow_empty) = match &parameter {
            oas::Parameter::Query { allow_reserved, allow_empty_value, .. } => {
                (ParameterPlace::Query, *allow_reserved, allow_empty_value.unwrap_or(false))
            }
            oas::Parameter::Header { .. } => (ParameterPlace::Header, false, false),
            oas::Parameter::Path { .. } => (ParameterPlace::Path, false, false),
            oas::Parameter::Cookie { .. } => (ParameterPlace::Cookie, false, false),
        };
        let data = parameter.parameter_data();
        let place = match data.extensions.get("x-in").and_then(Value::as_str) {
            Some("querystring") => ParameterPlace::QueryString,
            _ => place,
        };
        let written = Written { place, explode: data.explode.unwrap_or(false), reserved, allow_empty };
        Parameter {
            place,
            required: data.required,
            deprecated: data.deprecated.unwrap_or(false),
            shape: self.shape(data.format, &data.extensions, &written),
            examples: self.examples(data.examples),
            description: data.description,
            location: self.at(&data.extensions),
            name: data.name,
        }
    }

    fn shape(
        &self,
        format: oas::ParameterSchemaOrContent,
        more: &Extensions,
        written: &Written,
    ) -> ParameterShape {
        match format {
            oas::ParameterSchemaOrContent::Content(content) => match self.content(content).into_iter().next()
            {
                Some(media) => ParameterShape::Content(Box::new(media)),
                None => self.styled(None, more, written),
            },
            oas::ParameterSchemaOrContent::Schema(schema) => self.styled(self.schema(&schema), more, written),
        }
    }

    fn styled(&self, schema: Option<Location>, more: &Extensions, written: &Written) -> ParameterShape {
        let style = more.get("x-style").and_then(Value::as_str).and_then(style);
        let flag = |key: &str| more.get(key).and_then(Value::as_bool);
        ParameterShape::Styled {
            style: style.unwrap_or(match written.place {
                ParameterPlace::Path | ParameterPlace::Header => Style::Simple,
                _ => Style::Form,
            }),
            explode: flag("x-explode").unwrap_or(written.explode),
            allow_reserved: flag("x-allow-reserved").unwrap_or(written.reserved),
            allow_empty: written.allow_empty,
            schema,
        }
    }

    fn headers(&self, headers: IndexMap<String, oas::ReferenceOr<oas::Header>>) -> Vec<Parameter> {
        let read = |(name, header): (String, oas::ReferenceOr<oas::Header>)| {
            let header = item(header)?;
            let written = Written {
                place: ParameterPlace::Header,
                explode: false,
                reserved: false,
                allow_empty: false,
            };
            Some(Parameter {
                name,
                place: ParameterPlace::Header,
                required: header.required,
                deprecated: header.deprecated.unwrap_or(false),
                shape: self.shape(header.format, &header.extensions, &written),
                examples: self.examples(header.examples),
                description: header.description,
                location: self.at(&header.extensions),
            })
        };
        headers.into_iter().filter_map(read).collect()
    }

    fn content(&self, content: oas::Content) -> Vec<MediaType> {
        let read = |(name, media): (String, oas::MediaType)| MediaType {
            name,
            schema: media.schema.as_ref().and_then(|schema| self.schema(schema)),
            item_schema: self.place(&media.extensions, "x-item-schema"),
            examples: self.examples(media.examples),
            encoding: media.encoding.into_iter().map(|(name, e)| (name, self.encoding(e))).collect(),
            location: self.at(&media.extensions),
        };
        content.into_iter().map(read).collect()
    }

    fn encoding(&self, encoding: oas::Encoding) -> Encoding {
        Encoding {
            content_type: encoding.content_type,
            headers: self.headers(encoding.headers),
            style: match encoding.style {
                Some(oas::QueryStyle::Form) => Some(Style::Form),
                Some(oas::QueryStyle::SpaceDelimited) => Some(Style::SpaceDelimited),
                Some(oas::QueryStyle::PipeDelimited) => Some(Style::PipeDelimited),
                Some(oas::QueryStyle::DeepObject) => Some(Style::DeepObject),
                None => encoding.extensions.get("x-style").and_then(Value::as_str).and_then(style),
            },
            explode: encoding.extensions.get("x-explode").and_then(Value::as_bool),
            allow_reserved: encoding.allow_reserved,
        }
    }

    fn examples(&self, examples: IndexMap<String, oas::ReferenceOr<oas::Example>>) -> Vec<Example> {
        let read = |(name, example): (String, oas::ReferenceOr<oas::Example>)| {
            let example = item(example)?;
            let location = self.at(&example.extensions);
            let plain = example.extensions.contains_key("x-plain");
            let value =
                if plain { Some(location.clone()) } else { self.place(&example.extensions, "x-value") };
            let value = value.and_then(|at| self.files.value(&at));
            Some(Example {
                name,
                value: value.or_else(|| self.external(&location, example.external_value.as_deref()?)),
                serialized: example.extensions.get("x-serialized").and_then(Value::as_str).map(str::to_owned),
                external: example.external_value,
                location,
            })
        };
        examples.into_iter().filter_map(read).collect()
    }

    /// The value in a file that `externalValue` names, where it is JSON or YAML and may be read.
    fn external(&self, at: &Location, reference: &str) -> Option<Value> {
        if ![".json", ".yaml", ".yml"].iter().any(|end| reference.ends_with(end)) {
            return None;
        }
        self.files.value(&self.files.resolve(at, reference).ok()?)
    }

    fn responses(&self, responses: oas::Responses) -> Vec<(usize, Response)> {
        let fallback = responses.default.map(|response| (StatusKey::Default, response));
        let others = responses.responses.into_iter().map(|(status, response)| {
            let key = match status {
                oas::StatusCode::Code(code) => StatusKey::Exact(code),
                oas::StatusCode::Range(digit) => StatusKey::Range(u8::try_from(digit).unwrap_or(0)),
            };
            (key, response)
        });
        let read = |(status, response): (StatusKey, oas::ReferenceOr<oas::Response>)| {
            let response = item(response)?;
            let order = Self::order(&response.extensions, "x-order").unwrap_or(0);
            let location = self.at(&response.extensions);
            let links =
                response.links.into_iter().filter_map(|(name, link)| self.link(name, item(link)?)).collect();
            let response = Response {
                status,
                description: response.description,
                content: self.content(response.content),
                headers: self.headers(response.headers),
                links,
                location,
            };
            Some((order, response))
        };
        fallback.into_iter().chain(others).filter_map(read).collect()
    }

    fn link(&self, name: String, link: oas::Link) -> Option<Link> {
        let value = |number: &Value| {
            let number = usize::try_from(number.as_u64()?).ok()?;
            self.files.value(self.places.get(number)?)
        };
        Some(Link {
            name,
            target: match link.operation {
                oas::LinkOperation::OperationId(id) => LinkTarget::Id(id),
                oas::LinkOperation::OperationRef(reference) => LinkTarget::Reference(reference),
            },
            parameters: link
                .parameters
                .iter()
                .filter_map(|(name, n)| Some((name.clone(), value(n)?)))
                .collect(),
            request_body: link.extensions.get("x-body").and_then(value),
            location: self.at(&link.extensions),
        })
    }
}

/// How a parameter's value is written, as far as openapiv3 tells.
struct Written {
    place: ParameterPlace,
    explode: bool,
    reserved: bool,
    allow_empty: bool,
}

fn style(text: &str) -> Option<Style> {
    Some(match text {
        "simple" => Style::Simple,
        "label" => Style::Label,
        "matrix" => Style::Matrix,
        "form" => Style::Form,
        "spaceDelimited" => Style::SpaceDelimited,
        "pipeDelimited" => Style::PipeDelimited,
        "deepObject" => Style::DeepObject,
        "cookie" => Style::Cookie,
        "tabs" => Style::Tabs,
        _ => return None,
    })
}
