//! What a FastAPI application makes of a request, read off its contract: pydantic v2's lax mode, FastAPI's order.
//!
//! A FastAPI contract is written by the models that validate its requests, so most of what those models do can be
//! read back from it: `{"type": "integer"}` takes the text `"12"` and the float `12.0`, `{"type": "boolean"}` takes
//! `"on"`, a union reports the trouble of each branch. [`Application`] does the reading (`model`), the validating
//! (`accept`, `scalar`, `choice`, `moment`, …) and what FastAPI does around it (`request`): a body that is no JSON comes
//! first, then path, query, headers, cookies, body. What a contract does not say is decided by what is more usual:
//! `number` or `string` is a `Decimal`, query parameters are single ones and not fields of a model.
//!
//! Sources: pydantic's documentation (conversion table, validation errors), Python's `json` module, FastAPI's
//! documentation of requests; everything was compared with the running libraries.

mod accept;
mod choice;
mod decode;
mod email;
mod encoded;
mod form;
mod form_body;
mod model;
mod moment;
mod network;
mod node;
mod python;
mod request;
mod scalar;
mod trouble;

pub(super) use request::Application;
