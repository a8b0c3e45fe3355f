//! What FastAPI does around the models: where it looks for each value, and in which order it complains.

use std::collections::BTreeMap;
use std::sync::Arc;

use arc_swap::ArcSwap;

use super::accept::Acceptance;
use super::decode::{self, Failure};
use super::form::{self, Item};
use super::form_body::{self, Form};
use super::model::Models;
use super::node::Node;
use super::python::Py;
use super::trouble::{Step, Trouble, detail};
use crate::contract::model::{
    Operation, OperationIndex, Parameter, ParameterPlace, ParameterShape, RequestBody,
};
use crate::document::{Location, SchemaSource};
use crate::framework::interface::{ReadRequest, Rejection, RequestReader};
use crate::wire::{Headers, Request, percent};

/// The application behind a FastAPI contract.
pub(in crate::framework::fastapi) struct Application {
    models: Models,
    functions: ArcSwap<BTreeMap<OperationIndex, Arc<Function>>>,
}

/// The function behind an operation: what its parameters are, in the order in which FastAPI looks at them.
struct Function {
    /// The place of each among the operation's parameters, and whether every text is taken for it.
    parameters: Vec<(usize, Arc<Node>, bool)>,
    /// Which of the operation's parameters are headers that are fields of one model.
    modelled: Vec<usize>,
}

/// A body as FastAPI has read it.
#[derive(Clone, Debug, PartialEq)]
enum Body {
    /// None was sent, or none is taken.
    Absent,
    /// A JSON document, or the bytes of what is not said to be one.
    Value(Py),
    /// A form.
    Form(Vec<(String, Item)>),
}

/// Why a request ends before anything else (credentials too) is looked at.
#[derive(Clone, Debug, PartialEq)]
enum Stop {
    /// 422: the body is no JSON.
    Syntax(Vec<Trouble>),
    /// 400: the body can't be read at all; why.
    Unreadable(&'static str),
}

impl Stop {
    /// What is said of JSON that Python can't hold.
    const UNREADABLE: &str = "There was an error parsing the body";
}

impl std::fmt::Debug for Application {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Application")
    }
}

impl Application {
    /// The application whose schemas `source` gives.
    pub(in crate::framework::fastapi) fn new(source: Arc<dyn SchemaSource>) -> Self {
        Self { models: Models::new(source), functions: ArcSwap::default() }
    }

    /// Reads the body: the first thing FastAPI does.
    ///
    /// # Errors
    /// [`Stop`]: the answer is then certain.
    fn body(&self, operation: &Operation, request: &Request) -> Result<Body, Stop> {
        let Some(declared) = &operation.request_body else { return Ok(Body::Absent) };
        let bytes = request.body.as_deref().unwrap_or_default();
        if is_form(declared) {
            return form::items(&request.headers, bytes).map(Body::Form).map_err(Stop::Unreadable);
        }
        if bytes.is_empty() {
            return Ok(Body::Absent);
        }
        if !says_json(&request.headers) {
            return Ok(Body::Value(Py::Bytes(bytes.to_vec())));
        }
        match decode::loads(bytes) {
            Ok(value) => Ok(Body::Value(value)),
            Err(Failure::Other) => Err(Stop::Unreadable(Stop::UNREADABLE)),
            Err(Failure::Syntax(message, at)) => Err(Stop::Syntax(vec![Trouble {
                kind: "json_invalid",
                loc: vec![Step::from("body"), Step::Index(at)],
                message: "JSON decode error".to_owned(),
                input: Py::Dict(Vec::new()),
                context: vec![("error", Py::from(message))],
            }])),
        }
    }

