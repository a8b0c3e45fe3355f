//! One value being drawn, kind by kind.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde_json::{Map, Value};

use crate::base::Dice;
use crate::base::dice::Switch;
use crate::base::limits::{VALUE_DEPTH_MAX, VALUE_NODES_MAX, VALUE_WEIGHT_MAX};
use crate::generate::clock::Clock;
use crate::generate::interface::ValueOptions;
use crate::generate::plan::equal::contains;
use crate::generate::plan::kind::{Kind, PlanId};
use crate::generate::plan::node::Content;
use crate::generate::plan::{Alternative, ENDLESS, Plan, Planner};
use crate::generate::realistic::{self, Subject};
use crate::schema::Schema;
use crate::schema::Types;

/// How often a drawn value is drawn again because it is one of those that are not wanted.
const TRIES: usize = 24;

/// How many levels deeper than other optional things a schema without `type` still gets what it means.
const MEANT_DEEPER: usize = 2;

/// Why a value that would be too large is not drawn.
pub(crate) const TOO_LARGE: &str = "the smallest value would be too large";

/// Nothing could be drawn, and why.
#[derive(Clone, Debug)]
pub(crate) struct Stuck(pub(crate) &'static str);

/// One value being drawn.
pub(crate) struct Draw<'d> {
    pub(crate) planner: &'d Planner,
    pub(crate) schema: &'d Schema,
    pub(crate) options: &'d ValueOptions,
    pub(crate) dice: &'d mut Dice,
    /// Values drawn so far, nested ones counted.
    pub(crate) nodes: usize,
    /// How many there may be.
    pub(crate) nodes_max: usize,
    /// Draw only what must be there.
    pub(crate) lean: bool,
    /// Follow discriminators.
    pub(crate) hints: bool,
    /// The days on which things happen, once they are known.
    clock: Option<Clock>,
    /// What the next value's being there depends on.
    pub(crate) switch: Option<Switch>,
}

/// What is known of the place that a value is for.
fn subject<'s>(way: &'s Alternative, name: Option<&'s str>) -> Subject<'s> {
    let known = way.node.text.formats.iter().find(|(_, wanted)| *wanted).map(|(format, _)| format.name);
    Subject {
        name,
        description: way.node.description.as_deref(),
        format: known.or(way.node.format_hint.as_deref()),
    }
}

impl<'d> Draw<'d> {
    /// A drawing that has not begun.
    pub(crate) fn new(
        planner: &'d Planner,
        schema: &'d Schema,
        options: &'d ValueOptions,
        dice: &'d mut Dice,
    ) -> Self {
        Self {
            planner,
            schema,
            options,
            dice,
            nodes: 0,
            nodes_max: VALUE_WEIGHT_MAX,
            lean: false,
            hints: true,
            clock: None,
            switch: None,
        }
    }

    fn clock(&mut self) -> Clock {
        let clock = self.clock.unwrap_or_else(|| Clock::new(self.dice));
        self.clock = Some(clock);
        clock
    }

