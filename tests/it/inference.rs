//! What the mock infers beyond plain collections: actions, lists in pages, soft deletes, tenants, several at
//! once.

use counterpart::contract::Contract;
use counterpart::mock::{Mock, MockSettings, UnknownId};
use counterpart::wire::Response;
use serde_json::{Value, json};

use crate::crud::{call, call_as, checked};
use crate::mock::{body, request};
use crate::support::shared;

pub(crate) const SHOP: &str = "
openapi: 3.1.0
info: {title: Shop, version: '1'}
paths:
  /orders:
    parameters: [{name: X-Tenant-Id, in: header, schema: {type: string}}]
    get:
      parameters:
        - {name: limit, in: query, schema: {type: integer, minimum: 1, maximum: 50, default: 3}}
        - {name: starting_after, in: query, schema: {type: string}}
        - {name: status, in: query, schema: {type: array, items: {type: string}}, explode: false}
        - {name: min_total, in: query, schema: {type: number}}
        - {name: created_after, in: query, schema: {type: string, format: date-time}}
        - {name: paid, in: query, schema: {type: boolean}}
        - {name: q, in: query, schema: {type: string}}
        - {name: sort, in: query, schema: {type: string}}
        - {name: order, in: query, schema: {type: string, enum: [asc, desc]}}
      responses:
        '200':
          description: d
          content:
            application/json:
              schema:
                type: object
                properties:
                  data: {type: array, items: {$ref: '#/components/schemas/Order'}}
                  has_more: {type: boolean}
                  next: {type: [string, 'null'], format: uri}
                  meta: {type: object, properties: {total_count: {type: integer}, next_cursor: {type: string}}}
                required: [data, has_more]
    post:
      requestBody: {required: true, content: {application/json: {schema: {$ref: '#/components/schemas/NewOrder'}}}}
      responses:
        '201': {description: d, content: {application/json: {schema: {$ref: '#/components/schemas/Order'}}}}
        '409': {$ref: '#/components/responses/Error'}
    delete: {responses: {'204': {description: d}}}
  /orders/bulk:
    post:
      requestBody:
        required: true
        content: {application/json: {schema: {type: object, properties: {orders: {type: array, items: {$ref: '#/components/schemas/NewOrder'}}}}}}
      responses:
        '200':
          description: d
          content: {application/json: {schema: {type: array, items: {$ref: '#/components/schemas/Order'}}}}
        '409': {$ref: '#/components/responses/Error'}
  /orders/batch-delete:
    post:
      requestBody: {required: true, content: {application/json: {schema: {type: object, properties: {ids: {type: array, items: {type: string}}}}}}}
      responses: {'204': {description: d}}
  /orders/{id}:
    parameters:
      - {name: id, in: path, required: true, schema: {type: string}}
      - {name: X-Tenant-Id, in: header, schema: {type: string}}
    get:
      responses:
        '200': {description: d, content: {application/json: {schema: {$ref: '#/components/schemas/Order'}}}}
        '404': {$ref: '#/components/responses/Error'}
    patch:
      requestBody: {content: {application/json: {schema: {$ref: '#/components/schemas/OrderChange'}}, application/json-patch+json: {schema: {type: array}}}}
      responses:
        '200': {description: d, content: {application/json: {schema: {$ref: '#/components/schemas/Order'}}}}
        '404': {$ref: '#/components/responses/Error'}
        '409': {$ref: '#/components/responses/Error'}
        '422': {$ref: '#/components/responses/Error'}
    delete:
      responses:
        '200': {description: d, content: {application/json: {schema: {$ref: '#/components/schemas/Order'}}}}
        '404': {$ref: '#/components/responses/Error'}
  /orders/{id}/cancel:
    parameters: [{name: id, in: path, required: true, schema: {type: string}}]
    post:
      requestBody: {content: {application/json: {schema: {type: object, properties: {cancel_reason: {type: string}}}}}}
      responses:
        '200': {description: d, content: {application/json: {schema: {$ref: '#/components/schemas/Order'}}}}
        '404': {$ref: '#/components/responses/Error'}
        '409': {$ref: '#/components/responses/Error'}
  '/orders/{id}:reopen':
    parameters: [{name: id, in: path, required: true, schema: {type: string}}]
    post:
      responses:
        '200': {description: d, content: {application/json: {schema: {$ref: '#/components/schemas/Order'}}}}
  /orders/{id}/restore:
    parameters: [{name: id, in: path, required: true, schema: {type: string}}]
    post:
      responses:
        '200': {description: d, content: {application/json: {schema: {$ref: '#/components/schemas/Order'}}}}
        '404': {$ref: '#/components/responses/Error'}
  /orders/{id}/receipt:
    parameters: [{name: id, in: path, required: true, schema: {type: string}}]
    get:
      responses:
        '200': {description: d, content: {application/json: {schema: {type: object, properties: {text: {type: string}}}}}}
        '404': {$ref: '#/components/responses/Error'}
  /orders/{orderId}/lines:
    parameters: [{name: orderId, in: path, required: true, schema: {type: string}}]
    get:
      parameters:
        - {name: page, in: query, schema: {type: integer, default: 1}}
        - {name: per_page, in: query, schema: {type: integer, default: 2}}
      responses:
        '200':
          description: d
          headers: {Link: {schema: {type: string}}, X-Total-Count: {schema: {type: integer}}}
          content: {application/json: {schema: {type: array, items: {$ref: '#/components/schemas/Line'}}}}
        '404': {$ref: '#/components/responses/Error'}
    post:
      requestBody: {content: {application/json: {schema: {$ref: '#/components/schemas/Line'}}}}
      responses:
        '201': {description: d, content: {application/json: {schema: {$ref: '#/components/schemas/Line'}}}}
        '404': {$ref: '#/components/responses/Error'}
  /lines/{lineId}:
    parameters: [{name: lineId, in: path, required: true, schema: {type: string, format: uuid}}]
    get:
      responses:
        '200': {description: d, content: {application/json: {schema: {$ref: '#/components/schemas/Line'}}}}
        '404': {$ref: '#/components/responses/Error'}
  /coupons/{code}:
    parameters: [{name: code, in: path, required: true, schema: {type: string}}]
    get:
      responses:
        '200': {description: d, content: {application/json: {schema: {$ref: '#/components/schemas/Coupon'}}}}
        '404': {$ref: '#/components/responses/Error'}
    put:
      requestBody: {content: {application/json: {schema: {$ref: '#/components/schemas/Coupon'}}}}
      responses:
        '200': {description: d, content: {application/json: {schema: {$ref: '#/components/schemas/Coupon'}}}}
        '201': {description: d, content: {application/json: {schema: {$ref: '#/components/schemas/Coupon'}}}}
    delete: {responses: {'204': {description: d}, '404': {$ref: '#/components/responses/Error'}}}
