"""What ClickHouse tells of the changes to a table, on the item and with the landed rows."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from connectors.clickhouse import ClickHouse
from core.models.source import Item
from core.task import Task
from tests.servers.clickhouse_http import House

pytestmark = [pytest.mark.server, pytest.mark.xdist_group("clickhouse")]


def items(house: House) -> dict[str, Item]:
    with ClickHouse(house.settings) as source:
        return {item.name: item for item in source.browse((house.name,))}


def test_the_last_write_and_the_statements_that_changed_rows_are_told(house: House, tmp_path: Path):
    for name in ("t", "empty"):
        house.run(f"CREATE TABLE {house.name}.{name} (n Int32, s String) ENGINE = MergeTree ORDER BY n")
    house.run(f"CREATE TABLE {house.name}.log (n Int32) ENGINE = Log")
    house.run(f"INSERT INTO {house.name}.t SELECT number, '' FROM numbers(10)")  # noqa: S608 the test's own
    house.run(f"ALTER TABLE {house.name}.t UPDATE s = 'x' WHERE n = 1 SETTINGS mutations_sync = 2")
    house.run(f"ALTER TABLE {house.name}.t DELETE WHERE n = 2 SETTINGS mutations_sync = 2")
    house.run(f"ALTER TABLE {house.name}.t ADD COLUMN more String")
    found = items(house)
    assert found["t"].activity.rewrites == 2
    assert timedelta(0) <= datetime.now(UTC) - found["t"].activity.changed.astimezone(UTC) < timedelta(minutes=10)
    assert (found["empty"].activity.rewrites, found["empty"].activity.changed) == (0, None)
    assert found["log"].activity is None
    (tmp_path / "l").mkdir()
    with ClickHouse(house.settings) as source:
        landed = source.land((house.name, "t"), tmp_path / "l", Task())
    assert (landed.rows, landed.activity.rewrites) == (9, 2)
