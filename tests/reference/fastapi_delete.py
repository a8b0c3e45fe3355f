"""The seed contract played by a real FastAPI application: the reference that mock and tester are measured against.

    python fastapi_delete.py --port 0 [--fault NAME]... [--fixtures FILE] [--live N] [--quit-on-eof]
    python fastapi_delete.py --each-fault [--live N] [--quit-on-eof]

The first line on standard output is the port. With `--each-fault` there is a server for each fault, and a line `NAME PORT`
for each server. Without `--fault` the service is correct: a soft delete that is atomic,
keyed by `x-api-key` and separated by account. An id that the caller's account does not have is refused with 422, because the
contract documents no 404. `GET /__reference/state` lists the records, `POST /__reference/reset` brings back the first
state; both are outside the contract.
"""

import argparse
import asyncio
import copy
import json
import threading
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Annotated, Any, Literal

import uvicorn
from fastapi import Depends, FastAPI, Header, HTTPException, Path as PathParameter, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse, JSONResponse, RedirectResponse
from fastapi.security import APIKeyHeader
from pydantic import BaseModel, Field

import faults as fault_table
from serving import Announcing, quit_on_eof, serve_all
from wire_faults import KnownTransports, WireFaults

TERMINAL = ("DELETED", "CANCELLED", "SUPERSEDED")
STATUSES = ("PENDING", "RUNNING", "COMPLETED", "FAILED", "CANCELLED", "SUPERSEDED", "DELETED")
KEYS = ("test-key", "other-test-key")
EPOCH = datetime(2026, 3, 2, 9, 0, tzinfo=timezone.utc)

TERMINAL_ERROR = ("value_error", "Value error, the deployment is already {status} and cannot be deleted")
UNKNOWN_ERROR = ("value_error", "Value error, no deployment with this id in the selected account")


class IdentityModel(BaseModel):
    id: str
    object: Literal["identity"] = "identity"
    type: Literal["user", "service_account"]


class EventModel(BaseModel):
    type: str | None = None
    reason: str | None = None
    message: str | None = None
    timestamp: str | None = None


class DeployModel(BaseModel):
    id: str
    object: Literal["agentex_cloud_deploy"] = "agentex_cloud_deploy"
    build_id: str | None = None
    namespace: str
    helm_release_name: str | None = None
    manifest_file: str
    environment_config: str
    status: str
    account_id: str
    expires_at: str | None = None
    preview_label: str | None = None
    created_at: str
    created_by: IdentityModel
    deploy_events: list[EventModel] = Field(default_factory=list)


def instant(minutes: int) -> str:
    return (EPOCH + timedelta(minutes=minutes)).strftime("%Y-%m-%dT%H:%M:%SZ")


def made_record(account: str, number: int, status: str) -> dict[str, Any]:
    """One record of the built-in data."""
    name = f"agent-{number}"
    return {
        "id": f"dep_{account}_{number:04}",
        "object": "agentex_cloud_deploy",
        "build_id": f"build_{number:04}",
        "namespace": f"{account}-agents",
        "helm_release_name": f"{name}-release",
        "manifest_file": f"apiVersion: agentex/v1\nkind: Agent\nmetadata:\n  name: {name}\n",
        "environment_config": "environment: staging\nreplicas: 2\n",
        "status": status,
        "account_id": account,
        "created_at": instant(number),
        "created_by": {"id": f"identity_{number % 3}", "object": "identity", "type": "user"},
        "deploy_events": [
            {"type": "Normal", "reason": "Scheduled", "message": f"pod of {name} scheduled", "timestamp": instant(number)}
        ],
    }


def first_records(fixtures: Path | None, live: int) -> list[dict[str, Any]]:
    """The first state: the records of `fixtures` or the built-in ones, then `live` more RUNNING ones for each account."""
    if fixtures:
        records = list(records_in(json.loads(fixtures.read_text())))
    else:
        accounts = ("acct_one", "acct_two")
        records = [made_record(a, n, s) for a in accounts for n, s in enumerate(STATUSES)]
    accounts = list(dict.fromkeys(record["account_id"] for record in records))
    return records + [made_record(a, 1000 + n, "RUNNING") for a in accounts for n in range(live)]


