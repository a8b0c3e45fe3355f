//! Contracts as the other rooms see them: opened from texts and files, with places and diagnostics.

use counterpart::contract::{Contract, OperationIndex, ParameterPlace, SecurityKind, StatusKey};
use counterpart::document::{LoadOptions, SpecSource};

#[test]
fn the_embedded_contract_opens() {
    let contract = Contract::load(&SpecSource::Embedded, &LoadOptions::default()).unwrap();
    assert_eq!(contract.info().title, "EGP API V5");
    assert_eq!(contract.servers()[0].url, "https://api.egp.scale.com");
    let [head] = contract.heads() else { panic!("one operation, found {}", contract.heads().len()) };
    assert_eq!((head.method.as_str(), head.tags.len()), ("DELETE", 1));
    let operation = contract.operation(head.index);
    assert_eq!(operation.parameters.len(), 2);
    let id = operation.parameter(ParameterPlace::Path, "deployment_id").unwrap();
    assert!(id.required);
    let schema = contract.schema_source().schema(id.schema().unwrap()).unwrap();
    assert_eq!(schema["title"], "Deployment Id");
    assert_eq!(contract.place(&id.location).to_string(), "<embedded>/seed.yaml:25:11");
    let statuses: Vec<StatusKey> = operation.responses.iter().map(|r| r.status).collect();
    assert_eq!(statuses, [StatusKey::Exact(200), StatusKey::Exact(422)]);
    let body = operation.responses[0].content[0].schema.clone().unwrap();
    let source = contract.schema_source();
    let reference = source.schema(&body).unwrap()["$ref"].as_str().unwrap().to_owned();
    let record = source.resolve(&body, &reference).unwrap();
    assert_eq!(source.schema(&record).unwrap()["properties"]["object"]["const"], "agentex_cloud_deploy");
    assert_eq!(operation.security[0].0[0].0, "APIKeyHeader");
    assert!(
        matches!(&contract.security_schemes()["APIKeyHeader"].kind, SecurityKind::ApiKey { name, .. } if name == "x-api-key")
    );
    assert_eq!(contract.diagnostics(), []);
}

#[test]
fn a_strange_index_is_no_crash() {
    let contract = Contract::load(&SpecSource::Embedded, &LoadOptions::default()).unwrap();
    assert_eq!(contract.operation(OperationIndex(9)).responses.len(), 0);
}

#[test]
fn a_text_that_is_no_contract_says_where_and_why() {
    let error = Contract::from_text("x.yaml", "openapi: 3.0.0\ninfo: {title: a\npaths: {}\n").unwrap_err();
    let message = error.render(false);
    assert!(message.contains("x.yaml:3:"), "{message}");
    let error = Contract::from_text("x.yaml", "opnapi: 3.0.0\npaths: {}\n").unwrap_err();
    let message = error.render(false);
    assert!(message.contains("x.yaml:1:1") && message.contains("did you mean `openapi`"), "{message}");
}
