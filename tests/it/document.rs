//! Contracts as the other rooms see them: opened from texts and files, with places and diagnostics.

use std::sync::Arc;

use counterpart::contract::{
    Contract, Operation, OperationIndex, ParameterPlace, ParameterShape, SecurityKind, StatusKey, Style,
};
use counterpart::document::{LoadOptions, Location, SpecSource};
use serde_json::{Value, json};

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

/// The same API in each version.
const SAME: [(&str, &str); 4] = [
    (
        "2.0",
        r"
swagger: '2.0'
info: {title: t, version: '1'}
host: api.example
basePath: /v1
schemes: [https]
consumes: [application/json]
produces: [application/json]
securityDefinitions: {key: {type: apiKey, in: header, name: x-key}}
security: [{key: []}]
paths:
  /pets/{id}:
    parameters: [{name: id, in: path, required: true, type: integer, minimum: 0, exclusiveMinimum: true}]
    put:
      operationId: putPet
      parameters:
        - {name: tags, in: query, type: array, items: {type: string}, collectionFormat: multi}
        - {name: pet, in: body, required: true, schema: {$ref: '#/definitions/Pet'}}
      responses:
        200: {description: ok, schema: {$ref: '#/definitions/Pet'}, headers: {x-rate: {type: integer}}}
        default: {description: bad}
definitions:
  Pet: {type: object, required: [name], properties: {name: {type: string, x-nullable: true}}}
",
    ),
    (
        "3.0",
        r"
openapi: 3.0.3
info: {title: t, version: '1'}
servers: [{url: 'https://api.example/v1'}]
security: [{key: []}]
paths:
  /pets/{id}:
    parameters: [{name: id, in: path, required: true, schema: {type: integer, minimum: 0, exclusiveMinimum: true}}]
    put:
      operationId: putPet
      parameters: [{name: tags, in: query, schema: {type: array, items: {type: string}}}]
      requestBody: {required: true, content: {application/json: {schema: {$ref: '#/components/schemas/Pet'}}}}
      responses:
        200:
          description: ok
          headers: {x-rate: {schema: {type: integer}}}
          content: {application/json: {schema: {$ref: '#/components/schemas/Pet'}}}
        default: {description: bad}
components:
  securitySchemes: {key: {type: apiKey, in: header, name: x-key}}
  schemas:
    Pet: {type: object, required: [name], properties: {name: {type: string, nullable: true}}}
",
    ),
    (
        "3.1",
        r"
openapi: 3.1.0
info: {title: t, version: '1'}
servers: [{url: 'https://api.example/v1'}]
security: [{key: []}]
paths:
  /pets/{id}:
    $ref: '#/components/pathItems/pet'
components:
  pathItems:
    pet:
      parameters: [{name: id, in: path, required: true, schema: {type: integer, exclusiveMinimum: 0}}]
      put:
        operationId: putPet
        parameters: [{name: tags, in: query, schema: {type: array, items: {type: string}}}]
        requestBody: {required: true, content: {application/json: {schema: {$ref: '#/components/schemas/Pet'}}}}
        responses:
          200:
            description: ok
            headers: {x-rate: {schema: {type: integer}}}
            content: {application/json: {schema: {$ref: '#/components/schemas/Pet'}}}
          default: {description: bad}
  securitySchemes: {key: {type: apiKey, in: header, name: x-key}}
  schemas:
    Pet: {type: object, required: [name], properties: {name: {type: [string, 'null']}}}
",
    ),
    (
        "3.2",
        r"
openapi: 3.2.0
info: {title: t, version: '1'}
servers: [{url: 'https://api.example/v1'}]
security: [{key: []}]
paths:
  /pets/{id}:
    parameters: [{name: id, in: path, required: true, schema: {type: integer, exclusiveMinimum: 0}}]
    additionalOperations: {}
    put:
      operationId: putPet
      parameters: [{name: tags, in: query, schema: {type: array, items: {type: string}}}]
      requestBody: {required: true, content: {application/json: {$ref: '#/components/mediaTypes/pet'}}}
      responses:
        200:
          description: ok
          headers: {x-rate: {schema: {type: integer}}}
          content: {application/json: {$ref: '#/components/mediaTypes/pet'}}
        default: {description: bad}
components:
  mediaTypes: {pet: {schema: {$ref: '#/components/schemas/Pet'}}}
  securitySchemes: {key: {type: apiKey, in: header, name: x-key}}
  schemas:
    Pet: {type: object, required: [name], properties: {name: {type: [string, 'null']}}}
",
    ),
];

