//! The judgement: may this request go out?

use std::collections::HashSet;

use crate::base::Seed;
use crate::contract::{Operation, ParameterPlace};
use crate::exercise::guard::knowledge::{Knowledge, Role};
use crate::exercise::guard::memory::{Memory, Own};
use crate::exercise::guard::payload::{self, Payload};
use crate::exercise::guard::reason::Reason;
use crate::generate::case::naming::{Known, Naming, is_common, is_made_with, is_marked, is_nobodys, refers};
use crate::generate::case::settings::is_safe;
use crate::generate::case::{Case, CaseSettings, Destructive, KnownId};
use crate::resource::model::parameters;
use crate::wire::percent;

/// What a judgement is made of.
pub(super) struct Bench<'b> {
    pub(super) settings: &'b CaseSettings,
    pub(super) knowledge: &'b Knowledge,
    pub(super) memory: &'b Memory,
    /// What the operation's path says of its records.
    pub(super) known: &'b Known,
    /// What the contract shows as values.
    pub(super) shown: &'b HashSet<String>,
    /// Names of query members that are credentials.
    pub(super) credentials: &'b [String],
    /// The seed of the run that the case was kept from.
    pub(super) kept: Option<Seed>,
}

/// A path parameter of a request.
struct Segment {
    name: String,
    /// The template up to it.
    prefix: String,
    /// Its text, decoded.
    text: String,
}

/// Whose an id is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Whose {
    /// The run made it, below these parents.
    Made,
    /// The run made it, and deleted it.
    Gone,
    /// The user gave it.
    Given,
    /// Nobody has it.
    Nobodys,
    /// Perhaps somebody's.
    Foreign,
}