def records_in(value: Any):
    """Every record anywhere in a fixtures document."""
    if isinstance(value, dict):
        if value.get("object") == "agentex_cloud_deploy":
            yield value
        else:
            for inner in value.values():
                yield from records_in(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from records_in(inner)


class Store:
    """The records by id. Every method runs without giving way to another request, which makes it atomic."""

    def __init__(self, records: list[dict[str, Any]]):
        self.first = records
        self.reset()

    def reset(self) -> None:
        self.records = {record["id"]: copy.deepcopy(record) for record in self.first}
        self.default_account = self.first[0]["account_id"]

    def tear_down(self, record: dict[str, Any]) -> None:
        """Marks as deleted, with what Kubernetes says about it."""
        record["status"] = "DELETED"
        record["deploy_events"] = record.get("deploy_events", []) + [
            {
                "type": "Normal",
                "reason": "Killing",
                "message": f"Stopping pods of {record.get('helm_release_name', record['namespace'])}",
                "timestamp": instant(60 * 24 * 30),
            }
        ]


def refusal(kind: tuple[str, str], deployment_id: str, **values: str) -> RequestValidationError:
    entry = {
        "type": kind[0],
        "loc": ("path", "deployment_id"),
        "msg": kind[1].format(**values),
        "input": deployment_id,
    }
    return RequestValidationError([entry])


def crash_if(faults: set[str], request: Request, deployment_id: str, body: bytes) -> None:
    """What the crash-… faults trip over."""
    trips = {
        "crash-long-id": len(deployment_id) > 200,
        "crash-unicode-id": not deployment_id.isascii(),
        "crash-percent-id": "%" in deployment_id,
        "crash-quote-id": "'" in deployment_id or '"' in deployment_id,
        "crash-extra-query": bool(request.url.query),
        "crash-on-body": bool(body),
        "crash-double-header": len(request.headers.getlist("x-selected-account-id")) > 1,
    }
    if any(tripped and name in faults for name, tripped in trips.items()):
        raise HTTPException(500, "Internal Server Error")


def build(store: Store, faults: set[str], idempotent: bool) -> FastAPI:
    app = FastAPI(title="EGP API V5", version="0.1.0", docs_url=None, redoc_url=None)
    # A tolerant scheme where a fault needs to see the request that the strict one refuses.
    strict = not faults & {"auth-off", "auth-empty-key", "auth-late"}
    scheme = APIKeyHeader(name="x-api-key", scheme_name="APIKeyHeader", auto_error=strict)

    async def caller(request: Request, key: Annotated[str | None, Depends(scheme)]) -> bool:
        """Whether the caller may; raises 401 unless a fault lets it pass."""
        if "auth-off" in faults or key in KEYS:
            return True
        if "auth-empty-key" in faults and request.headers.get("x-api-key") == "":
            return True
        if "auth-any-key" in faults and key:
            return True
        if "auth-late" in faults:
            return False
        raise scheme.make_not_authenticated_error()

    async def delete(
        request: Request,
        deployment_id: Annotated[str, PathParameter(title="Deployment Id")],
        allowed: Annotated[bool, Depends(caller)],
        account: Annotated[str | None, Header(alias="x-selected-account-id", title="Account ID Header")] = None,
    ):
        """Soft-delete a deployment. Marks it as deleted and triggers K8s resource cleanup."""
        crash_if(faults, request, deployment_id, await request.body())
        if "header-required" in faults and "x-request-id" not in request.headers:
            raise RequestValidationError([missing("x-request-id")])
        if "account-required" in faults and account is None:
            raise RequestValidationError([missing("x-selected-account-id")])
        record = await find(deployment_id, account)
        if isinstance(record, JSONResponse | HTMLResponse | RedirectResponse):
            return record
        if record["status"] in TERMINAL:
            if "second-changes" in faults and record["status"] == "DELETED":
                store.tear_down(record)
                return answer(record)
            if idempotent and record["status"] == "DELETED":
                return answer(record)
            if "terminal-409" in faults:
                raise HTTPException(409, f"already {record['status']}")
            raise refusal(TERMINAL_ERROR, deployment_id, status=record["status"])
        if "race" in faults:
            await asyncio.sleep(0.05)
        before = record["status"]
        store.tear_down(record)
        if not allowed:
            raise scheme.make_not_authenticated_error()
        result = answer(record)
        if "status-forgotten" in faults:
            record["status"] = before
        return result

    async def find(deployment_id: str, account: str | None):
        """The record, or what is answered when the caller's account has none such."""
        record = store.records.get(deployment_id)
        account = account or store.default_account
        if record and (record["account_id"] == account or "tenant-ignored" in faults):
            return record
        if record and "tenant-leaks" in faults:
            raise refusal(("value_error", "Value error, the deployment belongs to another account"), deployment_id)
        if record and "refused-deletes" in faults and record["status"] not in TERMINAL:
            store.tear_down(record)
        if "not-found-404" in faults:
            raise HTTPException(404, "Not Found")
        if "crash-html" in faults:
            return HTMLResponse("<html><body><h1>500 Internal Server Error</h1></body></html>", 500)
        if "redirect" in faults:
            return RedirectResponse("/login", 302)
        raise refusal(UNKNOWN_ERROR, deployment_id)

    def answer(record: dict[str, Any]) -> DeployModel:
        """The record as it is now."""
        if "other-record" in faults:
            record = {**record, "id": record["id"][:-1] + "x"}
        return DeployModel(**record)

    path = "/v5/agentex/deployments/{deployment_id}"
    route = {
        "response_model": DeployModel,
        "response_model_exclude_none": True,
        "operation_id": "DELETE-V5-/agentex/deployments/deployment_id",
        "summary": "Delete Deployment",
        "tags": ["Agentex Cloud Deploy"],
    }
    app.delete(path, **route)(delete)
    if "get-deletes" in faults:
        app.get(path, response_model=DeployModel, response_model_exclude_none=True, include_in_schema=False)(delete)

    @app.get("/__reference/state", include_in_schema=False)
    async def state():
        return list(store.records.values())

    @app.post("/__reference/reset", include_in_schema=False)
    async def reset():
        store.reset()
        return {"records": len(store.records)}

    return app


def missing(header: str) -> dict[str, Any]:
    return {"type": "missing", "loc": ("header", header), "msg": "Field required", "input": None}


def server(store: Store, faults: set[str], args: argparse.Namespace, name: str | None = None) -> Announcing:
    """A server with these faults, called by them unless `name` is given."""
    app = build(store, faults, args.idempotent)
    config = uvicorn.Config(
        WireFaults(app, faults) if faults else app,
        host=args.host,
        port=args.port,
        http=KnownTransports,
        lifespan="off",
        log_level="critical",
        timeout_keep_alive=60,
    )
    return Announcing(config, "+".join(sorted(faults)) if name is None else name)


def main() -> None:
    parser = argparse.ArgumentParser(description="The seed contract played by FastAPI.")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--fault", action="append", default=[], choices=sorted(fault_table.NAMES), metavar="NAME")
    parser.add_argument("--each-fault", action="store_true", help="a server for each fault, all in this process")
    parser.add_argument("--fixtures", type=Path, help="JSON file with records anywhere in it")
    parser.add_argument("--live", type=int, default=0, help="this many more RUNNING records for each account")
    parser.add_argument("--idempotent", action="store_true", help="a second delete answers the same record (also correct)")
    parser.add_argument("--list-faults", action="store_true")
    parser.add_argument("--openapi", action="store_true", help="print the application's own contract and end")
    parser.add_argument("--quit-on-eof", action="store_true", help="end when standard input does")
    args = parser.parse_args()
    if args.list_faults:
        for fault in fault_table.ALL:
            print(*fault, sep="\t")
        return
    if args.quit_on_eof:
        threading.Thread(target=quit_on_eof, daemon=True).start()
    if args.each_fault:
        records = first_records(args.fixtures, args.live)
        asyncio.run(serve_all([server(Store(records), {name}, args) for name in sorted(fault_table.NAMES)]))
        return
    store = Store(first_records(args.fixtures, args.live))
    faults = set(args.fault)
    if args.openapi:
        print(json.dumps(build(store, faults, args.idempotent).openapi(), indent=1))
        return
    server(store, faults, args, name="").run()


if __name__ == "__main__":
    main()
