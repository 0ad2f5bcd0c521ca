"""The two forms in which rows go into PostgreSQL: what arrives is the same, cell by cell, as PostgreSQL itself says."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from psycopg2 import sql

from connectors.pg import send
from connectors.pg.pieces import Pieces
from connectors.pg.unpack import Unlike
from core.errors import DataError
from tests.servers.hard_table import HARD_PATH
from tests.servers.postgres import Database
from tests.servers.tools import land, rows, without_password, write

pytestmark = pytest.mark.server

ROWS = 600
_EPOCH = datetime(1970, 1, 1)


def _decimal(precision: int, scale: int) -> Callable[[random.Random], Decimal]:
    def make(chance: random.Random) -> Decimal:
        digits = min(chance.choice([0, 1, 4, 5, precision]), precision)
        number = 10**precision - 1 if digits == precision else chance.randrange(10**digits)
        return Decimal((chance.randrange(2), tuple(map(int, str(number))), -scale))  # arithmetic would round to 28 digits

    return make


def _text(chance: random.Random) -> str:
    return "".join(chance.choices(['"', ",", "\\", "\n", "\r", "ё", "N", "🦊", " ", "\\.", "\\N", "x"], k=chance.randrange(12)))


def _integer(bits: int, signed: bool = True) -> Callable[[random.Random], int]:
    low, high = (-(2 ** (bits - 1)), 2 ** (bits - 1) - 1) if signed else (0, 2**bits - 1)
    return lambda chance: chance.choice([low, high, 0, 1, chance.randint(low, high)])


# Name: (Arrow type, PostgreSQL type, how a value is made).
KINDS: dict[str, tuple[pa.DataType, str, Callable[[random.Random], Any]]] = {
    "bool": (pa.bool_(), "boolean", lambda chance: chance.random() < 0.5),
    "i8": (pa.int8(), "smallint", _integer(8)),
    "u16": (pa.uint16(), "integer", _integer(16, False)),
    "i32": (pa.int32(), "integer", _integer(32)),
    "i32_wider": (pa.int32(), "bigint", _integer(32)),
    "i64": (pa.int64(), "bigint", _integer(64)),
    "i64_numeric": (pa.int64(), "numeric", _integer(64)),
    "u64": (pa.uint64(), "numeric(20)", _integer(64, False)),
    "f32": (pa.float32(), "real", lambda chance: chance.choice([0.0, -0.0, 1.5, float("inf"), float("nan"), 1e-30])),
    "f64": (pa.float64(), "double precision", lambda chance: chance.choice([chance.gauss(0, 1e9), 5e-324, float("-inf"), 0.1])),
    "d5_2": (pa.decimal128(5, 2), "numeric(5,2)", _decimal(5, 2)),
    "d4_4": (pa.decimal128(4, 4), "numeric", _decimal(4, 4)),
    "d18_3": (pa.decimal128(18, 3), "numeric(20,5)", _decimal(18, 3)),
    "d19_0": (pa.decimal128(19, 0), "numeric", _decimal(19, 0)),
    "d38_0": (pa.decimal128(38, 0), "numeric", _decimal(38, 0)),
    "d38_37": (pa.decimal128(38, 37), "numeric", _decimal(38, 37)),
    "text": (pa.string(), "text", _text),
    "large": (pa.large_string(), "varchar(20)", _text),
    "view": (pa.string_view(), "text", _text),
    "char": (pa.string(), "char(3)", lambda chance: chance.choice(["", "a", "ab ", "ёёё"])),
    "words": (pa.dictionary(pa.int8(), pa.string()), "text", lambda chance: chance.choice(["", "one", "два"])),
    "bytes": (pa.binary(), "bytea", lambda chance: chance.randbytes(chance.randrange(5))),
    "date": (pa.date32(), "date", lambda chance: date.fromordinal(chance.choice([1, 3652059, 730120, chance.randint(1, 3652059)]))),
    "at": (pa.timestamp("us"), "timestamp", lambda chance: _EPOCH + timedelta(microseconds=chance.randint(-(10**16), 10**16))),
    "zoned": (pa.timestamp("us", "Asia/Tokyo"), "timestamptz", lambda chance: _EPOCH + timedelta(seconds=chance.randint(0, 10**9))),
    "time": (pa.time64("us"), "time", lambda chance: chance.choice([time(), time(23, 59, 59, 999999), time(12, 0, 0, 1)])),
    "json": (pa.json_(), "jsonb", lambda chance: chance.choice(['{"a": 1}', "null", "[]", '"ё"'])),
    "document": (pa.string(), "json", lambda chance: chance.choice(['{"a":  1}', "null"])),
    "uuid": (pa.uuid(), "uuid", lambda chance: chance.randbytes(16)),
}  # fmt: skip


def table_of(names: list[str], nulls: float) -> pa.Table:
    chance = random.Random(ROWS)
    columns: dict[str, Any] = {"n": pa.array(range(ROWS), pa.int64())}
    for name in names:
        kind, _, make = KINDS[name]
        storage = kind.storage_type if isinstance(kind, pa.BaseExtensionType) else kind
        values = pa.array([None if chance.random() < nulls else make(chance) for _ in range(ROWS)], storage)
        columns[name] = pa.ExtensionArray.from_storage(kind, values) if storage is not kind else values
    return pa.table(columns)


def create(database: Database, table: str, names: list[str]) -> None:
    columns = ", ".join(f'"{name}" {KINDS[name][1]}' for name in names)
    database.run(f"CREATE TABLE {table} (n bigint, {columns})")


@pytest.mark.parametrize("nulls", [0, 0.2, 1])
def test_what_the_binary_form_brings_is_what_text_brings(database: Database, monkeypatch: pytest.MonkeyPatch, nulls: float):
    names, forms = list(KINDS), []
    table_rows = table_of(names, nulls)
    sending = send.sending

    def noted(*args: Any) -> Any:
        found = sending(*args)
        forms.append(found[0])
        return found

    monkeypatch.setattr("connectors.pg.write.sending", noted)
    for table, binary in (("fast", True), ("plain", False)):
        create(database, table, names)
        if not binary:
            monkeypatch.setattr(send, "encoders", lambda *_: None)
        write(database, ("public", table), table_rows, "append")
    assert forms == ["binary", "csv"]
    differ = sql.SQL("SELECT n FROM fast f JOIN plain p USING (n) WHERE f.{c}::text IS DISTINCT FROM p.{c}::text LIMIT 3")
    for name in names:
        assert database.run(differ.format(c=sql.Identifier(name))) == [], name
        kept = database.run(sql.SQL("SELECT count({c}) FROM fast").format(c=sql.Identifier(name)))
        assert kept == [(ROWS - table_rows[name].null_count,)], name


def test_times_without_end_stay_without_end(database: Database):
    most = 2**63 - 1
    rows = pa.table(
        {
            "d": pa.array([2**31 - 1, -(2**31 - 1), 0], pa.int32()).view(pa.date32()),
            "t": pa.array([most, -most, None], pa.int64()).view(pa.timestamp("us", "UTC")),
        }
    )
    write(database, ("public", "t"), rows, "append")
    assert database.run("SELECT d::text, t::text FROM t") == [("infinity",) * 2, ("-infinity",) * 2, ("1970-01-01", None)]


@pytest.mark.parametrize("days", [2**31 - 2, -(2**31 - 2), -2_500_000])
def test_a_date_that_postgresql_does_not_have_is_refused(database: Database, days: int):
    with pytest.raises(DataError):
        write(database, ("public", "t"), pa.table({"d": pa.array([days], pa.int32()).view(pa.date32())}), "append")


def test_a_letter_that_postgresql_cannot_keep_is_refused(database: Database):
    with pytest.raises(DataError) as caught:
        write(database, ("public", "t"), pa.table({"t": ["a\0b"]}), "append")
    assert "PostgreSQL refused" in without_password(caught.value)


def test_large_batches_are_cut_by_their_bytes(database: Database, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(send, "BYTES", 50_000)
    seen = []
    encode = send.encode
    monkeypatch.setattr(send, "encode", lambda batch, how: seen.append(batch.num_rows) or encode(batch, how))
    rows = pa.table({"n": pa.array(range(3000), pa.int64()), "t": [f"{n:0100}" for n in range(3000)]})
    write(database, ("public", "t"), rows, "replace")
    assert max(seen) < 600
    assert database.run("SELECT count(*), sum(n), sum(t::numeric) FROM t") == [(3000, sum(range(3000)), sum(range(3000)))]


def landed_both_ways(
    database: Database, table: str, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> tuple[list[tuple], list[tuple], list[tuple[str, str]], list[tuple[str, str]]]:
    """The rows and types of a table read in the binary form, and as CSV."""

    def unlike(*_: object) -> None:
        raise Unlike

    fast = land(database, ("public", table), folder / "fast")
    with monkeypatch.context() as patch:
        patch.setattr(Pieces, "write", unlike)
        plain = land(database, ("public", table), folder / "plain")
    types = [[(one.name, one.type) for one in landed.schema] for landed in (fast, plain)]
    return rows(fast), rows(plain), types[0], types[1]


def used(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Grows by one for each table that was read in the binary form to its end."""
    found: list[int] = []
    finish = Pieces.finish
    monkeypatch.setattr(Pieces, "finish", lambda self, count: (finish(self, count), found.append(count))[0])
    return found