impl Bench<'_> {
    /// Whether the case may be sent.
    pub(super) fn judge(&self, operation: &Operation, case: &Case) -> Result<(), Reason> {
        let head = &operation.head;
        if self.settings.destructive == Destructive::All {
            return Ok(());
        }
        let methods = payload::methods(&case.request);
        // Text that goes on in the same segment is another value than the case says.
        let behind = case.behind(&head.path).filter(|rest| rest.is_empty() || rest.starts_with(['/', '&']));
        let behind = behind.map(|rest| rest.split('&').next().unwrap_or_default().to_owned());
        let routed = payload::is_routed(&case.request);
        let itself = !routed
            && methods.iter().all(|method| *method == head.method)
            && behind.as_deref().is_some_and(|rest| rest.is_empty() || rest == "/");
        if itself && self.settings.allowed.contains(&head.index) {
            return self.clean(case);
        }
        let role = self.knowledge.role(operation);
        let safe = !routed && methods.iter().all(|method| is_safe(method));
        let commanded = matches!(role, Role::Acts(_))
            || self.query(case).iter().any(|(name, value)| self.commands(name, value))
            || !itself && self.knowledge.commanding(&head.path).is_some()
            || behind.is_none() && self.knowledge.commanding(case.request.path()).is_some();
        if safe && !commanded {
            return Ok(());
        }
        if self.settings.destructive == Destructive::None {
            return Err(Reason::Unsafe);
        }
        match role {
            Role::Creates(_) if itself => self.creation(operation, case),
            Role::Asks if itself => self.question(case),
            _ if routed => Err(Reason::Elsewhere),
            role => self.change(operation, case, behind.as_deref(), &role),
        }
    }

    /// Whether nobody has this text as an id.
    fn nobodys(&self, text: &str) -> bool {
        is_nobodys(text, self.shown) && self.kept.is_none_or(|seed| is_made_with(text, seed))
    }

    /// What asks says nothing by which something is changed.
    fn question(&self, case: &Case) -> Result<(), Reason> {
        self.clean(case)?;
        let values = match payload::body(&case.request) {
            Payload::Sealed => return Err(Reason::Names),
            Payload::Values { values, .. } => values,
            Payload::Nothing => Vec::new(),
        };
        let raw = case.request.body.as_deref().map(String::from_utf8_lossy).unwrap_or_default();
        let writes =
            |(name, value): &(String, String)| payload::is_statement(value) || self.commands(name, value);
        let told = values.iter().chain(&self.query(case)).any(writes);
        // A language of its own may be the whole body.
        let spoken = values.is_empty() && payload::is_statement(&raw);
        if told || spoken { Err(Reason::Acts) } else { Ok(()) }
    }

    /// The members of the query but for credentials.
    fn query(&self, case: &Case) -> Vec<(String, String)> {
        let mut members = payload::query_members(&case.request);
        members.retain(|(name, _)| !self.credentials.contains(name));
        members
    }

    /// Whether a member of a query asks for something to be done: `reset=true`, `action=delete`.
    fn commands(&self, name: &str, value: &str) -> bool {
        payload::is_command(name) && self.knowledge.does(value)
            || self.knowledge.ends(name) && payload::is_set(value)
    }

    /// Whether each segment of the path is what it seems, however a server reads it.
    fn clean(&self, case: &Case) -> Result<(), Reason> {
        let path = case.request.path();
        let segments: Vec<&str> = path.trim_start_matches('/').split('/').collect();
        let (last, others) = segments.split_last().unwrap_or((&"", &[]));
        // A slash at the end stands for nothing.
        let all = others.iter().chain((!last.is_empty()).then_some(last));
        let stray = |segment: &&str| strays(&percent::decode(segment.as_bytes()));
        if all.into_iter().any(stray) { Err(Reason::Strays) } else { Ok(()) }
    }

    /// A creation adds, and overwrites nothing that has the same name already.
    fn creation(&self, operation: &Operation, case: &Case) -> Result<(), Reason> {
        self.clean(case)?;
        // What is added below another's record changes that one.
        if self.foreign(&segments(operation, case), "POST") {
            return Err(Reason::Foreign);
        }
        let (values, listed) = match payload::body(&case.request) {
            Payload::Sealed => return Err(Reason::Names),
            Payload::Values { many: true, .. } => return Err(Reason::Many),
            Payload::Values { values, listed, .. } => (values, listed),
            Payload::Nothing => (Vec::new(), Vec::new()),
        };
        self.adopted(&listed, &[])?;
        // A lenient server may take one value for a list of one.
        self.adopted(&values, &[])?;
        let query = self.query(case);
        for (name, value) in values.iter().chain(&query) {
            let sure = match self.known.naming(name) {
                Some(Naming::Sure) => !self.nobodys(value),
                Some(Naming::Weak) => is_common(value, self.shown),
                None => false,
            };
            if sure {
                return Err(Reason::Names);
            }
            let states = payload::holds_statements(name) && payload::is_statement(value);
            if states || payload::is_command(name) && self.knowledge.does(value) {
                return Err(Reason::Acts);
            }
        }
        let overwrites = |(name, value): &(String, String)| {
            (self.knowledge.does(name) || self.knowledge.ends(name)) && payload::is_set(value)
        };
        if query.iter().any(overwrites) { Err(Reason::Acts) } else { Ok(()) }
    }

    /// A list of records names none that could be somebody's.
    fn adopted(&self, listed: &[(String, String)], segments: &[Segment]) -> Result<(), Reason> {
        let ours = |text: &str| segments.iter().any(|segment| segment.text == text);
        let others =
            |(name, text): &(String, String)| self.known.adopts(name) && !ours(text) && !self.nobodys(text);
        if listed.iter().any(others) { Err(Reason::Names) } else { Ok(()) }
    }

    /// Whether one of the path's ids can be somebody's.
    fn foreign(&self, segments: &[Segment], method: &str) -> bool {
        let whose: Vec<Whose> = (0..segments.len()).map(|n| self.whose(segments, n, method)).collect();
        // What the run made is bound to what stands before it already; what was given is not.
        let bound = whose.iter().rposition(|w| matches!(w, Whose::Made | Whose::Gone));
        whose[bound.map_or(0, |n| n + 1)..].contains(&Whose::Foreign)
    }

    /// A change goes to what the run made or was given, and to what nobody has.
    fn change(
        &self,
        operation: &Operation,
        case: &Case,
        behind: Option<&str>,
        role: &Role,
    ) -> Result<(), Reason> {
        let behind = behind.ok_or(Reason::Elsewhere)?;
        let segments = segments(operation, case);
        if segments.is_empty() {
            let acts = matches!(role, Role::Acts(_)) || is_safe(&case.request.method);
            return Err(if acts { Reason::Acts } else { Reason::Whole });
        }
        self.clean(case)?;
        let method = case.request.method.as_str();
        if self.foreign(&segments, method) {
            return Err(Reason::Foreign);
        }
        let last = self.whose(&segments, segments.len() - 1, method);
        // What lies below an id that nobody has, or has any more, is not there; a server that does not look for the one above may take it
        // for everybody's.
        let below = !operation.head.path.trim_end_matches('/').ends_with('}') || behind.len() > 1;
        if below && matches!(last, Whose::Nobodys | Whose::Gone) {
            return Err(Reason::Foreign);
        }
        self.names(operation, case, &segments, role)
    }

    /// What the body and the query of a change name must be what the path names, or nobody's.
    fn names(
        &self,
        operation: &Operation,
        case: &Case,
        segments: &[Segment],
        role: &Role,
    ) -> Result<(), Reason> {
        let replaces = matches!(operation.head.method.as_str(), "PUT" | "PATCH")
            && case.request.method == operation.head.method
            && matches!(role, Role::Changes);
        let ours = |text: &str| segments.iter().any(|segment| segment.text == text);
        let query = self.query(case);
        let (values, listed, many) = match payload::body(&case.request) {
            Payload::Sealed => return Err(Reason::Names),
            Payload::Values { values, listed, many } => (values, listed, many),
            Payload::Nothing => (Vec::new(), Vec::new(), false),
        };
        self.adopted(&listed, segments)?;
        let named = |name: &str| match self.known.naming(name) {
            Some(Naming::Sure) => true,
            // To replace one's own record may well mean to give it other references.
            _ => !replaces && (refers(name) || name.is_empty() && many),
        };
        for (name, value) in values.iter().chain(&query) {
            if named(name) && !ours(value) && !self.nobodys(value) {
                return Err(Reason::Names);
            }
        }
        Ok(())
    }

    /// Whose the n-th parameter's text is.
    fn whose(&self, segments: &[Segment], n: usize, method: &str) -> Whose {
        let Segment { name, prefix, text } = &segments[n];
        let before = &segments[..n];
        let made = |own: &Own| {
            let is = |segment: &Segment, (parent, value): &(String, String)| {
                Knowledge::shape(&segment.prefix) == *parent && segment.text == *value
            };
            let bound = own.parents.iter().all(|parent| before.iter().any(|segment| is(segment, parent)));
            // A parent that nothing is known of must be no other's: the same number may be somebody's there.
            let others = before.iter().enumerate().all(|(i, segment)| {
                own.parents.iter().any(|parent| is(segment, parent))
                    || self.whose(segments, i, method) != Whose::Foreign
            });
            (bound || is_nobodys(&own.id, &HashSet::new())) && others
        };
        let resource = self.knowledge.item(prefix);
        if resource.is_some_and(|resource| self.memory.own(resource, text).iter().any(made)) {
            let gone = resource.is_some_and(|resource| self.memory.is_gone(resource, text));
            return if gone { Whose::Gone } else { Whose::Made };
        }
        let given = |known: &KnownId| {
            known.parameter == *name
                && known.value == *text
                && known.with.iter().all(|(place, parent, value)| {
                    *place != ParameterPlace::Path
                        || before.iter().all(|segment| segment.name != *parent || segment.text == *value)
                })
        };
        if self.settings.known.iter().any(given) {
            return Whose::Given;
        }
        // A method that only looks is asked with any ids; only those that are marked are known to be made up.
        let nobodys = if is_safe(method) { is_marked(text) } else { self.nobodys(text) };
        if nobodys { Whose::Nobodys } else { Whose::Foreign }
    }
}

