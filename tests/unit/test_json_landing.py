"""JSON: every digit, every text and every nested part arrives as it was."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, time
from decimal import Decimal as D
from pathlib import Path

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.files.numbers import exact
from connectors.json import Json
from core.errors import DataError
from core.models.source import Landed
from core.task import Task
from core.words import say

BIG = "123456789012345678901234567890"


def land(folder: Path, text: str | bytes, name: str = "rows.json") -> Landed:
    file = folder / name
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    (folder / "work" / "l").mkdir(parents=True)
    with Json({"path": str(file)}) as source:
        landed = source.land((name,), folder / "work" / "l", Task())
    assert [entry.name for entry in (folder / "work").iterdir()] == ["l"]
    return landed


def rows(landed: Landed) -> list[tuple]:
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'UTC'")
        found = connection.execute("SELECT * FROM read_parquet($f)", {"f": list(landed.files)})
        types = [str(line[1]) for line in found.description]
        assert len(types) == len(landed.schema)
        return found.fetchall()


def types(landed: Landed) -> list[str]:
    return [column.type for column in landed.schema]


@pytest.mark.parametrize(
    ("values", "kind", "expected"),
    [
        ([BIG, "5"], "DECIMAL(38,0)", [D(BIG), D(5)]),
        (["18446744073709551615", "-1"], "DECIMAL(38,0)", [D(18446744073709551615), D(-1)]),
        (["1" + "0" * 40, "5"], "VARCHAR", ["1" + "0" * 40, "5"]),
        ([BIG, "0.5"], "DECIMAL(38,1)", [D(BIG), D("0.5")]),
        (["9007199254740993", "1.5"], "DECIMAL(18,1)", [D("9007199254740993"), D("1.5")]),
        (["0.1234567890123456789", "2"], "DECIMAL(38,19)", [D("0.1234567890123456789"), D(2)]),
        (["1e400", "1"], "VARCHAR", ["1e400", "1"]),
        (["1.10", "12.5"], "DECIMAL(18,1)", [D("1.1"), D("12.5")]),
        (["0.30000000000000004", "1.5"], "DOUBLE", [0.30000000000000004, 1.5]),
        (["0.10000000000000001", "1e-05", "-0.0"], "DOUBLE", [0.1, 1e-05, -0.0]),
        (["1e100", "2"], "DOUBLE", [1e100, 2.0]),
        (["1", "null", "-2"], "BIGINT", [1, None, -2]),
        (["true", "null"], "BOOLEAN", [True, None]),
        (["null", "null"], "VARCHAR", [None, None]),
        (["1", '"x"'], "JSON", ["1", '"x"']),
        (['"007"', '"12"'], "VARCHAR", ["007", "12"]),
        (['"NULL"', '""'], "VARCHAR", ["NULL", ""]),
        (['"true"'], "VARCHAR", ["true"]),
        ([f'"{BIG}"'], "VARCHAR", [BIG]),
        (['"2020-01-01"', "null"], "DATE", [date(2020, 1, 1), None]),
        (['"2020-1-1"', '"2020-01-02"'], "VARCHAR", ["2020-1-1", "2020-01-02"]),
        (['"2020-01-01"', '""'], "VARCHAR", ["2020-01-01", ""]),
        (['"10:00:00"'], "TIME", [time(10)]),
        (['"1:2:3"'], "VARCHAR", ["1:2:3"]),
        (['"2020-01-01T00:00:00Z"'], "TIMESTAMP WITH TIME ZONE", [datetime(2020, 1, 1, tzinfo=UTC)]),
        (['"A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11"'], "VARCHAR", ["A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11"]),
        (['"a\\u0000b 😀 \\n"'], "VARCHAR", ["a\x00b 😀 \n"]),
        (
            ['{"x": 1}', '{"y": "2020-01-01"}'],
            "STRUCT(x BIGINT, y VARCHAR)",
            [{"x": 1, "y": None}, {"x": None, "y": "2020-01-01"}],
        ),
        (["[1, null]", "[]"], "BIGINT[]", [[1, None], []]),
        (['[{"a": [1.5]}]'], "STRUCT(a DOUBLE[])[]", [[{"a": [1.5]}]]),
        (['{"d": 1, "D": 2}'], "JSON", ['{"d":1,"D":2}']),
        (['{"x": 1, "y": [2]}', '{"x": "a", "y": null}'], "JSON", ['{"x":1,"y":[2]}', '{"x":"a","y":null}']),
        (['[1, "a"]', '[{"b": 2}]'], "JSON", ['[1,"a"]', '[{"b":2}]']),
    ],
)
def test_each_value_arrives_as_it_was(values: list[str], kind: str, expected: list, tmp_path: Path):
    landed = land(tmp_path, "\n".join(f'{{"n": {number}, "v": {value}}}' for number, value in enumerate(values)))
    assert types(landed) == ["BIGINT", kind]
    found = [row[1] for row in rows(landed)]
    assert repr(found) == repr(expected) or found == expected


@pytest.mark.parametrize("form", ["array", "lines", "one after another", "pretty"])
def test_the_form_of_the_file_makes_no_difference(form: str, tmp_path: Path):
    objects = [{"n": 1, "v": "a\nb", "x": 0.5}, {"n": 2, "v": "2020-01-01", "x": 0.25}]
    text = {
        "array": json.dumps(objects),
        "lines": "\n".join(map(json.dumps, objects)) + "\n",
        "one after another": " ".join(map(json.dumps, objects)),
        "pretty": json.dumps(objects, indent=2),
    }[form]
    landed = land(tmp_path, text.replace("0.25", f"{BIG}.5"))
    assert types(landed) == ["BIGINT", "VARCHAR", "DECIMAL(38,1)"]
    assert rows(landed) == [(1, "a\nb", D("0.5")), (2, "2020-01-01", D(f"{BIG}.5"))]


def test_long_numbers_inside_nested_parts_keep_their_digits(tmp_path: Path):
    landed = land(tmp_path, f'[{{"s": {{"x": {BIG}, "t": "{BIG}"}}, "l": [0.5, 0.1234567890123456789]}}]')
    ((inside, listed),) = rows(landed)
    assert inside == {"x": BIG, "t": BIG}
    assert "0.1234567890123456789" in str(listed)


def test_ids_of_19_digits_stay_whole_numbers_beside_nested_fractions(tmp_path: Path):
    landed = land(tmp_path, '[{"id": 1234567890123456789, "s": {"x": 0.5}}, {"id": 1, "s": {"x": 9007199254740993}}]')
    assert types(landed)[0] == "BIGINT"
    (first, second) = rows(landed)
    assert (first[0], second[0]) == (1234567890123456789, 1)
    assert "9007199254740993" in str(second[1])


def test_keys_that_differ_in_capitals_both_arrive(tmp_path: Path):
    landed = land(tmp_path, '[{"id": 1, "Id": "x"}, {"Id": "y", "a/b~\\"": {"c": 1}}]')
    found = [dict(zip((column.name.lower() for column in landed.schema), row)) for row in rows(landed)]
    assert types(landed) == ["JSON", "VARCHAR", "BIGINT"]
    assert sorted(str(value) for value in found[0].values()) == ["1", "None", "x"]
    assert sorted(str(value) for value in found[1].values()) == ["None", "y", '{"c":1}']


def test_a_key_that_appears_late_is_a_column_too(tmp_path: Path):
    landed = land(tmp_path, "\n".join(f'{{"a": {n}}}' for n in range(30_000)) + '\n{"a": "late", "b": 1}\n', "rows.ndjson")
    assert landed.rows == 30_001
    assert types(landed) == ["JSON", "BIGINT"]
    assert rows(landed)[-1] == ('"late"', 1)


@pytest.mark.parametrize(
    ("text", "kind"), [("[1, 2.5]", "DECIMAL(18,1)"), ('[{"json": 1}]', "BIGINT"), ("[]", "JSON"), ("{}", "JSON")]
)
def test_what_is_no_record_is_one_column(text: str, kind: str, tmp_path: Path):
    landed = land(tmp_path, text)
    assert [(column.name, column.type) for column in landed.schema] == [("json", kind)]


def test_an_empty_array_says_that_it_is_empty(tmp_path: Path):
    landed = land(tmp_path, "[]")
    assert (landed.rows, [say(note) for note in landed.notes]) == (0, ["There is no row in it."])


def test_a_mark_of_utf8_at_the_start_is_passed_over(tmp_path: Path):
    assert rows(land(tmp_path, b'\xef\xbb\xbf[{"a": "\xd1\x91"}]')) == [("ё",)]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('[{"a": 1}', "Malformed"),
        ('{"a": 1}\n{"a": 2\n', "Malformed"),
        ('[{"a": 1}] x', "Malformed"),
        ('"x"', "neither an object nor an array"),
        ('[{"a": 1, "a": 2}]', "the key a twice"),
        ('[{"b": 0}, {"a": 1, "a": 2, "A": 3}]', "the key a twice"),
        ('[{"b": {"x": 1, "x": 2}}]', "the key x twice"),
        (b'[{"a": "\xcf\xf0"}]', "UTF-8"),
        ('[{"a": "x"}]'.encode("utf-16"), "not UTF-8"),
        ('{"a": "' + "x" * 70_000_000 + '"}', "64,000,000 bytes"),
    ],
    ids=[
        "cut array",
        "cut lines",
        "rest",
        "a text",
        "a key twice",
        "a key twice and in capitals",
        "a key twice inside",
        "cp1251",
        "UTF-16",
        "a huge object",
    ],
)
def test_what_is_wrong_with_it_is_said(text: str | bytes, said: str, tmp_path: Path):
    with pytest.raises(DataError) as caught:
        land(tmp_path, text)
    assert said in " ".join(caught.value.lines())
    assert str(tmp_path) not in " ".join(caught.value.lines())


@pytest.mark.parametrize(
    ("token", "whole"),
    [
        ("1.5", True), ("0.1", True), ("1e5", True), ("1E+2", True), ("0.10000000000000001", True), ("9223372036854775808", True),
        ("0.1234567890123456789", False), ("1e400", False), ("123456789012345678901", False), ("9007199254740993.0", False),
    ],
)  # fmt: skip
def test_which_numbers_a_double_holds(token: str, whole: bool):
    assert exact(token) is whole


VALUE = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**30), 10**30) | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(codec="utf-8", exclude_categories=("Cs",)), max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["a", "b", "c d", 'q"']), inner, max_size=3),
    max_leaves=6,
)  # fmt: skip


@settings(max_examples=20, deadline=None)
@given(st.lists(st.fixed_dictionaries({"k": st.integers(0, 9)}, optional={"v": VALUE, "w": VALUE}), min_size=1, max_size=5))
def test_any_json_lands_without_losing_a_value(tmp_path_factory, objects: list[dict]):
    landed = land(tmp_path_factory.mktemp("j"), json.dumps(objects, ensure_ascii=False))
    found = [dict(zip((column.name for column in landed.schema), row)) for row in rows(landed)]
    for given_, got in zip(objects, found, strict=True):
        for key, value in given_.items():
            assert leaves(value) <= leaves(got[key]), (value, got[key], types(landed))


def leaves(value: object) -> set[str]:
    """The scalars inside a value as text, numbers by their value; JSON text is taken apart."""
    if value is None:
        return set()
    if isinstance(value, dict):
        return set().union(*map(leaves, value.values())) if value else set()
    if isinstance(value, list):
        return set().union(*map(leaves, value)) if value else set()
    if isinstance(value, bool):
        return {str(value).lower()}
    if isinstance(value, int | float | D):
        return {str(D(str(value)).normalize())}
    try:
        inner = json.loads(value, parse_float=D)
    except ValueError:
        return {value, _number(value)}
    return {value, _number(value)} | (leaves(inner) if not isinstance(inner, str) else {inner, _number(inner)} | leaves(inner))


def _number(text: str) -> str:
    try:
        return str(D(text).normalize()) if text.isascii() else text
    except ArithmeticError:
        return text
