//! `counterpart check`, as a user calls it, and its verdicts over the corpus.

use counterpart::document::{LoadOptions, Severity, SpecSource};
use counterpart::lint::{Checked, Selection, check};
use serde_json::Value;

use crate::support::{Program, shared};

/// Writes a contract into a fresh folder and judges it.
fn judged(text: &str) -> (tempfile::TempDir, Checked) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("openapi.yaml");
    std::fs::write(&path, text).unwrap();
    let checked = check(&SpecSource::Path(path), &LoadOptions::default(), &Selection::default());
    (folder, checked)
}

/// Findings as `rule line:column`.
fn findings(text: &str) -> Vec<String> {
    let (_folder, checked) = judged(text);
    let shown = |finding| {
        let place = checked.files.diagnostic_place(finding);
        format!("{} {}:{}", finding.rule, place.line, place.column)
    };
    checked.findings.iter().map(shown).collect()
}

const HEAD: &str = "openapi: 3.1.0\ninfo: {title: t, version: '1'}\n";

#[test]
fn a_sound_contract_has_no_findings() {
    let checked = check(&SpecSource::Embedded, &LoadOptions::default(), &Selection::default());
    assert_eq!(checked.findings, []);
    assert_eq!(checked.operations, Some(1));
}

#[test]
fn all_findings_come_at_once_by_place() {
    let text = format!(
        "{HEAD}paths:\n  /a/{{id}}:\n    get:\n      operationId: same\n      security: [{{nope: []}}]\n      responses:\n        '200':\n          description: ok\n          content:\n            application/json:\n              schema: {{$ref: '#/components/schemas/Pet'}}\n  /a/{{name}}:\n    get:\n      operationId: same\n      responses: {{}}\ncomponents:\n  schemas:\n    Pat: {{type: string, pattern: '[', minLength: 3, maxLength: 2}}\n"
    );
    let wanted = [
        "path-parameter-missing 5:5",
        "unknown-security-scheme 7:19",
        "unresolvable-ref 13:30",
        "colliding-paths 14:3",
        "path-parameter-missing 15:5",
        "duplicate-operation-id 16:20",
        "structure 17:18",
        "unsatisfiable 20:10",
        "pattern 20:34",
    ];
    assert_eq!(findings(&text), wanted);
}

#[test]
fn hints_name_what_was_probably_meant() {
    let text = format!(
        "{HEAD}paths:\n  /a:\n    gett: {{}}\n    get:\n      responses:\n        '200': {{$ref: '#/components/respones/Ok'}}\ncomponents:\n  responses:\n    Ok: {{description: ok}}\n"
    );
    let (_folder, checked) = judged(&text);
    let said: Vec<String> = checked.findings.iter().map(|f| format!("{} {:?}", f.message, f.hint)).collect();
    assert!(said.iter().any(|text| text.contains("did you mean `get`?")), "{said:?}");
    assert!(said.iter().any(|text| text.contains("did you mean `responses`?")), "{said:?}");
}

#[test]
fn kinds_of_components_are_told_apart() {
    let text = format!(
        "{HEAD}paths:\n  /a:\n    get:\n      responses:\n        '200': {{$ref: '#/components/schemas/S'}}\ncomponents:\n  schemas:\n    S: {{description: s}}\n"
    );
    assert!(findings(&text).contains(&"wrong-kind-ref 7:23".to_owned()), "{:?}", findings(&text));
}

#[test]
fn examples_and_defaults_are_judged() {
    let text = format!(
        "{HEAD}paths:\n  /a:\n    get:\n      parameters:\n        - {{name: n, in: query, schema: {{type: integer, default: many}}, example: few}}\n      responses:\n        '200':\n          description: ok\n          content: {{application/json: {{schema: {{type: object, properties: {{a: {{type: string}}}}}}, example: {{a: 3}}}}}}\n"
    );
    assert_eq!(findings(&text), ["default 7:65", "example 7:81", "example 11:110"]);
}

#[test]
fn a_finding_below_a_nullable_composition_points_at_what_was_written() {
    let text = HEAD.replace("3.1.0", "3.0.3")
        + "paths: {}\ncomponents:\n  schemas:\n    A:\n      nullable: true\n      allOf: [{type: string, minLength: 2}]\n      example: x\n";
    let (_folder, checked) = judged(&text);
    let [finding] = &checked.findings[..] else { panic!("{:?}", checked.findings) };
    assert_eq!(finding.rule, "example");
    let demanded: Vec<String> = checked
        .files
        .related_places(finding)
        .iter()
        .map(|(place, _)| format!("{}:{}", place.line, place.column))
        .collect();
    assert_eq!(demanded, ["6:5"]);
}