    /// All troubles of the request, in FastAPI's order: path, query, headers, cookies, body. None: it is taken.
    /// `path_values` are the path parameters, still percent-encoded.
    fn troubles(
        &self,
        operation: &Operation,
        path_values: &[(String, String)],
        request: &Request,
        body: &Body,
    ) -> Vec<Trouble> {
        let mut read = None;
        let mut troubles = Vec::new();
        let known = self.functions.load();
        let made;
        let function = match known.get(&operation.head.index) {
            Some(function) => function,
            None => {
                made = self.function(operation);
                &made
            }
        };
        for (at, node, free) in &function.parameters {
            let parameter = &operation.parameters[*at];
            // What can't be wrong is not read.
            if *free && (!parameter.required || is_there(parameter, path_values, request)) {
                continue;
            }
            let sent: &Sent<'_> = read.get_or_insert_with(|| Sent::new(path_values, request));
            let whole = || match parameter.place {
                ParameterPlace::Header => function.header_model(operation, sent),
                _ => None,
            };
            self.parameter(parameter, node, sent, &whole, &mut troubles);
        }
        if let Some(declared) = &operation.request_body {
            self.body_troubles(declared, body, &mut troubles);
        }
        troubles
    }

    /// Works out the function behind an operation, and keeps it.
    fn function(&self, operation: &Operation) -> Arc<Function> {
        let all = || operation.parameters.iter().enumerate();
        let places =
            [ParameterPlace::Path, ParameterPlace::Query, ParameterPlace::Header, ParameterPlace::Cookie];
        let in_order = places.iter().flat_map(|place| all().filter(|(_, p)| p.place == *place));
        let node = |parameter: &Parameter| Some(self.models.at(styled(parameter)?));
        let parameters = in_order.filter_map(|(at, p)| node(p).map(|node| (at, node.takes_any_text(), node)));
        let parameters = parameters.map(|(at, free, node)| (at, node, free)).collect();
        // Nothing but the titles tells: a parameter's is made of the header's name, a field's of the name in the code.
        let of_model = |parameter: &Parameter| {
            let title = styled(parameter).and_then(|at| self.models.title(at));
            let dashes = parameter.place == ParameterPlace::Header && parameter.name.contains('-');
            dashes && title.is_some_and(|title| title.eq_ignore_ascii_case(&parameter.name.replace('-', " ")))
        };
        let modelled = all().filter(|(_, p)| of_model(p)).map(|(at, _)| at).collect();
        let function = Arc::new(Function { parameters, modelled });
        self.functions.rcu(|known| {
            let mut known = BTreeMap::clone(known);
            known.insert(operation.head.index, Arc::clone(&function));
            known
        });
        function
    }

    fn parameter(
        &self,
        parameter: &Parameter,
        node: &Node,
        sent: &Sent,
        whole: &dyn Fn() -> Option<Py>,
        troubles: &mut Vec<Trouble>,
    ) {
        let value = sent.value(parameter, node.is_sequence());
        let loc = || vec![Step::from(parameter.place.as_str()), Step::Name(parameter.name.clone())];
        // Of a list in a JSON text FastAPI looks at the text's own length.
        let empty =
            |value: &Py| matches!(node, Node::Json(inner) if inner.is_sequence() && *value == Py::from(""));
        match value.filter(|value| !empty(value)) {
            Some(value) => troubles.extend(Acceptance::troubles(&self.models, node, &value, loc())),
            None if parameter.required => {
                troubles.push(Trouble::missing(loc(), whole().unwrap_or(Py::None)));
            }
            None => {}
        }
    }

    fn body_troubles(&self, declared: &RequestBody, body: &Body, troubles: &mut Vec<Trouble>) {
        let Some(schema) = declared.content.first().and_then(|media| media.schema.as_ref()) else { return };
        let node = self.models.at(schema);
        let embedded = matches!(&*node, Node::Named(_, name) if name.starts_with("Body_"));
        let here = vec![Step::from("body")];
        match body {
            Body::Form(items) => {
                let parts = form_body::parts(&self.models, &node, embedded);
                troubles.extend(Form { models: &self.models, items }.troubles(&parts));
            }
            Body::Value(value) if !embedded => {
                troubles.extend(Acceptance::troubles(&self.models, &node, value, here));
            }
            Body::Absent if !embedded => {
                if declared.required {
                    troubles.push(Trouble::missing(here, Py::None));
                }
            }
            Body::Value(_) | Body::Absent => self.embedded(&node, body, troubles),
        }
    }