components:
  responses:
    Error:
      description: d
      content: {application/json: {schema: {type: object, properties: {message: {type: string}}, required: [message]}}}
  schemas:
    NewOrder:
      type: object
      properties:
        id: {type: string}
        total: {type: number}
        paid: {type: boolean}
        note: {type: [string, 'null']}
        address: {type: object, properties: {city: {type: string}, pin: {type: string, writeOnly: true}}}
      required: [total]
    OrderChange: {type: object, properties: {total: {type: number}, note: {type: [string, 'null']}}}
    Order:
      type: object
      properties:
        id: {type: string, example: ord_1a2b}
        total: {type: number}
        paid: {type: boolean}
        note: {type: [string, 'null']}
        address: {type: object, properties: {city: {type: string}, pin: {type: string, writeOnly: true}}}
        status: {type: string, enum: [OPEN, CANCELLED], readOnly: true}
        tenant_id: {type: string}
        cancelled_at: {type: [string, 'null'], format: date-time, readOnly: true}
        cancel_reason: {type: string}
        deleted_at: {type: [string, 'null'], format: date-time, readOnly: true}
        created_at: {type: string, format: date-time, readOnly: true}
        updated: {type: integer, readOnly: true}
      required: [id, total, status]
    Line:
      type: object
      properties: {id: {type: string, format: uuid, readOnly: true}, sku: {type: string}, order_id: {type: string}}
      required: [id, sku]
    Coupon: {type: object, properties: {code: {type: string}, percent: {type: integer}}, required: [code]}
";

fn shop() -> Mock {
    let contract = Contract::from_text("shop.yaml", SHOP).unwrap();
    let settings = MockSettings { unknown_id: Some(UnknownId::Reject), ..MockSettings::default() };
    Mock::new(contract, settings).unwrap()
}

pub(crate) fn order(mock: &Mock, sent: Value) -> Value {
    let made = call(mock, "POST", "/orders", Some(sent));
    assert_eq!(made.status, 201, "{made:?}");
    body(&made)
}

pub(crate) fn at(order: &Value) -> String {
    format!("/orders/{}", order["id"].as_str().unwrap())
}

fn ids(page: &Value) -> Vec<&str> {
    page["data"].as_array().unwrap().iter().map(|order| order["id"].as_str().unwrap()).collect()
}

