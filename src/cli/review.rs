//! `counterpart review`: shows each changed snapshot and accepts, rejects or skips it.

use std::path::PathBuf;

use console::{Key, Term};

use crate::base::plain::{self, Shown};
use crate::cli::signals::Signal;
use crate::cli::{CliError, Env, Exit};
use crate::shape::{Change, ChangeKind, Shelf};

/// Arguments of `review`.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  \
    counterpart review                       one after the other: a accepts, r rejects, s skips\n  \
    counterpart review --accept-all          without a terminal\n  \
    counterpart review --dir tests/snapshots\n\n\
    Exit code 1 when changes are left that nobody decided on; 130 when interrupted: decisions made so far stand.")]
pub struct Args {
    /// The folder of the snapshots
    #[arg(long, value_name = "DIR", default_value = "snapshots", help_heading = "Snapshots")]
    dir: PathBuf,
    /// Accept all changes
    #[arg(long, conflicts_with = "reject_all", help_heading = "Decision")]
    accept_all: bool,
    /// Reject all changes
    #[arg(long, help_heading = "Decision")]
    reject_all: bool,
}

/// What is done with a change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Decision {
    Accept,
    Reject,
    Skip,
    AcceptRest,
    Quit,
    Interrupt,
}

/// What became of the changes.
#[derive(Debug, Default, PartialEq, Eq)]
struct Tally {
    accepted: usize,
    rejected: usize,
    left: usize,
    interrupted: bool,
}

/// Runs the command.
///
/// # Errors
/// [`CliError`] as the command line promises.
pub async fn run(args: Args, env: &Env) -> Result<Exit, CliError> {
    let failed = |error: std::io::Error| CliError::usage(format!("{}: {error}", args.dir.display()));
    let shelf = Shelf::new(&args.dir);
    let changes = shelf.pending().map_err(failed)?;
    if changes.is_empty() {
        env.printer.line(format!("nothing to review in {}", args.dir.display()));
        return Ok(Exit::Success);
    }
    let tally = if args.accept_all {
        review(&shelf, &changes, |_, _| Ok(Decision::Accept))
    } else if args.reject_all {
        review(&shelf, &changes, |_, _| Ok(Decision::Reject))
    } else if env.stdin_is_terminal && env.stdout_is_terminal {
        let term = Term::stdout();
        review(&shelf, &changes, |number, change| {
            let color = env.printer.color;
            env.printer.line(Shown::painted(&page(change, number, changes.len(), color), color));
            ask(&term)
        })
    } else {
        return Err(CliError::usage_hint(
            format!("there are {} changes to review, and no terminal to ask on", changes.len()),
            "decide with --accept-all or --reject-all, or run it in a terminal",
        ));
    };
    let tally = tally.map_err(failed)?;
    env.printer
        .line(format!("{} accepted, {} rejected, {} left", tally.accepted, tally.rejected, tally.left));
    Ok(match tally {
        Tally { interrupted: true, .. } => Exit::Ended(Signal::Interrupt),
        Tally { left: 0, .. } => Exit::Success,
        _ => Exit::Violated,
    })
}

/// Goes through the changes with the decisions that `decide` makes.
fn review(
    shelf: &Shelf,
    changes: &[Change],
    mut decide: impl FnMut(usize, &Change) -> std::io::Result<Decision>,
) -> std::io::Result<Tally> {
    let mut tally = Tally { left: changes.len(), ..Tally::default() };
    let mut all = false;
    for (number, change) in changes.iter().enumerate() {
        let decision = if all { Decision::Accept } else { decide(number, change)? };
        match decision {
            Decision::Accept | Decision::AcceptRest => {
                shelf.accept(change)?;
                tally.accepted += 1;
                all |= decision == Decision::AcceptRest;
            }
            Decision::Reject => {
                shelf.reject(&change.name)?;
                tally.rejected += 1;
            }
            Decision::Skip => continue,
            Decision::Quit => break,
            Decision::Interrupt => {
                tally.interrupted = true;
                break;
            }
        }
        tally.left -= 1;
    }
    Ok(tally)
}

/// A change as it is shown.
fn page(change: &Change, number: usize, of: usize, color: bool) -> String {
    let kind = match change.kind {
        ChangeKind::Added => "new",
        ChangeKind::Changed => "changed",
        ChangeKind::Gone => "gone",
    };
    format!(
        "\n[{}/{of}] {kind}: {}\n      {}.snap\n\n{}\n(a)ccept  (r)eject  (s)kip  accept a(l)l the rest  (q)uit",
        number + 1,
        plain::line(change.title()),
        plain::line(&change.name),
        change.diff(color)
    )
}

fn ask(term: &Term) -> std::io::Result<Decision> {
    loop {
        // As a key: the terminal is set back before anything ends.
        if let Some(decision) = decision(&term.read_key_raw()?) {
            return Ok(decision);
        }
    }
}

/// What a key means; nothing for the others.
fn decision(key: &Key) -> Option<Decision> {
    match key {
        Key::Char('a' | 'y') | Key::Enter => Some(Decision::Accept),
        Key::Char('r' | 'n') => Some(Decision::Reject),
        Key::Char('s' | ' ') => Some(Decision::Skip),
        Key::Char('l') => Some(Decision::AcceptRest),
        Key::Char('q') | Key::Escape => Some(Decision::Quit),
        Key::CtrlC => Some(Decision::Interrupt),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::shape::Snap;

    fn shelf(names: &[&str]) -> (tempfile::TempDir, Shelf, Vec<Change>) {
        let folder = tempfile::tempdir().unwrap();
        let shelf = Shelf::new(folder.path());
        for name in names {
            let new = Some(Snap { description: (*name).into(), body: "b".into(), ..Snap::default() });
            shelf.propose(&Change { name: (*name).into(), kind: ChangeKind::Added, old: None, new }).unwrap();
        }
        let changes = shelf.pending().unwrap();
        (folder, shelf, changes)
    }

    #[test]
    fn each_decision_does_what_it_says() {
        let (_folder, shelf, changes) = shelf(&["a", "b", "c", "d", "e"]);
        let mut decisions =
            [Decision::Accept, Decision::Reject, Decision::Skip, Decision::AcceptRest].into_iter();
        let tally = review(&shelf, &changes, |_, _| Ok(decisions.next().unwrap())).unwrap();
        assert_eq!(tally, Tally { accepted: 3, rejected: 1, left: 1, interrupted: false });
        assert_eq!(shelf.accepted().unwrap().into_keys().collect::<Vec<_>>(), ["a", "d", "e"]);
        assert_eq!(shelf.pending().unwrap()[0].name, "c");
    }

    #[test]
    fn quitting_leaves_the_rest() {
        let (_folder, shelf, changes) = shelf(&["a", "b"]);
        assert_eq!(review(&shelf, &changes, |_, _| Ok(Decision::Quit)).unwrap().left, 2);
        assert!(page(&changes[0], 0, 2, false).contains("[1/2] new: a\n"));
        assert_eq!(decision(&Key::Char('l')), Some(Decision::AcceptRest));
        assert!(review(&shelf, &changes, |_, _| Ok(Decision::Interrupt)).unwrap().interrupted);
        assert_eq!(decision(&Key::Tab), None);
    }
}
