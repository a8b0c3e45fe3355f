//! Every report format over one sample run, as snapshots; and shards joined.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use counterpart::base::secret::Redactor;
use counterpart::document::Place;
use counterpart::exercise::{
    Counts, Event, Finding, FindingStep, OperationCounts, Plan, Record, Summary, Verdict, Withheld,
};
use counterpart::generate::case::{Coordinates, Phase};
use counterpart::report::{Collector, Format, json, merge};
use counterpart::wire::{Headers, MaskedRequest, MaskedResponse, Request, Response};

fn step(role: &str, repeat: usize, status: Option<u16>, answer: &'static str) -> FindingStep {
    FindingStep {
        role: role.into(),
        repeat,
        line: "DELETE /things/a%27".into(),
        headers: vec![("x-api-key".into(), "***".into()), ("accept".into(), "*/*".into())],
        body: None,
        curl: "curl -X DELETE 'http://127.0.0.1:8000/things/a%27' -H 'x-api-key: ***'".into(),
        status,
        answer_headers: vec![("content-type".into(), "text/plain".into())],
        answer: answer.into(),
    }
}

fn finding(check: &'static str, steps: Vec<FindingStep>) -> Finding {
    Finding {
        fingerprint: "0123456789abcdef".into(),
        operation: "deleteThing".into(),
        method: "DELETE".into(),
        path: "/things/{thing_id}".into(),
        check,
        cause: "500".into(),
        message: "The server failed with 500.".into(),
        expected: "an answer below 500".into(),
        seen: "500: <boom> & \"more\"\nline two".into(),
        place: Some(Place { file: "api/spec.yaml".into(), line: 17, column: 7 }),
        source_line: Some("      operationId: deleteThing".into()),
        at: Coordinates { operation: "deleteThing".into(), phase: Phase::Random, index: 41 },
        intent: "valid (quotes in the id)".into(),
        steps,
        url: "http://127.0.0.1:8000".into(),
        shrunk: 7,
        flaky: false,
        replay: Some(PathBuf::from(".counterpart/regressions/0123456789abcdef.json")),
        occurrences: 12,
    }
}

fn withheld(operation: &str, method: &str, path: &str, partly: bool) -> Withheld {
    Withheld {
        operation: operation.into(),
        method: method.into(),
        path: path.into(),
        partly,
        cases: 4,
        reasons: vec!["it can change or destroy what this run did not make"],
        allow: vec![format!("--allow operation={operation}")],
    }
}

fn sample() -> Summary {
    let single = finding("server-error", vec![step("", 1, Some(500), "<boom>")]);
    let mut story =
        finding("one-winner", vec![step("racing", 64, Some(200), "{}"), step("again", 1, None, "reset")]);
    story.fingerprint = "fedcba9876543210".into();
    story.cause = "several winners".into();
    story.place = None;
    story.replay = None;
    story.flaky = true;
    Summary {
        plan: Plan {
            title: "Things & more".into(),
            spec: "api/spec.yaml".into(),
            url: "http://127.0.0.1:8000".into(),
            seed: 42,
            operations: (2, 3),
            checks: vec!["answered".into(), "server-error".into(), "one-winner".into()],
            workers: 4,
        },
        counts: Counts { requests: 130, cases: 120, cases_max: 120, skipped: 3, findings: 2 },
        operations: vec![
            OperationCounts {
                id: "deleteThing".into(),
                method: "DELETE".into(),
                path: "/things/{thing_id}".into(),
                cases: 100,
                statuses: BTreeMap::from([(0, 1), (200, 60), (422, 27), (500, 12)]),
                findings: 2,
            },
            OperationCounts {
                id: "listThings".into(),
                method: "GET".into(),
                path: "/things".into(),
                cases: 20,
                statuses: BTreeMap::from([(200, 20)]),
                findings: 0,
            },
        ],
        findings: vec![Arc::new(story), Arc::new(single)],
        notes: vec!["deleteThing: no ids to delete were given".into()],
        skipped: BTreeMap::from([("there is nothing to send".into(), 3)]),
        withheld: vec![
            withheld("deleteThing", "DELETE", "/things/{thing_id}", true),
            withheld("clearThings", "DELETE", "/things", false),
        ],
        interrupted: false,
        cut: None,
        verdict: Verdict::Failed,
        elapsed: Duration::from_millis(1234),
    }
}