/// The parameters of the request's path.
fn segments(operation: &Operation, case: &Case) -> Vec<Segment> {
    let path = &operation.head.path;
    let value = |name: &str| case.path_values.iter().find(|(known, _)| known == name).map(|(_, text)| text);
    parameters(path)
        .into_iter()
        .filter_map(|name| {
            let end = path.find(&format!("{{{name}}}"))? + name.len() + 2;
            let text = percent::decode_text(value(&name)?).into_owned();
            Some(Segment { prefix: path[..end].to_owned(), text, name })
        })
        .collect()
}

/// True for a segment that a server which decodes twice, tidies paths up, cuts at a NUL, or knows wildcards may take for
/// something else than a text in one segment.
fn strays(segment: &[u8]) -> bool {
    let Ok(text) = std::str::from_utf8(segment) else { return true };
    let odd = |c: char| {
        c.is_control()
            || matches!(c, '/' | '\\' | '%' | '*')
            // Forms that normalise to dots, slashes and the like (Unicode NFKC).
            || matches!(c, '\u{2024}'..='\u{2026}' | '\u{2215}' | '\u{2044}' | '\u{ff00}'..='\u{ffef}')
    };
    let dots = text.split(';').next().unwrap_or_default();
    text.is_empty() || matches!(dots.trim(), "" | "." | "..") || text.chars().any(odd)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn segments_that_may_be_taken_for_something_else() {
        for bad in [
            "", ".", "..", "..;x", ";x", "a/b", "a\\b", "a%2fb", "*", "a*", "a\0", "a\n", "\u{ff0f}", "%2e",
            " ..",
        ] {
            assert!(strays(bad.as_bytes()), "{bad:?}");
        }
        assert!(strays(b"\xc0\xaf"));
        for good in ["a", "cp-..", "a.b", "ünï", "a b", "{id}", "a'b", "a:b"] {
            assert!(!strays(good.as_bytes()), "{good:?}");
        }
    }
}