    /// Several body parameters: each is a member of the body and is looked at by itself.
    fn embedded(&self, node: &Node, body: &Body, troubles: &mut Vec<Trouble>) {
        let Node::Named(at, name) = node else { return };
        let model = self.models.named(at, name);
        let Node::Model { fields, .. } = &*model else { return };
        for field in fields {
            let loc = vec![Step::from("body"), Step::Name(field.name.clone())];
            let value = match body {
                Body::Value(value @ Py::Dict(_)) => value.get(&field.name),
                // Neither an object nor unread bytes: what has no members lacks each of them.
                Body::Value(value) if !matches!(value, Py::Bytes(_)) => {
                    troubles.push(Trouble::missing(loc, Py::None));
                    continue;
                }
                _ => None,
            };
            match value {
                Some(value) => troubles.extend(Acceptance::troubles(&self.models, &field.node, value, loc)),
                None if field.required => troubles.push(Trouble::missing(loc, Py::None)),
                None => {}
            }
        }
    }
}

impl RequestReader for Application {
    fn read<'r>(
        &'r self,
        operation: &'r Operation,
        request: &'r Request,
    ) -> Result<Box<dyn ReadRequest + 'r>, Rejection> {
        match self.body(operation, request) {
            Ok(body) => Ok(Box::new(Read { application: self, operation, request, body })),
            Err(Stop::Syntax(troubles)) => Err(rejection(&troubles)),
            Err(Stop::Unreadable(message)) => {
                Err(Rejection { status: 400, body: None, message, places: Vec::new() })
            }
        }
    }
}

/// A request whose body FastAPI has read.
struct Read<'r> {
    application: &'r Application,
    operation: &'r Operation,
    request: &'r Request,
    body: Body,
}

impl ReadRequest for Read<'_> {
    fn judge(&self, path_values: &[(String, String)]) -> Option<Rejection> {
        let troubles = self.application.troubles(self.operation, path_values, self.request, &self.body);
        (!troubles.is_empty()).then(|| rejection(&troubles))
    }
}

/// The 422 that FastAPI answers.
fn rejection(troubles: &[Trouble]) -> Rejection {
    let places = troubles.iter().map(Trouble::place).collect();
    Rejection { status: 422, body: Some(detail(troubles)), message: "", places }
}

impl Function {
    /// All headers, where they are fields of one model: what lacks a field is shown as a whole then.
    fn header_model(&self, operation: &Operation, sent: &Sent) -> Option<Py> {
        if self.modelled.is_empty() {
            return None;
        }
        let headers = self.parameters.iter().map(|(at, node, _)| (*at, &operation.parameters[*at], node));
        let headers: Vec<_> = headers.filter(|(_, p, _)| p.place == ParameterPlace::Header).collect();
        let mut members: Vec<(String, Py)> = headers
            .iter()
            .filter_map(|(at, p, node)| {
                let name = if self.modelled.contains(at) { p.name.replace('-', "_") } else { p.name.clone() };
                Some((name, sent.value(p, node.is_sequence())?))
            })
            .collect();
        let fields: Vec<String> = headers.iter().map(|(_, p, _)| p.name.to_ascii_lowercase()).collect();
        for (name, _) in &sent.headers.0 {
            let name = name.as_str().to_ascii_lowercase();
            if !fields.contains(&name) && members.iter().all(|(known, _)| *known != name) {
                let mut values: Vec<Py> = sent.headers.all(&name).map(|v| Py::Str(latin1(v))).collect();
                let value = if values.len() == 1 { values.swap_remove(0) } else { Py::List(values) };
                members.push((name, value));
            }
        }
        Some(Py::Dict(members))
    }
}

/// The schema of a parameter that has one.
fn styled(parameter: &Parameter) -> Option<&Location> {
    match &parameter.shape {
        ParameterShape::Styled { schema, .. } => schema.as_ref(),
        ParameterShape::Content(_) => None,
    }
}

fn is_form(declared: &RequestBody) -> bool {
    declared.content.iter().any(|media| {
        ["application/x-www-form-urlencoded", "multipart/form-data"]
            .iter()
            .any(|form| media.name.eq_ignore_ascii_case(form))
    })
}