fn events() -> Vec<Event> {
    let summary = Arc::new(sample());
    let mut headers = Headers::new();
    headers.push("x-api-key", "very-secret");
    headers.push("accept", "*/*");
    let request = Request {
        method: "GET".into(),
        target: "/things?limit=2&q=a%20b".into(),
        headers,
        body: Some("{}".into()),
    };
    let mut answer = Headers::new();
    answer.push("content-type", "application/json");
    let outcome = Ok(Response { status: 200, headers: answer, body: "[]".into(), truncated: false });
    let record = |outcome| Record {
        at: Coordinates { operation: "listThings".into(), phase: Phase::Boundary, index: 2 },
        intent: "valid".into(),
        label: "extra query".into(),
        request: MaskedRequest::of(&request, &Redactor::default()),
        outcome,
        elapsed: Duration::from_micros(1500),
        failed: vec!["response-body"],
    };
    vec![
        Event::Started(Arc::new(summary.plan.clone())),
        Event::PhaseStarted { phase: Phase::Boundary, cases: 20 },
        Event::Exchanged(Arc::new(record(
            outcome.map(|answer| MaskedResponse::of(&answer, &Redactor::default())),
        ))),
        Event::Exchanged(Arc::new(record(Err("no answer within 10s".into())))),
        Event::Progress(summary.counts),
        Event::Found(Arc::clone(&summary.findings[1])),
        Event::Note("a note".into()),
        Event::PhaseFinished(Phase::Boundary),
        Event::Finished(summary),
    ]
}

fn report(format: Format) -> String {
    let mut collector = Collector::new(format);
    events().iter().for_each(|event| collector.event(event));
    collector.finish(&sample()).into_string()
}

/// What changes from release to release.
fn stable(text: &str) -> String {
    text.replace(env!("CARGO_PKG_VERSION"), "VERSION")
}

#[test]
fn every_format_of_the_sample_run() {
    for format in Format::ALL {
        insta::with_settings!({ snapshot_path => "../snapshots", prepend_module_to_snapshot => false }, {
            insta::assert_snapshot!(format!("report_{format}"), stable(&report(format)));
        });
    }
}

#[test]
fn no_format_tells_a_secret() {
    for format in Format::ALL {
        assert!(!report(format).contains("very-secret"), "{format}");
    }
}

#[test]
fn formats_for_machines_can_be_read() {
    for format in [Format::Json, Format::Sarif, Format::Har] {
        let value: serde_json::Value = serde_json::from_str(&report(format)).unwrap();
        assert!(value.is_object(), "{format}");
    }
    let har: serde_json::Value = serde_json::from_str(&report(Format::Har)).unwrap();
    assert_eq!(har["log"]["entries"].as_array().unwrap().len(), 2);
    let lines: Vec<serde_json::Value> =
        report(Format::Ndjson).lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(lines.len(), 8, "progress is no line");
    assert!(
        report(Format::Github)
            .lines()
            .all(|line| line.starts_with("::error ") || line.starts_with("::notice "))
    );
    let sarif: serde_json::Value = serde_json::from_str(&report(Format::Sarif)).unwrap();
    assert_eq!(sarif["runs"][0]["results"].as_array().unwrap().len(), 2);
}

#[test]
fn shards_are_joined() {
    let one = json::Report::from(&sample());
    let text = json::text(&one);
    assert_eq!(merge::read(&text).unwrap(), one);
    let mut two = one.clone();
    two.verdict = "passed".into();
    two.findings[0].fingerprint = "another".into();
    let whole = merge::merge(vec![one.clone(), two.clone()]).unwrap();
    assert_eq!((whole.cases, whole.verdict.as_str()), (240, "failed"));
    assert_eq!(whole.findings.len(), 3);
    assert_eq!(whole.findings.iter().find(|f| f.check == "server-error").unwrap().occurrences, 24);
    assert_eq!(whole.operations[0].statuses[&200], 120);
    assert_eq!(whole.operations[0].findings, 3);
    two.seed = 43;
    assert!(matches!(merge::merge(vec![one, two]), Err(merge::MergeError::Differ(_))));
    assert_eq!(merge::merge(Vec::new()), Err(merge::MergeError::Nothing));
    assert!(matches!(merge::read("{\"version\": 9}"), Err(merge::MergeError::Version(9))));
    assert!(matches!(merge::read("[]"), Err(merge::MergeError::Format(_))));
}
