"""Every kind of parameter, body and constraint that FastAPI knows, to compare 422s with.

    python fastapi_params.py --port 0 [--quit-on-eof]
    python fastapi_params.py --openapi > params-openapi.json

For each entry of `TYPES` there is a route `/type/NAME/{p}` which takes that type in the path, the query, a header and a
cookie, and a route `/body/NAME` which takes it in a JSON body; the routes below them have what only exists once.
The first line on standard output is the port.
"""

import argparse
import json
import threading
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from enum import Enum, IntEnum
from ipaddress import IPv4Address, IPv6Address
from typing import Annotated, Any, Literal, Optional, Union
from uuid import UUID

import uvicorn
from fastapi import Body, Cookie, Depends, FastAPI, Form, Header, Path, Query, UploadFile
from fastapi.security import APIKeyHeader
from pydantic import (
    UUID4,
    AnyUrl,
    BaseModel,
    ConfigDict,
    EmailStr,
    Field,
    HttpUrl,
    IPvAnyAddress,
    RootModel,
    create_model,
)

from serving import Announcing, quit_on_eof


class Colour(str, Enum):
    red = "red"
    green = "green"
    blue = "blue"


class Rate(float, Enum):
    half = 0.5
    whole = 2.0


class Size(IntEnum):
    small = 1
    large = 2


# Types that a single text can carry: they stand in path, query, header, cookie and body.
SCALARS = {
    "int": int,
    "int-ge-le": Annotated[int, Field(ge=1, le=100)],
    "int-gt-lt": Annotated[int, Field(gt=0, lt=10)],
    "int-multiple": Annotated[int, Field(multiple_of=5)],
    "float": float,
    "float-ge-le": Annotated[float, Field(ge=-1.5, le=2.5)],
    "float-gt-lt": Annotated[float, Field(gt=0, lt=1)],
    "float-multiple": Annotated[float, Field(multiple_of=0.5)],
    "bool": bool,
    "str": str,
    "str-length": Annotated[str, Field(min_length=3, max_length=8)],
    "str-one": Annotated[str, Field(min_length=1, max_length=1)],
    "str-pattern": Annotated[str, Field(pattern="^[a-z]+-[0-9]{2}$")],
    "str-pattern-length": Annotated[str, Field(pattern="^[a-z]*$", min_length=2, max_length=4)],
    "enum": Colour,
    "int-enum": Size,
    "literal": Literal["asc", "desc"],
    "literal-three": Literal["a", "b", "c"],
    "literal-int": Literal[1, 2, 3],
    "const": Literal["only"],
    "date": date,
    "datetime": datetime,
    "time": time,
    "timedelta": timedelta,
    "uuid": UUID,
    "decimal": Decimal,
    "url": AnyUrl,
    "ipv4": IPv4Address,
    "email": EmailStr,
    "http-url": HttpUrl,
    "ipv6": IPv6Address,
    "ip": IPvAnyAddress,
    "uuid4": UUID4,
    "float-enum": Rate,
    "enum-or-none": Optional[Colour],
    "int-or-none": Optional[int],
    "int-or-bool": Union[int, bool],
    "int-or-str": Union[int, str],
    "date-or-int": Union[date, int],
    "length-or-int": Union[Annotated[str, Field(min_length=5)], int],
}

# Types of several values: they stand in the query and the body.
LISTS = {
    "list-int": list[int],
    "list-str": list[str],
    "list-bounded": Annotated[list[int], Field(min_length=2, max_length=3)],
    "list-of-bounded": list[Annotated[int, Field(ge=0)]],
    "list-enum": list[Colour],
    "set-int": set[int],
    "list-or-none": Optional[list[int]],
}


class Address(BaseModel):
    street: Annotated[str, Field(min_length=1)]
    zip: Annotated[str, Field(pattern="^[0-9]{5}$")]
    floor: Optional[int] = None


class Person(BaseModel):
    name: str
    age: Annotated[int, Field(ge=0, le=150)]
    home: Address
    others: list[Address] = []
    born: Optional[date] = None
    nick: str = "none"


class Strict(BaseModel):
    model_config = ConfigDict(extra="forbid")

    a: int
    b: Optional[str] = None


class Cat(BaseModel):
    kind: Literal["cat"]
    lives: int


class Dog(BaseModel):
    kind: Literal["dog"]
    barks: bool


class Bird(BaseModel):
    wings: int


class Tree(BaseModel):
    value: int
    children: list["Tree"] = []


class Filter(BaseModel):
    # No `extra="forbid"`: the contract would not show it.
    limit: Annotated[int, Field(gt=0, le=100)] = 10
    order: Literal["asc", "desc"] = "asc"
    tags: list[str] = []


class Login(BaseModel):
    user: Annotated[str, Field(min_length=2)]
    password: str
    remember: bool = False
    age: Optional[int] = None


class Aliased(BaseModel):
    full_name: Annotated[str, Field(alias="fullName")]
    item_count: Annotated[int, Field(alias="itemCount", ge=1)]


class Counts(BaseModel):
    model_config = ConfigDict(extra="allow")

    __pydantic_extra__: dict[str, int]
    a: int


class Numbers(RootModel[list[int]]):
    pass


