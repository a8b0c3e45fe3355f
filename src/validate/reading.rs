//! What a schema lets a text be: the types that may stand at each place, through every keyword that says something of it.

use std::borrow::Cow;
use std::sync::Arc;

use serde_json::{Map, Value};

use crate::base::limits::{READING_DEPTH_MAX, READING_STEPS_MAX, REGEX_BACKTRACK_MAX};
use crate::base::pointer;
use crate::schema::{Schema, Types};
use crate::wire::style::Wanted;

/// The types whose values have a text.
const SCALAR: Types = Types::STRING.or(Types::NUMBER).or(Types::BOOLEAN);

/// The types whose values hold others.
pub(super) const NESTED: Types = Types::ARRAY.or(Types::OBJECT);

/// What a schema lets a text be: the types that may stand at each place.
#[derive(Clone, Debug)]
pub struct Reading {
    /// The types allowed here.
    pub types: Types,
    /// The types that conditions speak of: a text may be one of them where nothing else is said of it.
    hinted: Types,
    /// Whether something is said of numbers that is not said of other types (`minimum` without `type`): what reads as a number
    /// is one.
    numeric: bool,
    /// What the first items are, by position.
    pub first_items: Vec<Reading>,
    /// What the other items are.
    pub items: Option<Box<Reading>>,
    /// What known members are.
    pub properties: Vec<(String, Reading)>,
    /// What members are whose names match a pattern; one that can't be compiled may match any name.
    pub patterns: Vec<(Option<fancy_regex::Regex>, Reading)>,
    /// What other members are; none where there may be no others.
    pub others: Option<Box<Reading>>,
    /// Whether the schema says anything about other members.
    said: bool,
}

impl Reading {
    /// Anything: text stays text.
    #[must_use]
    pub fn any() -> Self {
        Self { others: Some(Box::new(Self::text())), ..Self::text() }
    }

    pub(super) fn text() -> Self {
        Self {
            types: Types::ANY,
            hinted: Types::NONE,
            numeric: false,
            first_items: Vec::new(),
            items: None,
            properties: Vec::new(),
            patterns: Vec::new(),
            others: None,
            said: false,
        }
    }

    /// What `schema` allows.
    #[must_use]
    pub fn of(schema: &Schema) -> Self {
        let document = schema.outline().document();
        Reader { document, steps: READING_STEPS_MAX }.read(document, 0)
    }

