"""Numbers of JSON that a double cannot hold: found, and put in quotes so that every digit arrives.

DuckDB's parser reads a number with a point as a double, and one of more than 64 bits too where it guesses types. Most files hold no
number for which that matters; a regular expression over the raw text, several hundred megabytes a second, tells.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal
from math import isfinite
from pathlib import Path

import duckdb
import pyarrow as pa
import sqlglot
from sqlglot import exp

from core.engines.duck import call, column, sql
from core.task import Task
from core.words import msg

# A double holds any 15 digits; what is longer, or has an exponent, is looked at more closely.
LONG = r"-?\d[\d.]{15,}([eE][-+]?\d+)?|-?\d[\d.]*[eE][-+]?\d+"
_STRING = r'"(?:[^"\\]|\\.)*"'
_TOKEN = re.compile(_STRING + r"|-?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?")
_WHOLE = re.compile(r"-?\d+")
BATCH = 10_000


def exact(token: str, mixed: bool = False) -> bool:
    """Whether a number of JSON arrives with its value.

    As a double it does where it is the shortest text of one, or its text with 17 digits (IEEE 754-2019, 5.12.2). Whole numbers of 64
    bits are read as such, unless they are `mixed` with others that have a point.
    """
    if not mixed and _WHOLE.fullmatch(token) and -(2**63) <= int(token) < 2**64:
        return True
    value = float(token)
    return isfinite(value) and Decimal(token) in (Decimal(repr(value)), Decimal(format(value, ".17g")))


def quoted(connection: duckdb.DuckDBPyConnection, objects: exp.Expression, mixed: bool, folder: Path, task: Task) -> Path | None:
    """A copy of the objects, one a line, with each number in quotes that would not arrive; None where there is no such number.

    `objects` is `read_json_objects(…)`, whose column `json` is the raw text; `mixed` as for `exact`.
    """
    suspects = exp.select(column("json")).from_(objects).where(_suspect(mixed))
    if not any(_inexact(text, mixed) for batch in _batches(connection, suspects) for text in batch["json"].to_pylist()):
        return None
    target = folder / "exact.ndjson"
    everything = exp.select(column("json"), exp.alias_(_suspect(mixed), "suspect")).from_(objects)

    def quote(found: re.Match[str]) -> str:
        token = found.group()
        return token if token[0] == '"' or exact(token, mixed) else f'"{token}"'

    with target.open("w", encoding="utf-8", newline="") as out:
        for batch in _batches(connection, everything):
            task.at(0.1, msg("Keeping every digit of long numbers"))
            for text, suspect in zip(batch["json"].to_pylist(), batch["suspect"].to_pylist()):
                # A line end in raw JSON can only be space between its parts.
                out.write((_TOKEN.sub(quote, text) if suspect else text).replace("\r", " ").replace("\n", " ") + "\n")
    return target


def _batches(connection: duckdb.DuckDBPyConnection, query: exp.Expression) -> Iterator[pa.RecordBatch]:
    yield from connection.sql(sql(query)).to_arrow_reader(BATCH)


def _inexact(text: str, mixed: bool) -> bool:
    return any(token[0] != '"' and not exact(token, mixed) for token in _TOKEN.findall(text))


def _suspect(mixed: bool) -> exp.Expression:
    """Whether the raw text holds a long number outside strings that does not read back from its type as it is written."""
    raw = column("json")
    bare = call("regexp_replace", raw.copy(), _text(_STRING), _text('""'), _text("g"))
    odd = exp.Lambda(this=_ODD_MIXED.copy() if mixed else _ODD.copy(), expressions=[exp.to_identifier("t")])
    found = call("list_filter", call("regexp_extract_all", bare, _text(LONG)), odd)
    return exp.and_(call("regexp_matches", raw, _text(LONG)), exp.GT(this=call("len", found), expression=exp.Literal.number(0)))


_ODD_MIXED = sqlglot.parse_one("coalesce(CAST(TRY_CAST(t AS DOUBLE) AS VARCHAR) <> t, true)", dialect="duckdb")
_ODD = exp.and_(
    _ODD_MIXED,
    sqlglot.parse_one(
        "contains(t, '.') OR contains(lower(t), 'e') OR (TRY_CAST(t AS BIGINT) IS NULL AND TRY_CAST(t AS UBIGINT) IS NULL)",
        dialect="duckdb",
    ),
)


def _text(value: str) -> exp.Expression:
    return exp.Literal.string(value)
