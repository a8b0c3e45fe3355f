"""The provider's published Python client (PyPI `scale-gp-beta`) against a server that plays the seed contract.

    python client_sdk.py URL STATE_PATH

`STATE_PATH` lists the records (`/__counterpart/state` of the mock, `/__reference/state` of the reference). Ends with 0
when the client's calls did what its documentation says: typed records, typed exceptions, no timeouts.
"""

import asyncio
import datetime
import sys

import httpx
from scale_gp_beta import (
    APIStatusError,
    APITimeoutError,
    AsyncSGPClient,
    AuthenticationError,
    SGPClient,
    UnprocessableEntityError,
)
from scale_gp_beta.types.agentex_cloud_deploy import AgentexCloudDeploy

TERMINAL = ("DELETED", "CANCELLED", "SUPERSEDED")


def records(value):
    """Every record anywhere in a document."""
    if isinstance(value, dict):
        if value.get("object") == "agentex_cloud_deploy":
            yield value
        else:
            for inner in value.values():
                yield from records(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from records(inner)


def client(url, account, key="test-key", **options):
    return SGPClient(base_url=url, api_key=key, account_id=account, max_retries=0, timeout=5, **options)


def refused(call, exception):
    """What the typed exception says that `call` must raise."""
    try:
        call()
    except exception as error:
        return error
    raise AssertionError(f"{exception.__name__} was not raised")


def check_success(url, record):
    answer = client(url, record["account_id"], _strict_response_validation=True).deploy.delete(record["id"])
    assert isinstance(answer, AgentexCloudDeploy), type(answer)
    assert answer.id == record["id"] and answer.account_id == record["account_id"], answer
    assert answer.status == "DELETED", answer.status
    assert isinstance(answer.created_at, datetime.datetime), answer.created_at
    assert answer.created_by.type in ("user", "service_account"), answer.created_by
    assert answer.namespace == record["namespace"] and answer.manifest_file == record["manifest_file"]
    assert answer.deploy_events and all(event.timestamp for event in answer.deploy_events), answer.deploy_events
    again = refused(lambda: client(url, record["account_id"]).deploy.delete(record["id"]), UnprocessableEntityError)
    check_detail(again, record["id"])
    assert "DELETED" in again.body["detail"][0]["msg"], again.body


def check_detail(error, deployment_id):
    assert isinstance(error, APIStatusError) and error.status_code == 422
    entry = error.body["detail"][0]
    assert entry["loc"] == ["path", "deployment_id"], entry
    assert entry["type"] and entry["msg"] and entry["input"] == deployment_id, entry


def check_refusals(url, live, others, terminal):
    for record in terminal:
        call = lambda: client(url, record["account_id"]).deploy.delete(record["id"])
        error = refused(call, UnprocessableEntityError)
        check_detail(error, record["id"])
        assert record["status"] in error.body["detail"][0]["msg"], error.body
    unknown = refused(lambda: client(url, live["account_id"]).deploy.delete("no-such-id"), UnprocessableEntityError)
    check_detail(unknown, "no-such-id")
    foreign = refused(lambda: client(url, others).deploy.delete(live["id"]), UnprocessableEntityError)
    told, expected = foreign.body["detail"][0], unknown.body["detail"][0]
    assert {**told, "input": None} == {**expected, "input": None}, (told, expected)
    nobody = refused(lambda: client(url, live["account_id"], key="").deploy.delete(live["id"]), AuthenticationError)
    assert nobody.status_code == 401 and nobody.body == {"detail": "Not authenticated"}, nobody.body
    assert nobody.response.headers.get("www-authenticate"), nobody.response.headers


def check_odd_ids(url, account):
    """The client encodes them; no answer may be anything but a refusal."""
    for odd in ("a/b", "ü 日本", "a%2Fb", "a?b#c", "x" * 4000, "'\"<>", "..x", "a\nb"):
        try:
            client(url, account).deploy.delete(odd)
        except APITimeoutError:
            raise
        except APIStatusError as error:
            assert error.status_code in (404, 422), (odd, error.status_code)
        else:
            raise AssertionError(f"{odd!r} was deleted")


async def check_concurrently(url, record):
    """Many deletes of one record over the asynchronous client: one wins."""
    async with AsyncSGPClient(
        base_url=url, api_key="test-key", account_id=record["account_id"], max_retries=0, timeout=10
    ) as api:
        outcomes = await asyncio.gather(
            *(api.deploy.delete(record["id"]) for _ in range(32)), return_exceptions=True
        )
    won = [outcome for outcome in outcomes if isinstance(outcome, AgentexCloudDeploy)]
    lost = [outcome for outcome in outcomes if isinstance(outcome, UnprocessableEntityError)]
    assert len(won) == 1 and len(won) + len(lost) == 32, outcomes


def main():
    url, state_path = sys.argv[1:]
    everything = list(records(httpx.get(url + state_path).json()))
    live = [record for record in everything if record["status"] not in TERMINAL]
    terminal = [record for record in everything if record["status"] in TERMINAL]
    assert len(live) >= 3 and terminal, everything
    others = next(r["account_id"] for r in everything if r["account_id"] != live[0]["account_id"])
    check_refusals(url, live[0], others, terminal)
    check_odd_ids(url, live[0]["account_id"])
    check_success(url, live[0])
    asyncio.run(check_concurrently(url, live[1]))
    raw = client(url, live[2]["account_id"]).deploy.with_raw_response.delete(live[2]["id"])
    assert raw.http_response.headers["content-type"].startswith("application/json")
    assert raw.parse().status == "DELETED"
    print(f"the client's {len(everything)} records behave")


main()