#[test]
fn named_actions_change_the_entity_as_their_names_say() {
    let mock = shop();
    let made = order(&mock, json!({"total": 1}));
    assert!(made["id"].as_str().unwrap().starts_with("ord_"), "{made}");
    let cancel = format!("{}/cancel", at(&made));
    let cancelled = body(&call(&mock, "POST", &cancel, Some(json!({"cancel_reason": "late"}))));
    assert_eq!((&cancelled["status"], &cancelled["cancel_reason"]), (&json!("CANCELLED"), &json!("late")));
    assert!(
        cancelled["cancelled_at"].is_string() && cancelled["updated"].as_u64() > made["updated"].as_u64()
    );
    assert_eq!(body(&call(&mock, "GET", &at(&made), None)), cancelled);
    // The contract has a word for doing it twice, and one for what is not there.
    assert_eq!(call(&mock, "POST", &cancel, None).status, 409);
    assert_eq!(call(&mock, "POST", "/orders/nobody/cancel", None).status, 404);
    let reopened = body(&call(&mock, "POST", &format!("{}:reopen", at(&made)), None));
    assert_eq!(reopened["status"], "OPEN");
}

#[test]
fn a_soft_delete_hides_and_can_be_taken_back() {
    let mock = shop();
    let made = order(&mock, json!({"total": 1}));
    let deleted = body(&call(&mock, "DELETE", &at(&made), None));
    assert!(deleted["deleted_at"].is_string() && deleted["id"] == made["id"], "{deleted}");
    for (method, target) in
        [("GET", at(&made)), ("DELETE", at(&made)), ("GET", format!("{}/receipt", at(&made)))]
    {
        assert_eq!(call(&mock, method, &target, None).status, 404, "{method} {target}");
    }
    assert_eq!(body(&call(&mock, "GET", "/orders", None))["data"], json!([]));
    let restored = body(&call(&mock, "POST", &format!("{}/restore", at(&made)), None));
    assert!(restored["deleted_at"].is_null(), "{restored}");
    assert_eq!(call(&mock, "GET", &at(&made), None).status, 200);
    assert_eq!(body(&call(&mock, "GET", "/orders", None))["meta"]["total_count"], 1);
}

#[test]
fn what_the_client_sends_comes_back_and_what_the_server_owns_does_not_change() {
    let mock = shop();
    let sent = json!({"id": "mine", "total": 0.5, "note": null, "address": {"city": "Ulm", "pin": "1234"}});
    let made = order(&mock, sent.clone());
    assert_eq!((&made["id"], &made["total"], &made["note"]), (&json!("mine"), &json!(0.5), &Value::Null));
    assert_eq!(made["address"], json!({"city": "Ulm"}), "written only");
    assert!(made.get("paid").is_none(), "not sent and not promised: {made}");
    assert_eq!(call(&mock, "POST", "/orders", Some(sent)).status, 409);
    let changed = body(&call(&mock, "PATCH", "/orders/mine", Some(json!({"total": 2, "note": "x"}))));
    assert_eq!(
        (&changed["total"], &changed["note"], &changed["created_at"]),
        (&json!(2), &json!("x"), &made["created_at"])
    );
    assert!(changed["updated"].as_u64() > made["updated"].as_u64());
    assert!(body(&call(&mock, "PATCH", "/orders/mine", Some(json!({"note": null}))))["note"].is_null());
    let patch = json!([{"op": "replace", "path": "/status", "value": "CANCELLED"}, {"op": "replace", "path": "/total", "value": 3}]);
    let patched = body(&call_as(&mock, "PATCH", "/orders/mine", "application/json-patch+json", Some(patch)));
    assert_eq!((&patched["status"], &patched["total"]), (&made["status"], &json!(3)));
    let test = json!([{"op": "test", "path": "/total", "value": 4}]);
    assert_eq!(
        call_as(&mock, "PATCH", "/orders/mine", "application/json-patch+json", Some(test)).status,
        409
    );
    let odd = json!([{"op": "remove", "path": "/nowhere"}]);
    assert_eq!(call_as(&mock, "PATCH", "/orders/mine", "application/json-patch+json", Some(odd)).status, 422);
}

