//! Refusals: which status, which dialect, which words.
//!
//! The status is a documented one wherever one fits; the dialect is the one that the documented schema of that status
//! shows. A schema that no dialect fits is filled by generation, with the message put where a message belongs.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use arc_swap::ArcSwap;
use bytes::Bytes;
use indexmap::IndexMap;
use serde_json::Value;

use super::fill;
use crate::base::Seed;
use crate::contract::{Contract, MediaType, Operation, OperationIndex, Response as Documented, StatusKey};
use crate::document::Location;
use crate::framework::{self, Entry, Fact, Framework, Part, Reason, Refusal, detect};
use crate::mock::content::body::{self, Made};
use crate::mock::content::generated::generated;
use crate::mock::settings::ErrorChoice;
use crate::schema::Schemas;
use crate::validate::{Breach, BreachKind, Part as BreachPart};
use crate::wire::media::{self, Media};
use crate::wire::{Headers, Response};

/// How many operations are looked at to find the contract's dialect: enough for a majority, few enough for the
/// largest contract.
const LOOKED_AT_MAX: usize = 24;

/// Writes refusals.
pub(crate) struct Refuser {
    choice: ErrorChoice,
    undocumented: bool,
    seed: Seed,
    house: OnceLock<House>,
    fits: ArcSwap<BTreeMap<(OperationIndex, u16), Fit>>,
}

/// What the contract's error schemas show.
struct House {
    /// The dialect that most of them are in.
    dialect: Option<&'static str>,
    /// The response that most of them are like.
    own: Option<Documented>,
}

/// The dialect that an operation's documented response takes, and the media type to send it as, written out.
type Fit = Option<(&'static dyn Framework, Bytes)>;

impl std::fmt::Debug for Refuser {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Refuser")
    }
}

impl Refuser {
    /// A refuser that follows these settings.
    #[must_use]
    pub(crate) fn new(choice: ErrorChoice, undocumented: bool, seed: Seed) -> Self {
        Self {
            choice,
            undocumented,
            seed: seed.derive("errors"),
            house: OnceLock::new(),
            fits: ArcSwap::default(),
        }
    }

    /// The status for a reason: a documented one where one fits.
    #[must_use]
    pub(crate) fn status(&self, operation: Option<&Operation>, reason: Reason, house: &dyn Framework) -> u16 {
        // In the order of fitness; what stands first is taken when nothing is documented.
        let wanted: &[u16] = match reason {
            Reason::Invalid => house.invalid_statuses(),
            // A challenge belongs to 401 alone (RFC 9110 §15.5.2).
            Reason::Unauthenticated => &[401],
            Reason::Forbidden => &[403],
            Reason::NoPath => &[404],
            Reason::Method => &[405],
            Reason::NotAcceptable => &[406],
            Reason::TooLarge => &[413],
            Reason::Fault | Reason::Asked => &[503],
            Reason::MediaType => &[415, 422, 400],
            Reason::NoEntity => &[404, 410, 422, 400, 403, 409],
            Reason::State => &[409, 422, 400, 403, 423],
            Reason::Precondition => &[412, 409, 400],
        };
        let first = wanted[0];
        let Some(operation) = operation else { return first };
        let documented = wanted.iter().copied().find(|status| operation.response_for(*status).is_some());
        match documented {
            // Gone is as good as not found; anything else gives way to what fits best.
            Some(status) if !self.undocumented || status == 410 => status,
            _ => first,
        }
    }

