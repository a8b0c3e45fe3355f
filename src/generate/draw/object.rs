//! Objects.

use serde_json::{Map, Value};

use super::{Draw, Stuck};
use crate::base::dice::Switch;
use crate::generate::plan::kind::{Member, ObjectPlan, PlanId};

/// How many names are tried for one property.
const TRIES: usize = 40;

/// Names for properties that the schema leaves open.
const WORDS: [&str; 12] = [
    "a",
    "extra",
    "note",
    "key",
    "label",
    "region",
    "Content-Type",
    "x-trace",
    "_id",
    "ünïcode",
    "with space",
    "0",
];

impl Draw<'_> {
    pub(super) fn object(&mut self, plan: &ObjectPlan, depth: usize) -> Result<Value, Stuck> {
        self.weigh(plan.min)?;
        let chosen = self.choose(plan, depth)?;
        let mut members = Map::with_capacity(chosen.iter().filter(|wanted| wanted.0).count());
        for (member, wanted) in plan.members.values().zip(&chosen) {
            if !wanted.0 {
                continue;
            }
            self.switch = wanted.1;
            let id = member.hinted.filter(|id| self.hints && self.possible(*id)).unwrap_or(member.plan);
            match self.value(id, depth + 1, Some(&member.name)) {
                Ok(value) => {
                    members.insert(member.name.clone(), value);
                }
                Err(stuck) if member.required => return Err(stuck),
                // A property that others depend on, or that is counted on, is missed by the judge.
                Err(_) => {}
            }
        }
        for (exists, names) in &plan.exists {
            self.one_that_exists(plan, exists, *names, &mut members, depth)?;
        }
        self.fresh(plan, &mut members, depth)?;
        Ok(Value::Object(members))
    }

    /// Which of the named properties are there.
    fn choose(&mut self, plan: &ObjectPlan, depth: usize) -> Result<Vec<(bool, Option<Switch>)>, Stuck> {
        let lean = self.is_lean(depth);
        let percent = match (self.options.realistic, depth) {
            (true, 0..3) => 92,
            (true, _) => 75,
            (false, 0..2) => 60,
            (false, _) => 40,
        };
        let mut switches = vec![None; plan.members.len()];
        let mut chosen: Vec<bool> = Vec::with_capacity(plan.members.len());
        for (member, switch) in plan.members.values().zip(&mut switches) {
            if member.required || lean || member.omitted {
                chosen.push(member.required);
                continue;
            }
            *switch = Some(Switch::Zero(self.dice.position()));
            chosen.push(self.dice.chance(percent) && self.possible(member.plan));
        }
        if !plan.dependents.is_empty() {
            self.follow(plan, &mut chosen);
        }
        let mut count = chosen.iter().filter(|wanted| **wanted).count();
        // Too few: more of the named ones, from a random one on. Too many: optional ones go.
        if count < plan.min && !plan.members.is_empty() {
            let start = self.dice.index(plan.members.len());
            for n in 0..plan.members.len() {
                let at = (start + n) % plan.members.len();
                let member = &plan.members[at];
                if count < plan.min && !chosen[at] && !member.omitted && self.possible(member.plan) {
                    chosen[at] = true;
                    count = self.recount(plan, count + 1, &mut chosen, Self::follow);
                }
            }
        }
        let max = plan.max.unwrap_or(usize::MAX).saturating_sub(plan.exists.len());
        if count > max {
            let start = self.dice.index(plan.members.len());
            for n in 0..plan.members.len() {
                let at = (start + n) % plan.members.len();
                if count > max && chosen[at] && !plan.members[at].required {
                    chosen[at] = false;
                    // What depended on it goes too.
                    count = self.recount(plan, count - 1, &mut chosen, Self::unfollow);
                }
            }
        }
        if count > max {
            return Err(Stuck("more properties must be there than may be"));
        }
        Ok(chosen.into_iter().zip(switches).collect())
    }

    /// How many are chosen once what depends on one another has been put right; `count` where nothing does.
    fn recount(
        &self,
        plan: &ObjectPlan,
        count: usize,
        chosen: &mut [bool],
        put_right: fn(&Self, &ObjectPlan, &mut [bool]),
    ) -> usize {
        if plan.dependents.is_empty() {
            return count;
        }
        put_right(self, plan, chosen);
        chosen.iter().filter(|wanted| **wanted).count()
    }

    fn follow(&self, plan: &ObjectPlan, chosen: &mut [bool]) {
        match self.followed(plan, chosen) {
            Some(all) => chosen.copy_from_slice(&all),
            None => self.follow_possible(plan, chosen),
        }
    }

    /// The chosen with all that they need, each looked at once; `None` when something that is needed is impossible.
    fn followed(&self, plan: &ObjectPlan, chosen: &[bool]) -> Option<Vec<bool>> {
        let mut all = chosen.to_vec();
        let mut needs: Vec<Vec<&String>> = vec![Vec::new(); all.len()];
        for (name, more) in &plan.dependents {
            if let Some(at) = plan.members.get_index_of(name) {
                needs[at].extend(more);
            }
        }
        let mut open: Vec<usize> = (0..all.len()).filter(|at| all[*at]).collect();
        while let Some(at) = open.pop() {
            for need in std::mem::take(&mut needs[at]) {
                let needed = plan.members.get_index_of(need)?;
                if !self.possible(plan.members[needed].plan) {
                    return None;
                }
                if !std::mem::replace(&mut all[needed], true) {
                    open.push(needed);
                }
            }
        }
        Some(all)
    }

    fn follow_possible(&self, plan: &ObjectPlan, chosen: &mut [bool]) {
        let find = |name: &str| plan.members.get_index_of(name);
        // A property whose companions are impossible can't be there itself.
        for _ in 0..=plan.members.len() {
            let mut changed = false;
            for (name, needs) in &plan.dependents {
                let Some(at) = find(name).filter(|at| chosen[*at]) else { continue };
                for need in needs {
                    match find(need).filter(|at| self.possible(plan.members[*at].plan)) {
                        Some(needed) if !chosen[needed] => {
                            chosen[needed] = true;
                            changed = true;
                        }
                        None if !plan.members[at].required => {
                            chosen[at] = false;
                            changed = true;
                        }
                        _ => {}
                    }
                }
            }
            if !changed {
                return;
            }
        }
    }

    fn unfollow(&self, plan: &ObjectPlan, chosen: &mut [bool]) {
        let find = |name: &str| plan.members.get_index_of(name);
        for _ in 0..=plan.members.len() {
            let mut changed = false;
            for (name, needs) in &plan.dependents {
                let Some(at) = find(name).filter(|at| chosen[*at] && !plan.members[*at].required) else {
                    continue;
                };
                if needs.iter().any(|need| find(need).is_none_or(|needed| !chosen[needed])) {
                    chosen[at] = false;
                    changed = true;
                }
            }
            if !changed {
                return;
            }
        }
    }

    /// Adds properties that the schema does not name: as many as are missing, and some more where it has none.
    fn fresh(
        &mut self,
        plan: &ObjectPlan,
        members: &mut Map<String, Value>,
        depth: usize,
    ) -> Result<(), Stuck> {
        let max = plan.max.unwrap_or(usize::MAX);
        let missing = plan.min.saturating_sub(members.len());
        let mut wanted = missing;
        let counted = self.dice.position();
        if !self.is_lean(depth) && !plan.fresh.is_empty() {
            let map_like = plan.members.is_empty();
            let more = match (map_like, self.options.realistic) {
                (true, true) => self.dice.between(1, 3),
                (true, false) => self.dice.between(0, self.options.items_max),
                (false, true) => 0,
                // Mostly none.
                (false, false) => self.dice.index(24).saturating_sub(20),
            };
            wanted = wanted.max(more).min(max.saturating_sub(members.len()));
        }
        for n in 0..wanted {
            let must = n < missing;
            let group = self.dice.open((!must).then_some(Switch::Less(counted)));
            let added = self.add_fresh(plan, members, must, depth);
            self.dice.close(group);
            if !added? {
                return Ok(());
            }
        }
        Ok(())
    }

    /// Adds one more property; false when none was found.
    fn add_fresh(
        &mut self,
        plan: &ObjectPlan,
        members: &mut Map<String, Value>,
        must: bool,
        depth: usize,
    ) -> Result<bool, Stuck> {
        match self.fresh_name(plan, members) {
            Some((name, id)) => match self.value(id, depth + 1, Some(&name)) {
                Ok(value) => {
                    members.insert(name, value);
                    Ok(true)
                }
                Err(stuck) if must => Err(stuck),
                Err(_) => Ok(false),
            },
            None if must => Err(Stuck("no further property names were found")),
            None => Ok(false),
        }
    }

    /// A name that is not used yet, with the plan for its value.
    fn fresh_name(&mut self, plan: &ObjectPlan, members: &Map<String, Value>) -> Option<(String, PlanId)> {
        for attempt in 0..TRIES {
            // The last source is the one without a pattern: shorter names, and of any kind.
            let source = *self.dice.pick(&plan.fresh)?;
            let open = plan.rest.is_some() && attempt < 4;
            let name = if open && self.plan(source)?.ways.len() == 1 && self.is_free(source) {
                let words = if self.options.realistic { WORDS.get(1..6)? } else { &WORDS[..] };
                self.dice.pick(words).map(|word| (*word).to_owned())?
            } else if self.possible(source) {
                match self.value(source, 1, None) {
                    Ok(Value::String(name)) => name,
                    _ => continue,
                }
            } else {
                continue;
            };
            if members.contains_key(&name) || plan.members.contains_key(&name) {
                continue;
            }
            let Some(terms) = plan.terms(&name) else { continue };
            let id = match plan.rest {
                Some(rest) => rest,
                None => self.planner.intern(terms),
            };
            if self.possible(id) {
                return Some((name, id));
            }
        }
        None
    }

    /// True when any text will do as a name.
    fn is_free(&self, source: PlanId) -> bool {
        use crate::generate::plan::kind::Kind;
        self.plan(source).is_some_and(|plan| {
            plan.ways.iter().all(|way| {
                way.node.not_values.is_empty()
                    && way.kinds.iter().all(|(kind, _)| match kind {
                        Kind::Text(text) => {
                            let rules = text.rules();
                            rules.min == 0
                                && rules.max.is_none()
                                && rules.patterns.is_empty()
                                && rules.formats.is_empty()
                        }
                        _ => false,
                    })
            })
        })
    }

    /// Adds the property that must exist somewhere.
    fn one_that_exists(
        &mut self,
        plan: &ObjectPlan,
        exists: &crate::generate::plan::node::Exists,
        names: PlanId,
        members: &mut Map<String, Value>,
        depth: usize,
    ) -> Result<(), Stuck> {
        for attempt in 0..TRIES {
            let named: Vec<&Member> = plan
                .members
                .values()
                .filter(|member| exists.outside.as_ref().is_none_or(|group| !group.knows(&member.name)))
                .filter(|member| exists.pattern.as_ref().is_none_or(|p| p.pattern.is_match(&member.name)))
                .collect();
            let name = if exists.name.is_none() && attempt % 2 == 0 && !named.is_empty() {
                self.dice.pick(&named).map(|member| member.name.clone()).unwrap_or_default()
            } else {
                match self.value(names, 1, None) {
                    Ok(Value::String(name)) => name,
                    Ok(_) => continue,
                    Err(stuck) => return Err(stuck),
                }
            };
            if exists.outside.as_ref().is_some_and(|group| group.knows(&name)) {
                continue;
            }
            let Some(mut terms) = plan.terms(&name) else { continue };
            terms.extend(exists.term);
            let id = self.planner.intern(terms);
            if !self.possible(id) {
                continue;
            }
            let value = self.value(id, depth + 1, Some(&name))?;
            members.insert(name, value);
            return Ok(());
        }
        Err(Stuck("no name was found for a property that must be there"))
    }
}