#[test]
fn a_walk_over_all_pages_meets_each_once_whatever_is_deleted_meanwhile() {
    let mock = shop();
    let all: Vec<Value> = (0..10).map(|n| order(&mock, json!({"total": n}))).collect();
    let (mut met, mut target, mut pages) = (Vec::new(), "/orders".to_owned(), 0);
    loop {
        let answer = call(&mock, "GET", &target, None);
        let page = body(&answer);
        met.extend(ids(&page).into_iter().map(str::to_owned));
        pages += 1;
        assert_eq!(page["has_more"].as_bool(), Some(page["next"].is_string()), "{page}");
        let Some(next) = page["next"].as_str() else {
            assert!(
                answer.headers.get("link").is_none_or(|link| !String::from_utf8_lossy(link).contains("next"))
            );
            break;
        };
        let path = next.strip_prefix("http://localhost").unwrap();
        let link = answer.headers.get_str("link").unwrap().to_owned();
        assert!(link.starts_with(&format!("<{path}>; rel=\"next\"")), "{link}");
        assert_eq!(page["meta"]["next_cursor"].as_str(), met.last().map(String::as_str));
        // The very entity that the cursor names goes, and one that was met before.
        if pages <= 2 {
            let last = met.last().unwrap().clone();
            assert_eq!(call(&mock, "DELETE", &format!("/orders/{last}"), None).status, 200);
        }
        target = path.to_owned();
    }
    let wanted: Vec<String> = all.iter().map(|o| o["id"].as_str().unwrap().to_owned()).collect();
    assert_eq!((met, pages), (wanted, 4));
}

#[test]
fn lists_are_filtered_and_sorted_as_the_query_says() {
    let mock = shop();
    for (id, total, paid, note) in
        [("a", 5, true, "Red"), ("b", 20, false, "blue"), ("c", 10, true, "green red")]
    {
        order(&mock, json!({"id": id, "total": total, "paid": paid, "note": note}));
    }
    call(&mock, "POST", "/orders/a/cancel", None);
    let first = body(&call(&mock, "GET", "/orders/a", None))["created_at"].as_str().unwrap().to_owned();
    for (query, wanted) in [
        ("", "abc"),
        ("?status=CANCELLED", "a"),
        ("?status=OPEN,CANCELLED", "abc"),
        ("?min_total=10", "bc"),
        (&format!("?created_after={first}"), "bc"),
        ("?paid=true", "ac"),
        ("?q=red", "ac"),
        ("?sort=total", "acb"),
        ("?sort=-total", "bca"),
        ("?sort=total&order=desc", "bca"),
        ("?sort=paid,-total", "bca"),
        ("?order=desc", "cba"),
        ("?sort=created_at:desc&limit=2", "cb"),
        ("?sort=total&starting_after=a", "cb"),
    ] {
        let page = body(&call(&mock, "GET", &format!("/orders{query}"), None));
        assert_eq!(ids(&page).concat(), wanted, "{query}");
    }
}

#[test]
fn nested_lists_and_their_entities_elsewhere_are_the_same() {
    let mock = shop();
    let (one, two) = (order(&mock, json!({"total": 1})), order(&mock, json!({"total": 2})));
    let lines = |order: &Value| format!("{}/lines", at(order));
    let made: Vec<Response> =
        (0..5).map(|n| call(&mock, "POST", &lines(&one), Some(json!({"sku": n.to_string()})))).collect();
    let line = body(&made[0]);
    assert_eq!(line["order_id"], one["id"], "what it stands below is named");
    assert_eq!(body(&call(&mock, "GET", &format!("/lines/{}", line["id"].as_str().unwrap()), None)), line);
    let page = |query: &str| call(&mock, "GET", &format!("{}{query}", lines(&one)), None);
    let second = page("?page=2");
    assert_eq!(body(&second).as_array().unwrap().len(), 2);
    assert_eq!(second.headers.get_str("x-total-count"), Some("5"));
    let link = second.headers.get_str("link").unwrap();
    assert!(link.contains("page=3") && link.contains("page=1") && link.contains("rel=\"prev\""), "{link}");
    assert_eq!(body(&page("?page=3&per_page=2")).as_array().unwrap().len(), 1);
    assert_eq!(body(&page("?page=9")), json!([]));
    assert_eq!(body(&call(&mock, "GET", &lines(&two), None)), json!([]));
    // Below what is not there, or not any more, nothing is.
    assert_eq!(call(&mock, "GET", "/orders/nobody/lines", None).status, 404);
    call(&mock, "DELETE", &at(&one), None);
    assert_eq!(page("").status, 404);
}