    /// The dialect that most of the contract's error schemas show; plain problem details when none does.
    pub(crate) fn framework(&self, contract: &Contract, schemas: &Schemas) -> &'static dyn Framework {
        let forced = match self.choice {
            ErrorChoice::Of(name) => Some(name),
            ErrorChoice::Auto | ErrorChoice::Contract => None,
        };
        let seen = || self.house.get_or_init(|| look_around(contract, schemas)).dialect.unwrap_or("problem");
        framework::by_name(forced.unwrap_or_else(seen)).unwrap_or(framework::ALL[0])
    }

    /// The response for a refusal: by the documented response of its status; else in the house's dialect, or like the
    /// contract's other errors where those are in none.
    #[must_use]
    pub(crate) fn write(
        &self,
        schemas: &Schemas,
        house: &'static dyn Framework,
        operation: Option<&Operation>,
        refusal: &Refusal,
    ) -> Response {
        let documented = operation.and_then(|o| Some((o, o.response_for(refusal.status)?)));
        let Some((operation, documented)) = documented else {
            return match self.own(operation) {
                Some(like) => self.filled(schemas, like, refusal),
                None => plain(house, refusal),
            };
        };
        let mut answer = if documented.content.is_empty() {
            Response { status: refusal.status, ..Response::default() }
        } else {
            match self.fit(schemas, house, operation, documented, refusal.status) {
                Some((dialect, media)) if self.suits(schemas, documented, dialect, refusal) => {
                    in_dialect(dialect, media, refusal)
                }
                _ => self.filled(schemas, documented, refusal),
            }
        };
        if !documented.headers.is_empty() {
            answer.headers.0.extend(body::headers(schemas, documented, self.seed).0);
        }
        answer
    }

    /// The documented error that undocumented ones are to look like, where no dialect is known to fit.
    fn own<'s>(&'s self, operation: Option<&'s Operation>) -> Option<&'s Documented> {
        let house = self.house.get()?;
        if !(self.choice == ErrorChoice::Contract || house.dialect.is_none()) {
            return None;
        }
        let near =
            operation.and_then(|o| o.responses.iter().find(|r| error_status(r).is_some() && has_json(r)));
        near.or(house.own.as_ref())
    }

    /// Whether the documented schema takes this very body. One with entries has the shape that was tried when the
    /// dialect was chosen; one without may have another.
    fn suits(
        &self,
        schemas: &Schemas,
        documented: &Documented,
        dialect: &dyn Framework,
        refusal: &Refusal,
    ) -> bool {
        if !refusal.entries.is_empty() || matches!(self.choice, ErrorChoice::Of(_)) {
            return true;
        }
        let json = documented.content.iter().filter(|m| media::is_json(&m.name));
        let value = dialect.write(refusal);
        json.filter_map(|m| body::schema_of(schemas, m)).all(|schema| schema.is_valid(&value))
    }

    /// Whether an operation's answer with this status is in the framework's dialect.
    pub(crate) fn speaks(
        &self,
        schemas: &Schemas,
        house: &'static dyn Framework,
        operation: &Operation,
        status: u16,
        framework: &dyn Framework,
    ) -> bool {
        let documented = operation.response_for(status).filter(|r| !r.content.is_empty());
        documented
            .and_then(|r| self.fit(schemas, house, operation, r, status))
            .is_some_and(|(dialect, _)| dialect.name() == framework.name())
    }

    /// What [`Refuser::fitting`] finds, found once for each operation and status.
    fn fit(
        &self,
        schemas: &Schemas,
        house: &'static dyn Framework,
        operation: &Operation,
        documented: &Documented,
        status: u16,
    ) -> Fit {
        let key = (operation.head.index, status);
        if let Some(known) = self.fits.load().get(&key) {
            return known.clone();
        }
        let found = self.fitting(schemas, house, documented, status);
        self.fits.rcu(|known| {
            let mut known = BTreeMap::clone(known);
            known.insert(key, found.clone());
            known
        });
        found
    }

    /// The dialect whose bodies the documented schema takes, and the media type to send them as.
    fn fitting(
        &self,
        schemas: &Schemas,
        house: &'static dyn Framework,
        documented: &Documented,
        status: u16,
    ) -> Fit {
        if matches!(self.choice, ErrorChoice::Of(_)) {
            return Some((house, Bytes::from_static(house.media_type().as_bytes())));
        }
        if self.choice == ErrorChoice::Contract {
            return None;
        }
        let json = documented.content.iter().filter_map(|m| Some((m, media::parse(&m.name)?)));
        let json: Vec<(&MediaType, Media)> = json.filter(|(_, parsed)| parsed.is_json()).collect();
        let fits = |d: &'static dyn Framework| {
            let preferred = json.iter().find(|(_, parsed)| parsed.essence() == d.media_type());
            let (documented, parsed) = preferred.or(json.first())?;
            let takes =
                body::schema_of(schemas, documented).is_none_or(|s| s.is_valid(&detect::specimen(d, status)));
            takes.then(|| (d, parsed.field()))
        };
        let shows = |d: &'static dyn Framework| {
            json.iter()
                .any(|(m, _)| body::schema_of(schemas, m).is_some_and(|s| !s.is_valid(&d.counter_example())))
        };
        let telling = framework::ALL.into_iter().filter(|d| shows(*d)).find_map(fits);
        telling.or_else(|| fits(house)).or_else(|| framework::ALL.into_iter().find_map(fits))
    }

    /// The documented schema, filled: a generated value with the message where one belongs.
    fn filled(&self, schemas: &Schemas, documented: &Documented, refusal: &Refusal) -> Response {
        let is_json = |m: &&MediaType| media::parse(&m.name).is_some_and(|parsed| parsed.is_json());
        let Some(media) = documented.content.iter().find(is_json).or(documented.content.first()) else {
            return Response { status: refusal.status, ..Response::default() };
        };
        let concrete = body::concrete(media);
        let Some(schema) = body::schema_of(schemas, media) else {
            let text = Value::String(refusal.message.clone());
            return with_body(refusal.status, &body::write(&concrete, None, text));
        };
        let mut value = generated(&schema, self.seed.nth(refusal.status.into()));
        fill::put_in(&mut value, &schema, refusal);
        with_body(refusal.status, &body::write(&concrete, Some(&schema), value))
    }
}

