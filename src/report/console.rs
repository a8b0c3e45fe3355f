//! Text for people: each finding with all that is needed to see and mend it, and a summary. What is foreign in it is
//! escaped before it is put between styles.

use std::fmt::Write as _;

use console::Style;

use crate::base::plain;
use crate::exercise::{Finding, FindingStep, Plan, ReplayResult, Summary, Verdict, Withheld};

/// How many lines of an answer's body are shown.
const BODY_LINES_MAX: usize = 12;

struct Look {
    bad: Style,
    good: Style,
    strong: Style,
    faint: Style,
}

impl Look {
    fn new(color: bool) -> Self {
        let style = || Style::new().force_styling(color);
        Self {
            bad: style().red().bold(),
            good: style().green().bold(),
            strong: style().bold(),
            faint: style().dim(),
        }
    }
}

/// The first lines of a run.
#[must_use]
pub fn opening(plan: &Plan, color: bool) -> String {
    let look = Look::new(color);
    let (tested, all) = plan.operations;
    let operations = match (tested, all) {
        (1, 1) => "1 operation".to_owned(),
        _ if tested == all => format!("{all} operations"),
        _ => format!("{tested} of {all} operations"),
    };
    let title = if plan.title.is_empty() { plan.spec.as_str() } else { plan.title.as_str() };
    format!(
        "{} against {}\n{}",
        look.strong.apply_to(plain::line(title)),
        plain::line(&plan.url),
        look.faint.apply_to(format!(
            "{operations}, {}, {}, seed {}",
            counted(plan.checks.len(), "check"),
            counted(plan.workers, "worker"),
            plan.seed
        ))
    )
}

/// `1 check`, `2 checks`.
fn counted(count: usize, word: &str) -> String {
    if count == 1 { format!("1 {word}") } else { format!("{count} {word}s") }
}

/// A finding.
#[must_use]
pub fn finding(finding: &Finding, color: bool) -> String {
    let look = Look::new(color);
    let mut text = format!(
        "{} {}  {} {}\n",
        look.bad.apply_to("✗"),
        look.bad.apply_to(finding.check),
        look.strong.apply_to(plain::line(&finding.method)),
        look.strong.apply_to(plain::line(&finding.path))
    );
    let mut line = |name: &str, value: &str| {
        for (n, part) in value.lines().take(BODY_LINES_MAX).enumerate() {
            let name = if n == 0 { name } else { "" };
            let part = plain::source(part).replace('\t', "    ");
            let _ = writeln!(text, "  {} {part}", look.faint.apply_to(format!("{name:9}")));
        }
    };
    line("", &finding.message);
    line("expected", &finding.expected);
    line("seen", &finding.seen);
    if let Some(place) = &finding.place {
        let source =
            finding.source_line.as_deref().map_or_else(String::new, |l| format!("\n| {}", l.trim_end()));
        line("contract", &format!("{}{source}", plain::line(&place.to_string())));
    }
    let shrunk = match finding.shrunk {
        0 => String::new(),
        n => format!(", simplified {n} times"),
    };
    let flaky = if finding.flaky { ", did not fail when sent again" } else { "" };
    line("case", &plain::line(&format!("{}, {}{shrunk}{flaky}", finding.at, finding.intent)));
    for step in &finding.steps {
        line("request", &plain::line(&request_line(step)));
        if finding.steps.len() == 1 {
            line("answer", &answer_line(step));
        }
    }
    if let Some(step) = finding.steps.last() {
        line("try it", &step.curl);
    }
    if let Some(replay) = &finding.replay {
        line("again", &format!("counterpart replay {} --url {}", replay.display(), finding.url));
    }
    text
}

fn request_line(step: &FindingStep) -> String {
    let role = if step.role.is_empty() { String::new() } else { format!("{}: ", step.role) };
    let repeat = if step.repeat > 1 { format!(" ({} at the same time)", step.repeat) } else { String::new() };
    let status = step.status.map_or_else(|| "no answer".to_owned(), |status| status.to_string());
    format!("{role}{}{repeat} → {status}", step.line)
}

fn answer_line(step: &FindingStep) -> String {
    if step.answer.is_empty() { "no body".to_owned() } else { step.answer.to_string() }
}

