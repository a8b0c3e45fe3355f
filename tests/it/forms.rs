//! Arrays and objects in queries and forms, in other forms than the contract's.

use counterpart::contract::Contract;
use counterpart::mock::{Mock, MockSettings};
use counterpart::validate::Forms;

use crate::mock::{body, request};
use crate::support::Program;

const CONTRACT: &str = r##"
openapi: 3.1.0
info: {title: forms, version: "1"}
paths:
  /q:
    get:
      parameters:
        - {name: n, in: query, schema: {type: array, items: {type: integer}, maxItems: 3}}
        - {name: must, in: query, required: true, schema: {type: array, items: {enum: [a, b]}}}
        - name: o
          in: query
          schema:
            type: object
            additionalProperties: false
            required: [x]
            properties: {x: {type: integer}, l: {type: array, items: {type: integer}}, in: {type: object, properties: {y: {type: boolean}}}}
        - {name: s, in: query, schema: {type: string, maxLength: 5}}
      responses: {"200": {description: x}}
  /f:
    post:
      requestBody:
        required: true
        content:
          application/x-www-form-urlencoded: {schema: {$ref: "#/components/schemas/Form"}}
          multipart/form-data: {schema: {$ref: "#/components/schemas/Form"}}
      responses: {"200": {description: x}}
components:
  schemas:
    Form:
      type: object
      additionalProperties: false
      required: [tags]
      properties:
        tags: {type: array, items: {type: string}, minItems: 2}
        deep: {type: object, additionalProperties: false, properties: {n: {type: integer}}}
        rows: {type: array, items: {type: object, required: [a], properties: {a: {type: integer}}}}
"##;

fn mock(forms: Forms) -> Mock {
    let settings = MockSettings { forms, ..MockSettings::default() };
    Mock::new(Contract::from_text("forms.yaml", CONTRACT).unwrap(), settings).unwrap()
}

#[test]
fn queries_may_be_written_in_any_form() {
    // Each query, and whether it is taken: as the contract says, in any form, in brackets only.
    for (query, taken) in [
        ("must=a&must=b", [true, true, false]),
        ("must[]=a", [false, true, true]),
        ("must%5B%5D=a&must%5B%5D=b", [false, true, true]),
        ("must[0]=a&must[1]=b", [false, true, true]),
        ("must=a,b", [false, true, false]),
        ("must=a|b", [false, true, false]),
        ("must=[\"a\",\"b\"]", [false, true, false]),
        ("must[]=c", [false, false, false]),
        ("must=c", [false, false, false]),
        ("must", [false, false, false]),
        ("", [false, false, false]),
        ("must[]=a&n[]=1&n[]=2", [false, true, true]),
        ("must[]=a&n[]=x", [false, false, false]),
        ("must[]=a&n=1,2,3", [false, true, true]),
        ("must[]=a&n=1,2,3,4", [false, false, true]),
        ("must[]=a&o[x]=1", [false, true, true]),
        ("must[]=a&o[x]=1&o[l][]=2&o[in][y]=true", [false, true, true]),
        ("must[]=a&o[x]=1&o[l]=2,3", [false, true, false]),
        ("must[]=a&o.x=1&o.in.y=false", [false, true, true]),
        ("must[]=a&o[x]=one", [false, false, false]),
        ("must[]=a&o[z]=1", [false, false, false]),
        ("must[]=a&s=123456", [false, false, false]),
    ] {
        for (forms, taken) in [Forms::Contract, Forms::Any, Forms::Brackets].into_iter().zip(taken) {
            let answer = mock(forms).answer(&request("GET", &format!("/q?{query}"), &[]));
            let wanted = if taken { 200 } else { 400 };
            assert_eq!(answer.status, wanted, "{query} {forms:?}: {:?}", answer.body);
        }
    }
}

#[test]
fn a_value_in_brackets_that_is_wrong_is_told_of() {
    let answer = mock(Forms::Any).answer(&request("GET", "/q?must[]=a&n[]=x", &[]));
    assert!(String::from_utf8_lossy(&answer.body).contains("integer"), "{answer:?}");
}

#[test]
fn forms_may_be_written_in_any_form() {
    let multipart = |fields: &str| {
        let parts = fields.split('&').map(|field| {
            let (name, value) = field.split_once('=').unwrap();
            format!("--b\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n")
        });
        format!("{}--b--\r\n", parts.collect::<String>())
    };
    for (fields, contract, any) in [
        ("tags=a&tags=b", true, true),
        ("tags[]=a&tags[]=b", false, true),
        ("tags[0]=a&tags[1]=b", false, true),
        ("tags[]=a&tags[]=b&deep[n]=1", false, true),
        ("tags[]=a&tags[]=b&rows[][a]=1&rows[][a]=2", false, true),
        ("tags[]=a&tags[]=b&deep.n=1", false, true),
        ("tags[]=a", false, false),
        ("tags[]=a&tags[]=b&deep[n]=x", false, false),
        ("tags[]=a&tags[]=b&odd[]=1", false, false),
    ] {
        for (forms, taken) in [(Forms::Contract, contract), (Forms::Any, any)] {
            for (media, text) in [
                ("application/x-www-form-urlencoded", fields.to_owned()),
                ("multipart/form-data; boundary=b", multipart(fields)),
            ] {
                let mut sent = request("POST", "/f", &[("content-type", media)]);
                sent.body = Some(text.into());
                let answer = mock(forms).answer(&sent);
                let wanted = if taken { 200 } else { 400 };
                assert_eq!(answer.status, wanted, "{fields} {media} {forms:?}: {:?}", answer.body);
            }
        }
    }
}

