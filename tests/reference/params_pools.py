"""The values that `compare_params.py` draws from: texts and JSON values that are good for something and bad for much else."""

import json
import random
import string

UUID = "123e4567-e89b-12d3-a456-426614174000"

TEXTS = [
    "", " ", "0", "1", "2", "3", "5", "7", "10", "11", "15", "100", "101", "-1", "-3", "-0", "+4", "007", " 7 ", "1.0", "1.5", "0.5",
    "2.50", "-1.5", "1e3", "1E-2", ".5", "5.", "1_000", "1__0", "_1", "0x10", "99999999999999999999", "-99999999999999999999999",
    "nan", "NaN", "inf", "-inf", "Infinity", "1e400", "true", "True", "TRUE", "false", "yes", "no", "on", "off", "y", "n", "t", "f", "T",
    "abc", "ab", "a", "abcdefghi", "ab-12", "a-1", "AB-12", "ab-123", "red", "RED", "green", "asc", "desc", "only", "b", "c", "d",
    "2024-02-29", "2023-02-29", "2024-13-01", "2024-00-10", "2024-1-1", "20240101", "24-01-01", "2024-01-01T00:00:00", "2024-01-01T00:00:00Z",
    "2024-01-01T10:00:00Z", "2024-01-01 10:20", "2024-01-01T10:20:30.123456+02:00", "2024-01-01T25:00:00", "2024-01-01T10:61:00",
    "2024-01-01T10:20:30+25:00", "2024-01-01T", "2024-01-01X10:20", "2024/01/01", "1700000000", "1700000000.5", "86400", "-86400",
    "12:30", "12:30:10", "12:30:10.5", "25:00", "12:61", "12:30:61", "12:30:10+02:00", "12:30:10Z", "12", "1:2", "12-30",
    "P1D", "PT1H", "P1DT2H3M4.5S", "-P1D", "P", "PT", "1 day, 00:00:10", "3 days", "00:10", "P1Y", "P1W", "10 seconds",
    UUID, UUID.replace("-", ""), "{" + UUID + "}", "urn:uuid:" + UUID, UUID[:-1], UUID.replace("4", "g", 1), UUID.upper(), UUID + "0",
    "http://example.com", "https://example.com/a?b=c#d", "example.com", "http://", "http:///x", "ftp://h", "mailto:a@b.c", "http://a b", "//x", "http://[::1]/", "http://x:99999",
    "a@b.cd", "a@", "@b.cd", "a b@c.de", ".a@b.cd", "a@b", "a@b..cd", "a@b.1", "a@-b.cd", "a@b_c.de", "a@x.test", "123e4567-e89b-42d3-a456-426614174000", "fe80::1", "1::2::3",
    "127.0.0.1", "256.1.1.1", "1.2.3", "01.2.3.4", "::1", "ünï", "日本", "null", "None", "[1]", "{}", "a,b", "1,2",
]

VALUES = [
    *TEXTS, 0, 1, 2, 3, 4, 5, 7, 10, 12, 100, 101, -1, -3, 0.5, 1.5, 2.0, -1.5, 2.25, 1e3, 1e20, 99999999999999999999, 1700000000,
    1700000000.5, True, False, True, False, None, None, None, [], [1], [1, 2], [1, "2"], ["a"], [1, "a", 2], [None], [[1]], [1, 1], {}, {"a": 1}, {"a": "b"},
    {"kind": "cat"}, {"kind": "fish"}, {"kind": "dog", "barks": "x"}, {"street": ""}, {"v": 1}, {"method": "card"}, {"method": 1}, {"method": None},
    {"method": "voucher", "codes": [1]}, {"name": "x", "left": {"name": 1}}, {"amount": "x"}, {"amount": 1, "currency": "EUR"}, {"currency": "x"},
    "EUR", "[1,2]", "[1", "[\"a\"]", "aGVsbG8=", "aGVsbG8", "!!", "\U0001f600", "a\tb", "it's", 'say "x"', "x" * 30, 2**63, -(2**63) - 1, 2**64, 1e15, 1e16, 1e-7, 123456.789,
    1e300, 0.1, 0.30000000000000004, -0.0, "1e5", "1_0.5", "0.50", "00012", "٣", "１", "0b1", "1,5", "+-1", "1e", "\u00a01", [[]], [[1.5, 2]], [{}], [True, "yes"], {"a": None}, {"": 1},
]

