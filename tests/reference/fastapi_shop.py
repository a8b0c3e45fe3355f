"""A second FastAPI application to compare with: a shop, written as people write them, with the shapes that
`fastapi_params.py` does not have.

    python fastapi_shop.py --port 0 [--quit-on-eof] [--fault NAME]
    python fastapi_shop.py --list-faults
    python fastapi_shop.py --openapi > shop-openapi.json

What only the code says and a contract can't (strict mode, own validators, `tuple[int, ...]`, `extra="forbid"` of a
query model, …) is not here. The first line on standard output is the port.
"""

import argparse
import json
import threading
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from enum import Enum, IntEnum
from ipaddress import IPv4Network, IPv6Interface
from typing import Annotated, Any, Generic, Literal, Optional, Pattern, TypeVar, Union
from uuid import UUID

import uvicorn
from fastapi import Body, Cookie, Depends, FastAPI, Form, Header, Path, Query, Security, UploadFile
from fastapi.security import (
    APIKeyCookie,
    APIKeyHeader,
    APIKeyQuery,
    HTTPBasic,
    HTTPBearer,
    HTTPDigest,
    OAuth2AuthorizationCodeBearer,
    OAuth2PasswordBearer,
    OAuth2PasswordRequestForm,
    OpenIdConnect,
)
from pydantic import (
    AnyUrl,
    Base64Bytes,
    BaseModel,
    ConfigDict,
    EmailStr,
    Field,
    HttpUrl,
    IPvAnyNetwork,
    Json,
    NegativeInt,
    NonNegativeFloat,
    PositiveInt,
    SecretBytes,
    SecretStr,
    conint,
    conlist,
    constr,
)
from pydantic.alias_generators import to_camel

from serving import Announcing, quit_on_eof

OK = {"ok": True}


class Currency(Enum):
    eur = "EUR"
    usd = "USD"


class Level(IntEnum):
    low = 1
    high = 2


class Mixed(Enum):
    one = 1
    two = "two"


class Single(str, Enum):
    only = "only"


class Money(BaseModel):
    amount: Annotated[Decimal, Field(ge=0)]
    currency: Currency = Currency.eur


class Camel(BaseModel):
    model_config = ConfigDict(alias_generator=to_camel, extra="forbid")

    first_name: Annotated[str, Field(min_length=1, max_length=20)]
    last_seen_at: Optional[datetime] = None
    shoe_size: Annotated[float, Field(ge=10, le=60, multiple_of=0.5)] = 40


class Item(BaseModel):
    """Used for requests and responses, so that its schema has two versions."""

    sku: Annotated[str, Field(pattern=r"^[A-Z]{3}-\d{4}$")]
    title: constr(min_length=1, max_length=12)
    price: Money
    tags: Annotated[set[Annotated[str, Field(max_length=5)]], Field(max_length=3)] = set()
    sizes: conlist(conint(ge=1, le=9), min_length=1, max_length=4) = [1]
    attributes: dict[str, Union[int, str, list[int]]] = {}
    home: Optional[HttpUrl] = None
    level: Level = Level.low


class Card(BaseModel):
    method: Literal["card", "debit"]
    number: Annotated[str, Field(min_length=12, max_length=19, pattern="^[0-9]+$")]
    expires: date
    secret: SecretStr


class Transfer(BaseModel):
    method: Literal["transfer"]
    iban: str
    when: Union[date, datetime, None] = None


class Voucher(BaseModel):
    method: Literal["voucher"]
    codes: list[UUID]


Payment = Annotated[Union[Card, Transfer, Voucher], Field(discriminator="method")]


class Node(BaseModel):
    name: str
    left: Optional["Node"] = None
    right: Optional["Node"] = None
    payload: Union[int, "Node", None] = None


T = TypeVar("T")


class Page(BaseModel, Generic[T]):
    items: list[T]
    total: PositiveInt
    next: Optional[str] = None


class Order(BaseModel):
    id: UUID
    customer: EmailStr
    lines: Annotated[list[tuple[str, PositiveInt]], Field(min_length=1)]
    payment: Payment
    shipping: Union[Camel, Money, str]
    notes: Optional[Annotated[str, Field(max_length=10)]] = None
    placed: datetime
    window: tuple[time, time] | None = None
    eta: timedelta = timedelta(days=1)
    gift: bool = False
    meta: dict[str, Any] = {}


class Loose(BaseModel):
    model_config = ConfigDict(extra="allow")

    number: float


class Empty(BaseModel):
    pass


