//! Security requirements as the mock enforces them: every kind of scheme, alternatives, scopes.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use counterpart::contract::Contract;
use counterpart::mock::{Mock, MockSettings};
use counterpart::wire::{Request, Response};
use serde_json::{Value, json};

const CONTRACT: &str = r##"
openapi: 3.1.0
info: {title: Guarded, version: '1'}
paths:
  /header: {get: {security: [{header: []}], responses: &answers {'204': {description: d}}}}
  /query: {get: {security: [{query: []}], responses: *answers}}
  /cookie: {get: {security: [{cookie: []}], responses: *answers}}
  /basic: {get: {security: [{basic: []}], responses: *answers}}
  /bearer: {get: {security: [{bearer: []}], responses: *answers}}
  /both: {get: {security: [{header: [], basic: []}], responses: *answers}}
  /either: {get: {security: [{header: []}, {basic: []}], responses: *answers}}
  /optional: {get: {security: [{header: []}, {}], responses: *answers}}
  /open: {get: {security: [], responses: *answers}}
  /default: {get: {responses: *answers}}
  /read: {get: {security: [{oauth: [read]}], responses: *answers}}
  /write:
    get:
      security: [{oauth: [read, write]}, {oidc: [admin]}]
      responses:
        '204': {description: d}
        '403':
          description: no
          content: {application/json: {schema: {type: object, required: [reason], properties: {reason: {type: string}}}}}
security: [{header: []}]
components:
  securitySchemes:
    header: {type: apiKey, in: header, name: X-Key}
    query: {type: apiKey, in: query, name: key}
    cookie: {type: apiKey, in: cookie, name: sid}
    basic: {type: http, scheme: basic}
    bearer: {type: http, scheme: bearer}
    oauth: {type: oauth2, flows: {clientCredentials: {tokenUrl: 'https://t.example', scopes: {read: r, write: w}}}}
    oidc: {type: openIdConnect, openIdConnectUrl: 'https://o.example'}
"##;

fn mock(auth: bool) -> Mock {
    let contract = Contract::from_text("guarded.yaml", CONTRACT).unwrap();
    Mock::new(contract, MockSettings { auth, ..MockSettings::default() }).unwrap()
}

fn get(mock: &Mock, target: &str, headers: &[(&str, &str)]) -> Response {
    let mut request = Request { method: "GET".into(), target: target.into(), ..Request::default() };
    headers.iter().for_each(|(name, value)| request.headers.push(*name, (*value).to_owned()));
    mock.answer(&request)
}

#[test]
fn every_kind_is_asked_for_where_it_is_sent() {
    let mock = mock(true);
    let (key, basic) = (("X-Key", "k"), ("Authorization", "Basic dTpw"));
    for (target, headers, status) in [
        ("/header", &[][..], 401),
        ("/header", &[("x-key", "")], 401),
        ("/header", &[("x-key", "k")], 204),
        ("/query", &[key], 401),
        ("/query?key=", &[], 401),
        ("/query?key=k", &[], 204),
        ("/cookie", &[("Cookie", "other=1")], 401),
        ("/cookie", &[("Cookie", "other=1; sid=k")], 204),
        ("/basic", &[("Authorization", "Bearer t")], 401),
        ("/basic", &[("Authorization", "Basic !")], 401),
        ("/basic", &[basic], 204),
        ("/bearer", &[basic], 401),
        ("/bearer", &[("Authorization", "bearer t")], 204),
        ("/both", &[key], 401),
        ("/both", &[basic], 401),
        ("/both", &[key, basic], 204),
        ("/either", &[], 401),
        ("/either", &[key], 204),
        ("/either", &[basic], 204),
        ("/optional", &[], 204),
        ("/open", &[], 204),
        ("/default", &[], 401),
        ("/default", &[key], 204),
    ] {
        let answer = get(&mock, target, headers);
        assert_eq!(answer.status, status, "{target} {headers:?}");
        assert_eq!(answer.headers.get("www-authenticate").is_some(), status == 401, "{target} {headers:?}");
    }
    let open = self::mock(false);
    assert_eq!(get(&open, "/both", &[]).status, 204);
}

fn bearer(claims: &Value) -> String {
    format!("Bearer {}.{}.sig", URL_SAFE_NO_PAD.encode("{}"), URL_SAFE_NO_PAD.encode(claims.to_string()))
}

#[test]
fn a_token_whose_claims_lack_a_scope_is_forbidden() {
    let mock = mock(true);
    let with = |target: &str, claims: Value| get(&mock, target, &[("Authorization", &bearer(&claims))]);
    assert_eq!(with("/read", json!({"scope": "read"})).status, 204);
    assert_eq!(with("/read", json!({"scp": ["write", "read"]})).status, 204);
    // What says nothing of scopes is good for everything, as is what can't be read.
    assert_eq!(with("/read", json!({"sub": "me"})).status, 204);
    assert_eq!(get(&mock, "/read", &[("Authorization", "Bearer opaque")]).status, 204);
    assert_eq!(get(&mock, "/read", &[]).status, 401);
    let answer = with("/read", json!({"scope": "other"}));
    assert_eq!(answer.status, 403);
    let challenge = answer.headers.get_str("www-authenticate").unwrap();
    assert_eq!(challenge, "Bearer error=\"insufficient_scope\", scope=\"read\"");
    // The other alternative's scope will do; and the refusal has the shape that the contract documents.
    assert_eq!(with("/write", json!({"scope": "admin"})).status, 204);
    let answer = with("/write", json!({"scope": "read"}));
    assert_eq!(answer.status, 403);
    let body: Value = serde_json::from_slice(&answer.body).unwrap();
    assert_eq!(body["reason"], "The token lacks the scope `write`");
    let open = self::mock(false);
    assert_eq!(get(&open, "/read", &[]).status, 204);
}
