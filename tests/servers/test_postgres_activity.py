"""What PostgreSQL counts of the changes to a table, on the item and with the landed rows."""

from __future__ import annotations

from pathlib import Path

import pytest

from connectors.postgres import Postgres
from core.models.codec import from_json, to_json
from core.models.source import Item, Landed
from tests.servers.postgres import Database
from tests.servers.tools import land, until

pytestmark = pytest.mark.server


def items(database: Database) -> dict[str, Item]:
    with Postgres(database.settings) as source:
        return {item.name: item for item in source.browse(("public",))}


def counted(database: Database, name: str) -> tuple[int, int, int]:
    activity = items(database)[name].activity
    return activity.inserted, activity.updated, activity.deleted


def test_changes_are_counted_and_the_partitions_of_a_table_together(database: Database):
    database.run(
        "CREATE TABLE t (n int); INSERT INTO t SELECT generate_series(1, 10); UPDATE t SET n = 0 WHERE n < 4; DELETE FROM t WHERE n = 9;"
        "CREATE TABLE p (d int) PARTITION BY RANGE (d); CREATE TABLE p1 PARTITION OF p FOR VALUES FROM (0) TO (10);"
        "CREATE TABLE p2 PARTITION OF p FOR VALUES FROM (10) TO (20); INSERT INTO p SELECT generate_series(0, 19)"
    )
    until(lambda: counted(database, "t") == (10, 3, 1))  # a session tells its counts when it ends, or a little later
    until(lambda: counted(database, "p") == (20, 0, 0))
    assert "p1" not in items(database)


def test_the_time_of_the_last_statistics_is_told(database: Database):
    database.run("CREATE TABLE t AS SELECT 1 AS n")
    assert items(database)["t"].activity.analyzed is None
    database.run("ANALYZE t")
    analyzed = until(lambda: items(database)["t"].activity.analyzed)
    assert analyzed.utcoffset() is not None


def test_a_view_has_none(database: Database):
    database.run("CREATE VIEW v AS SELECT 1 AS n; CREATE MATERIALIZED VIEW m AS SELECT 1 AS n")
    found = items(database)
    assert (found["v"].activity, found["v"].kind) == (None, "view")
    assert (found["m"].activity.updated, found["m"].kind) == (0, "view")


def test_it_stays_with_the_landed_rows_and_survives_the_store(database: Database, tmp_path: Path):
    database.run("CREATE TABLE t AS SELECT generate_series(1, 5) AS n; ANALYZE t")
    until(lambda: items(database)["t"].activity.analyzed)
    landed = land(database, ("public", "t"), tmp_path / "l")
    assert (landed.activity.inserted, landed.activity.deleted) == (5, 0)
    assert from_json(Landed, to_json(landed)) == landed


def test_reads_are_told_apart_into_those_of_the_whole_table_and_those_by_an_index(database: Database):
    database.run("CREATE TABLE t (n int PRIMARY KEY); INSERT INTO t SELECT generate_series(1, 5000); ANALYZE t")
    reads = lambda: (items(database)["t"].activity.scans, items(database)["t"].activity.lookups)  # noqa: E731
    before = until(lambda: reads() if None not in reads() else None)
    database.run("SELECT sum(n) FROM t; SELECT sum(n) FROM t;" + "SELECT n FROM t WHERE n = 7;" * 9)
    until(lambda: reads() == (before[0] + 2, before[1] + 9))