def test_what_comes_in_the_binary_form_is_what_comes_as_text(database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    names = list(KINDS)
    create(database, "t", names)
    for nulls in (0, 0.2, 1):
        write(database, ("public", "t"), table_of(names, nulls), "append")
    through = used(monkeypatch)
    fast, plain, types, plain_types = landed_both_ways(database, "t", tmp_path, monkeypatch)
    assert through == [3 * ROWS]
    assert types == plain_types
    assert list(map(repr, fast)) == list(map(repr, plain))  # as text: no NaN equals itself


def test_the_hard_table_comes_in_the_binary_form_as_it_comes_as_text(hard: Database, tmp_path: Path, monkeypatch):
    through = used(monkeypatch)
    fast, plain, types, plain_types = landed_both_ways(hard, HARD_PATH[1], tmp_path, monkeypatch)
    assert (through, types) == ([3], plain_types)
    assert list(map(repr, fast)) == list(map(repr, plain))


def test_a_text_of_every_length_comes_whole(database: Database, tmp_path: Path):
    database.run("CREATE TABLE t AS SELECT n, left('abcdefghijklmnopqrstuvwxyz', n) AS t FROM generate_series(0, 26) n")
    found = rows(land(database, ("public", "t"), tmp_path / "l"))
    assert found == [(n, "abcdefghijklmnopqrstuvwxyz"[:n]) for n in range(27)]
