//! The only file that names the jsonschema crate: bundles become judges.
//!
//! Patterns run on the linear engine; only when one of them can't be expressed there does the bundle get the
//! back-tracking engine, with a low limit of steps.

pub(super) mod builtin;
mod instance;
mod work;

use std::borrow::Cow;
use std::sync::{Arc, OnceLock};

use jsonschema::error::ValidationErrorKind;
use jsonschema::json::{Json, JsonNumber, Node};
use jsonschema::{Draft, Keyword, PatternOptions, Retrieve, ValidationError, ValidationOptions, Validator};
use serde_json::Value;

use self::instance::{FlatJson, Instance, place_of};
use crate::base::Pointer;
use crate::base::limits::{
    EFFORT_MAX, REGEX_BACKTRACK_MAX, SCHEMA_REPAIRS_MAX, SHOWN_CHARS_MAX, VIOLATION_VALUE_BYTES_MAX,
    VIOLATIONS_MAX,
};
use crate::base::pointer;
use crate::document::SchemaError;
use crate::schema::bundle::{Bundle, RANGE_KEYWORD};
use crate::schema::crowded;
use crate::schema::effort::{Effort, Measured, measure};
use crate::schema::flat::Flat;
use crate::schema::format;
use crate::schema::violation::Violation;

/// A compiled bundle.
#[derive(Debug)]
pub(super) struct Compiled {
    trees: Validator,
    /// The same for flat documents, once one was judged; `None` where there is none.
    flats: OnceLock<Option<Validator<FlatJson>>>,
    /// How much work a value is, where that depends on it.
    effort: Option<Effort>,
}

/// Compiles `bundle`. Keywords that no JSON Schema compiler accepts are dropped, in a copy of the bundle that has them
/// as defects and is answered as well.
///
/// # Errors
/// [`SchemaError::Invalid`] when dropping does not help.
pub(super) fn compile(bundle: &Bundle) -> Result<(Compiled, Option<Bundle>), SchemaError> {
    let effort = match measure(bundle.document()) {
        Measured::Small => None,
        Measured::Counted(effort) => Some(effort),
        Measured::TooMuch(reason) => {
            return Err(crowded::error(bundle.origin("").unwrap_or_default(), &reason));
        }
    };
    let mut repaired: Option<Bundle> = None;
    let mut reason = String::new();
    for _ in 0..SCHEMA_REPAIRS_MAX {
        let place = match attempt(repaired.as_ref().unwrap_or(bundle)) {
            Ok(trees) => return Ok((Compiled { trees, flats: OnceLock::new(), effort }, repaired)),
            Err((place, why)) => {
                reason = why;
                place
            }
        };
        // The fault may lie in the value's inside (`required: [1]`): the keyword as a whole goes.
        if !drop_nearest(repaired.get_or_insert_with(|| bundle.clone()), &place, &reason) {
            break;
        }
    }
    Err(SchemaError::Invalid { at: bundle.origin("").unwrap_or_default(), reason })
}

/// On the linear engine, else on the back-tracking one; where it fails, and why.
fn attempt<F: Json>(bundle: &Bundle) -> Result<Validator<F>, (String, String)> {
    let linear = options().with_pattern_options(PatternOptions::regex()).build(bundle.document());
    linear.or_else(|_| {
        let fancy = PatternOptions::fancy_regex().backtrack_limit(REGEX_BACKTRACK_MAX);
        let built = options().with_pattern_options(fancy).build(bundle.document());
        built.map_err(|e| (e.instance_path().as_str().to_owned(), e.to_string()))
    })
}

fn drop_nearest(bundle: &mut Bundle, place: &str, reason: &str) -> bool {
    if !place.starts_with("/$defs/") || place.matches('/').count() < 3 {
        return false;
    }
    bundle.drop_keyword(place, reason)
}