#[test]
fn several_are_made_and_deleted_at_once() {
    let mock = shop();
    let sent = json!({"orders": [{"id": "a", "total": 1}, {"total": 2}, {"id": "c", "total": 3}]});
    let made = body(&call(&mock, "POST", "/orders/bulk", Some(sent.clone())));
    let totals: Vec<&Value> = made.as_array().unwrap().iter().map(|order| &order["total"]).collect();
    assert_eq!(totals, [1, 2, 3]);
    // All or none.
    let again = json!({"orders": [{"id": "d", "total": 1}, {"id": "a", "total": 1}]});
    assert_eq!(call(&mock, "POST", "/orders/bulk", Some(again)).status, 409);
    assert_eq!(call(&mock, "GET", "/orders/d", None).status, 404);
    assert_eq!(
        call(&mock, "POST", "/orders/batch-delete", Some(json!({"ids": ["a", "nobody"]}))).status,
        204
    );
    assert_eq!(call(&mock, "POST", "/orders/batch-delete", Some(json!({}))).status, 204);
    assert_eq!(body(&call(&mock, "GET", "/orders", None))["meta"]["total_count"], 2);
    assert_eq!(call(&mock, "DELETE", "/orders", None).status, 204);
    assert_eq!(body(&call(&mock, "GET", "/orders", None))["data"], json!([]));
}

#[test]
fn a_put_makes_where_201_is_documented() {
    let mock = shop();
    let put = |percent: u8| {
        call(&mock, "PUT", "/coupons/ten%20off", Some(json!({"code": "ten off", "percent": percent})))
    };
    assert_eq!(call(&mock, "GET", "/coupons/ten%20off", None).status, 404);
    let made = put(10);
    assert_eq!((made.status, body(&made)), (201, json!({"code": "ten off", "percent": 10})));
    let replaced = put(20);
    assert_eq!((replaced.status, &body(&replaced)["percent"]), (200, &json!(20)));
    assert_eq!(call(&mock, "DELETE", "/coupons/ten%20off", None).status, 204);
    assert_eq!(call(&mock, "DELETE", "/coupons/ten%20off", None).status, 404);
    assert_eq!(put(30).status, 201);
}

#[test]
fn tenants_do_not_see_each_other() {
    let mock = shop();
    let call_of = |tenant: &str, method: &str, target: &str, sent: Option<Value>| {
        let mut asked =
            request(method, target, &[("content-type", "application/json"), ("x-tenant-id", tenant)]);
        asked.body = sent.map(|v| v.to_string().into());
        checked(&mock, &asked)
    };
    let made = body(&call_of("t1", "POST", "/orders", Some(json!({"total": 1}))));
    assert_eq!(made["tenant_id"], "t1");
    for (tenant, status, count) in [("t1", 200, 1), ("t2", 404, 0)] {
        assert_eq!(call_of(tenant, "GET", &at(&made), None).status, status);
        let page = body(&call_of(tenant, "GET", "/orders", None));
        assert_eq!(page["data"].as_array().unwrap().len(), count);
    }
    assert_eq!(call_of("t2", "DELETE", &at(&made), None).status, 404);
    assert_eq!(call(&mock, "GET", &at(&made), None).status, 200, "without the header all are seen");
}

#[test]
fn the_petstore_is_understood() {
    let Some(path) = shared("corpus/real-2.0/prism-petstore-oas2.yaml") else { return };
    let text = std::fs::read_to_string(path).unwrap();
    let contract = Contract::from_bytes("petstore.yaml", text.as_bytes()).unwrap();
    let settings = MockSettings { auth: false, ..MockSettings::default() };
    let mock = Mock::new(contract, settings).unwrap();
    let pet = json!({"id": 7, "name": "Tom", "photoUrls": [], "status": "sold"});
    // This contract documents no success of a POST: it is made all the same.
    call(&mock, "POST", "/pets", Some(pet));
    let got = body(&call(&mock, "GET", "/pets/7", None));
    assert_eq!((&got["id"], &got["name"], &got["status"]), (&json!(7), &json!("Tom"), &json!("sold")));
    let found = body(&call(&mock, "GET", "/pets/findByStatus?status=sold", None));
    assert!(found.as_array().unwrap().iter().any(|p| p["id"] == 7), "{found}");
    let none = body(&call(&mock, "GET", "/pets/findByStatus?status=pending", None));
    assert!(none.as_array().unwrap().iter().all(|p| p["id"] != 7));
    call(&mock, "PUT", "/pets", Some(json!({"id": 7, "name": "Tim", "photoUrls": []})));
    assert_eq!(body(&call(&mock, "GET", "/pets/7", None))["name"], "Tim");
    call(&mock, "POST", "/user", Some(json!({"id": 1, "username": "tom", "firstName": "T"})));
    assert_eq!(body(&call(&mock, "GET", "/user/tom", None))["firstName"], "T");
}