/// The end of a run: counts by operation, what to know, the verdict.
#[must_use]
pub fn summary(summary: &Summary, color: bool) -> String {
    let look = Look::new(color);
    let mut text = String::new();
    for operation in &summary.operations {
        let statuses: Vec<String> = operation
            .statuses
            .iter()
            .map(|(status, count)| match status {
                0 => format!("{count} without answer"),
                status => format!("{count} × {status}"),
            })
            .collect();
        let answered = operation.statuses.keys().any(|status| *status != 0);
        let mark = match operation.findings {
            0 if !answered || summary.not_sent(&operation.id).is_some() => look.faint.apply_to("–"),
            0 => look.good.apply_to("✓"),
            _ => look.bad.apply_to("✗"),
        };
        let _ = writeln!(text, "{mark} {} {}", plain::line(&operation.method), plain::line(&operation.path));
        let statuses = if statuses.is_empty() { "nothing sent".to_owned() } else { statuses.join(", ") };
        let _ = writeln!(text, "  {}", look.faint.apply_to(format!("{} cases: {statuses}", operation.cases)));
    }
    for note in &summary.notes {
        let _ = writeln!(text, "note: {}", plain::line(note));
    }
    for (reason, count) in &summary.skipped {
        let skipped = format!("{count} cases skipped: {}", plain::line(reason));
        let _ = writeln!(text, "{}", look.faint.apply_to(skipped));
    }
    text.push_str(&withheld(summary));
    let _ = writeln!(text, "{}", verdict(summary, &look));
    text
}

/// What was not sent, one line for each operation.
fn withheld(summary: &Summary) -> String {
    let mut text = String::new();
    let all: Vec<&Withheld> = summary.withheld.iter().collect();
    let (partly, whole): (Vec<&Withheld>, Vec<&Withheld>) = all.into_iter().partition(|w| w.partly);
    for (list, what) in [(whole, "not sent"), (partly, "sent in part")] {
        if list.is_empty() {
            continue;
        }
        let operations = counted(list.len(), "operation");
        let _ = writeln!(
            text,
            "{operations} {what}, to spare what is not this run's (--destructive all sends everything):"
        );
        for one in list {
            let _ = writeln!(text, "  {}", plain::line(&one.line()));
        }
    }
    text
}

fn verdict(summary: &Summary, look: &Look) -> String {
    let seconds = summary.elapsed.as_secs_f64();
    let counts = format!(
        "{} cases, {} requests in {seconds:.1} s, seed {}",
        summary.counts.cases, summary.counts.requests, summary.plan.seed
    );
    let cut = match &summary.cut {
        Some(reason) => format!("{}, not all was sent: ", plain::line(reason)),
        None => String::new(),
    };
    match (&summary.verdict, summary.findings.len()) {
        (Verdict::Unusable(why), _) => {
            format!("{cut}{} {}", look.bad.apply_to("nothing was tested:"), plain::line(why))
        }
        (_, 0) => format!("{cut}{} {counts}", look.good.apply_to("no findings,")),
        (_, 1) => format!("{cut}{} {counts}", look.bad.apply_to("1 finding,")),
        (_, n) => format!("{cut}{} {counts}", look.bad.apply_to(format!("{n} findings,"))),
    }
}

/// The whole report.
#[must_use]
pub fn report(run: &Summary, color: bool) -> String {
    let mut text = opening(&run.plan, color) + "\n\n";
    for one in &run.findings {
        text.push_str(&finding(one, color));
        text.push('\n');
    }
    text.push_str(&summary(run, color));
    text
}

/// What came of a kept case.
#[must_use]
pub fn replayed(file: &str, check: &str, result: &ReplayResult, color: bool) -> String {
    let look = Look::new(color);
    let mut text = String::new();
    let (file, check) = (plain::line(file), plain::line(check));
    match &result.failure {
        None if result.withheld.is_some() => {
            let line =
                result.withheld.iter().map(|one| plain::line(&one.line()).into_owned()).collect::<String>();
            let _ = writeln!(text, "{} {check} not sent  {file}\n  {line}", look.strong.apply_to("–"));
        }
        None if result.inconclusive.is_some() => {
            let why = result.inconclusive.as_deref().unwrap_or_default();
            let _ = writeln!(text, "{} {check} can't be told  {file}", look.faint.apply_to("–"));
            let _ = writeln!(text, "  {}", plain::line(why));
        }
        None => {
            let _ = writeln!(text, "{} {check} does not fail any more  {file}", look.good.apply_to("✓"));
        }
        Some((message, expected, seen)) => {
            let _ =
                writeln!(text, "{} {} still fails  {file}", look.bad.apply_to("✗"), look.bad.apply_to(check));
            let _ = writeln!(text, "  {}", plain::line(message));
            let _ = writeln!(text, "  expected  {}", plain::line(expected));
            let _ = writeln!(text, "  seen      {}", plain::line(seen.lines().next().unwrap_or_default()));
        }
    }
    for step in &result.steps {
        let _ = writeln!(text, "  {}", look.faint.apply_to(plain::line(&request_line(step))));
    }
    text
}
