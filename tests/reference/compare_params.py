"""Sends the same random good and bad requests to a FastAPI reference and to a mock of its contract; compares the answers.

    python compare_params.py [--contract FILE] --reference PORT --mock PORT [--count N] [--seed N] [--at-least SHARE] [--show N]
    python compare_params.py [--contract FILE] --reference PORT --record FILE [--count N] [--seed N]

The answers agree when the statuses are equal and, for a 4xx, the bodies are equal as JSON texts, members' order included.
The last line is `agreement: SHARE (SAME of ALL)`, with the shares of each kind of request before it; up to `--show` disagreements are printed for each route.
With `--record` the reference's answers are written as NDJSON instead, a line for each request.
"""

import argparse
import http.client
import json
import random
import string
import sys
from collections import Counter, defaultdict
from pathlib import Path
from urllib.parse import quote, urlencode

from params_pools import JSON_BROKEN, TEXTS, VALUES, good_value

COOKIE_SAFE = string.ascii_letters + string.digits + "!#$%&'()*+-./:<=>?@[]^_`{|}~"
HERE = Path(__file__).parent
# Headers of answers that must be equal. Not `Allow`: Starlette names the methods of one route only.
COMPARED = ["www-authenticate"]
AUTHORIZATIONS = [
    "", "Bearer", "Bearer ", "bearer token", "Basic", "Basic x", "Basic dTpw", "basic dTpw", "Basic dQ==", "Basic !!!", "Basic /w==",
    "Digest", "Digest x=1", "digest x", "token", "Token token", "Bearer a b", " Bearer x", "Basic  dTpw",
]


class Contract:
    """The reference's contract, with what the generator needs of it."""

    def __init__(self, text: str):
        self.tree = json.loads(text)
        self.operations = [
            (path, method.upper(), operation)
            for path, item in self.tree["paths"].items()
            for method, operation in item.items()
        ]

    def resolve(self, schema: dict) -> dict:
        while "$ref" in schema:
            schema = self.tree["components"]["schemas"][schema["$ref"].rsplit("/", 1)[1]]
        return schema


def parameter_text(contract: Contract, schema: dict, rng: random.Random) -> list[str]:
    """The texts sent for one parameter: several for a list now and then, mostly one."""
    schema = contract.resolve(schema)
    arrays = [s for s in [schema, *schema.get("anyOf", [])] if contract.resolve(s).get("type") == "array"]
    if arrays and rng.random() < 0.8:
        return [parameter_one(contract, arrays[0].get("items", {}), rng) for _ in range(rng.randrange(5))]
    return [parameter_one(contract, schema, rng) for _ in range(2 if rng.random() < 0.04 else 1)]


def parameter_one(contract: Contract, schema: dict, rng: random.Random) -> str:
    if rng.random() < 0.5:
        value = good_value(contract, schema, rng)
        if isinstance(value, (str, int, float)) and not isinstance(value, bool):
            return str(value)
        return json.dumps(value)
    return rng.choice(TEXTS)


def mutated(value, rng: random.Random, depth: int = 0):
    """`value` with one thing changed somewhere inside."""
    if isinstance(value, dict) and value and rng.random() < 0.85:
        key = rng.choice(list(value))
        choice = rng.random()
        changed = dict(value)
        if choice < 0.25:
            del changed[key]
        elif choice < 0.4:
            changed[rng.choice(["zzz", "extra", "1", "a b"])] = rng.choice(VALUES)
        else:
            changed[key] = mutated(value[key], rng, depth + 1)
        return changed
    if isinstance(value, list) and value and rng.random() < 0.7:
        changed = list(value)
        at = rng.randrange(len(value))
        choice = rng.random()
        if choice < 0.2:
            del changed[at]
        elif choice < 0.35:
            changed.insert(at, rng.choice(VALUES))
        else:
            changed[at] = mutated(value[at], rng, depth + 1)
        return changed
    return rng.choice(VALUES)


def json_body(contract: Contract, schema: dict, rng: random.Random) -> tuple[bytes | None, str | None]:
    """A body and its Content-Type."""
    choice = rng.random()
    if choice < 0.02:
        return None, rng.choice([None, "application/json"])
    if choice < 0.08:
        return rng.choice(JSON_BROKEN), "application/json"
    value = good_value(contract, schema, rng)
    for _ in range(rng.choice([0, 1, 1, 1, 2, 3])):
        value = mutated(value, rng)
    kind = "application/json"
    if rng.random() < 0.04:
        kind = rng.choice(["text/plain", "application/vnd.api+json", "application/json; charset=utf-8", None, "application/x-www-form-urlencoded"])
    return json.dumps(value, ensure_ascii=rng.random() < 0.5).encode(), kind