/// A response in a dialect, for statuses that the contract does not document.
fn plain(dialect: &'static dyn Framework, refusal: &Refusal) -> Response {
    in_dialect(dialect, Bytes::from_static(dialect.media_type().as_bytes()), refusal)
}

/// A response in a dialect, as this JSON media type.
fn in_dialect(dialect: &dyn Framework, media: Bytes, refusal: &Refusal) -> Response {
    let mut headers = Headers::new();
    headers.push("content-type", media);
    Response { status: refusal.status, headers, body: dialect.text(refusal).into(), truncated: false }
}

/// A breach as an entry of an error body; credentials and media types are told otherwise.
pub(crate) fn entry(breach: &Breach) -> Option<Entry> {
    let part = match breach.part {
        BreachPart::Path => Part::Path,
        BreachPart::Query => Part::Query,
        BreachPart::Header => Part::Header,
        BreachPart::Cookie => Part::Cookie,
        BreachPart::Body => Part::Body,
        BreachPart::Status | BreachPart::MediaType | BreachPart::Security => return None,
    };
    if let BreachKind::Syntax(offset) = breach.kind {
        let fact = Fact::Syntax { message: breach.violation.message.clone(), offset: offset.unwrap_or(0) };
        return Some(Entry { part, name: breach.name.clone(), fact });
    }
    Some(Entry::violation(part, breach.name.clone(), breach.violation.clone(), breach.input.clone()))
}

/// A response with this body.
#[must_use]
pub(crate) fn with_body(status: u16, made: &Made) -> Response {
    let mut headers = Headers::new();
    headers.push("content-type", made.media.field());
    Response { status, headers, body: made.bytes.clone(), truncated: false }
}

/// The status of a documented error; of a range its first, 500 for `default`.
fn error_status(documented: &Documented) -> Option<u16> {
    match documented.status {
        StatusKey::Exact(status) if status >= 400 => Some(status),
        StatusKey::Range(digit) if digit >= 4 => Some(u16::from(digit) * 100),
        StatusKey::Default => Some(500),
        _ => None,
    }
}

/// Whether a response has a JSON body with a schema.
fn has_json(documented: &Documented) -> bool {
    let is_json = |m: &MediaType| media::parse(&m.name).is_some_and(|parsed| parsed.is_json());
    documented.content.iter().any(|m| m.schema.is_some() && is_json(m))
}

/// What the schemas of most operations show.
fn look_around(contract: &Contract, schemas: &Schemas) -> House {
    let mut votes = [0_usize; framework::ALL.len()];
    let mut seen: IndexMap<Location, (usize, Documented)> = IndexMap::new();
    let heads = contract.heads();
    // Spread over the whole contract: its beginning may be one odd corner of it.
    let step = heads.len().div_ceil(LOOKED_AT_MAX).max(1);
    for head in heads.iter().step_by(step) {
        let operation = contract.operation(head.index);
        for documented in &operation.responses {
            let Some(status) = error_status(documented) else { continue };
            for (vote, dialect) in votes.iter_mut().zip(framework::ALL) {
                let shows = |m: &MediaType| {
                    body::schema_of(schemas, m).is_some_and(|s| detect::shows(dialect, &s, status))
                };
                *vote += usize::from(documented.content.iter().any(shows));
            }
            let schema =
                documented.content.iter().find_map(|m| m.schema.clone()).filter(|_| has_json(documented));
            if let Some(schema) = schema {
                seen.entry(schema).or_insert_with(|| (0, documented.clone())).0 += 1;
            }
        }
    }
    let most = votes.iter().max().copied().unwrap_or(0);
    let first = framework::ALL.iter().zip(votes).find(|(_, n)| *n == most && most > 0);
    // Of equally frequent ones the first.
    let own = seen.into_values().rev().max_by_key(|(count, _)| *count).map(|(_, documented)| documented);
    House { dialect: first.map(|(dialect, _)| dialect.name()), own }
}