#[test]
fn unsatisfiable_schemas_are_found_through_references() {
    let schemas = "components:\n  schemas:\n    A: {type: integer, minimum: 5}\n    B: {allOf: [{$ref: '#/components/schemas/A'}, {maximum: 4}], type: integer}\n    C: {allOf: [{$ref: '#/components/schemas/A'}, {type: string}]}\n    D: {type: object, required: [d], properties: {d: {$ref: '#/components/schemas/D'}}}\n    E: {type: string, enum: [1, 2]}\n    F: {type: object, required: [x], additionalProperties: false}\n    G: {type: string, minLength: 3, maxLength: 3}\n";
    let text = format!("{HEAD}{schemas}");
    let found: Vec<String> =
        findings(&text).into_iter().filter(|f| f.starts_with("uns") || f.starts_with("endless")).collect();
    let wanted = [
        "unsatisfiable 6:8",
        "unsatisfiable 7:8",
        "endless-schema 8:8",
        "unsatisfiable 9:29",
        "unsatisfiable 10:8",
    ];
    assert_eq!(found, wanted);
}

/// The verdict that the index files a contract under.
#[test]
fn broken_and_hostile_contracts_are_refused() {
    let Some(index) = shared("corpus/index.json") else { return };
    let folder = index.parent().unwrap();
    let index: Vec<Value> = serde_json::from_str(&std::fs::read_to_string(&index).unwrap()).unwrap();
    let mut wrong = Vec::new();
    for entry in &index {
        let text = |key: &str| entry[key].as_str().unwrap_or_default();
        if !matches!(text("category"), "broken" | "hostile") {
            continue;
        }
        let source = SpecSource::Path(folder.join(text("file")));
        let checked = check(&source, &LoadOptions::default(), &Selection::default());
        let errors = checked.count(Severity::Error);
        let fine = match text("expect") {
            "reject" => errors > 0,
            "reject-or-warn" => !checked.findings.is_empty(),
            "accept" => errors == 0,
            _ => true,
        };
        if !fine {
            wrong.push(format!("{}: {:?}", text("name"), checked.findings));
        }
    }
    assert_eq!(wrong, Vec::<String>::new());
}

/// The OpenAPI project files its own documents by whether the published schema accepts them.
#[test]
fn the_documents_of_the_specification_get_their_verdict() {
    let Some(folder) = shared("corpus/oai-schema-tests") else { return };
    let selection = Selection::parse("structure,xml,wrong-type,missing-member,unknown-member,additional-operation,server-variable,link-target,style,parameter-content").unwrap();
    let mut wrong = Vec::new();
    let mut count = 0;
    for (tests, kind) in [
        ("v3.1-dev/tests/schema/pass", true),
        ("v3.1-dev/tests/schema/fail", false),
        ("v3.2-dev/tests/schema/pass", true),
        ("v3.2-dev/tests/schema/fail", false),
        ("v3.0/_archive_/schemas/v3.0/pass", true),
    ] {
        for entry in std::fs::read_dir(folder.join(tests)).unwrap() {
            let path = entry.unwrap().path();
            count += 1;
            let checked = check(&SpecSource::Path(path.clone()), &LoadOptions::default(), &selection);
            if (checked.count(Severity::Error) == 0) != kind {
                wrong.push(format!("{}: {:?}", path.display(), checked.findings));
            }
        }
    }
    assert!(count > 100, "{count}");
    assert_eq!(wrong, Vec::<String>::new());
}

const BROKEN: &str = "openapi: 3.0.3\ninfo: {title: t, version: '1'}\npaths:\n  a:\n    get: {responses: {'200': {description: ok}}}\n";
const DOUBTFUL: &str = "openapi: 3.0.3\ninfo: {title: t, version: '1'}\npaths: {}\ncomponents:\n  schemas:\n    A: {type: integer, default: x}\n";