#[test]
fn fastapi_too_takes_other_forms_when_told_to() {
    const FASTAPI: &str = r##"
openapi: 3.1.0
info: {title: fast, version: "1"}
paths:
  /q:
    get:
      parameters: [{name: ids, in: query, required: true, schema: {type: array, items: {type: integer}}}]
      responses:
        "200": {description: x}
        "422": {description: x, content: {application/json: {schema: {$ref: "#/components/schemas/HTTPValidationError"}}}}
components:
  schemas:
    HTTPValidationError: {type: object, properties: {detail: {type: array, items: {$ref: "#/components/schemas/ValidationError"}}}}
    ValidationError:
      type: object
      required: [loc, msg, type]
      properties: {loc: {type: array, items: {anyOf: [{type: string}, {type: integer}]}}, msg: {type: string}, type: {type: string}}
"##;
    let mock = |forms| {
        let settings = MockSettings { forms, ..MockSettings::default() };
        Mock::new(Contract::from_text("fast.yaml", FASTAPI).unwrap(), settings).unwrap()
    };
    for (query, contract, any) in [("ids=1", 200, 200), ("ids[]=1", 422, 200), ("ids[]=x", 422, 422)] {
        for (forms, status) in [(Forms::Contract, contract), (Forms::Any, any)] {
            let answer = mock(forms).answer(&request("GET", &format!("/q?{query}"), &[]));
            assert_eq!(answer.status, status, "{query} {forms:?}");
            if status == 422 {
                assert!(body(&answer)["detail"][0]["type"].is_string());
            }
        }
    }
}

/// A list without items leaves nothing in a form: one that has to be there may be missing, where the contract takes it empty.
#[test]
fn a_form_can_not_write_an_empty_list() {
    const LISTS: &str = r##"
openapi: 3.1.0
info: {title: lists, version: "1"}
paths:
  /{size}:
    post:
      parameters: [{name: size, in: path, required: true, schema: {type: string}}]
      requestBody:
        required: true
        content:
          multipart/form-data:
            schema: &all
              type: object
              required: [files]
              properties:
                files: {oneOf: [{type: array, items: {type: string, format: binary}}, {type: string, format: binary}]}
                name: {type: string}
          application/json: {schema: *all}
      responses: {"200": {description: x}}
  /some:
    post:
      requestBody:
        content:
          multipart/form-data:
            schema: {type: object, required: [files], properties: {files: {type: array, minItems: 1, items: {type: string}}}}
      responses: {"200": {description: x}}
"##;
    const NAME: &str = "--b\r\nContent-Disposition: form-data; name=\"name\"\r\n\r\nx\r\n--b--\r\n";
    for (path, media, text, contract, any) in [
        ("/any", "multipart/form-data; boundary=b", NAME, 400, 200),
        ("/any", "multipart/form-data; boundary=b", "--b--\r\n", 400, 200),
        ("/any", "application/json", "{\"name\": \"x\"}", 400, 400),
        ("/some", "multipart/form-data; boundary=b", "--b--\r\n", 400, 400),
    ] {
        for (forms, status) in [(Forms::Contract, contract), (Forms::Any, any)] {
            let settings = MockSettings { forms, ..MockSettings::default() };
            let mock = Mock::new(Contract::from_text("lists.yaml", LISTS).unwrap(), settings).unwrap();
            let mut sent = request("POST", path, &[("content-type", media)]);
            sent.body = Some(text.into());
            assert_eq!(mock.answer(&sent).status, status, "{path} {text} {forms:?}");
        }
    }
}

#[test]
fn unions_may_overlap_when_told_to() {
    const UNION: &str = r##"
openapi: 3.1.0
info: {title: union, version: "1"}
paths:
  /u:
    post:
      requestBody:
        required: true
        content:
          application/json:
            schema:
              type: object
              properties:
                v:
                  anyOf:
                    - type: "null"
                    - oneOf: [{type: object, required: [a], properties: {a: {type: integer}}}, {type: object, required: [b], properties: {b: {type: integer}}}]
                w: {oneOf: [{type: integer}, {type: number}]}
                x: {type: object, anyOf: [{required: [c]}, {required: [d]}], properties: {c: {type: integer}}}
      responses: {"200": {description: x}}
"##;
    for (text, strict, unions) in [
        ("{\"w\": 1.5}", 200, 200),
        ("{\"w\": 1}", 400, 200),
        ("{\"v\": {\"a\": 1}}", 200, 200),
        ("{\"v\": {\"a\": 1, \"b\": 2}}", 400, 200),
        ("{\"v\": {\"a\": \"x\"}}", 400, 400),
        ("{\"w\": \"x\"}", 400, 400),
        ("{\"x\": {}}", 400, 200),
        ("{\"x\": {\"c\": 1}}", 200, 200),
        ("{\"x\": {\"c\": \"x\"}}", 400, 400),
    ] {
        for (unions, status) in [(false, strict), (true, unions)] {
            let settings = MockSettings { unions, ..MockSettings::default() };
            let mock = Mock::new(Contract::from_text("union.yaml", UNION).unwrap(), settings).unwrap();
            let mut sent = request("POST", "/u", &[("content-type", "application/json")]);
            sent.body = Some(text.into());
            assert_eq!(mock.answer(&sent).status, status, "{text} {unions}");
        }
    }
}

#[test]
fn the_flags_are_explained_and_checked() {
    Program::new().run(&["mock", "--help"]).exits(0).says(&["--query-style", "--sdk-tests", "a[]=1"]);
    Program::new().run(&["mock", "--query-style", "odd"]).exits(2).complains(&["brackets"]);
}