fn options<'i, F: Json>() -> ValidationOptions<'i, Arc<dyn Retrieve>, F> {
    let mut options =
        ValidationOptions::default().with_draft(Draft::Draft202012).should_validate_formats(true);
    for format in format::ALL.iter().filter(|format| !format.builtin) {
        if let Some(check) = format.text {
            options = options.with_format(format.name, check);
        }
    }
    options.with_keyword(RANGE_KEYWORD, |_, value, _| {
        let range = value.as_str().and_then(format::find).and_then(|format| format.range);
        Ok(Box::new(Range(range)))
    })
}

/// Bounds of a number format; formats themselves only see strings.
struct Range(Option<(i128, i128)>);

impl<'i, F: Json> Keyword<'i, F> for Range {
    fn validate(&self, instance: F::Node<'i>) -> Result<(), ValidationError<'i>> {
        if Keyword::<F>::is_valid(self, instance.clone()) {
            return Ok(());
        }
        Err(ValidationError::custom(format!("{} is out of its format's range", instance.to_value())))
    }

    fn is_valid(&self, instance: F::Node<'i>) -> bool {
        let (Some((low, high)), Some(number)) = (self.0, instance.as_number()) else { return true };
        if let Some(whole) = number.as_i64().map(i128::from).or_else(|| number.as_u64().map(i128::from)) {
            return (low..=high).contains(&whole);
        }
        // Floats this near to 2^63 are whole anyway; the cast saturates. -2^63 itself would be an integer: a float that
        // is equal to it is a number below, rounded.
        #[expect(clippy::cast_possible_truncation, reason = "saturates, which is out of range as well")]
        number.as_f64().is_none_or(|float| {
            (low..=high).contains(&(float.floor() as i128))
                && (low..=high).contains(&(float.ceil() as i128))
                && !(low == i128::from(i64::MIN) && float <= low as f64)
        })
    }
}

impl Compiled {
    pub(super) fn is_valid(&self, value: &Value) -> bool {
        self.effort.as_ref().is_none_or(|effort| effort.allows(value)) && self.trees.is_valid(value)
    }

    /// The same of a flat document; `bundle` is what this was compiled from.
    pub(super) fn is_valid_flat(&self, flat: &Flat, bundle: &Bundle) -> bool {
        if self.effort.is_some() {
            return self.is_valid(&flat.to_value());
        }
        match self.flats.get_or_init(|| attempt(bundle).ok()) {
            Some(flats) => work::bounded(|| flats.is_valid(Instance::At(flat.root()))).unwrap_or(false),
            None => self.is_valid(&flat.to_value()),
        }
    }

    pub(super) fn violations(&self, value: &Value, bundle: &Bundle) -> Vec<Violation> {
        if self.effort.as_ref().is_some_and(|effort| !effort.allows(value)) {
            return vec![too_much(value, bundle)];
        }
        let mut left = VIOLATIONS_MAX;
        self.trees.iter_errors(value).map_while(|error| violation(&error, bundle, None, &mut left)).collect()
    }

