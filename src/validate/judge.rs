//! The judge: messages of a contract's operations, read and validated.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, PoisonError, RwLock};

use indexmap::IndexMap;
use serde_json::Value;

use crate::contract::{Contract, Operation, ParameterPlace, SecurityScheme};
use crate::document::{Location, SchemaError, SchemaSource};
use crate::schema::Schemas;
use crate::validate::parameter::{cookie_members, header_text};
use crate::validate::plan::{ParameterPlan, Plan};
use crate::validate::{BodyValue, Breach, BreachKind, Coercion, Forms, Part, body, response, security};
use crate::wire::query::{self, Member};
use crate::wire::style::Raw;
use crate::wire::{Headers, Request, Response};

/// A parameter that was sent, decoded and coerced.
#[derive(Clone, Debug, PartialEq)]
pub struct ParameterValue {
    /// Where it was sent.
    pub place: ParameterPlace,
    /// Its name as the contract writes it.
    pub name: Arc<str>,
    /// Its value; text where it could not be coerced.
    pub value: Value,
}

/// What a request says, and what is wrong with it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RequestVerdict {
    /// The documented parameters that were sent, in the contract's order.
    pub parameters: Vec<ParameterValue>,
    /// The body.
    pub body: Option<BodyValue>,
    /// What is wrong: security first, then parameters in the contract's order, then the body.
    pub breaches: Vec<Breach>,
}

impl RequestVerdict {
    /// The value of a parameter; header names compare without case.
    #[must_use]
    pub fn parameter(&self, place: ParameterPlace, name: &str) -> Option<&Value> {
        let same = |p: &&ParameterValue| {
            p.place == place
                && (*p.name == *name || place == ParameterPlace::Header && p.name.eq_ignore_ascii_case(name))
        };
        self.parameters.iter().find(same).map(|p| &p.value)
    }

    /// The value of the body, where it has one.
    #[must_use]
    pub fn body_value(&self) -> Option<&Value> {
        self.body.as_ref().and_then(BodyValue::value)
    }

    /// True when nothing is wrong.
    #[must_use]
    pub fn is_valid(&self) -> bool {
        self.breaches.is_empty()
    }
}

/// An operation as a judge knows it: which of its parts are read how, with which schemas.
#[derive(Clone, Debug)]
pub struct Planned(Arc<Plan>);

impl Planned {
    /// Whether a body of this media type, or of none, is one that the operation documents; true where it documents no
    /// body.
    #[must_use]
    pub fn takes_media(&self, operation: &Operation, headers: &Headers) -> bool {
        operation.request_body.is_none() || body::is_documented(&self.0.content, headers)
    }
}

/// Judges messages. Compiles an operation's plan on first use and keeps it.
pub struct Judge {
    schemas: Schemas,
    schemes: IndexMap<String, SecurityScheme>,
    coercion: Coercion,
    forms: Forms,
    plans: RwLock<HashMap<Location, Arc<Plan>>>,
}

impl fmt::Debug for Judge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Judge")
    }
}

impl Judge {
    /// A judge of a contract's messages.
    #[must_use]
    pub fn new(contract: &Arc<Contract>) -> Self {
        Self::with_source(contract.schema_source(), contract.security_schemes().clone())
    }

    /// A judge over schemas from `source` and the contract's security schemes.
    #[must_use]
    pub fn with_source(source: Arc<dyn SchemaSource>, schemes: IndexMap<String, SecurityScheme>) -> Self {
        let (coercion, forms) = (Coercion::Strict, Forms::Contract);
        Self { schemas: Schemas::new(source), schemes, coercion, forms, plans: RwLock::default() }
    }

    /// The same, taking text for values as generously as said.
    #[must_use]
    pub fn with_coercion(mut self, coercion: Coercion) -> Self {
        self.coercion = coercion;
        self
    }

    /// The same, taking arrays and objects in queries and forms as generously as said.
    #[must_use]
    pub fn with_forms(mut self, forms: Forms) -> Self {
        self.forms = forms;
        self
    }

    /// The schemas, compiled on first use.
    #[must_use]
    pub fn schemas(&self) -> &Schemas {
        &self.schemas
    }

    /// What is wrong with the schemas of an operation; they let everything pass that they can't say anything about.
    #[must_use]
    pub fn defects(&self, operation: &Operation) -> Vec<SchemaError> {
        self.plan(operation).defects()
    }

    fn plan(&self, operation: &Operation) -> Arc<Plan> {
        let at = &operation.head.location;
        // Entries are only ever added whole: a panic elsewhere leaves the map as it was.
        if let Some(plan) = self.plans.read().unwrap_or_else(PoisonError::into_inner).get(at) {
            return Arc::clone(plan);
        }
        let plan = Arc::new(Plan::new(operation, &self.schemas));
        let mut plans = self.plans.write().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(plans.entry(at.clone()).or_insert(plan))
    }