/// Whether the Content-Type says JSON, as FastAPI reads it (with Python's e-mail package).
fn says_json(headers: &Headers) -> bool {
    let Some(text) = headers.get_str("content-type") else { return false };
    let essence = text.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    match essence.split_once('/') {
        Some(("application", sub)) if !sub.contains('/') => sub == "json" || sub.ends_with("+json"),
        _ => false,
    }
}

/// Whether a parameter was sent, as far as that is seen at once.
fn is_there(parameter: &Parameter, path_values: &[(String, String)], request: &Request) -> bool {
    match parameter.place {
        ParameterPlace::Path => path_values.iter().any(|(name, _)| *name == parameter.name),
        ParameterPlace::Header => request.headers.get(&parameter.name).is_some(),
        _ => false,
    }
}

/// The texts of a request, decoded as Starlette decodes them.
struct Sent<'r> {
    path: Vec<(&'r str, String)>,
    query: Vec<(String, String)>,
    headers: &'r Headers,
    cookies: Vec<(String, String)>,
}

impl<'r> Sent<'r> {
    fn new(path_values: &'r [(String, String)], request: &'r Request) -> Self {
        let path = path_values
            .iter()
            .map(|(name, raw)| (name.as_str(), percent::decode_text(raw).into_owned()))
            .collect();
        let query = request
            .query()
            .unwrap_or_default()
            .split('&')
            .filter(|member| !member.is_empty())
            .map(|member| {
                let (name, value) = member.split_once('=').unwrap_or((member, ""));
                (percent::decode_form_text(name).into_owned(), percent::decode_form_text(value).into_owned())
            })
            .collect();
        let cookies = request.headers.all("cookie").flat_map(|value| cookies(&latin1(value))).collect();
        Self { path, query, headers: &request.headers, cookies }
    }

    /// The value for a parameter; `None` when there is none.
    fn value(&self, parameter: &Parameter, sequence: bool) -> Option<Py> {
        let name = parameter.name.as_str();
        let mut texts: Vec<String> = match parameter.place {
            ParameterPlace::Path => {
                self.path.iter().filter(|(n, _)| *n == name).map(|(_, v)| v.clone()).collect()
            }
            ParameterPlace::Header => self.headers.all(name).map(|v| latin1(v)).collect(),
            ParameterPlace::Cookie => {
                self.cookies.iter().filter(|(n, _)| n == name).map(|(_, v)| v.clone()).collect()
            }
            ParameterPlace::Query | ParameterPlace::QueryString => {
                self.query.iter().filter(|(n, _)| n == name).map(|(_, v)| v.clone()).collect()
            }
        };
        let many = matches!(parameter.place, ParameterPlace::Query | ParameterPlace::Header);
        if sequence && many {
            let all: Vec<Py> = texts.into_iter().map(Py::Str).collect();
            return (!all.is_empty()).then_some(Py::List(all));
        }
        // Of several, the first header and the last of everything else counts.
        if parameter.place == ParameterPlace::Header {
            texts.truncate(1);
        }
        texts.pop().map(Py::Str)
    }
}

fn latin1(bytes: &[u8]) -> String {
    bytes.iter().map(|b| char::from(*b)).collect()
}

fn cookies(header: &str) -> Vec<(String, String)> {
    header
        .split(';')
        .map(|chunk| chunk.split_once('=').unwrap_or(("", chunk)))
        .map(|(name, value)| (name.trim(), value.trim()))
        .filter(|(name, value)| !(name.is_empty() && value.is_empty()))
        .map(|(name, value)| (name.to_owned(), unquoted(value)))
        .collect()
}

/// A cookie's value without its quotation marks and backslashes (Python's `http.cookies`).
fn unquoted(value: &str) -> String {
    let Some(inner) = value.strip_prefix('"').and_then(|v| v.strip_suffix('"')) else {
        return value.to_owned();
    };
    let mut out = String::new();
    let mut chars = inner.chars().peekable();
    while let Some(c) = chars.next() {
        if c != '\\' {
            out.push(c);
            continue;
        }
        let digits: String = chars.clone().take(3).collect();
        match u8::from_str_radix(&digits, 8) {
            Ok(byte) if digits.len() == 3 => {
                out.push(char::from(byte));
                chars.nth(2);
            }
            _ => out.extend(chars.next()),
        }
    }
    out
}
