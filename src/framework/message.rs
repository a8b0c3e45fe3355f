//! Plain objects with a `message` (and nothing that would tell the parts apart): `{"message": "…"}`.

use serde_json::{Value, json};

use super::interface::Framework;
use super::refusal::{ErrorBody, Refusal};

/// The convention of plain message objects.
pub(super) struct Message;

impl Framework for Message {
    fn name(&self) -> &'static str {
        "message"
    }

    fn media_type(&self) -> &'static str {
        "application/json"
    }

    fn write(&self, refusal: &Refusal) -> Value {
        json!({"message": refusal.message})
    }

    fn recognise(&self, _status: u16, body: &Value) -> Option<ErrorBody> {
        let message = body.as_object()?.get("message")?.as_str()?;
        Some(ErrorBody { message: Some(message.to_owned()), entries: Vec::new() })
    }

    fn counter_example(&self) -> Value {
        json!({"message": {"not": "a text"}})
    }
}