# Types that only a JSON body carries, each in the field `v` of an object.
STRUCTURES = {
    "person": Person,
    "strict": Strict,
    "address-or-none": Optional[Address],
    "cat-or-dog": Union[Cat, Dog],
    "cat-or-bird": Union[Cat, Bird],
    "pet": Annotated[Union[Cat, Dog], Field(discriminator="kind")],
    "tree": Tree,
    "aliased": Aliased,
    "counts": Counts,
    "numbers": Numbers,
    "bytes": bytes,
    "dict-enum": dict[Colour, int],
    "dict-bounded": Annotated[dict[str, int], Field(min_length=1, max_length=2)],
    "pets": list[Annotated[Union[Cat, Dog], Field(discriminator="kind")]],
    "dict-int": dict[str, int],
    "dict-person": dict[str, Address],
    "dict-any": dict[str, Any],
    "any": Any,
    "pair": tuple[int, str],
    "list-list": list[list[int]],
    "list-strict": list[Strict],
    "list-or-int": Union[list[int], int],
    "str-or-address": Union[str, Address],
}

OK = {"ok": True}


def title(name: str) -> str:
    return "".join(part.capitalize() for part in name.split("-"))


def add_scalar(app: FastAPI, name: str, kind: Any) -> None:
    @app.get(f"/type/{name}/{{p}}", response_model=dict[str, bool], operation_id=f"type-{name}")
    async def scalar(
        p: Annotated[kind, Path()],
        q: Annotated[kind, Query()] = None,
        x_head: Annotated[kind, Header()] = None,
        c: Annotated[kind, Cookie()] = None,
    ):
        return OK


def add_list(app: FastAPI, name: str, kind: Any) -> None:
    @app.get(f"/list/{name}", response_model=dict[str, bool], operation_id=f"list-{name}")
    async def several(q: Annotated[kind, Query()], more: Annotated[kind, Query()] = None):
        return OK


def add_body(app: FastAPI, name: str, kind: Any) -> None:
    model = create_model(f"{title(name)}Body", v=(kind, ...))

    @app.post(f"/body/{name}", response_model=dict[str, bool], operation_id=f"body-{name}")
    async def body(body: model):
        return OK


def add_single_routes(app: FastAPI) -> None:
    """What is worth one route: several parameters at once, whole bodies of every kind, dependencies."""
    answer = {"response_model": dict[str, bool]}

    @app.get("/required", **answer)
    async def required(q: int, r: str, x_need: Annotated[int, Header()], c: Annotated[int, Cookie()]):
        return OK

    @app.put("/order/{p}/{s}", **answer)
    async def order(
        body: Address,
        s: Annotated[int, Path(ge=5)],
        p: int,
        r: Annotated[bool, Query()],
        x_one: Annotated[int, Header()],
        q: int = 3,
        c: Annotated[Optional[int], Cookie()] = None,
    ):
        return OK

    @app.get("/aliases", **answer)
    async def aliases(
        page_size: Annotated[int, Query(alias="page-size", ge=1)],
        trace: Annotated[Optional[int], Header(alias="X-Trace-Id")] = None,
    ):
        return OK

    @app.get("/filter", **answer)
    async def filtered(filter: Annotated[Filter, Query()]):
        return OK

    @app.post("/model", **answer)
    async def model(person: Person):
        return OK

    @app.post("/model-optional", **answer)
    async def model_optional(address: Optional[Address] = None):
        return OK

    @app.post("/embedded", **answer)
    async def embedded(address: Annotated[Address, Body(embed=True)]):
        return OK

    @app.post("/two-bodies", **answer)
    async def two_bodies(address: Address, strict: Strict, number: Annotated[int, Body(gt=3)]):
        return OK

    @app.post("/list-body", **answer)
    async def list_body(items: list[Strict]):
        return OK

    @app.post("/dict-body", **answer)
    async def dict_body(items: dict[str, int]):
        return OK

    @app.post("/int-body", **answer)
    async def int_body(number: Annotated[int, Body()]):
        return OK

    @app.post("/union-body", **answer)
    async def union_body(pet: Union[Cat, Dog]):
        return OK

    @app.post("/form", **answer)
    async def form(user: Annotated[str, Form(min_length=2)], age: Annotated[int, Form()], ok: Annotated[bool, Form()] = False):
        return OK

    @app.post("/upload", **answer)
    async def upload(file: UploadFile, note: Annotated[str, Form(max_length=3)] = ""):
        return OK

    @app.get("/headers", **answer)
    async def headers(x_tags: Annotated[list[int], Header()], x_more: Annotated[Optional[list[str]], Header()] = None):
        return OK

    @app.post("/form-model", **answer)
    async def form_model(login: Annotated[Login, Form()]):
        return OK

    key = APIKeyHeader(name="x-api-key")

    @app.post("/secured/{p}", dependencies=[Depends(key)], **answer)
    async def secured(p: int, body: Address):
        return OK


def build() -> FastAPI:
    app = FastAPI(title="Parameters", version="1", docs_url=None, redoc_url=None)
    for name, kind in SCALARS.items():
        add_scalar(app, name, kind)
    for name, kind in LISTS.items():
        add_list(app, name, kind)
    for name, kind in {**SCALARS, **LISTS, **STRUCTURES}.items():
        add_body(app, name, kind)
    add_single_routes(app)
    return app


def main() -> None:
    parser = argparse.ArgumentParser(description="Every kind of parameter that FastAPI knows.")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--openapi", action="store_true", help="print the application's contract and end")
    parser.add_argument("--quit-on-eof", action="store_true", help="end when standard input does")
    args = parser.parse_args()
    if args.openapi:
        print(json.dumps(build().openapi(), indent=1))
        return
    if args.quit_on_eof:
        threading.Thread(target=quit_on_eof, daemon=True).start()
    config = uvicorn.Config(
        build(), host="127.0.0.1", port=args.port, lifespan="off", log_level="critical", timeout_keep_alive=60
    )
    Announcing(config).run()


if __name__ == "__main__":
    main()