    /// What the member of that name is; `None` where there may be no such member.
    #[must_use]
    pub fn member(&self, name: &str) -> Option<Cow<'_, Self>> {
        let known = self.properties.iter().filter(|(known, _)| known == name).map(|(_, reading)| reading);
        let matching = self.patterns.iter().filter(|(pattern, _)| {
            pattern.as_ref().is_none_or(|pattern| pattern.is_match(name).unwrap_or(true))
        });
        let mut all = known.chain(matching.map(|(_, reading)| reading));
        let Some(first) = all.next() else { return self.others.as_deref().map(Cow::Borrowed) };
        let mut member = Cow::Borrowed(first);
        all.for_each(|reading| member.to_mut().narrow(reading.clone()));
        Some(member)
    }

    /// What the item at a position is.
    #[must_use]
    pub fn item(&self, position: usize) -> Option<&Self> {
        self.first_items.get(position).or(self.items.as_deref())
    }

    /// What a decoder shall look for in a text, where `several` says whether the text could be a list.
    #[must_use]
    pub fn wanted(&self, several: bool, taken: &Arc<[String]>) -> Wanted {
        let scalar = self.types.meets(SCALAR);
        if self.types.has(Types::ARRAY) && (!scalar || several && self.types != Types::ANY) {
            Wanted::Array
        } else if self.types.has(Types::OBJECT) && !scalar {
            Wanted::Object {
                properties: self.properties.iter().map(|(name, _)| name.clone()).collect(),
                open: self.others.is_some() || !self.patterns.is_empty(),
                taken: Arc::clone(taken),
            }
        } else {
            Wanted::Scalar
        }
    }

    /// True when only arrays and objects are allowed.
    #[must_use]
    pub fn is_structured(&self) -> bool {
        self.types != Types::NONE && !self.types.meets(SCALAR) && self.types.meets(NESTED)
    }

    /// True when a text may be a string as well as something else, so that both are worth a try.
    #[must_use]
    pub fn is_ambiguous(&self) -> bool {
        self.is_ambiguous_here()
            || self.first_items.iter().chain(self.items.as_deref()).any(Self::is_ambiguous)
            || self.properties.iter().any(|(_, reading)| reading.is_ambiguous())
            || self.patterns.iter().any(|(_, reading)| reading.is_ambiguous())
            || self.others.as_ref().is_some_and(|others| others.is_ambiguous())
    }

    /// As [`Reading::is_ambiguous`], of this place alone.
    pub(super) fn is_ambiguous_here(&self) -> bool {
        let types = self.of_text();
        types.has(Types::STRING)
            && types != Types::ANY
            && types.meets(Types::NUMBER.or(Types::BOOLEAN).or(Types::NULL))
    }

    /// True where nothing but keywords of numbers tells what a text is.
    pub(super) fn is_numeric(&self) -> bool {
        self.numeric && self.types == Types::ANY
    }

    /// The types that a text here may be of.
    pub(super) fn of_text(&self) -> Types {
        if self.types == Types::ANY && self.hinted != Types::NONE {
            return Types::STRING.or(self.hinted);
        }
        self.types
    }

    /// Takes in what holds as well.
    fn narrow(&mut self, other: Self) {
        self.types = self.types.and(other.types);
        self.combine(other, Self::narrow, |reading| reading);
    }

    /// Takes in what may hold instead.
    fn widen(&mut self, other: Self) {
        self.types = self.types.or(other.types);
        self.combine(other, Self::widen, |reading| reading);
    }

    /// Takes in what may hold, depending on the instance: where nothing else is known of a place, its text may be this
    /// too.
    fn hint(&mut self, other: Self) {
        if other.types != Types::ANY {
            self.hinted = self.hinted.or(other.types);
        }
        if let Some(others) = other.others.as_ref().filter(|_| other.said && !self.said) {
            self.others = Some(Box::new(Self::hinted((**others).clone())));
        }
        self.combine(Self { said: false, others: None, ..other }, Self::hint, Self::hinted);
    }

    fn hinted(reading: Self) -> Self {
        let mut known = Self::text();
        known.hint(reading);
        known
    }

    /// Takes in what another schema says of items and members: `meet` joins what both speak of, `fresh` takes what it
    /// alone speaks of.
    fn combine(&mut self, other: Self, meet: fn(&mut Self, Self), fresh: fn(Self) -> Self) {
        self.hinted = self.hinted.or(other.hinted);
        self.numeric |= other.numeric;
        for (at, reading) in other.first_items.into_iter().enumerate() {
            match self.first_items.get_mut(at) {
                Some(known) => meet(known, reading),
                None => self.first_items.push(fresh(reading)),
            }
        }
        match (self.items.as_deref_mut(), other.items) {
            (Some(known), Some(items)) => meet(known, *items),
            (None, Some(items)) => self.items = Some(Box::new(fresh(*items))),
            _ => {}
        }
        for (name, reading) in other.properties {
            match self.properties.iter_mut().find(|(known, _)| *known == name) {
                Some((_, known)) => meet(known, reading),
                None => self.properties.push((name, fresh(reading))),
            }
        }
        self.patterns.extend(other.patterns);
        if other.said {
            match self.others.as_deref_mut().filter(|_| self.said) {
                Some(known) => {
                    if let Some(others) = other.others {
                        meet(known, *others);
                    }
                }
                None if !self.said => self.others = other.others,
                None => {}
            }
            self.said = true;
        } else if !self.said && self.others.is_none() {
            // What may hold of other members, depending on the instance.
            self.others = other.others;
        }
    }
}

/// Keywords that apply to numbers only (JSON Schema Validation 2020-12, section 6.2).
const NUMERIC: [&str; 5] = ["minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"];

/// Reads one schema.
struct Reader<'d> {
    document: &'d Value,
    steps: usize,
}

impl<'d> Reader<'d> {
    fn read(&mut self, schema: &'d Value, depth: usize) -> Reading {
        let mut reading = self.part(schema, depth);
        // A part without a word about other members must not open what another closes.
        if !reading.said && reading.others.is_none() {
            reading.others = Some(Box::new(Reading::text()));
        }
        reading
    }