/// The schema at a place with its references followed (finite here).
fn plain(contract: &Arc<Contract>, at: &Location) -> Value {
    let source = contract.schema_source();
    let schema = source.schema(at).unwrap();
    match schema["$ref"].as_str() {
        Some(reference) => plain(contract, &source.resolve(at, reference).unwrap()),
        None => (*schema).clone(),
    }
}

/// What an operation says, without places.
fn summary(contract: &Arc<Contract>, operation: &Operation) -> Value {
    let parameters: Vec<Value> = operation
        .parameters
        .iter()
        .map(|p| {
            let ParameterShape::Styled { style, explode, .. } = &p.shape else { panic!("{p:?}") };
            json!([
                p.name,
                p.place.as_str(),
                p.required,
                format!("{style:?}"),
                explode,
                plain(contract, p.schema().unwrap())
            ])
        })
        .collect();
    let body = operation.request_body.as_ref().unwrap();
    let responses: Vec<Value> = operation
        .responses
        .iter()
        .map(|r| {
            let headers: Vec<Value> =
                r.headers.iter().map(|h| json!([h.name, plain(contract, h.schema().unwrap())])).collect();
            let content: Vec<Value> = r
                .content
                .iter()
                .map(|m| json!([m.name, plain(contract, m.schema.as_ref().unwrap())]))
                .collect();
            json!([r.status.to_string(), r.description, headers, content])
        })
        .collect();
    json!({
        "id": operation.head.id, "method": operation.head.method, "path": operation.head.path,
        "server": operation.servers[0].url,
        "security": format!("{:?} {:?}", operation.security, contract.security_schemes()["key"].kind),
        "parameters": parameters,
        "body": [body.required, body.content[0].name, plain(contract, body.content[0].schema.as_ref().unwrap())],
        "responses": responses,
    })
}

#[test]
fn every_version_lowers_to_the_same_model() {
    let all: Vec<Value> = SAME
        .iter()
        .map(|(version, text)| {
            let contract = Contract::from_text("x.yaml", text).unwrap();
            let operation = contract.operation(contract.heads()[0].index);
            assert_eq!(contract.diagnostics(), [], "{version}");
            summary(&contract, &operation)
        })
        .collect();
    for (found, (version, _)) in all.iter().zip(SAME) {
        assert_eq!(*found, all[1], "{version}");
    }
    assert_eq!(all[0]["parameters"][1][3], "Form");
    assert_eq!(all[0]["body"][2]["properties"]["name"]["type"], json!(["string", "null"]));
}

#[test]
fn forms_of_2_0_become_bodies() {
    let text = r"
swagger: '2.0'
info: {title: t, version: '1'}
paths:
  /a:
    post:
      parameters:
        - {name: f, in: formData, type: file, required: true}
        - {name: n, in: formData, type: array, items: {type: integer}, collectionFormat: tsv}
      responses: {200: {description: ok}}
";
    let contract = Contract::from_text("x.yaml", text).unwrap();
    let operation = contract.operation(contract.heads()[0].index);
    let body = operation.request_body.as_ref().unwrap();
    let media = &body.content[0];
    assert_eq!((media.name.as_str(), body.required), ("multipart/form-data", true));
    assert_eq!(media.encoding["n"].style, Some(Style::Tabs));
    let at = media.schema.as_ref().unwrap();
    let source = contract.schema_source();
    let schema = source.schema(at).unwrap();
    assert_eq!(schema["required"], json!(["f"]));
    let file = source.resolve(at, schema["properties"]["f"]["$ref"].as_str().unwrap()).unwrap();
    assert_eq!(*source.schema(&file).unwrap(), json!({"type": "string", "format": "binary"}));
    assert_eq!(contract.place(&file).to_string(), "x.yaml:8:11");
    assert_eq!(contract.place(at).to_string(), "x.yaml:7:7");
}