JSON_BROKEN = [
    b"", b" ", b"{", b"}", b"[", b'{"v"', b'{"v":', b'{"v":}', b'{"v": 1', b'{"v": 1,', b'{"v": 1,}', b"{'v': 1}", b"{v: 1}", b'{"v": 1} x', b'{"v": 1}{}',
    b'{"v" 1}', b'{"v": tru}', b'{"v": "abc', b'{"v": "a\\x"}', b'{"v": "a\\u12"}', b'{"v": "a\nb"}', b'{"v": 01}', b'{"v": 1.}', b'{"v": .5}', b'{"v": +1}', b'{"v": -}',
    b"[1, 2", b"[1, 2,]", b"[1 2]", b"nul", b"x", b"'a'", b'"abc', b'\n\n  {"v": }', b'{"v": "\xc3\xbc", }', b'{"v": [1, {"a": ]}', b'{"v": NaN}', b'{"v": Infinity}',
    b'{"v": 1e999}', b"\xff\xfe", b'{"v": "\xff"}', b'\xef\xbb\xbf{"v": 1}', b"null", b'{"v": 1, "v": "x"}', b'{"": 1, 5: 2}', b'["a", \t\n "b" "c"]', b"-", b"1.5.2", b"[,]", b"{,}",
]


def good_value(contract, schema: dict, rng: random.Random):
    """A value that the schema takes (mostly: bounds together with patterns are not looked at)."""
    schema = contract.resolve(schema) if contract else schema
    for union in ("anyOf", "oneOf"):
        if union in schema:
            return good_value(contract, rng.choice(schema[union]), rng)
    if "const" in schema:
        return schema["const"]
    if "enum" in schema:
        return rng.choice(schema["enum"])
    kind = schema.get("type")
    if kind == "integer":
        top = schema.get("maximum", schema.get("exclusiveMaximum", 7) - 1)
        low = int(schema.get("minimum", schema.get("exclusiveMinimum", min(top - 12, -6)) + 1))
        high = int(schema.get("maximum", schema.get("exclusiveMaximum", low + 12) - 1))
        step = int(schema.get("multipleOf", 1))
        return rng.randint(-(-low // step), high // step) * step
    if kind == "number":
        low = schema.get("minimum", schema.get("exclusiveMinimum", -2) + 0.25)
        step = schema.get("multipleOf")
        return low + rng.choice([0, 0.25]) if not step else -(-low // step) * step + step * rng.randint(-2, 9)
    if kind == "string":
        return good_text(schema, rng)
    if kind == "boolean":
        return rng.random() < 0.5
    if kind == "null":
        return None
    if kind == "array":
        if "prefixItems" in schema:
            return [good_value(contract, item, rng) for item in schema["prefixItems"]]
        count = rng.randint(schema.get("minItems", 0), schema.get("maxItems", 3))
        return [good_value(contract, schema.get("items", {}), rng) for _ in range(count)]
    if kind == "object":
        return good_object(contract, schema, rng)
    return rng.choice(VALUES)


def good_object(contract, schema: dict, rng: random.Random) -> dict:
    required = schema.get("required", [])
    out = {
        name: good_value(contract, inner, rng)
        for name, inner in schema.get("properties", {}).items()
        if name in required or rng.random() < 0.5
    }
    extra = schema.get("additionalProperties")
    if isinstance(extra, dict):
        out.update({key: good_value(contract, extra, rng) for key in rng.sample("abc", rng.randrange(3))})
    return out


def good_text(schema: dict, rng: random.Random) -> str:
    by_format = {
        "date": ["2024-02-29", "1999-12-31"],
        "date-time": ["2024-01-01T10:20:30Z", "2024-01-01T10:20:30.5+02:00"],
        "time": ["12:30:10", "23:59"],
        "duration": ["P1D", "PT1H30M"],
        "uuid": [UUID],
        "uuid4": ["123e4567-e89b-42d3-a456-426614174000"],
        "email": ["someone@example.com"],
        "ipv6": ["fe80::1"],
        "ipvanyaddress": ["10.0.0.1", "::1"],
        "uri": ["http://example.com/a"],
        "ipv4": ["10.0.0.1"],
    }
    by_pattern = {"^[a-z]+-[0-9]{2}$": ["ab-12", "x-00"], "^[a-z]*$": ["abc", "ab"], "^[0-9]{5}$": ["12345", "00000"],
        r"^[A-Z]{3}-\d{4}$": ["ABC-1234"], "^[0-9]+$": ["4111111111111111", "123456789012"], "^[a-z ]+$": ["abc", "a b c"], r"^\w+$": ["x_1"],
    }
    if schema.get("format") in by_format:
        return rng.choice(by_format[schema["format"]])
    if schema.get("pattern") in by_pattern:
        return rng.choice(by_pattern[schema["pattern"]])
    length = rng.randint(schema.get("minLength", 1), schema.get("maxLength", 6 + schema.get("minLength", 0)))
    if "contentSchema" in schema:
        return json.dumps(good_value(None, schema["contentSchema"], rng))
    if schema.get("format") == "base64":
        return "aGVsbG8="
    return "".join(rng.choice(string.ascii_letters + " é") for _ in range(length))