    /// The same of a flat document; `None` when it would be too much work to say.
    pub(super) fn violations_flat(&self, flat: &Flat, bundle: &Bundle) -> Option<Vec<Violation>> {
        if self.effort.is_some() {
            return Some(self.violations(&flat.to_value(), bundle));
        }
        let Some(flats) = self.flats.get_or_init(|| attempt(bundle).ok()) else {
            return Some(self.violations(&flat.to_value(), bundle));
        };
        let errors: Vec<_> = work::counted(|| flats.iter_errors(Instance::At(flat.root())).collect());
        let whole = work::is_left();
        let mut left = VIOLATIONS_MAX;
        let found: Vec<_> = errors
            .iter()
            .filter(|error| place_of(error.instance()) != Some(None))
            .map_while(|error| violation(error, bundle, Some(flat), &mut left))
            .collect();
        (whole || !found.is_empty()).then_some(found)
    }
}

/// What an error says; `None` when `left`, which is how many may still be told, is nothing.
fn violation(
    error: &ValidationError<'_>,
    bundle: &Bundle,
    flat: Option<&Flat>,
    left: &mut usize,
) -> Option<Violation> {
    *left = left.checked_sub(1)?;
    let raw_path = error.schema_path().as_str();
    let path = raw_path.strip_suffix(RANGE_KEYWORD).map(|parent| format!("{parent}format"));
    let path = path.as_deref().unwrap_or(raw_path);
    let kind = error.kind();
    let keyword = match kind {
        ValidationErrorKind::FalseSchema if bundle.is_omitted(path) => "writeOnly".to_owned(),
        ValidationErrorKind::FalseSchema => "false".to_owned(),
        ValidationErrorKind::Custom { .. } if path != raw_path => "format".to_owned(),
        other => other.keyword().to_owned(),
    };
    let expected = match kind {
        ValidationErrorKind::Required { property } => property.clone(),
        ValidationErrorKind::FalseSchema => Value::Bool(false),
        _ => small(pointer::find(bundle.document(), path).map_or(Cow::Owned(Value::Null), Cow::Borrowed)),
    };
    let branches = match kind {
        ValidationErrorKind::AnyOf { context }
        | ValidationErrorKind::OneOfNotValid { context }
        | ValidationErrorKind::OneOfMultipleValid { context } => context
            .iter()
            .map(|branch| branch.iter().map_while(|error| violation(error, bundle, flat, left)).collect())
            .collect(),
        _ => Vec::new(),
    };
    let names = match kind {
        ValidationErrorKind::AdditionalProperties { unexpected }
        | ValidationErrorKind::UnevaluatedProperties { unexpected } => unexpected.clone(),
        ValidationErrorKind::PropertyNames { error } => {
            error.instance().as_str().map(str::to_owned).into_iter().collect()
        }
        _ => Vec::new(),
    };
    let place = place_of(error.instance()).flatten().zip(flat).map(|(number, flat)| flat.place(number));
    let (actual, message) = match place {
        None => (small(Cow::Borrowed(error.instance())), error.to_string()),
        Some(at) => {
            let text = at.text();
            let long = text.len() > VALUE_TEXT_BYTES_MAX;
            let shown = if long { text.get(..head(text)).unwrap_or_default() } else { text };
            let shown = if long { format!("{shown} …") } else { shown.to_owned() };
            let actual = if long { Value::Null } else { small(Cow::Owned(at.to_value())) };
            (actual, error.masked_with(shown).to_string())
        }
    };
    Some(Violation {
        names,
        instance: Pointer::parse(error.instance_path().as_str()).unwrap_or_default(),
        keyword,
        schema: bundle.origin(path).unwrap_or_default(),
        expected,
        actual,
        message: crate::schema::violation::cut(&message),
        branches,
    })
}

/// The value is not judged.
fn too_much(value: &Value, bundle: &Bundle) -> Violation {
    Violation {
        names: Vec::new(),
        instance: Pointer::root(),
        keyword: "$ref".to_owned(),
        schema: bundle.origin("").unwrap_or_default(),
        expected: Value::Null,
        actual: small(Cow::Borrowed(value)),
        message: format!(
            "the value can't be judged: its schema reaches the same parts in so many ways that it would take more than \
             {EFFORT_MAX} steps"
        ),
        branches: Vec::new(),
    }
}

/// The longest value, in bytes of JSON, that is looked at whether it is small enough to be copied into a violation.
const VALUE_TEXT_BYTES_MAX: usize = 4 * VIOLATION_VALUE_BYTES_MAX;

/// Where the beginning of a long text ends that a message shows.
fn head(text: &str) -> usize {
    text.char_indices().nth(SHOWN_CHARS_MAX).map_or(text.len(), |(at, _)| at)
}

/// A copy of `value`, or `null` when it is large.
fn small(value: Cow<'_, Value>) -> Value {
    fn weight(value: &Value, budget: &mut usize) -> bool {
        let own = match value {
            Value::String(text) => text.len() + 8,
            _ => 8,
        };
        let Some(rest) = budget.checked_sub(own) else { return false };
        *budget = rest;
        match value {
            Value::Array(items) => items.iter().all(|item| weight(item, budget)),
            Value::Object(members) => members.values().all(|item| weight(item, budget)),
            _ => true,
        }
    }
    let mut budget = VIOLATION_VALUE_BYTES_MAX;
    if weight(&value, &mut budget) { value.into_owned() } else { Value::Null }
}
