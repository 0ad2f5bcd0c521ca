"""Nasty JSON, each file with the table it must give or the error it must raise."""

from __future__ import annotations

import gzip
from dataclasses import dataclass
from datetime import date
from decimal import Decimal as D
from pathlib import Path
from typing import Any

import duckdb
import pytest

from connectors.json import Json
from core.errors import DataError
from core.task import Task
from core.words import say

BIG = "123456789012345678901234567890"
DEEP = 100_000


@dataclass(frozen=True)
class Case:
    """A file and its rows (values by column), or a part of what is said when it is refused; `notes` is a part of what is noted."""

    name: str
    content: bytes | str
    rows: list[tuple[Any, ...]] | None = None
    columns: str = ""
    error: str = ""
    record: str = ""
    file: str = "case.json"
    nested: str = "json"
    notes: str = ""


def ok(name: str, content: bytes | str, columns: str, *rows: tuple, **more: Any) -> Case:
    return Case(name, content, list(rows), columns, **more)


def bad(name: str, content: bytes | str, error: str, **more: Any) -> Case:
    return Case(name, content, error=error, **more)


CASES = (
    # What a file may be
    ok("an array", '[{"a": 1}, {"a": 2}]', "a", (1,), (2,)),
    ok("an array of one", '[{"a": 1}]', "a", (1,)),
    ok("one object", '{"a": 1, "b": "x"}', "a b", (1, "x")),
    ok("an object a line", '{"a": 1}\n{"a": 2}\n', "a", (1,), (2,), file="case.ndjson"),
    ok("no line end at the end", '{"a": 1}\n{"a": 2}', "a", (1,), (2,)),
    ok("lines that end in CR LF", b'{"a": 1}\r\n{"a": 2}\r\n', "a", (1,), (2,)),
    ok("blank lines between objects", '{"a": 1}\n\n\n{"a": 2}\n\n', "a", (1,), (2,)),
    ok("objects with nothing between them", '{"a": 1}{"a": 2}{"a": 3}', "a", (1,), (2,), (3,)),
    ok("objects over several lines", '{\n "a": 1\n}\n{\n "a": 2\n}\n', "a", (1,), (2,)),
    ok("space before and behind", ' \n\t [ {"a": 1} ] \n ', "a", (1,)),
    ok("a mark of UTF-8", b'\xef\xbb\xbf{"a": "\xd1\x91"}', "a", ("ё",)),
    ok("packed with gzip", gzip.compress(b'[{"a": 1}]'), "a", (1,), file="case.json.gz"),
    ok("an empty array", "[]", "json", notes="no row"),
    ok("an array of arrays", "[[1, 2], [3]]", "json", ([1, 2],), ([3],)),
    ok("an array of numbers", "[1, 2, 3]", "json", (1,), (2,), (3,)),
    ok("an array of texts", '["x", "y"]', "json", ("x",), ("y",)),
    ok("an array of this and that", '[1, [2], {"a": 1}]', "json", ("1",), ("[2]",), ('{"a":1}',)),
    ok("null among the objects", '[null, {"a": 1}]', "a", (None,), (1,)),
    # A list inside an object
    ok("a list inside an object", '{"meta": {"n": 2}, "rows": [{"a": 1}, {"a": 2}]}', "a", (1,), (2,), notes="meta"),
    ok("the list first", '{"rows": [{"a": 1}, {"a": 2}], "total": 2}', "a", (1,), (2,), notes="total"),
    ok(
        "brackets and quotes in texts around the list",
        '{"q": "]}[\\"{", "rows": [{"a": "}]"}, {"a": "\\\\"}]}',
        "a",
        ("}]",),
        ("\\",),
    ),
    ok(
        "the object itself, as one says",
        '{"n": 1, "rows": [{"a": 1}, {"a": 2}]}',
        "n rows",
        (1, [{"a": 1}, {"a": 2}]),
        record=".",
    ),
    ok(
        "the other list, as one says",
        '{"x": [{"a": 1}, {"a": 2}], "y": [{"b": 3}, {"b": 4}]}',
        "b",
        (3,),
        (4,),
        record="y",
        notes="x",
    ),
    ok("a list of one is a part", '{"id": 1, "l": [{"a": 1}]}', "id l", (1, [{"a": 1}])),
    ok("a list of numbers is a part", '{"id": 1, "l": [1, 2]}', "id l", (1, [1, 2])),
    ok("a key with a quote names the list", '{"a\\"b": [{"x": 1}, {"x": 2}]}', "x", (1,), (2,)),
    bad("a list that is not there", '{"rows": [{"a": 1}, {"a": 2}]}', "no list nope", record="nope"),
    bad("a comma too many around the list", '{"rows": [{"a": 1}, {"a": 2}], }', "case.json is not valid JSON", record="rows"),
    bad("a key twice around the list", '{"v": 1, "v": 2, "rows": [{"a": 1}, {"a": 2}]}', "the key v twice", record="rows"),
    # Values
    ok("a whole number of 30 digits", f'[{{"a": {BIG}}}]', "a", (D(BIG),)),
    ok("a fraction to the last digit", '[{"a": 0.1234567890123456789}]', "a", (D("0.1234567890123456789"),)),
    ok("a double in its shortest form", '[{"a": 0.30000000000000004}]', "a", (0.30000000000000004,)),
    ok("beyond a double", '[{"a": 1e400}]', "a", ("1e400",)),
    ok("exponents", '[{"a": 1E+2}, {"a": 5e-324}]', "a", (100.0,), (5e-324,)),
    ok(
        "the least and the greatest of 64 bits",
        '[{"a": -9223372036854775808}, {"a": 9223372036854775807}]',
        "a",
        (-(2**63),),
        (2**63 - 1,),
    ),
    ok("texts that look like numbers", '[{"a": "007"}, {"a": "1"}]', "a", ("007",), ("1",)),
    ok("a date", '[{"a": "2024-02-29"}]', "a", (date(2024, 2, 29),)),
    ok("no date", '[{"a": "2024-02-30"}]', "a", ("2024-02-30",)),
    ok("a pair of surrogates", '[{"a": "\\ud83d\\ude00"}]', "a", ("😀",)),
    ok("a NUL, escaped", '[{"a": "x\\u0000y"}]', "a", ("x\x00y",)),
    ok("every escape", '[{"a": "\\"\\\\\\/\\b\\f\\n\\r\\t\\u00e9"}]', "a", ('"\\/\b\f\n\r\té',)),
    ok("an empty text", '[{"a": ""}]', "a", ("",)),
    ok("null and missing are the same", '[{"a": 1, "b": null}, {"a": 2}]', "a b", (1, None), (2, None)),
    ok("numbers and texts in one field", '[{"a": 1}, {"a": "1"}]', "a", ("1",), ('"1"',)),
    ok("objects and numbers in one field", '[{"a": {"b": 1}}, {"a": 2}]', "a", ('{"b":1}',), ("2",)),
    ok("true among texts", '[{"a": true}, {"a": "true"}]', "a", ("true",), ('"true"',)),
    ok("keys that differ in capitals", '[{"a": 1, "A": 2}]', "A a_2", (2, 1)),
    ok("a key with a point", '[{"a.b": 1}]', "a.b", (1,)),
    ok("NaN in a text", '[{"a": "NaN, Infinity"}]', "a", ("NaN, Infinity",)),
    ok("a comma before a bracket in a text", '[{"a": ",}"}, {"a": ",]"}]', "a", (",}",), (",]",)),
    ok("a comment in a text", '[{"a": "// no /* comment */"}]', "a", ("// no /* comment */",)),
    ok("an empty object inside", '[{"a": {}, "b": 1}]', "a b", ("{}", 1)),
    ok("lists in lists", '[{"a": [[1], [2, 3]]}]', "a", ([[1], [2, 3]],)),
    ok("parts as columns", '[{"a": {"b": {"c": 1}}}, {"a": {"d": "x"}}]', "a.b.c a.d", (1, None), (None, "x"), nested="flatten"),
    ok("parts as columns, one of them mixed", '[{"a": {"b": 1}}, {"a": {"b": "x"}}]', "a.b", ("1",), ('"x"',), nested="flatten"),
    # What is no JSON
    bad("nothing but a text", '"x"', "neither an object nor an array"),
    bad("a word", "hello", "neither an object nor an array"),
    bad("CSV", "a,b\n1,2\n", "neither an object nor an array"),
    bad("NaN", '[{"a": 1},\n {"a": NaN}]', "Line 2: NaN"),
    bad("Infinity", '[{"a": -Infinity}]', "Line 1: NaN and Infinity"),
    bad("infinity in small letters", '{"a": 1}\n{"a": inf}\n', "Line 2: NaN and Infinity"),
    bad("a comma at the end of an object", '[{"a": 1},\n{"b": 2,\n}]', "Line 2: a comma"),
    bad("a comma at the end of a list inside", '[{"a": [1, 2, ]}]', "Line 1: a comma"),
    bad("a comma at the end of the array", '[{"a": 1},]', "not valid JSON"),
    bad("two commas", '[{"a": 1},,{"a": 2}]', "byte 1 of record 2"),
    bad("no comma", '[{"a": 1} {"a": 2}]', "not valid JSON"),
    bad("no colon", '[{"a" 1}]', "Malformed at byte 6"),
    bad("a comment", '[{"a": 1} // one\n]', "not valid JSON"),
    bad("quotes of the wrong kind", "[{'a': 1}]", "unexpected character"),
    bad("a key without quotes", "[{a: 1}]", "unexpected character"),
    bad("a leading zero", '[{"a": 01}]', "leading zero"),
    bad("a plus", '[{"a": +1}]', "unexpected character"),
    bad("a point without a digit", '[{"a": 1.}]', "no digit after decimal point"),
    bad("hexadecimal", '[{"a": 0x10}]', "unexpected character"),
    bad("Python's True", '[{"a": True}]', "unexpected character"),
    bad("a line end in a text", '[{"a": "x\ny"}]', "control character"),
    bad("a bare NUL", b'[{"a": "x\x00y"}]', "not UTF-8"),
    bad("an unknown escape", '[{"a": "\\x41"}]', "escaped character"),
    bad("half of a pair of surrogates", '[{"a": "\\ud800"}]', "surrogate"),
    bad("half of a pair as bytes", b'[{"a": "\xed\xa0\x80"}]', "UTF-8"),
    bad("a byte of cp1251", '[{"a": "Привет"}]'.encode("cp1251"), "UTF-8"),
    bad("UTF-16", '[{"a": "x"}]'.encode("utf-16"), "not UTF-8"),
    bad("UTF-16 without a mark", '[{"a": "x"}]'.encode("utf-16-le"), "not UTF-8"),
    bad("cut in a text", '[{"a": "x', "not valid JSON"),
    bad("cut between objects", '[{"a": 1},', "cut off: at its end 1 bracket"),
    bad("cut in the last line", '{"a": 1}\n{"a": 2', "of record 2"),
    bad("a rest behind the array", '[{"a": 1}] x', "not valid JSON"),
    bad("two arrays", '[{"a": 1}][{"a": 2}]', "not valid JSON"),
    bad("a key twice", '[{"a": 0}, {"a": 1, "a": 2}]', "the key a twice"),
    bad("a key twice inside", '[{"b": {"x": 1, "x": 2}}]', "the key x twice"),
    bad("deep without end", "[" * DEEP + "]" * DEEP, "nested beyond the limit"),
    bad("objects deep without end", '{"a":' * 5000 + "1" + "}" * 5000, "nested beyond the limit"),
    bad("packed and cut", gzip.compress(b'[{"a": 1}]' * 1000)[:-12], "", file="case.json.gz"),
)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_file_gives_its_table_or_says_what_is_wrong(case: Case, tmp_path: Path):
    file = tmp_path / case.file
    file.write_bytes(case.content if isinstance(case.content, bytes) else case.content.encode())
    (tmp_path / "w" / "l").mkdir(parents=True)
    settings = {"path": str(file), "nested": case.nested, **({"record": case.record} if case.record else {})}
    with Json(settings) as source:
        if case.rows is None:
            with pytest.raises(DataError) as caught:
                source.land((file.name,), tmp_path / "w" / "l", Task())
            told = " ".join(caught.value.lines())
            assert case.error in told
            assert str(tmp_path) not in told
            return
        landed = source.land((file.name,), tmp_path / "w" / "l", Task())
    assert [column.name for column in landed.schema] == case.columns.split()
    with duckdb.connect() as connection:
        found = connection.execute("SELECT * FROM read_parquet($f)", {"f": list(landed.files)}).fetchall()
    assert repr(found) == repr(case.rows)
    assert case.notes in " ".join(map(say, landed.notes))
    assert [one.name for one in (tmp_path / "w").iterdir()] == ["l"]


def test_there_are_many():
    assert len(CASES) >= 60
    assert len({case.name for case in CASES}) == len(CASES)
