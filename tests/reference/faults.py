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
    Fault("crash-long-id", "server_error", "500 for an id longer than 200 characters"),
    Fault("crash-unicode-id", "server_error", "500 for an id with a character outside ASCII"),
    Fault("crash-percent-id", "server_error", "500 for an id with a percent sign in it"),
    Fault("crash-quote-id", "server_error", "500 for an id with a quotation mark in it"),
    Fault("crash-extra-query", "server_error", "500 when an unknown query parameter is sent"),
    Fault("crash-on-body", "server_error", "500 when the DELETE carries a body"),
    Fault("crash-double-header", "server_error", "500 when the account header comes twice"),
    Fault("crash-html", "server_error", "500 with a page of HTML for an unknown id"),
    # Statuses and media types that the contract does not list.
    Fault("success-202", "status_documented", "success is answered with 202"),
    Fault("not-found-404", "status_documented", "an unknown id is answered with 404, as the real service does"),
    Fault("terminal-409", "status_documented", "a record that is already terminal is answered with 409"),
    Fault("redirect", "status_documented", "an unknown id is answered with 302"),
    Fault("media-text", "media_type_documented", "the record is sent as text/plain"),
    Fault("media-missing", "media_type_documented", "the record is sent without Content-Type"),
    Fault("media-422-problem", "media_type_documented", "the 422 is sent as application/problem+json"),
    # The record breaks its schema.
    Fault("field-missing", "body_valid", "the record lacks the required namespace"),
    Fault("field-type", "body_valid", "namespace is a number"),
    Fault("field-null", "body_valid", "expires_at is null, where the contract has a plain string"),
    Fault("date-format", "body_valid", "created_at is not an RFC 3339 date-time"),
    Fault("const-wrong", "body_valid", "object is not agentex_cloud_deploy"),
    Fault("enum-wrong", "body_valid", "created_by.type is not one of the two"),
    Fault("event-time-number", "body_valid", "the timestamps of deploy_events are numbers"),
    Fault("events-object", "body_valid", "deploy_events is an object"),
    Fault("record-in-list", "body_valid", "the record is wrapped in a list"),
    Fault("body-empty", "body_valid", "200 with no body at all"),
    Fault("body-truncated", "body_valid", "200 with the first half of the JSON text"),
    Fault("body-nan", "body_valid", "the JSON text has a bare NaN in it"),
    Fault("body-not-utf8", "body_valid", "the JSON text is not UTF-8"),
    # The 422 breaks its schema.
    Fault("detail-text", "body_valid", "the 422's detail is a text instead of a list"),
    Fault("detail-no-type", "body_valid", "the 422's entries lack type"),
    Fault("detail-loc-text", "body_valid", "the 422's loc is a text instead of a list"),
    # The 422 blames the wrong place.
    Fault("loc-wrong-name", "error_location", "the 422's loc names a parameter that does not exist"),
    Fault("loc-wrong-place", "error_location", "the 422's loc says query instead of path"),
    Fault("loc-other-parameter", "error_location", "the 422's loc blames the account header for a wrong id"),
    # Valid requests are refused.
    Fault("header-required", "valid_accepted", "422 unless the undocumented header x-request-id is sent"),
    Fault("account-required", "valid_accepted", "422 unless the optional account header is sent"),
    # Credentials.
    Fault("auth-off", "credentials_enforced", "no key is asked for"),
    Fault("auth-empty-key", "credentials_enforced", "an empty key will do"),
    Fault("auth-any-key", "credentials_enforced", "any key will do"),
    Fault("auth-late", "credentials_enforced", "without a key the answer is 401, but the record is deleted"),
    Fault("challenge-missing", "headers_valid", "401 without WWW-Authenticate (RFC 9110, section 15.5.2)"),
    # Methods.
    Fault("allow-missing", "method_refused", "405 without Allow (RFC 9110, section 15.5.6)"),
    Fault("get-deletes", "method_refused", "GET is answered like DELETE, and deletes"),
    Fault("post-crashes", "method_refused", "POST is answered with 500"),
    Fault("any-method", "method_refused", "each method is answered with an empty 200"),
    Fault("head-body", "response_well_formed", "the answer to HEAD carries a body (RFC 9110, section 9.3.2)"),
    # Soft delete.
    Fault("other-record", "soft_delete", "the answer is another record of the account"),
    Fault("status-stays", "soft_delete", "the answer's status is not terminal"),
    Fault("status-forgotten", "soft_delete", "the answer says DELETED, the record keeps its status"),
    Fault("second-changes", "soft_delete", "a second delete is answered with 200 and a changed record"),
    Fault("refused-deletes", "soft_delete", "a delete refused to another account deletes all the same"),
    Fault("race", "soft_delete", "of two deletes at once both win"),
    Fault("tenant-ignored", "soft_delete", "another account can delete the record"),
    Fault("tenant-leaks", "soft_delete", "another account's record is answered otherwise than an unknown one"),
    # The connection.
    Fault("hangs", "answered", "no answer ever for an id longer than 200 characters"),
    Fault("closes", "answered", "the connection is closed without an answer for an id longer than 200 characters"),
    Fault("short-body", "answered", "the body ends before its Content-Length"),
    Fault("garbage", "answered", "what comes for an unknown id is not HTTP"),
]

NAMES = {fault.name for fault in ALL}