#[test]
fn the_command_exits_by_severity() {
    let program = Program::new().file("broken.yaml", BROKEN).file("doubtful.yaml", DOUBTFUL);
    let broken = program.run(&["check", "broken.yaml"]).exits(2);
    for part in [
        "error[path-slash]",
        "broken.yaml:4:3",
        "4 |   a:",
        "^",
        "write `/a`",
        "1 operation, 1 error, 0 warnings",
    ] {
        assert!(broken.out.contains(part), "no {part} in {}", broken.out);
    }
    program.run(&["check", "doubtful.yaml"]).exits(0);
    program.run(&["check", "doubtful.yaml", "--deny", "warnings"]).exits(2);
    program.run(&["check", "doubtful.yaml", "--deny", "warnings", "--rules=-default"]).exits(0);
    program.run(&["check", "doubtful.yaml", "broken.yaml"]).exits(2);
    program.run(&["check"]).exits(0);
    let missing = program.run(&["check", "missing.yaml"]).exits(2);
    assert!(missing.out.contains("missing.yaml can't be read"), "{}", missing.out);
}

#[test]
fn standard_input_is_read() {
    use std::io::Write;
    let program = Program::new().file("parts.yaml", "S: {type: string}\n");
    let mut child = program.command(&["check", "-"]);
    let mut child =
        child.stdin(std::process::Stdio::piped()).stdout(std::process::Stdio::piped()).spawn().unwrap();
    let text = format!(
        "{HEAD}components: {{schemas: {{A: {{$ref: 'parts.yaml#/S'}}, B: {{$ref: 'parts.yaml#/T'}}}}}}\n"
    );
    child.stdin.take().unwrap().write_all(text.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    let shown = String::from_utf8_lossy(&output.stdout).into_owned();
    assert_eq!(output.status.code(), Some(2), "{shown}");
    assert!(shown.contains("<stdin>:3:62") && shown.contains("there is no `T` in parts.yaml"), "{shown}");
}

#[test]
fn an_operation_has_to_say_what_success_is() {
    let contract = |statuses: &str| {
        format!(
            "openapi: 3.1.0\ninfo: {{title: t, version: '1'}}\npaths:\n  /a:\n    delete:\n      responses: {{{statuses}}}\n"
        )
    };
    let program = Program::new();
    for (statuses, told) in [
        ("'404': {description: d}, 5XX: {description: d}", true),
        ("'404': {description: d}, '204': {description: d}", false),
        ("default: {description: d}", false),
        ("2XX: {description: d}", false),
        ("'303': {description: d}", false),
    ] {
        std::fs::write(program.folder().join("a.yaml"), contract(statuses)).unwrap();
        let out = program.run(&["check", "a.yaml"]).exits(0).out;
        assert_eq!(out.contains("success-response"), told, "{out}");
        if told {
            assert!(out.contains("a.yaml:6:") && out.contains("204"), "{out}");
        }
    }
}

#[test]
fn rules_are_listed_and_explained() {
    let program = Program::new();
    let rules = program.run(&["check", "--rules"]).exits(0).out;
    assert!(rules.lines().any(|line| line.starts_with("unresolvable-ref ")), "{rules}");
    let explained = program.run(&["check", "--explain", "duplicate-key"]).exits(0).out;
    assert!(explained.starts_with("duplicate-key (error): "), "{explained}");
    program
        .run(&["check", "--explain", "duplicat-key"])
        .exits(2)
        .complains(&["did you mean `duplicate-key`?"]);
}

#[test]
fn the_formats_for_machines_say_the_same() {
    let program = Program::new().file("b.yaml", BROKEN);
    let json: Value =
        serde_json::from_str(&program.run(&["check", "b.yaml", "--format", "json"]).exits(2).out).unwrap();
    let finding = &json["contracts"][0]["findings"][0];
    assert_eq!(
        (&finding["rule"], &finding["line"], &finding["column"]),
        (&"path-slash".into(), &4.into(), &3.into())
    );
    let sarif: Value =
        serde_json::from_str(&program.run(&["check", "b.yaml", "--format", "sarif"]).exits(2).out).unwrap();
    assert_eq!(sarif["version"], "2.1.0");
    let result = &sarif["runs"][0]["results"][0];
    assert_eq!(result["ruleId"], sarif["runs"][0]["tool"]["driver"]["rules"][0]["id"]);
    assert_eq!(result["locations"][0]["physicalLocation"]["region"]["startLine"], 4);
    let github = program.run(&["check", "b.yaml", "--format", "github"]).exits(2).out;
    assert!(github.starts_with("::error file=b.yaml,line=4,col=3,title=path-slash::"), "{github}");
}