def form_body(contract: Contract, schema: dict, rng: random.Random, media: str) -> tuple[bytes | None, str | None]:
    choice = rng.random()
    if choice < 0.02:
        return None, rng.choice([None, media])
    if choice < 0.05:
        return json.dumps(good_value(contract, schema, rng)).encode(), rng.choice([None, "application/json"])
    if choice < 0.07:
        media = "multipart/form-data" if media != "multipart/form-data" else "application/x-www-form-urlencoded"
    pairs = []
    for name, inner in fields(contract, schema, rng).items():
        if rng.random() < 0.85:
            pairs += [(name, text, is_file(contract, inner)) for text in parameter_text(contract, inner, rng)]
    if rng.random() < 0.05:
        pairs.append(("unknown", rng.choice(TEXTS), rng.random() < 0.3))
    if media == "multipart/form-data":
        body = multipart(pairs, rng)
        if rng.random() < 0.04:
            return rng.choice([body[:-4], body[:-20], b"", b"x", body.replace(b"name=", b"nome=", 1)]), f"{media}; boundary=xYzBoundary"
        return body, rng.choice([media, f"{media}; boundary=other"]) if rng.random() < 0.03 else f"{media}; boundary=xYzBoundary"
    return urlencode([pair[:2] for pair in pairs]).encode(), media


def fields(contract: Contract, schema: dict, rng: random.Random) -> dict:
    """The fields of a form: those of its models together, of a union mostly those of one."""
    schema = contract.resolve(schema)
    found = dict(schema.get("properties", {}))
    for part in schema.get("allOf", []):
        found.update(fields(contract, part, rng))
    for union in ("anyOf", "oneOf"):
        if union in schema:
            for part in schema[union] if rng.random() < 0.2 else [rng.choice(schema[union])]:
                found.update(fields(contract, part, rng))
    return found


def is_file(contract: Contract, schema: dict) -> bool:
    schema = contract.resolve(schema)
    inner = [contract.resolve(s) for s in [schema, *schema.get("anyOf", []), schema.get("items", {})]]
    return any(s.get("contentMediaType") == "application/octet-stream" or s.get("format") == "binary" for s in inner)


def multipart(pairs: list[tuple[str, str, bool]], rng: random.Random) -> bytes:
    """The pairs as parts; a file's text is mostly sent as a file."""
    out = b""
    for name, text, file in pairs:
        out += f'--xYzBoundary\r\nContent-Disposition: form-data; name="{name}"'.encode()
        if file != (rng.random() < 0.1):
            out += b'; filename="a.txt"\r\nContent-Type: text/plain'
        out += b"\r\n\r\n" + text.encode() + b"\r\n"
    return out + b"--xYzBoundary--\r\n"


def credentials(contract: Contract, operation: dict, rng: random.Random, headers: list, query: list) -> list[str]:
    """Adds what the operation's security schemes ask for, or something like it; returns cookies."""
    cookies = []
    for requirement in operation.get("security", []):
        for name in requirement:
            scheme = contract.tree["components"]["securitySchemes"][name]
            choice = rng.random()
            if choice < 0.12:
                continue
            if scheme["type"] == "apiKey":
                value = "" if choice < 0.2 else rng.choice(["key", "a b", "1"])
                if scheme["in"] == "header":
                    headers.append((scheme["name"], value))
                elif scheme["in"] == "query":
                    query.append((scheme["name"], value))
                else:
                    cookies.append(f"{scheme['name']}={value}")
            elif choice < 0.7:
                good = {"basic": "Basic dTpw", "digest": "Digest username=u"}.get(scheme.get("scheme"), "Bearer token")
                headers.append(("Authorization", good))
            else:
                headers.append(("Authorization", rng.choice(AUTHORIZATIONS)))
    return cookies


def make(contract: Contract, rng: random.Random) -> dict:
    """One request."""
    path, method, operation = rng.choice(contract.operations)
    route = f"{method} {path}"
    target, query, headers, cookies = path, [], [("Host", "shop.test")], []
    # Mostly one part of the request is random and the others are good, so that each is looked at on its own.
    for parameter in operation.get("parameters", []):
        if not parameter["required"] and rng.random() < 0.5:
            continue
        if parameter["required"] and parameter["in"] != "path" and rng.random() < 0.1:
            continue
        texts = parameter_text(contract, parameter["schema"], rng)
        name = parameter["name"]
        if parameter["in"] == "path":
            text = (texts or ["x"])[0].replace("/", "-")
            target = target.replace("{%s}" % name, quote(text, safe="") if text not in ("", ".", "..") else "x")
        elif parameter["in"] == "query":
            query += [(name, text) for text in texts]
        elif parameter["in"] == "header":
            headers += [(name, text.encode("ascii", "replace").decode().strip().replace("\n", "")) for text in texts]
        elif texts:
            cookies.append(f"{name}={''.join(c for c in texts[0] if c in COOKIE_SAFE)}")
    if rng.random() < 0.03:
        query.append(("unknown", "1"))
    cookies += credentials(contract, operation, rng, headers, query)
    rng.shuffle(query)
    if rng.random() < 0.02:
        target = target + "/" if rng.random() < 0.5 else target.replace("/", "//", 1) if rng.random() < 0.5 else target + "/x"
    if rng.random() < 0.01:
        method = rng.choice(["GET", "PUT", "POST", "DELETE", "PATCH", "OPTIONS"])
    if query:
        target += "?" + urlencode(query)
    if cookies:
        headers.append(("Cookie", "; ".join(cookies)))
    body = None
    if "requestBody" in operation:
        media, entry = next(iter(operation["requestBody"]["content"].items()))
        if media == "application/json":
            body, kind = json_body(contract, entry["schema"], rng)
        else:
            body, kind = form_body(contract, entry["schema"], rng, media)
        if kind:
            headers.append(("Content-Type", kind))
    return {"method": method, "target": target, "headers": headers, "body": body, "route": route}


