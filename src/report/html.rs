//! A page for people: one file without scripts, that a mail or a CI artefact can carry.

use std::fmt::Write as _;

use crate::base::plain;
use crate::exercise::{Finding, FindingStep, Summary, Verdict};

const STYLE: &str = "body{font:16px/1.5 system-ui,sans-serif;margin:2rem auto;max-width:60rem;padding:0 1rem;\
color:#1b1b1f;background:#fff}h1{font-size:1.5rem}h2{font-size:1.15rem;margin-top:2rem}table{border-collapse:collapse;\
width:100%}td,th{text-align:left;padding:.3rem .6rem;border-bottom:1px solid #ddd;vertical-align:top}\
pre{background:#f4f4f6;padding:.7rem;overflow:auto;border-radius:.4rem;white-space:pre-wrap;overflow-wrap:anywhere}\
.bad{color:#a3001b}.good{color:#0b6b2e}details{margin:.6rem 0;border:1px solid #ddd;border-radius:.4rem;padding:.5rem .8rem}\
summary{cursor:pointer;font-weight:600}dt{font-weight:600;margin-top:.4rem}dd{margin:0}\
@media(prefers-color-scheme:dark){body{color:#e8e8ec;background:#17171a}pre{background:#232327}td,th,details{border-color:#3a3a40}\
.bad{color:#ff8a9a}.good{color:#7fd99a}}";

/// The page.
#[must_use]
pub fn report(run: &Summary) -> String {
    let title = escape(&run.plan.title);
    let mut page = format!(
        "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\
         <title>{title}: counterpart test</title><style>{STYLE}</style></head><body>\n<h1>{title}</h1>\n"
    );
    let _ = writeln!(
        page,
        "<p>{} Target <code>{}</code>, seed <code>{}</code>.</p>",
        verdict(run),
        escape(&run.plan.url),
        run.plan.seed
    );
    page.push_str("<h2>Operations</h2>\n<table><tr><th>Operation</th><th>Cases</th><th>Answers</th><th>Findings</th></tr>\n");
    for operation in &run.operations {
        let answers: Vec<String> = operation
            .statuses
            .iter()
            .map(
                |(status, count)| {
                    if *status == 0 { format!("{count} without") } else { format!("{count} × {status}") }
                },
            )
            .collect();
        let _ = writeln!(
            page,
            "<tr><td><code>{} {}</code></td><td>{}</td><td>{}</td><td>{}</td></tr>",
            escape(&operation.method),
            escape(&operation.path),
            if run.not_sent(&operation.id).is_some() {
                "not sent".to_owned()
            } else {
                operation.cases.to_string()
            },
            answers.join(", "),
            operation.findings
        );
    }
    page.push_str("</table>\n");
    if !run.findings.is_empty() {
        page.push_str("<h2>Findings</h2>\n");
    }
    for finding in &run.findings {
        one(&mut page, finding);
    }
    if !run.withheld.is_empty() {
        page.push_str("<h2>Not sent</h2>\n<p>To spare what is not this run's; <code>--destructive all</code> sends everything.</p>\n<ul>\n");
        for withheld in &run.withheld {
            let _ = writeln!(page, "<li>{}</li>", escape(&withheld.line()));
        }
        page.push_str("</ul>\n");
    }
    if !run.notes.is_empty() || !run.skipped.is_empty() {
        page.push_str("<h2>Notes</h2>\n<ul>\n");
        for note in &run.notes {
            let _ = writeln!(page, "<li>{}</li>", escape(note));
        }
        for (reason, count) in &run.skipped {
            let _ = writeln!(page, "<li>{count} cases skipped: {}</li>", escape(reason));
        }
        page.push_str("</ul>\n");
    }
    page.push_str("</body></html>\n");
    page
}

fn verdict(run: &Summary) -> String {
    let cut = match &run.cut {
        Some(reason) => format!("Not all was sent: {}. ", escape(reason)),
        None => String::new(),
    };
    let counts = format!("{} cases in {:.1} s.", run.counts.cases, run.elapsed.as_secs_f64());
    match (&run.verdict, run.findings.len()) {
        (Verdict::Unusable(why), _) => {
            format!("{cut}<strong class=\"bad\">Nothing was tested:</strong> {}.", escape(why))
        }
        (_, 0) => format!("{cut}<strong class=\"good\">No findings.</strong> {counts}"),
        (_, n) => format!("{cut}<strong class=\"bad\">Findings: {n}.</strong> {counts}"),
    }
}

fn one(page: &mut String, finding: &Finding) {
    let _ = writeln!(
        page,
        "<details open id=\"{}\"><summary><span class=\"bad\">{}</span> <code>{} {}</code></summary>\n<p>{}</p>\n<dl>",
        finding.fingerprint,
        finding.check,
        escape(&finding.method),
        escape(&finding.path),
        escape(&finding.message)
    );
    let mut item = |name: &str, value: String| {
        let _ = writeln!(page, "<dt>{name}</dt><dd>{value}</dd>");
    };
    let pre = |text: &str| format!("<pre>{}</pre>", escape(text));
    item("Expected", pre(&finding.expected));
    item("Seen", pre(&finding.seen));
    if let Some(place) = &finding.place {
        let line = finding.source_line.as_deref().map(pre).unwrap_or_default();
        item("Contract", format!("<code>{}</code>{line}", escape(&place.to_string())));
    }
    item(
        "Case",
        format!(
            "{}, {}, seen {} times",
            escape(&finding.at.to_string()),
            escape(&finding.intent),
            finding.occurrences
        ),
    );
    for step in &finding.steps {
        item("Request", pre(&request(step)));
    }
    if let Some(replay) = &finding.replay {
        item("Again", pre(&format!("counterpart replay {} --url {}", replay.display(), finding.url)));
    }
    page.push_str("</dl></details>\n");
}

fn request(step: &FindingStep) -> String {
    let role = if step.role.is_empty() { String::new() } else { format!("# {}\n", step.role) };
    let repeat =
        if step.repeat > 1 { format!("# {} at the same time\n", step.repeat) } else { String::new() };
    let status = step.status.map_or_else(|| "no answer".to_owned(), |status| status.to_string());
    format!("{role}{repeat}{}\n\n{status}\n{}", step.curl, step.answer)
}

/// Text as HTML.
fn escape(text: &str) -> String {
    let mut html = String::with_capacity(text.len());
    // What would mislead whoever reads the page, or command what prints its source, is shown as text.
    for c in plain::block(text).chars() {
        match c {
            '&' => html.push_str("&amp;"),
            '<' => html.push_str("&lt;"),
            '>' => html.push_str("&gt;"),
            '"' => html.push_str("&quot;"),
            '\'' => html.push_str("&#39;"),
            c => html.push(c),
        }
    }
    html
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strangers_texts_stay_text() {
        assert_eq!(escape("<script>'\"&\u{0}"), "&lt;script&gt;&#39;&quot;&amp;\\x00");
    }
}
