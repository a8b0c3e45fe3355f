//! Forms whose members are written in ways of their own (OpenAPI 3.x, Encoding Object).

use serde_json::Value;

use crate::contract::{Encoding, MediaType, Parameter, ParameterPlace, Style};
use crate::wire::form;
use crate::wire::media::{self, Media};
use crate::wire::multipart::{self, OutPart};
use crate::wire::style::{self, Written};

/// The bytes of a form with an `encoding`; `None` when the media type is written in the usual way.
pub(super) fn encode(described: &MediaType, parsed: &Media, value: &Value) -> Option<Vec<u8>> {
    let Value::Object(members) = value else { return None };
    if described.encoding.is_empty() {
        return None;
    }
    if parsed.essence() == "application/x-www-form-urlencoded" {
        let pairs: Option<Vec<String>> =
            members.iter().map(|(name, value)| member(name, value, described.encoding.get(name))).collect();
        let pairs: Vec<String> = pairs?.into_iter().filter(|pair| !pair.is_empty()).collect();
        return Some(pairs.join("&").into_bytes());
    }
    if parsed.kind() != "multipart" {
        return None;
    }
    let mut parts = Vec::new();
    for (name, value) in members {
        let encoding = described.encoding.get(name);
        let items = match value {
            Value::Array(items) if !said(encoding).is_some_and(|said| said.contains("json")) => {
                items.as_slice()
            }
            other => std::slice::from_ref(other),
        };
        for item in items {
            parts.push(part(name, item, encoding)?);
        }
    }
    multipart::encode_parts(&parts, parsed.param("boundary")?).ok()
}

/// The first media type of an encoding, made concrete.
fn said(encoding: Option<&Encoding>) -> Option<String> {
    let first = encoding?.content_type.as_deref()?.split(',').next()?.trim();
    (!first.is_empty()).then(|| concrete(first))
}

/// One part, with the media type and the headers that its encoding says.
fn part(name: &str, item: &Value, encoding: Option<&Encoding>) -> Option<OutPart> {
    let media = said(encoding).or_else(|| item.is_object().then(|| "application/json".to_owned()));
    let parsed = media.as_deref().and_then(media::parse);
    let json = parsed.as_ref().is_some_and(Media::is_json);
    let data = match item {
        Value::String(text) if !json => text.clone().into_bytes(),
        other => other.to_string().into_bytes(),
    };
    // What is no text and no JSON is a file: servers look for its name.
    let file = parsed.as_ref().is_some_and(|media| !media.is_json() && media.kind() != "text");
    let headers = encoding.into_iter().flat_map(|encoding| &encoding.headers);
    Some(OutPart {
        name: name.to_owned(),
        filename: file.then(|| name.to_owned()),
        media,
        headers: headers.filter_map(|header| Some((header.name.clone(), example(header)?))).collect(),
        data,
    })
}

/// The text of a part's header: its example. Without one it is left to the server to ask for it.
fn example(header: &Parameter) -> Option<String> {
    match header.examples.iter().find_map(|example| example.value.as_ref())? {
        Value::String(text) => Some(text.clone()),
        Value::Object(_) | Value::Array(_) => None,
        other => Some(other.to_string()),
    }
}

/// One member of a urlencoded form.
fn member(name: &str, value: &Value, encoding: Option<&Encoding>) -> Option<String> {
    let plain = |value: &Value| match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    let styled = encoding.filter(|encoding| encoding.style.is_some() || encoding.explode.is_some());
    let Some(encoding) = styled else {
        let json = said(encoding).and_then(|said| media::parse(&said)).is_some_and(|media| media.is_json());
        let texts: Vec<String> = match value {
            Value::Array(items) if !json => items.iter().map(plain).collect(),
            other if json => vec![other.to_string()],
            other => vec![plain(other)],
        };
        return Some(form::encode(texts.iter().map(|text| (name, text))));
    };
    let style = encoding.style.unwrap_or(Style::Form);
    let written = Written {
        name,
        explode: encoding.explode.unwrap_or(style == Style::Form),
        allow_reserved: encoding.allow_reserved,
        place: ParameterPlace::Query,
    };
    style::encode(style, &written, value).ok()
}

/// A range as a type that can be sent.
pub(super) fn concrete(name: &str) -> String {
    match name.split(';').next().unwrap_or(name).trim() {
        "*/*" | "application/*" => "application/json".to_owned(),
        "text/*" => "text/plain".to_owned(),
        "image/*" => "image/png".to_owned(),
        "multipart/form-data" => "multipart/form-data; boundary=counterpart-boundary".to_owned(),
        range if range.ends_with("/*") => range.replace('*', "octet-stream"),
        _ => name.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use indexmap::IndexMap;
    use serde_json::json;

    fn media(name: &str, encoding: Vec<(&str, Encoding)>) -> MediaType {
        let encoding: IndexMap<String, Encoding> =
            encoding.into_iter().map(|(name, encoding)| (name.to_owned(), encoding)).collect();
        MediaType {
            name: name.to_owned(),
            schema: None,
            item_schema: None,
            examples: Vec::new(),
            encoding,
            location: crate::document::Location::default(),
        }
    }

    fn encoding(content_type: Option<&str>, style: Option<Style>, explode: Option<bool>) -> Encoding {
        Encoding {
            content_type: content_type.map(str::to_owned),
            headers: Vec::new(),
            style,
            explode,
            allow_reserved: false,
        }
    }

    #[test]
    fn parts_say_what_their_encoding_says() {
        let described = media(
            "multipart/form-data",
            vec![
                ("file", encoding(Some("image/png, image/jpeg"), None, None)),
                ("list", encoding(Some("application/json"), None, None)),
            ],
        );
        let parsed = media::parse("multipart/form-data; boundary=b").unwrap();
        let value = json!({"file": "x", "list": [1, 2], "plain": ["a", "b"]});
        let bytes = encode(&described, &parsed, &value).unwrap();
        let parts = multipart::decode(&bytes, "b").unwrap();
        let shown: Vec<_> = parts
            .iter()
            .map(|part| {
                let media = part.media.as_ref().map(|media| media.essence().to_owned());
                (
                    part.name.clone().unwrap(),
                    part.filename.is_some(),
                    media,
                    String::from_utf8_lossy(part.data).into_owned(),
                )
            })
            .collect();
        let row = |name: &str, file: bool, media: Option<&str>, data: &str| {
            (name.to_owned(), file, media.map(str::to_owned), data.to_owned())
        };
        assert_eq!(
            shown,
            [
                row("file", true, Some("image/png"), "x"),
                row("list", false, Some("application/json"), "[1,2]"),
                row("plain", false, None, "a"),
                row("plain", false, None, "b"),
            ]
        );
    }

    #[test]
    fn members_of_forms_are_written_in_their_style() {
        let described = media(
            "application/x-www-form-urlencoded",
            vec![
                ("o", encoding(None, Some(Style::DeepObject), Some(true))),
                ("l", encoding(None, Some(Style::PipeDelimited), Some(false))),
                ("j", encoding(Some("application/json"), None, None)),
            ],
        );
        let parsed = media::parse("application/x-www-form-urlencoded").unwrap();
        let value = json!({"o": {"a": 1}, "l": ["x", "y"], "j": [1], "p": "a b"});
        let bytes = encode(&described, &parsed, &value).unwrap();
        assert_eq!(String::from_utf8(bytes).unwrap(), "o[a]=1&l=x%7Cy&j=%5B1%5D&p=a+b");
    }
}