class Target:
    """One of the two servers."""

    def __init__(self, port: int):
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)

    def ask(self, request: dict) -> tuple[int, str, dict]:
        """Status, body, and the headers that are compared."""
        self.connection.putrequest(request["method"], request["target"], skip_host=True, skip_accept_encoding=True)
        for name, value in request["headers"]:
            self.connection.putheader(name, value)
        body = request["body"]
        if body is not None or request["method"] in ("POST", "PUT", "PATCH"):
            self.connection.putheader("Content-Length", str(len(body or b"")))
        self.connection.endheaders(body)
        answer = self.connection.getresponse()
        text = answer.read().decode("utf-8", "replace")
        if answer.status >= 500:
            self.connection.close()  # uvicorn ends the connection after a crash without saying so
        said = {name: value for name in COMPARED if (value := answer.getheader(name)) is not None}
        return answer.status, text, said


def agree(one: tuple[int, str, dict], two: tuple[int, str, dict]) -> bool:
    if one[0] != two[0] or one[2] != two[2]:
        return False
    if one[0] < 400 or one[1] == two[1]:
        return True
    try:
        return json.dumps(json.loads(one[1])) == json.dumps(json.loads(two[1]))
    except ValueError:
        return False


def shown(request: dict) -> str:
    body = (request["body"] or b"").decode("utf-8", "backslashreplace")
    return f"{request['method']} {request['target']} {request['headers']} {body}"


def compare(contract: Contract, args: argparse.Namespace) -> int:
    reference, mock = Target(args.reference), Target(args.mock)
    counts, same, shown_for = Counter(), Counter(), defaultdict(int)
    statuses = Counter()
    for number in range(args.count):
        request = make(contract, random.Random(f"{args.seed}/{number}"))
        wanted = reference.ask(request)
        if wanted[0] >= 500:
            continue  # FastAPI itself crashes on a NaN that it would have to show
        seen = mock.ask(request)
        group = request["route"].split("/")[1]
        counts[group] += 1
        statuses[wanted[0]] += 1
        if agree(wanted, seen):
            same[group] += 1
            continue
        shown_for[request["route"]] += 1
        if shown_for[request["route"]] <= args.show:
            print(shown(request), f"  reference: {wanted}", f"  mock:      {seen}", sep="\n")
    print(f"statuses of the reference: {dict(sorted(statuses.items()))}")
    for group in sorted(counts):
        print(f"{group:14} {same[group] / counts[group]:8.2%} of {counts[group]}")
    total = sum(counts.values())
    share = sum(same.values()) / total
    print(f"agreement: {share:.4f} ({sum(same.values())} of {total})")
    return 0 if share >= args.at_least else 1


def record(contract: Contract, args: argparse.Namespace) -> int:
    reference = Target(args.reference)
    with open(args.record, "w") as out:
        for number in range(args.count):
            request = make(contract, random.Random(f"{args.seed}/{number}"))
            status, text, said = reference.ask(request)
            if status >= 500:
                continue
            request["body"] = None if request["body"] is None else request["body"].decode("latin-1")
            print(json.dumps({**request, "status": status, "answer": text if status >= 400 else "", "said": said}), file=out)
    return 0


def main() -> int:
    parser = argparse.ArgumentParser(description="Compares a mock's 422s with FastAPI's own.")
    parser.add_argument("--contract", type=Path, default=HERE / "params-openapi.json")
    parser.add_argument("--reference", type=int, required=True, help="port of the FastAPI application")
    parser.add_argument("--mock", type=int, help="port of the mock")
    parser.add_argument("--record", help="file for the reference's answers")
    parser.add_argument("--count", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--show", type=int, default=1)
    parser.add_argument("--at-least", type=float, default=0.0, help="exit 1 when fewer agree")
    args = parser.parse_args()
    contract = Contract(args.contract.read_text())
    return record(contract, args) if args.record else compare(contract, args)


if __name__ == "__main__":
    sys.exit(main())
