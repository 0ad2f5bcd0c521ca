"""A profile computed by the server: the same figures as of the same table once it is landed."""

from __future__ import annotations

import math
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from connectors.registry import open_connector
from core.errors import Cancelled
from core.models.profile import ColumnProfile, TableProfile
from core.models.source import Settings
from core.profile import profile, pushdown
from core.task import StoppableTask, Task
from tests.servers.clickhouse_http import House
from tests.servers.postgres import Database
from tests.servers.spark import Schema

pytestmark = [pytest.mark.server, pytest.mark.timeout(900)]

ROWS = 3_000
NOW = datetime(2026, 11, 24, tzinfo=UTC)


def table() -> pa.Table:
    random = np.random.default_rng(6)
    days = random.integers(0, 900, ROWS)
    texts = ["Ёж", "ель", "Apfel", "apple", "Äpfel", "z'q\"", "日本", "n/a", ""]
    nothing = [bool(one) for one in random.integers(0, 9, ROWS) == 0]
    spoilt = lambda values: [None if gone else value for gone, value in zip(nothing, values, strict=True)]  # noqa: E731
    return pa.table(
        {
            "id": pa.array(range(1, ROWS + 1), pa.int64()),
            "small": pa.array(spoilt(int(one) for one in random.integers(-3, 4, ROWS)), pa.int32()),
            "wide": pa.array([int(one) for one in random.integers(-(10**15), 10**15, ROWS)], pa.int64()),
            "amount": pa.array(
                spoilt(Decimal(int(one)).scaleb(-2) for one in (random.gamma(1, 50, ROWS) * 100)), pa.decimal128(12, 2)
            ),
            "ratio": pa.array(spoilt(float(one) for one in random.normal(0, 3, ROWS)), pa.float64()),
            "text": pa.array(spoilt(texts[one] for one in random.integers(0, len(texts), ROWS)), pa.string()),
            "code": pa.array([f"K-{one:05}" for one in random.integers(0, 90_000, ROWS)], pa.string()),
            "day": pa.array([date(2024, 1, 1) + timedelta(days=int(one)) for one in days], pa.date32()),
            "at": pa.array(
                [datetime(2024, 1, 1) + timedelta(seconds=int(one)) for one in random.integers(0, 10**7, ROWS)],
                pa.timestamp("us"),
            ),
            "flag": pa.array([bool(one) for one in random.integers(0, 2, ROWS)], pa.bool_()),
            "empty": pa.array([None] * ROWS, pa.int32()),
        }
    )


@pytest.fixture(params=["postgres", "clickhouse", "spark"])
def placed(request: pytest.FixtureRequest) -> tuple[str, Settings, tuple[str, ...]]:
    """A kind with the table in it: settings and path."""
    rows, kind = table(), request.param
    if kind == "postgres":
        database: Database = request.getfixturevalue("database")
        settings, path = database.settings, ("public", "t")
    elif kind == "clickhouse":
        house: House = request.getfixturevalue("house")
        settings, path = house.settings, (house.name, "t")
    else:
        schema: Schema = request.getfixturevalue("spark_schema")
        settings, path = schema.settings, ("spark_catalog", schema.name, "t")
    with open_connector(kind, settings) as target:
        target.write(path, iter(rows.to_batches(1_000)), rows.schema, "append", Task())
    return kind, settings, path


def local(kind: str, settings: Settings, path: tuple[str, ...], folder: Path) -> TableProfile:
    folder.mkdir()
    with open_connector(kind, settings) as source:
        landed = source.land(path, folder, Task())
    return profile({"t": landed}, Task(), now=NOW).tables[0]


def there(kind: str, settings: Settings, path: tuple[str, ...], task: Task) -> TableProfile:
    with open_connector(kind, settings) as source:
        server = source.asked(path, task)
        try:
            return pushdown.profile("t", source.schema(path), server, task, NOW)
        finally:
            server.close()


EXACT = (
    "name",
    "type",
    "rows",
    "nulls",
    "low",
    "high",
    "zeros",
    "negatives",
    "length_min",
    "length_max",
    "top",
    "quantiles",
    "histogram",
    "outliers",
)
CLOSE = ("mean", "deviation", "length_mean")


def test_the_figures_are_those_of_the_landed_table(placed: tuple[str, Settings, tuple[str, ...]], tmp_path: Path) -> None:
    mine, theirs = local(*placed, tmp_path / "l"), there(*placed, Task())
    assert theirs.computed == placed[0]
    assert theirs.rows == mine.rows == ROWS
    assert [one.name for one in theirs.columns] == [one.name for one in mine.columns]
    for here, server in zip(mine.columns, theirs.columns, strict=True):
        if here.name == "flag":
            assert (server.rows, server.nulls) == (here.rows, here.nulls)
            continue
        _same(here, server)
    assert theirs.primary_key == ("id",)
    assert 0 < theirs.moved < table().nbytes / 3


def _same(here: ColumnProfile, server: ColumnProfile) -> None:
    assert server.distinct == here.distinct, here.name
    for name in EXACT:
        assert getattr(server, name) == getattr(here, name), (here.name, name)
    for name in CLOSE:
        mine, theirs = getattr(here, name), getattr(server, name)
        assert (mine is None) == (theirs is None), (here.name, name)
        assert mine is None or math.isclose(mine, theirs, rel_tol=1e-9, abs_tol=1e-9), (here.name, name)


def test_an_empty_table_has_columns_and_no_figures(placed: tuple[str, Settings, tuple[str, ...]]) -> None:
    kind, settings, path = placed
    with open_connector(kind, settings) as target:
        target.write((*path[:-1], "nothing"), iter(()), table().schema, "append", Task())
    found = there(kind, settings, (*path[:-1], "nothing"), Task())
    assert found.rows == 0
    assert {one.distinct for one in found.columns} == {0}


def test_it_is_stopped(placed: tuple[str, Settings, tuple[str, ...]]) -> None:
    class AtOnce(StoppableTask):
        def at(self, fraction: float, step) -> None:
            self.stop()
            self.check()

    with pytest.raises(Cancelled):
        there(*placed, AtOnce())
