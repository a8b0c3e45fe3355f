//! Of many deletions of one record at the same time, exactly one wins.

use crate::check::{Check, Failure, HistoryFailure, OperationHistory, ResourceHistory, Role, Step};

/// Fails when more than one racer gets a success, unless the target answers repeated deletions with the identical
/// record; and when none does although the record was there for the taking afterwards.
pub(super) struct OneWinner;

impl Check for OneWinner {
    fn name(&self) -> &'static str {
        "one-winner"
    }

    fn about(&self) -> &'static str {
        "Of many deletions of one record at the same time, exactly one wins."
    }

    fn check_history(&self, history: &OperationHistory) -> Vec<HistoryFailure> {
        history.histories.iter().enumerate().filter_map(|(l, life)| race(history, l, life)).collect()
    }
}

fn race(history: &OperationHistory, l: usize, life: &ResourceHistory) -> Option<HistoryFailure> {
    let racers: Vec<(usize, &Step)> =
        life.steps.iter().enumerate().filter(|(_, s)| s.role == Role::Concurrent).collect();
    let (last, _) = racers.last()?;
    let winners: Vec<&(usize, &Step)> = racers.iter().filter(|(_, s)| s.succeeded()).collect();
    let bodies: Vec<_> = winners.iter().map(|(_, s)| s.json()).collect();
    let identical = bodies.windows(2).all(|pair| pair[0] == pair[1]);
    // Identical answers are only then a fair repetition when the target repeats itself in sequence as well.
    let repeats = history.histories.iter().any(|life| {
        life.steps.windows(2).any(|p| {
            p[0].role == Role::Plain && p[1].role == Role::Again && p[0].succeeded() && p[1].succeeded()
        })
    });
    if winners.len() > 1 && !(identical && repeats) {
        let failure = Failure::new(
            "several winners",
            format!("{} of {} simultaneous deletions succeeded.", winners.len(), racers.len()),
        )
        .expected("exactly one success", format!("{} successes", winners.len()));
        return Some(history.failure(l, winners[1].0, failure));
    }
    let after = life.steps.get(last + 1)?;
    if winners.is_empty() && after.succeeded() && racers.iter().all(|(_, s)| s.refused()) {
        let failure = Failure::new(
            "no winner",
            format!(
                "All {} simultaneous deletions were refused, although the record was there.",
                racers.len()
            ),
        )
        .expected("exactly one success", "none, and a success afterwards");
        return Some(history.failure(l, last + 1, failure));
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::testing::{history_causes, json, life};

    fn race_of(statuses: &[u16], after: u16) -> ResourceHistory {
        let mut steps: Vec<_> = statuses.iter().map(|s| (Role::Concurrent, json(*s, "{}"))).collect();
        steps.push((Role::Again, json(after, "{}")));
        life("a", &steps)
    }

    #[test]
    fn one_winner_and_fair_repetition_pass() {
        assert!(history_causes(&OneWinner, vec![race_of(&[422, 200, 422], 422)]).is_empty());
        assert!(history_causes(&OneWinner, vec![race_of(&[422, 422], 422)]).is_empty());
        let repeats = life("b", &[(Role::Plain, json(200, "{}")), (Role::Again, json(200, "{}"))]);
        assert!(history_causes(&OneWinner, vec![race_of(&[200, 200], 200), repeats]).is_empty());
    }

    #[test]
    fn several_winners_and_none_fail() {
        assert_eq!(history_causes(&OneWinner, vec![race_of(&[200, 422, 200], 422)]), ["several winners"]);
        assert_eq!(history_causes(&OneWinner, vec![race_of(&[409, 409], 200)]), ["no winner"]);
    }
}
