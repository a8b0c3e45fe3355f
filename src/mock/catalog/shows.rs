//! Whether the success of a creation shows new entities as they are.

use std::sync::Arc;

use super::index::Catalog;
use super::plan::Plan;
use crate::mock::content::present::Reader;
use crate::schema::{Flat, Schema};

/// Whether the success of a creation shows new entities as they are.
pub(crate) enum ShowsNew<'p> {
    /// As the contract's author declared.
    Always,
    Never,
    /// Those that this schema takes, of whose properties all are shown.
    Judged(&'p Arc<Schema>, &'p Reader),
}

impl Catalog {
    /// Whether the success of a creation shows new entities as they are.
    pub(crate) fn shows_new<'p>(&self, plan: &'p Plan, number: usize) -> ShowsNew<'p> {
        let own = plan.created.is_none_or(|created| Some(created) == plan.success);
        let resource = self.resource(number);
        let envelope = plan.envelope(resource).filter(|envelope| own && envelope.is_root());
        let (Some(schema), Some(envelope)) = (&plan.schema, envelope) else { return ShowsNew::Never };
        if resource.declared && resource.shown_by == Some(plan.operation.head.index) {
            return ShowsNew::Always;
        }
        if !self.shows_one(plan, number) {
            return ShowsNew::Never;
        }
        ShowsNew::Judged(schema, plan.reader(envelope))
    }

    /// Whether the success shows a new entity, given as JSON, as it is.
    pub(crate) fn shows_text(&self, plan: &Plan, number: usize, text: &str) -> bool {
        match self.shows_new(plan, number) {
            ShowsNew::Always => true,
            ShowsNew::Never => false,
            ShowsNew::Judged(schema, reader) => Flat::parse(text.as_bytes()).is_some_and(|made| {
                reader.shows_all(made.root().members().map(|(name, _)| name)) && schema.is_valid_flat(&made)
            }),
        }
    }
}