class Forbidding(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Everything(BaseModel):
    json_int: Json[list[int]] | None = None
    json_any: Json | None = None
    raw: bytes = b""
    secret: Optional[SecretBytes] = None
    b64: Optional[Base64Bytes] = None
    negative: NegativeInt = -1
    share: NonNegativeFloat = 0
    link: AnyUrl | None = None
    net: IPv4Network | IPv6Interface | None = None
    any_net: IPvAnyNetwork | None = None
    pattern: Pattern | None = None
    blob: Annotated[bytes, Field(min_length=2, max_length=4)] = b"abc"
    keyed: dict[Annotated[str, Field(min_length=3)], int] = {}
    by_kind: dict[Literal["a", "b"], int] = {}
    secrets: Union[SecretStr, int, None] = None
    encoded: Union[Base64Bytes, list[Json[int]], None] = None
    between: Annotated[Decimal, Field(gt=Decimal("0.5"), lt=100)] = Decimal(1)
    step: Annotated[Decimal, Field(multiple_of=Decimal("0.25"))] = Decimal(0)
    single: Single = Single.only
    mixed: Mixed = Mixed.one
    flags: Literal[True, 1, "yes", None] = None
    numbers: Literal[1, "2", 3] = 1
    nested: list[dict[str, Optional[list[bool]]]] = []
    choice: Union[list[int], dict[str, int], None] = None
    big: Annotated[int, Field(lt=2**63)] = 0
    either: Union[Mixed, Level, bool] = Level.low
    pages: Union[Page[int], Page[str], None] = None
    optionals: list[Optional[int]] = []
    set_of: Annotated[set[UUID], Field(min_length=2)] | None = None
    camels: dict[Currency, Camel] = {}
    when: Union[datetime, timedelta, None] = None
    text_or: Union[Annotated[str, Field(max_length=3)], Annotated[int, Field(ge=10)], None] = None
    loose: Loose | None = None
    empty: Empty | None = None
    forbidding: Forbidding | None = None


def add_items(app: FastAPI) -> None:
    answer = {"response_model": dict[str, Any]}

    @app.get("/items", **answer)
    async def list_items(
        q: Annotated[str | None, Query(min_length=3, max_length=10, pattern="^[a-z ]+$")] = None,
        skip: Annotated[int, Query(ge=0)] = 0,
        limit: Annotated[int, Query(le=100, gt=0)] = 10,
        tag: Annotated[list[str], Query(max_length=3)] = [],
        sort: Literal["price", "-price"] = "price",
        levels: Annotated[list[Level] | None, Query()] = None,
        since: datetime | None = None,
        price: Annotated[Decimal | None, Query(ge=0)] = None,
        exact: bool = False,
    ):
        return OK

    @app.post("/items", status_code=201, response_model=Item)
    async def create_item(item: Item):
        return item

    @app.get("/items/{item_id}", **answer)
    async def get_item(item_id: Annotated[int, Path(ge=1, le=10**6)], verbose: bool | None = None):
        return OK

    @app.put("/items/{item_id}", **answer)
    async def put_item(item_id: PositiveInt, item: Item, importance: Annotated[int, Body(gt=0)], note: Annotated[str, Body()] = ""):
        return OK

    @app.patch("/items/{item_id}", **answer)
    async def patch_item(item_id: int, changes: Annotated[dict[str, Any], Body()]):
        return OK

    @app.delete("/items/{item_id}", status_code=204)
    async def delete_item(item_id: int, force: bool = False):
        return None

    @app.post("/items/{item_id}/reviews/{author}", **answer)
    async def review(
        item_id: int,
        author: Annotated[str, Path(min_length=2, max_length=5)],
        stars: Annotated[int, Body(ge=1, le=5, embed=True)],
    ):
        return OK

    @app.post("/items/bulk", **answer)
    async def bulk(items: Annotated[list[Item], Body(min_length=1, max_length=2)]):
        return OK

    @app.post("/orders", **answer)
    async def order(order: Order):
        return OK

    @app.post("/everything", **answer)
    async def everything(everything: Everything):
        return OK

    @app.post("/nodes", **answer)
    async def nodes(node: Node):
        return OK

    @app.post("/pages", **answer)
    async def pages(page: Page[Item]):
        return OK

    @app.post("/payments", **answer)
    async def payments(payment: Payment):
        return OK

    @app.post("/maybe", **answer)
    async def maybe(one: Optional[Money] = None, two: Annotated[Optional[int], Body()] = None):
        return OK

    @app.put("/text", **answer)
    async def text(text: Annotated[str, Body(max_length=5)]):
        return OK

    @app.put("/mixed", **answer)
    async def mixed(value: Union[int, Money, list[Money], None] = Body(default=None)):
        return OK

    @app.put("/matrix", **answer)
    async def matrix(rows: list[Annotated[list[float], Field(min_length=2, max_length=2)]]):
        return OK

    @app.put("/sets", **answer)
    async def sets(values: set[int]):
        return OK

    @app.put("/tuple", **answer)
    async def pair(values: tuple[int, str, bool]):
        return OK

    @app.put("/by-id", **answer)
    async def by_id(values: dict[UUID, Money]):
        return OK

    @app.put("/anything", **answer)
    async def anything(value: Annotated[Any, Body()]):
        return OK


def add_parts(app: FastAPI) -> None:
    """Headers, cookies, forms, files."""
    answer = {"response_model": dict[str, Any]}

    @app.get("/headers", **answer)
    async def headers(
        user_agent: Annotated[str | None, Header()] = None,
        x_request_id: Annotated[UUID | None, Header()] = None,
        x_numbers: Annotated[list[int] | None, Header()] = None,
        strange_header: Annotated[int | None, Header(convert_underscores=False)] = None,
        if_modified: Annotated[datetime | None, Header(alias="X-If-Modified")] = None,
        session_id: Annotated[str | None, Cookie(min_length=4)] = None,
        visits: Annotated[int, Cookie(ge=0)] = 0,
    ):
        return OK

    class Traced(BaseModel):
        x_trace: list[int] = []
        save_data: bool
        x_depth: Annotated[int, Field(ge=1)] = 1

    @app.get("/traced", **answer)
    async def traced(headers: Annotated[Traced, Header()], limit: int = 3):
        return OK

    @app.get("/json", **answer)
    async def json_query(ids: Annotated[Json[list[int]], Query()], more: Annotated[Json | None, Query()] = None):
        return OK

    @app.get("/needed", **answer)
    async def needed(
        x_token: Annotated[str, Header(min_length=3)],
        ids: Annotated[list[int], Query()],
        theme: Annotated[Literal["dark", "light"], Cookie()],
        x_list: Annotated[list[str], Header()],
        when: date,
        unique: Annotated[set[int], Query()],
    ):
        return OK

    @app.get("/files/{name}/{version}", **answer)
    async def file(name: Annotated[str, Path(pattern=r"^\w+$")], version: float, kind: Single | None = None):
        return OK

    @app.post("/profile", **answer)
    async def profile(
        name: Annotated[str, Form(min_length=2)],
        age: Annotated[int | None, Form(ge=18)] = None,
        hobbies: Annotated[list[str], Form()] = [],
        born: Annotated[date | None, Form()] = None,
        newsletter: Annotated[bool, Form()] = False,
    ):
        return OK

    @app.post("/photos", **answer)
    async def photos(
        files: list[UploadFile],
        raw: UploadFile | None = None,
        caption: Annotated[str | None, Form(max_length=5)] = None,
        stars: Annotated[int, Form()] = 3,
    ):
        return OK

    class Signup(BaseModel):
        model_config = ConfigDict(extra="forbid")

        email: EmailStr
        password: Annotated[SecretStr, Field(min_length=4)]
        roles: list[Literal["admin", "user"]] = []
        limit: Decimal | None = None

    @app.post("/signup", **answer)
    async def signup(form: Annotated[Signup, Form()]):
        return OK

    class Cash(BaseModel):
        kind: Literal["cash"]
        coins: list[int] = []

    class Cheque(BaseModel):
        kind: Literal["cheque"]
        bank: str

    class Where(BaseModel):
        city: Annotated[str, Field(min_length=2)]
        floor: int = 0

    @app.post("/form-union", **answer)
    async def form_union(form: Annotated[Union[Cash, Where], Form()]):
        return OK

    @app.post("/form-tagged", **answer)
    async def form_tagged(form: Annotated[Union[Cash, Cheque], Form(discriminator="kind")]):
        return OK

    @app.post("/form-maybe", **answer)
    async def form_maybe(form: Annotated[Optional[Where], Form()] = None):
        return OK

    @app.post("/form-two", **answer)
    async def form_two(where: Annotated[Where, Form()], cheque: Annotated[Cheque, Form()], note: Annotated[int, Form()] = 0):
        return OK

    @app.post("/login", **answer)
    async def login(form: Annotated[OAuth2PasswordRequestForm, Depends()]):
        return OK


def add_security(app: FastAPI) -> None:
    schemes = {
        "key-header": APIKeyHeader(name="X-Key"),
        "key-query": APIKeyQuery(name="key"),
        "key-cookie": APIKeyCookie(name="session"),
        "bearer": HTTPBearer(),
        "basic": HTTPBasic(),
        "digest": HTTPDigest(),
        "oauth": OAuth2PasswordBearer(tokenUrl="token", scopes={"read": "Read", "write": "Write"}),
        "code": OAuth2AuthorizationCodeBearer(authorizationUrl="authorize", tokenUrl="token"),
        "openid": OpenIdConnect(openIdConnectUrl="https://example.com/.well-known"),
    }
    for name, scheme in schemes.items():

        @app.post(f"/secure/{name}/{{number}}", response_model=dict[str, Any], operation_id=f"secure-{name}")
        async def secured(number: int, body: Money, credentials: Annotated[Any, Security(scheme)]):
            return OK


# What can be done wrong, and the tester's check that is meant for it.
FAULTS = [
    ("crash-on-input", "server-error"),
    ("wrong-status", "status-documented"),
    ("missing-field", "response-body"),
    ("plain-text", "media-type-documented"),
    ("wrong-loc", "error-location"),
    ("open-doors", "credentials-enforced"),
    ("takes-anything", "negative-rejected"),
    ("refuses-good", "positive-accepted"),
    ("options-delete", "methods-refused"),
    ("wrong-type-of-422", "response-body"),
]


class Faulty:
    """The application with one fault, put around it: requests and answers are changed on their way."""

    def __init__(self, app: FastAPI, fault: str):
        self.app = app
        self.fault = fault

    async def answer(self, send, status: int, body: bytes, kind: bytes = b"application/json", more: list = []) -> None:
        headers = [*more, (b"content-type", kind), (b"content-length", str(len(body)).encode())]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    async def __call__(self, scope, receive, send) -> None:
        if scope["type"] != "http":
            return await self.app(scope, receive, send)
        path, method, query = scope["path"], scope["method"], scope["query_string"]
        listing = path == "/items" and method == "GET"
        has_limit = listing and b"limit=" in query
        if self.fault == "crash-on-input" and path == "/items" and b"q=" in query:
            return await self.answer(send, 500, b"Internal Server Error", b"text/plain")
        if self.fault == "takes-anything" and listing:
            return await self.answer(send, 200, b'{"ok":true}')
        if self.fault == "refuses-good" and has_limit:
            entry = {"type": "value_error", "loc": ["query", "limit"], "msg": "Value error, too much", "input": "x"}
            return await self.answer(send, 422, json.dumps({"detail": [entry]}).encode())
        if self.fault == "options-delete" and method in ("OPTIONS", "TRACE", "PUT") and path == "/items":
            return await self.answer(send, 200, b"{}")
        if self.fault == "open-doors" and path.startswith("/secure/"):
            return await self.answer(send, 200, b'{"ok":true}')
        sent = []

        async def keep(message):
            sent.append(message)

        await self.app(scope, receive, keep)
        status, body = sent[0]["status"], b"".join(m.get("body", b"") for m in sent[1:])
        own = (b"content-type", b"content-length")
        more = [(name, value) for name, value in sent[0]["headers"] if name not in own]
        await self.answer(send, *self.changed(status, body), more)

    def changed(self, status: int, body: bytes) -> tuple[int, bytes, bytes]:
        kind = b"application/json"
        if self.fault == "wrong-status" and status == 201:
            status = 202
        if self.fault == "missing-field" and status == 201:
            body = json.dumps({k: v for k, v in json.loads(body).items() if k != "sku"}).encode()
        if self.fault == "plain-text" and status == 200:
            kind = b"text/plain"
        if self.fault == "wrong-loc" and status == 422:
            detail = json.loads(body)["detail"]
            body = json.dumps({"detail": [{**entry, "loc": ["path", "nothing"]} for entry in detail]}).encode()
        if self.fault == "wrong-type-of-422" and status == 422:
            body = json.dumps({"detail": "invalid"}).encode()
        return status, body, kind


def build() -> FastAPI:
    app = FastAPI(title="Shop", version="1", docs_url=None, redoc_url=None, openapi_url=None)
    add_items(app)
    add_parts(app)
    add_security(app)
    return app


def main() -> None:
    parser = argparse.ArgumentParser(description="A shop with many shapes.")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--openapi", action="store_true", help="print the application's contract and end")
    parser.add_argument("--fault", choices=[name for name, _ in FAULTS], help="do one thing wrong")
    parser.add_argument("--list-faults", action="store_true", help="print name and meant check of each, and end")
    parser.add_argument("--quit-on-eof", action="store_true", help="end when standard input does")
    args = parser.parse_args()
    if args.openapi:
        print(json.dumps(build().openapi(), indent=1))
        return
    if args.list_faults:
        print("\n".join("\t".join(fault) for fault in FAULTS))
        return
    if args.quit_on_eof:
        threading.Thread(target=quit_on_eof, daemon=True).start()
    config = uvicorn.Config(
        Faulty(build(), args.fault) if args.fault else build(), host="127.0.0.1", port=args.port, lifespan="off", log_level="critical", timeout_keep_alive=60
    )
    Announcing(config).run()


if __name__ == "__main__":
    main()