#[test]
fn what_3_2_adds_is_modelled() {
    let text = r"
openapi: 3.2.0
info: {title: t, version: '1'}
paths:
  /a:
    query:
      parameters:
        - {name: q, in: querystring, content: {application/x-www-form-urlencoded: {schema: {type: object}}}}
        - {name: c, in: cookie, style: cookie, schema: {type: string}}
      responses:
        '200': {description: ok, content: {application/jsonl: {itemSchema: {type: integer}, examples: {e: {dataValue: 1}, s: {serializedValue: '1'}}}}}
    additionalOperations:
      COPY: {responses: {'204': {description: gone}}}
";
    let contract = Contract::from_text("x.yaml", text).unwrap();
    let methods: Vec<&str> = contract.heads().iter().map(|head| head.method.as_str()).collect();
    assert_eq!(methods, ["QUERY", "COPY"]);
    let operation = contract.operation(contract.heads()[0].index);
    assert_eq!(operation.parameters[0].place, ParameterPlace::QueryString);
    assert!(matches!(
        operation.parameters[1].shape,
        ParameterShape::Styled { style: Style::Cookie, explode: true, .. }
    ));
    let media = &operation.responses[0].content[0];
    assert_eq!(plain(&contract, media.item_schema.as_ref().unwrap()), json!({"type": "integer"}));
    assert_eq!(
        (&media.examples[0].value, media.examples[1].serialized.as_deref()),
        (&Some(json!(1)), Some("1"))
    );
    assert_eq!(contract.diagnostics(), []);
}

#[test]
fn identifiers_and_anchors_are_resolved() {
    let text = r"
openapi: 3.1.0
info: {title: t, version: '1'}
components:
  schemas:
    A: {$id: 'https://x.example/a/', $defs: {b: {$anchor: b, type: string}}, items: {$ref: '#b'}, not: {$ref: '#/$defs/b'}}
    C: {$ref: 'https://x.example/a/#b'}
    D: {$id: 'https://x.example/d', $ref: 'a/'}
";
    let contract = Contract::from_text("x.yaml", text).unwrap();
    let source = contract.schema_source();
    let schemas = contract.named_schemas();
    let b = source.resolve(&schemas[1], "https://x.example/a/#b").unwrap();
    assert_eq!(b.pointer.as_str(), "/components/schemas/A/$defs/b");
    assert_eq!(source.resolve(&schemas[0].join("items"), "#b").unwrap(), b);
    assert_eq!(source.resolve(&schemas[0].join("not"), "#/$defs/b").unwrap(), b);
    assert_eq!(source.resolve(&schemas[2], "a/").unwrap(), schemas[0]);
    assert!(source.resolve(&schemas[0], "#c").is_err());
}

#[test]
fn chains_of_references_end_at_their_limit() {
    let mut text = String::from(
        "openapi: 3.1.0\ninfo: {title: t, version: '1'}\npaths: {/a: {get: {responses: {'200': {$ref: '#/components/responses/r0'}}}}}\ncomponents:\n  responses:\n",
    );
    for n in 0..200 {
        text.push_str(&format!("    r{n}: {{$ref: '#/components/responses/r{}'}}\n", n + 1));
    }
    text.push_str("    r200: {description: end}\n");
    let contract = Contract::from_text("x.yaml", &text).unwrap();
    assert_eq!(contract.operation(contract.heads()[0].index).responses.len(), 0);
    let [diagnostic] = &contract.diagnostics()[..] else { panic!("{:?}", contract.diagnostics()) };
    assert!(diagnostic.message.contains("64"), "{diagnostic:?}");
}

#[test]
fn defects_are_repaired_and_told() {
    let text = r"
openapi: 3.0.3
info: {title: 7, version: 1.0}
paths:
  /a/{x}:
    get:
      deprecated: 'true'
      parameters:
        - {name: q, in: quary, schema: {}}
        - {name: h, in: header, style: form, schema: {}}
      responses:
        2xx: {description: {$ref: d.md}}
        '99': {description: no}
";
    let contract = Contract::from_text("x.yaml", text).unwrap();
    let operation = contract.operation(contract.heads()[0].index);
    assert!(operation.deprecated);
    let names: Vec<&str> = operation.parameters.iter().map(|p| p.name.as_str()).collect();
    assert_eq!(names, ["h", "x"]);
    assert_eq!(operation.responses[0].status, StatusKey::Range(2));
    assert_eq!(contract.info().title, "7");
    let mut rules: Vec<&str> = contract.diagnostics().iter().map(|d| d.rule).collect();
    rules.sort_unstable();
    let wanted = [
        "parameter-place",
        "path-parameter-missing",
        "response-status",
        "response-status",
        "style",
        "wrong-type",
        "wrong-type",
        "wrong-type",
    ];
    assert_eq!(rules, wanted);
}