    /// Reads and judges a request. `path_values` are the parts of the path that the template's parameters stand for,
    /// still percent-encoded.
    #[must_use]
    pub fn request(
        &self,
        operation: &Operation,
        path_values: &[(String, String)],
        request: &Request,
    ) -> RequestVerdict {
        self.read(&self.plan(operation), operation, path_values, request, false)
    }

    /// An operation as this judge knows it, for those who judge many of its requests.
    #[must_use]
    pub fn planned(&self, operation: &Operation) -> Planned {
        Planned(self.plan(operation))
    }

    /// [`Judge::request`] with the operation's plan at hand. With `flat`, a JSON body is read as a flat document: no tree
    /// is made of it until somebody asks for one.
    #[must_use]
    pub fn request_planned(
        &self,
        planned: &Planned,
        operation: &Operation,
        path_values: &[(String, String)],
        request: &Request,
        flat: bool,
    ) -> RequestVerdict {
        self.read(&planned.0, operation, path_values, request, flat)
    }

    fn read(
        &self,
        plan: &Plan,
        operation: &Operation,
        path_values: &[(String, String)],
        request: &Request,
        flat: bool,
    ) -> RequestVerdict {
        let mut verdict = RequestVerdict::default();
        self.credentials(operation, request, &mut verdict.breaches);
        let members: Vec<Member<'_>> =
            request.query().filter(|_| plan.has_query).map_or_else(Vec::new, |q| query::members(q).collect());
        let cookies = if plan.has_cookies { cookie_members(&request.headers) } else { Vec::new() };
        for parameter in &plan.parameters {
            let header;
            let raw = match parameter.place {
                ParameterPlace::Path => path_values
                    .iter()
                    .find(|(name, _)| **name == *parameter.name)
                    .map(|(_, raw)| Raw::Text(raw)),
                ParameterPlace::Query => Some(Raw::Members(&members)),
                ParameterPlace::Cookie => Some(Raw::Members(&cookies)),
                ParameterPlace::QueryString => request.query().map(Raw::Text),
                ParameterPlace::Header => {
                    header = self.header(parameter, request);
                    header.as_deref().map(Raw::Text)
                }
            };
            let RequestVerdict { parameters, breaches, .. } = &mut verdict;
            parameter.judge_in(self.forms, raw, self.coercion, breaches, |value| {
                let name = Arc::clone(&parameter.name);
                parameters.push(ParameterValue { place: parameter.place, name, value });
            });
        }
        if let Some(documented) = &operation.request_body {
            match request.body.as_deref().filter(|body| !body.is_empty()) {
                Some(bytes) => {
                    let read = || body::judge_flat(&plan.content, &request.headers, bytes);
                    verdict.body = flat.then(read).flatten().or_else(|| {
                        body::judge(
                            &plan.content,
                            &request.headers,
                            bytes,
                            &documented.location,
                            body::Manner { coercion: self.coercion, forms: self.forms, bounded: false },
                            &mut verdict.breaches,
                        )
                    });
                }
                None if documented.required => verdict.breaches.push(Breach::plain(
                    Part::Body,
                    None,
                    BreachKind::Missing,
                    &documented.location,
                    Value::Null,
                    Value::Null,
                    "the body is missing".to_owned(),
                )),
                None => {}
            }
        }
        verdict
    }

    /// A header's text: the first field for one value, all of them for a list (RFC 9110 §5.3).
    fn header<'r>(
        &self,
        parameter: &ParameterPlan,
        request: &'r Request,
    ) -> Option<std::borrow::Cow<'r, str>> {
        let first = header_text(request.headers.get(&parameter.name)?);
        if !parameter.check.reading.types.has(crate::schema::Types::ARRAY) {
            return Some(first);
        }
        let all: Vec<_> = request.headers.all(&parameter.name).map(|value| header_text(value)).collect();
        Some(if all.len() == 1 { first } else { all.join(", ").into() })
    }

    fn credentials(&self, operation: &Operation, request: &Request, breaches: &mut Vec<Breach>) {
        for name in security::missing(&operation.security, &self.schemes, request) {
            let at = self.schemes.get(name).map_or(&operation.head.location, |scheme| &scheme.location);
            let message = format!("the credentials of `{name}` are missing");
            let (expected, kind) = (Value::String(name.to_owned()), BreachKind::Credentials);
            breaches.push(Breach::plain(
                Part::Security,
                Some(name),
                kind,
                at,
                expected,
                Value::Null,
                message,
            ));
        }
    }

    /// Judges a response to a request of the operation's own method.
    #[must_use]
    pub fn response(&self, operation: &Operation, answer: &Response) -> Vec<Breach> {
        self.response_to(operation, &operation.head.method, answer)
    }

    /// Judges a response to a request with `method` (a response to HEAD has no body to judge).
    #[must_use]
    pub fn response_to(&self, operation: &Operation, method: &str, answer: &Response) -> Vec<Breach> {
        response::judge(&self.plan(operation), operation, method, answer)
    }
}
