"""The faults that the reference can be given, one line each, with the check that is meant to find it.

A fault is switched on by name (`fastapi_delete.py --fault NAME`); `--list-faults` prints this table, tab separated:
name, check, what is wrong.
"""

from typing import NamedTuple


class Fault(NamedTuple):
    """One way to be wrong."""

    name: str
    check: str
    wrong: str


ALL = [
    # A valid request is answered by a crash.
    Fault("crash-long-id", "server-error", "500 for an id longer than 200 characters"),
    Fault("crash-unicode-id", "server-error", "500 for an id with a character outside ASCII"),
    Fault("crash-percent-id", "server-error", "500 for an id with a percent sign in it"),
    Fault("crash-quote-id", "server-error", "500 for an id with a quotation mark in it"),
    Fault("crash-extra-query", "server-error", "500 when an unknown query parameter is sent"),
    Fault("crash-on-body", "server-error", "500 when the DELETE carries a body"),
    Fault("crash-double-header", "server-error", "500 when the account header comes twice"),
    Fault("crash-html", "server-error", "500 with a page of HTML for an unknown id"),
    # Statuses and media types that the contract does not list.
    Fault("success-202", "status-documented", "success is answered with 202"),
    Fault("not-found-404", "status-documented", "an unknown id is answered with 404, as the real service does"),
    Fault("terminal-409", "status-documented", "a record that is already terminal is answered with 409"),
    Fault("redirect", "status-documented", "an unknown id is answered with 302"),
    Fault("media-text", "media-type-documented", "the record is sent as text/plain"),
    Fault("media-missing", "media-type-documented", "the record is sent without Content-Type"),
    Fault("media-422-problem", "media-type-documented", "the 422 is sent as application/problem+json"),
    # The record breaks its schema.
    Fault("field-missing", "response-body", "the record lacks the required namespace"),
    Fault("field-type", "response-body", "namespace is a number"),
    Fault("field-null", "response-body", "expires_at is null, where the contract has a plain string"),
    Fault("date-format", "response-body", "created_at is not an RFC 3339 date-time"),
    Fault("const-wrong", "response-body", "object is not agentex_cloud_deploy"),
    Fault("enum-wrong", "response-body", "created_by.type is not one of the two"),
    Fault("event-time-number", "response-body", "the timestamps of deploy_events are numbers"),
    Fault("events-object", "response-body", "deploy_events is an object"),
    Fault("record-in-list", "response-body", "the record is wrapped in a list"),
    Fault("body-empty", "response-body", "200 with no body at all"),
    Fault("body-truncated", "response-body", "200 with the first half of the JSON text"),
    Fault("body-nan", "response-body", "the JSON text has a bare NaN in it"),
    Fault("body-not-utf8", "response-body", "the JSON text is not UTF-8"),
    # The 422 breaks its schema.
    Fault("detail-text", "response-body", "the 422's detail is a text instead of a list"),
    Fault("detail-no-type", "response-body", "the 422's entries lack type"),
    Fault("detail-loc-text", "response-body", "the 422's loc is a text instead of a list"),
    # The 422 blames the wrong place.
    Fault("loc-wrong-name", "error-location", "the 422's loc names a parameter that does not exist"),
    Fault("loc-wrong-place", "error-location", "the 422's loc says query instead of path"),
    Fault("loc-other-parameter", "error-location", "the 422's loc blames the account header for a wrong id"),
    # Valid requests are refused.
    Fault("header-required", "positive-accepted", "422 unless the undocumented header x-request-id is sent"),
    Fault("account-required", "positive-accepted", "422 unless the optional account header is sent"),
    # Credentials.
    Fault("auth-off", "credentials-enforced", "no key is asked for"),
    Fault("auth-empty-key", "credentials-enforced", "an empty key will do"),
    Fault("auth-any-key", "credentials-enforced", "any key will do"),
    Fault("auth-late", "refusal-changes-nothing", "without a key the answer is 401, but the record is deleted"),
    Fault("challenge-missing", "http-conformity", "401 without WWW-Authenticate (RFC 9110, section 15.5.2)"),
    # Methods.
    Fault("allow-missing", "http-conformity", "405 without Allow (RFC 9110, section 15.5.6)"),
    Fault("get-deletes", "methods-refused", "GET is answered like DELETE, and deletes"),
    Fault("post-crashes", "methods-refused", "POST is answered with 500"),
    Fault("any-method", "methods-refused", "each method is answered with an empty 200"),
    Fault("head-body", "http-conformity", "the answer to HEAD carries a body (RFC 9110, section 9.3.2)"),
    # Soft delete.
    Fault("other-record", "record-identity", "the answer is another record of the account"),
    Fault("status-stays", "terminal-state", "the answer's status is not terminal"),
    Fault("status-forgotten", "second-delete", "the answer says DELETED, the record keeps its status"),
    Fault("second-changes", "second-delete", "a second delete is answered with 200 and a changed record"),
    Fault("refused-deletes", "refusal-changes-nothing", "a delete refused to another account deletes all the same"),
    Fault("race", "one-winner", "of two deletes at once both win"),
    Fault("tenant-ignored", "tenant-isolation", "another account can delete the record"),
    Fault("tenant-leaks", "existence-hidden", "another account's record is answered otherwise than an unknown one"),
    # The connection.
    Fault("hangs", "answered", "no answer ever for an id longer than 200 characters"),
    Fault("closes", "answered", "the connection is closed without an answer for an id longer than 200 characters"),
    Fault("short-body", "answered", "the body ends before its Content-Length"),
    Fault("garbage", "answered", "what comes for an unknown id is not HTTP"),
]

NAMES = {fault.name for fault in ALL}
