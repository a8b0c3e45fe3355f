//! What a family of keywords is, and what it has to break a keyword with.

use serde_json::{Map, Value};

use super::place;
use crate::base::Dice;
use crate::generate::draw::Draw;
use crate::generate::interface::ValueOptions;
use crate::generate::plan::Planner;
use crate::generate::plan::table::{Id, Term};
use crate::schema::Schema;

/// A family of keywords with its way to break them.
#[derive(Clone, Copy)]
pub(super) struct Family {
    /// The keywords.
    pub(super) keywords: &'static [&'static str],
    /// Replacements for the value at the place, the most telling ones first. They need not all break the keyword.
    pub(super) propose: fn(&mut Aim<'_>) -> Vec<Value>,
}

/// What is to be broken where.
pub(super) struct Aim<'a> {
    pub(super) schema: &'a Schema,
    pub(super) planner: &'a Planner,
    pub(super) options: &'a ValueOptions,
    pub(super) dice: &'a mut Dice,
    /// The schema object that holds the keyword.
    pub(super) members: &'a Map<String, Value>,
    /// The keyword.
    pub(super) keyword: &'a str,
    /// Its value.
    pub(super) rule: &'a Value,
    /// What stands at the place now.
    pub(super) old: &'a Value,
    /// All schemas that surely apply there.
    pub(super) ids: &'a [Id],
    /// The one with the keyword.
    pub(super) id: Id,
}

impl Aim<'_> {
    /// A value that fulfils the terms.
    pub(super) fn draw(&mut self, terms: Vec<Term>) -> Option<Value> {
        let id = self.planner.intern(terms);
        let options =
            ValueOptions { depth_max: 2, realistic: false, use_examples: false, ..self.options.clone() };
        let mut draw = Draw::new(self.planner, self.schema, &options, self.dice);
        draw.possible(id).then(|| draw.value(id, 0, None).ok()).flatten()
    }

    /// A value for a further item of the array, or a further property: anything that the schemas around allow.
    pub(super) fn inner(&mut self, token: &str) -> Option<Value> {
        let terms = place::below(self.schema, self.planner, self.ids, self.old, token);
        self.draw(terms.into_iter().map(Term::Is).collect())
    }

    /// A replacement that fulfils everything at the place but the keyword.
    pub(super) fn redraw(&mut self) -> Option<Value> {
        let bundle = self.schema.bundle();
        let terms = self.planner.with_table(|table| {
            let mut terms = Vec::new();
            for id in self.ids {
                // What counts as evaluated is not known once the references are cut: left to the judge.
                let mut gone = vec!["$ref", "allOf", "unevaluatedProperties", "unevaluatedItems"];
                if *id == self.id {
                    gone.push(self.keyword);
                    if self.keyword == "contains" {
                        gone.extend(["minContains", "maxContains"]);
                    }
                }
                terms.push(Term::Is(table.without(bundle, *id, &gone)));
            }
            let keyword = table.keyword(self.keyword);
            terms.push(Term::Breaks(self.id, keyword));
            terms
        });
        self.draw(terms)
    }
}
