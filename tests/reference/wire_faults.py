"""Faults below the application: what is wrong with the bytes on the connection.

`WireFaults` wraps the application and rewrites its answers; `KnownTransports` remembers the transport behind each client
address, because ASGI gives an application no way to close a connection or to send bytes that are not HTTP.
"""

import asyncio
import json
from urllib.parse import unquote

from uvicorn.protocols.http.h11_impl import H11Protocol

TRANSPORTS = {}


class KnownTransports(H11Protocol):
    """uvicorn's protocol, with its transports within reach."""

    def connection_made(self, transport):
        super().connection_made(transport)
        TRANSPORTS[self.client] = transport

    def connection_lost(self, exc):
        TRANSPORTS.pop(self.client, None)
        super().connection_lost(exc)


async def raw_answer(scope, payload):
    """Sends `payload` as it is (nothing: just closes) and ends the connection."""
    transport = TRANSPORTS[scope["client"]]
    if payload:
        transport.write(payload)
    transport.close()
    await asyncio.sleep(0.05)  # until uvicorn has seen the end; else it would complain of a missing answer


def is_long(scope):
    return len(unquote(scope["path"]).rsplit("/", 1)[-1]) > 200


class WireFaults:
    """The application with one fault below it."""

    def __init__(self, app, faults):
        self.app = app
        self.faults = faults

    async def __call__(self, scope, receive, send):
        if scope["type"] != "http" or scope["path"].startswith("/__reference/"):
            return await self.app(scope, receive, send)
        if "hangs" in self.faults and is_long(scope):
            return await asyncio.sleep(3600)
        if "closes" in self.faults and is_long(scope):
            return await raw_answer(scope, b"")
        if "any-method" in self.faults and scope["method"] != "DELETE":
            await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"0")]})
            return await send({"type": "http.response.body", "body": b""})
        if "post-crashes" in self.faults and scope["method"] == "POST":
            await send({"type": "http.response.start", "status": 500, "headers": [(b"content-length", b"0")]})
            return await send({"type": "http.response.body", "body": b""})
        status, headers, body = await self.collect(scope, receive)
        status, headers, body = self.rewrite(status, headers, body)
        if "head-body" in self.faults and scope["method"] == "HEAD":
            line = f"HTTP/1.1 {status} X\r\n".encode()
            fields = b"".join(name + b": " + value + b"\r\n" for name, value in headers)
            return await raw_answer(scope, line + fields + b"\r\n" + body)
        if "short-body" in self.faults and status == 200:
            line = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n"
            return await raw_answer(scope, line + f"content-length: {len(body)}\r\n\r\n".encode() + body[:-10])
        if "garbage" in self.faults and status == 422:
            return await raw_answer(scope, b"\x00\x01\x02 this is not HTTP\r\n\r\n")
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    async def collect(self, scope, receive):
        """The whole answer of the application."""
        start, body = {}, b""

        async def send(message):
            nonlocal body
            if message["type"] == "http.response.start":
                start.update(message)
            else:
                body += message.get("body", b"")

        await self.app(scope, receive, send)
        return start["status"], list(start["headers"]), body

    def rewrite(self, status, headers, body):
        """The answer with the switched-on fault put in."""
        has = self.faults.__contains__
        if has("challenge-missing") and status == 401:
            headers = without(headers, b"www-authenticate")
        if has("allow-missing") and status == 405:
            headers = without(headers, b"allow")
        if has("media-text") and status == 200:
            headers = [*without(headers, b"content-type"), (b"content-type", b"text/plain; charset=utf-8")]
        if has("media-missing") and status == 200:
            headers = without(headers, b"content-type")
        if has("media-422-problem") and status == 422:
            headers = [*without(headers, b"content-type"), (b"content-type", b"application/problem+json")]
        if has("success-202") and status == 200:
            status = 202
        if status == 200:
            body = self.rewrite_record(body)
        elif status == 422:
            body = self.rewrite_detail(body)
        return status, [*without(headers, b"content-length"), (b"content-length", str(len(body)).encode())], body

    def rewrite_record(self, body):
        """The text of a record with the switched-on fault put in."""
        has = self.faults.__contains__
        if has("body-empty"):
            return b""
        if has("body-truncated"):
            return body[: len(body) // 2]
        if has("body-nan"):
            return body[:-1] + b',"x":NaN}'
        if has("body-not-utf8"):
            return body[:-1] + b',"x":"\xff\xfe"}'
        record = json.loads(body)
        if has("field-missing"):
            del record["namespace"]
        if has("field-type"):
            record["namespace"] = 17
        if has("field-null"):
            record["expires_at"] = None
        if has("date-format"):
            record["created_at"] = "24/11/2026 10:30"
        if has("const-wrong"):
            record["object"] = "deployment"
        if has("enum-wrong"):
            record["created_by"]["type"] = "robot"
        if has("event-time-number"):
            for event in record["deploy_events"]:
                event["timestamp"] = 1764000000
        if has("events-object"):
            record["deploy_events"] = {"items": record["deploy_events"]}
        if has("record-in-list"):
            record = [record]
        if has("status-stays"):
            record["status"] = "RUNNING"
        return compact(record)

    def rewrite_detail(self, body):
        """The text of an HTTPValidationError with the switched-on fault put in."""
        has = self.faults.__contains__
        error = json.loads(body)
        for entry in error["detail"]:
            if has("detail-no-type"):
                del entry["type"]
            if has("detail-loc-text"):
                entry["loc"] = ".".join(entry["loc"])
            if has("loc-wrong-name"):
                entry["loc"] = ["path", "deploymentId"]
            if has("loc-wrong-place"):
                entry["loc"] = ["query", "deployment_id"]
            if has("loc-other-parameter"):
                entry["loc"] = ["header", "x-selected-account-id"]
        if has("detail-text"):
            error["detail"] = error["detail"][0]["msg"]
        return compact(error)


def compact(value):
    """JSON text as Starlette writes it."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


def without(headers, name):
    return [(key, value) for key, value in headers if key.lower() != name]