    /// What a schema says, without what it leaves open.
    fn part(&mut self, schema: &'d Value, depth: usize) -> Reading {
        self.steps = self.steps.saturating_sub(1);
        let Some(members) = schema.as_object().filter(|_| depth < READING_DEPTH_MAX && self.steps > 0) else {
            return Reading::any();
        };
        let numeric = NUMERIC.iter().any(|word| members.contains_key(*word));
        let mut reading = Reading { types: own_types(members), numeric, ..Reading::text() };
        self.members(members, depth, &mut reading);
        self.items(members, depth, &mut reading);
        let target = members
            .get("$ref")
            .and_then(Value::as_str)
            .and_then(|r| pointer::find(self.document, r.strip_prefix('#')?));
        let all_of = members.get("allOf").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
        for part in target.into_iter().chain(all_of) {
            let part = self.part(part, depth + 1);
            reading.narrow(part);
        }
        for keyword in ["anyOf", "oneOf"] {
            let branches = members.get(keyword).and_then(Value::as_array).into_iter().flatten();
            let mut all: Option<Reading> = None;
            for branch in branches {
                let branch = self.part(branch, depth + 1);
                match &mut all {
                    Some(all) => all.widen(branch),
                    None => all = Some(branch),
                }
            }
            if let Some(all) = all {
                reading.narrow(all);
            }
        }
        let dependent = members.get("dependentSchemas").and_then(Value::as_object);
        let conditional = ["if", "then", "else", "not"].iter().filter_map(|word| members.get(*word));
        for part in conditional.chain(dependent.into_iter().flat_map(Map::values)) {
            let part = self.part(part, depth + 1);
            reading.hint(part);
        }
        reading
    }

    fn members(&mut self, schema: &'d Map<String, Value>, depth: usize, reading: &mut Reading) {
        let named = |word: &str| schema.get(word).and_then(Value::as_object).into_iter().flatten();
        for (name, property) in named("properties") {
            reading.properties.push((name.clone(), self.read(property, depth + 1)));
        }
        for (pattern, property) in named("patternProperties") {
            let compiled =
                fancy_regex::RegexBuilder::new(pattern).backtrack_limit(REGEX_BACKTRACK_MAX).build();
            reading.patterns.push((compiled.ok(), self.read(property, depth + 1)));
        }
        let others = schema.get("additionalProperties").or_else(|| schema.get("unevaluatedProperties"));
        if let Some(others) = others {
            reading.said = true;
            if *others != Value::Bool(false) {
                reading.others = Some(Box::new(self.read(others, depth + 1)));
            }
        }
    }

    fn items(&mut self, schema: &'d Map<String, Value>, depth: usize, reading: &mut Reading) {
        for item in schema.get("prefixItems").and_then(Value::as_array).into_iter().flatten() {
            reading.first_items.push(self.read(item, depth + 1));
        }
        if let Some(items) = schema.get("items").or_else(|| schema.get("unevaluatedItems")) {
            reading.items = Some(Box::new(self.read(items, depth + 1)));
        }
        if let Some(contains) = schema.get("contains") {
            let contains = self.read(contains, depth + 1);
            let mut items = reading.items.take().map_or_else(Reading::any, |items| *items);
            items.hint(contains);
            reading.items = Some(Box::new(items));
        }
    }
}

/// The types that `type`, `enum` and `const` leave.
fn own_types(schema: &Map<String, Value>) -> Types {
    let named = |name: &str| Types::named(name).unwrap_or(Types::NONE);
    let all = |types: &mut dyn Iterator<Item = Types>| types.fold(Types::NONE, Types::or);
    let mut types = match schema.get("type") {
        Some(Value::String(name)) => named(name),
        Some(Value::Array(names)) => all(&mut names.iter().filter_map(Value::as_str).map(named)),
        _ => Types::ANY,
    };
    if let Some(Value::Array(values)) = schema.get("enum") {
        types = types.and(all(&mut values.iter().map(type_of)));
    }
    if let Some(value) = schema.get("const") {
        types = types.and(type_of(value));
    }
    types
}

/// The type that a value is of by name: a fraction is a number.
fn type_of(value: &Value) -> Types {
    let own = Types::of(value);
    if own == Types::FRACTION { Types::NUMBER } else { own }
}