    /// The plan of that number.
    pub(crate) fn plan(&self, id: PlanId) -> Option<&'d Plan> {
        self.planner.plan(self.schema.bundle(), id)
    }

    /// True when the plan has a value.
    pub(crate) fn possible(&self, id: PlanId) -> bool {
        self.plan(id).is_some_and(|plan| plan.height != ENDLESS)
    }

    /// True when only what must be there is drawn at this depth.
    pub(crate) fn is_lean(&self, depth: usize) -> bool {
        self.lean || depth >= self.options.depth_max || self.nodes > VALUE_NODES_MAX
    }

    /// Fails when the value would become too large with `more` further parts.
    pub(crate) fn weigh(&mut self, more: usize) -> Result<(), Stuck> {
        if self.nodes.saturating_add(more) > self.nodes_max { Err(Stuck(TOO_LARGE)) } else { Ok(()) }
    }

    /// Draws a value; `name` is that of the property that it is for.
    pub(crate) fn value(&mut self, id: PlanId, depth: usize, name: Option<&str>) -> Result<Value, Stuck> {
        self.nodes += 1;
        if depth > VALUE_DEPTH_MAX {
            return Err(Stuck("the value would be too deep"));
        }
        self.weigh(0)?;
        let group = self.dice.open(self.switch.take());
        let plan = self.plan(id).ok_or(Stuck("a plan is missing"))?;
        let drawn = self.by_plan(plan, depth, name);
        self.dice.close(group);
        drawn
    }

    fn by_plan(&mut self, plan: &'d Plan, depth: usize, name: Option<&str>) -> Result<Value, Stuck> {
        let lean = self.is_lean(depth);
        let lowest = |height: u32| if lean { height == plan.height } else { height != ENDLESS };
        let mut last = Stuck("nothing fulfils it");
        let way = if lean {
            plan.ways.iter().find(|way| way.kinds.iter().any(|(_, height)| lowest(*height)))
        } else if let [only] = plan.ways.as_slice() {
            Some(only)
        } else {
            let usual = |way: &&Alternative| !way.node.object.is_odd();
            let count = if self.options.realistic { plan.ways.iter().filter(usual).count() } else { 0 };
            if count == 0 || count == plan.ways.len() {
                self.dice.pick(&plan.ways)
            } else {
                // What breaks one alternative of a `oneOf` to be another alone is valid, but nobody's data look so.
                plan.ways.iter().filter(usual).nth(self.dice.index(count))
            }
        };
        let Some(way) = way else { return Err(last) };
        if let Some(example) = self.example(way) {
            return Ok(example);
        }
        let meant = way.node.meant().filter(|types| self.can_mean(way, *types, depth));
        let fits = |(kind, height): &&(Kind, u32)| match meant {
            Some(types) => *height != ENDLESS && types.meets(kind.types()),
            None => lowest(*height),
        };
        let count = way.kinds.iter().filter(fits).count();
        let chosen = if lean || count == 1 { 0 } else { self.kind_index(way, count) };
        let Some((kind, _)) = way.kinds.iter().filter(fits).nth(chosen) else {
            return Err(last);
        };
        for _ in 0..TRIES {
            match self.kind(kind, way, depth, name) {
                Ok(value) if way.node.not_values.is_empty() || !contains(&way.node.not_values, &value) => {
                    return Ok(value);
                }
                Ok(_) => last = Stuck("only values that are not allowed were found"),
                Err(stuck) => last = stuck,
            }
            if way.node.not_values.is_empty() {
                break;
            }
        }
        Err(last)
    }

    /// Whether a value of the types that a schema without `type` means can be drawn here. Past a depth only what ends
    /// soonest may be: such schemas can hold themselves.
    fn can_mean(&self, way: &Alternative, types: Types, depth: usize) -> bool {
        depth < self.options.depth_max + MEANT_DEEPER
            && self.nodes <= VALUE_NODES_MAX
            && way.kinds.iter().any(|(kind, height)| *height != ENDLESS && types.meets(kind.types()))
    }

    /// The number of a kind out of those possible. Where anything goes people like to see a text.
    fn kind_index(&mut self, way: &Alternative, count: usize) -> usize {
        let anything = count >= 6;
        if anything && self.options.realistic {
            return way.kinds.iter().position(|(kind, _)| matches!(kind, Kind::Text(_))).unwrap_or(0);
        }
        self.dice.index(count)
    }

    /// One of the schema's own examples, now and then or, where people look, always.
    fn example(&mut self, way: &Alternative) -> Option<Value> {
        if !self.options.use_examples || way.node.examples.is_empty() {
            return None;
        }
        if !self.options.realistic && !self.dice.chance(25) {
            return None;
        }
        let usable: Vec<&Arc<Value>> = way
            .node
            .examples
            .iter()
            .filter(|value| crate::generate::plan::kind::admits(&way.node, value))
            .collect();
        self.dice.pick(&usable).map(|value| Value::clone(value))
    }

    /// A text that holds what `contentMediaType` and `contentSchema` say, written as `contentEncoding` says.
    fn content(&mut self, content: &Content, depth: usize) -> Option<String> {
        let inner = if content.json {
            let value = match content.term {
                Some(term) => {
                    let id = self.planner.intern(vec![term]);
                    self.possible(id).then(|| self.value(id, depth + 1, None).ok()).flatten()?
                }
                None => Value::Object(Map::new()),
            };
            Some(value.to_string())
        } else {
            None
        };
        match (content.encoding.as_deref(), inner) {
            (None, inner) => inner,
            (Some(encoding), inner) => {
                let bytes = inner.map_or_else(
                    || {
                        (0..self.dice.index(24))
                            .map(|_| u8::try_from(self.dice.index(256)).unwrap_or(0))
                            .collect()
                    },
                    String::into_bytes,
                );
                Some(if encoding == "base64url" {
                    URL_SAFE_NO_PAD.encode(bytes)
                } else {
                    STANDARD.encode(bytes)
                })
            }
        }
    }

    /// A value of an array or object plan that stands for itself.
    pub(crate) fn one_of_kind(&mut self, kind: &Kind) -> Option<Value> {
        self.lean = true;
        match kind {
            Kind::Array(plan) => self.array(plan, 0, None).ok(),
            Kind::Object(plan) => self.object(plan, 0).ok(),
            _ => None,
        }
    }

    fn kind(
        &mut self,
        kind: &'d Kind,
        way: &'d Alternative,
        depth: usize,
        name: Option<&str>,
    ) -> Result<Value, Stuck> {
        match kind {
            Kind::Values(values) => self.dice.pick(values).cloned().ok_or(Stuck("an empty list of values")),
            Kind::Integer(plan) | Kind::Fraction(plan) => {
                if self.options.realistic {
                    let whole = matches!(kind, Kind::Integer(_));
                    let (subject, clock) = (subject(way, name), self.clock());
                    let proposed = realistic::number(subject, whole, clock, self.dice);
                    if let Some(value) = proposed.and_then(|number| plan.accept(number)) {
                        return Ok(value);
                    }
                }
                plan.draw(self.options, self.dice).ok_or(Stuck("no number keeps the rules"))
            }
            Kind::Text(plan) => {
                let weight = plan.rules().min / 64;
                self.weigh(weight)?;
                self.nodes += weight;
                if let Some(content) = &way.node.content
                    && let Some(text) = self.content(content, depth)
                    && plan.rules().admits(&text)
                {
                    return Ok(Value::String(text));
                }
                if self.options.realistic {
                    let (subject, clock) = (subject(way, name), self.clock());
                    let proposed = realistic::text(subject, clock, self.dice);
                    if let Some(text) = proposed.filter(|text| plan.rules().admits(text)) {
                        return Ok(Value::String(text));
                    }
                }
                plan.draw(self.options, self.dice)
                    .map(Value::String)
                    .ok_or(Stuck("no text was found that keeps the rules"))
            }
            Kind::Array(plan) => self.array(plan, depth, name),
            Kind::Object(plan) => self.object(plan, depth),
        }
    }
}
