"""A profile computed by the server: the same figures as of the same table once it is landed."""

from __future__ import annotations

import json
import math
from contextlib import closing
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from connectors.registry import open_connector
from core.cli import main
from core.errors import Cancelled, UnsupportedError
from core.models.profile import ColumnProfile, TableProfile
from core.models.source import Settings
from core.profile import profile, pushdown
from core.task import StoppableTask, Task
from core.workbench import Workbench, connect
from core.workbench import pushdown as servers
from tests.servers.clickhouse_http import House
from tests.servers.postgres import Database
from tests.servers.spark import Schema

pytestmark = [pytest.mark.server, pytest.mark.xdist_group("spark"), pytest.mark.timeout(900)]

ROWS = 3_000
NOW = datetime(2026, 11, 24, tzinfo=UTC)


def table() -> pa.Table:
    random = np.random.default_rng(6)
    days = random.integers(0, 900, ROWS)
    texts = ["Ёж", "ель", "Apfel", "apple", "Äpfel", "z'q\"", "日本", "n/a", "", " NULL\t", "Н/д", "null and void"]
    products = random.integers(0, 60, ROWS)
    nothing = [bool(one) for one in random.integers(0, 9, ROWS) == 0]
    spoilt = lambda values: [None if gone else value for gone, value in zip(nothing, values, strict=True)]  # noqa: E731
    return pa.table(
        {
            "id": pa.array(range(1, ROWS + 1), pa.int64()),
            "small": pa.array(spoilt(int(one) for one in random.integers(-3, 4, ROWS)), pa.int32()),
            "same": pa.array([7] * ROWS, pa.int32()),
            "same_day": pa.array([date(1960, 2, 29)] * ROWS, pa.date32()),
            "wide": pa.array([int(one) for one in random.integers(-(10**15), 10**15, ROWS)], pa.int64()),
            "amount": pa.array(
                spoilt(Decimal(int(one)).scaleb(-2) for one in (random.gamma(1, 50, ROWS) * 100)), pa.decimal128(12, 2)
            ),
            "ratio": pa.array(spoilt(float(one) for one in random.normal(0, 3, ROWS)), pa.float64()),
            "holed": pa.array(spoilt(math.nan if one > 2 else float(one) for one in random.normal(0, 1, ROWS)), pa.float64()),
            "endless": pa.array([math.inf if one > 2 else float(one) for one in random.normal(0, 1, ROWS)], pa.float64()),
            "no_number": pa.array([math.nan] * ROWS, pa.float64()),
            "text": pa.array(spoilt(texts[one] for one in random.integers(0, len(texts), ROWS)), pa.string()),
            "code": pa.array([f"K-{one:05}" for one in random.integers(0, 90_000, ROWS)], pa.string()),
            "day": pa.array([date(2024, 1, 1) + timedelta(days=int(one)) for one in days], pa.date32()),
            "born": pa.array(
                [date(1905, 1, 1) + timedelta(days=int(one)) for one in random.integers(0, 40_000, ROWS)], pa.date32()
            ),
            "at": pa.array(
                [datetime(2024, 1, 1) + timedelta(seconds=int(one)) for one in random.integers(0, 10**7, ROWS)],
                pa.timestamp("us"),
            ),
            "moon": pa.array(
                [datetime(1962, 1, 1) + timedelta(seconds=int(one)) for one in random.integers(0, 4 * 10**8, ROWS)],
                pa.timestamp("us"),
            ),
            "flag": pa.array([bool(one) for one in random.integers(0, 2, ROWS)], pa.bool_()),
            "flag_again": pa.array(flags := spoilt(bool(one) for one in random.integers(0, 2, ROWS)), pa.bool_()),
            "twin": pa.array(flags, pa.bool_()),
            "raw": pa.array(spoilt(bytes([one, 255 - one]) for one in random.integers(0, 6, ROWS).tolist()), pa.binary()),
            "product": pa.array([None if one == 59 else f"Ёж {one}" for one in products], pa.string()),
            "shelf": pa.array([None if one % 9 == 0 else f"S{one % 9}" for one in products], pa.string()),
            "taxed": pa.array([one % 9 > 3 for one in products], pa.bool_()),
            "price": pa.array([Decimal(int(one) % 7).scaleb(-2) for one in products], pa.decimal128(12, 2)),
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
    "placeholders",
    "same_as",
)
CLOSE = ("mean", "deviation", "length_mean")


def test_the_figures_are_those_of_the_landed_table(placed: tuple[str, Settings, tuple[str, ...]], tmp_path: Path) -> None:
    mine, theirs = local(*placed, tmp_path / "l"), there(*placed, Task())
    assert theirs.computed == placed[0]
    assert theirs.rows == mine.rows == ROWS
    assert [one.name for one in theirs.columns] == [one.name for one in mine.columns]
    for here, server in zip(mine.columns, theirs.columns, strict=True):
        _same(here, server)
    assert theirs.column("twin").same_as == ("flag_again",)
    decided = {one.determinant: one.dependents for one in theirs.dependencies}
    assert decided == {one.determinant: one.dependents for one in mine.dependencies}
    assert decided == {("product",): ("shelf", "price"), ("shelf",): ("taxed",)}
    with open_connector(placed[0], placed[1]) as source, closing(source.asked(placed[2], Task())) as server:
        assert [server.rows(one.query) for one in theirs.dependencies] == [[], []]
    assert (theirs.primary_key, theirs.duplicate_rows) == (("id",), 0)
    assert theirs.time_column == mine.time_column == "at"
    for here, server in zip(mine.timelines, theirs.timelines, strict=True):
        assert server == replace(here, in_order=None, in_order_sampled=0, query=server.query)
    assert 0 < theirs.moved < table().nbytes


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


def shop() -> dict[str, pa.Table]:
    """Three tables: a key of two columns, a text that refers to a key, orders without a customer, an order that follows another."""
    random = np.random.default_rng(8)
    customers = [f"C{number:04}" for number in range(300)]
    bought = [customers[one] for one in random.integers(0, 280, 4_000)]
    bought[7], bought[8] = "C9998", "C9999"
    pairs = [(order, line) for order in range(1, 4_001) for line in range(1, 2 + order % 4)]
    return {
        "customers": pa.table({"customer": customers, "city": [f"Town {one}" for one in random.integers(0, 40, 300)]}),
        "orders": pa.table(
            {
                "order_id": range(1, 4_001),
                "customer": bought,
                "follows": [one - 1 if one > 1 and one % 3 else None for one in range(1, 4_001)],
            }
        ),
        "lines": pa.table(
            {
                "order_id": [order for order, _ in pairs],
                "line_no": [line for _, line in pairs],
                "cost": [Decimal(int(one)).scaleb(-2) for one in random.integers(100, 900, len(pairs))],
            }
        ),
    }


def test_keys_and_relations_are_those_of_the_landed_tables(placed, tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setenv("ASSAY_SECRETS", "file")
    kind, settings, path = placed
    paths = {name: (*path[:-1], name) for name in shop()}
    landed = {}
    with open_connector(kind, settings) as server:
        for name, rows in shop().items():
            server.write(paths[name], iter(rows.to_batches(1_000)), rows.schema, "append", Task())
            (tmp_path / name).mkdir()
            landed[".".join(paths[name])] = server.land(paths[name], tmp_path / name, Task())
    here = profile(landed, Task(), now=NOW)
    with Workbench.open(tmp_path / "home") as wb:
        project = wb.create_project("p").id
        sources = connect.sources_through(wb, kind, settings, tuple(paths.values()))
        there = servers.take(wb, project, sources, Task())
        orders = ".".join(paths["orders"])
        assert servers.kept(wb, project).foreign_keys == there.foreign_keys
        again = servers.take(wb, project, [one for one in sources if one.path == paths["lines"]], Task())
        assert not again.foreign_keys
        assert len(servers.kept(wb, project).foreign_keys) == 3  # those to tables that were not asked again are still known
        servers.forget(wb, project, orders)
        assert servers.kept(wb, project).foreign_keys == ()
    for mine, theirs in zip(here.tables, there.tables, strict=True):
        assert [key.columns for key in theirs.keys] == [key.columns for key in mine.keys]
        assert theirs.primary_key == mine.primary_key
    assert there.table(".".join(paths["lines"])).primary_key == ("order_id", "line_no")
    found, asked = ({(key.table, key.columns): key for key in one.foreign_keys} for one in (here, there))
    assert (
        asked.keys()
        == found.keys()
        == {(orders, ("customer",)), (orders, ("follows",)), (".".join(paths["lines"]), ("order_id",))}
    )
    for place, key in asked.items():
        assert replace(key, query="") == replace(found[place], query="")
    with open_connector(kind, settings) as source:
        server = source.asked(paths["orders"], Task())
        try:
            assert server.rows(asked[orders, ("customer",)].query) == [(2,)]
            (lines,) = (one for one in there.tables if one.name.endswith("lines"))
            assert server.rows(lines.keys[0].query) == [(0,)]
        finally:
            server.close()


def test_rows_that_repeat_are_counted_where_no_columns_are_a_key(placed, tmp_path: Path) -> None:
    kind, settings, path = placed
    rows = pa.table({"a": [1, 1, 2, 2, 2], "b": ["x", "x", "y", None, "z"]})
    with open_connector(kind, settings) as target:
        target.write((*path[:-1], "again"), iter(rows.to_batches()), rows.schema, "append", Task())
    found = there(kind, settings, (*path[:-1], "again"), Task())
    assert (found.keys, found.primary_key, found.duplicate_rows) == ((), (), 1)


def test_columns_that_only_capitals_tell_apart_are_called_as_they_are_when_landed(placed, tmp_path: Path, request) -> None:
    kind, settings, path = placed
    if kind == "spark":
        pytest.skip("Spark itself takes them for one name")
    if kind == "postgres":
        database: Database = request.getfixturevalue("database")
        database.run('CREATE TABLE caps ("Id" int, id int, "ID" text)')
    else:
        database = request.getfixturevalue("house")
        database.run(f'CREATE TABLE {path[0]}.caps ("Id" Int32, id Int32, "ID" String) ENGINE = MergeTree ORDER BY id')
    database.run(f"INSERT INTO {path[0]}.caps VALUES (1, 7, 'a'), (2, 7, 'b')")  # noqa: S608 the test's own
    mine, theirs = (one(kind, settings, (path[0], "caps"), *rest) for one, rest in ((local, [tmp_path / "l"]), (there, [Task()])))
    assert [(one.name, one.distinct) for one in theirs.columns] == [("Id", 2), ("id_2", 1), ("ID_3", 2)]
    for here, server in zip(mine.columns, theirs.columns, strict=True):
        _same(here, server)


def people(database: Database) -> None:
    database.run("CREATE TABLE people (id int PRIMARY KEY, mail text, city text)")
    database.run(
        "INSERT INTO people SELECT n, 'user' || n || '@example.org', (ARRAY['Omsk', 'Perm'])[n % 2 + 1] FROM generate_series(1, 500) n"
    )


HARD = """
CREATE TYPE mood AS ENUM ('sad', 'ok');
CREATE TABLE hard (n numeric, wide numeric, odd numeric, mood mood, tags text[], doc jsonb, at timestamptz, ip inet, took interval, "Ж ""x" int, u uuid, raw bytea, price money);
INSERT INTO hard SELECT i / 8.0, 10::numeric ^ 50 + i, CASE WHEN i = 1 THEN 'NaN'::numeric ELSE i END, (ARRAY['sad', 'ok']::mood[])[i % 2 + 1], ARRAY['a', 'b'], '{"a": 1}',
  timestamptz '2024-01-01 00:00+00' + i * interval '1 hour', '10.0.0.1', i * interval '1 minute', i % 5, gen_random_uuid(), '\\x00', i FROM generate_series(1, 200) i;
"""


def test_every_type_of_postgres_is_asked_without_an_error(database: Database, tmp_path: Path) -> None:
    database.run(HARD)
    placed = ("postgres", database.settings, ("public", "hard"))
    mine, theirs = local(*placed, tmp_path / "l"), there(*placed, Task())
    assert {one.name: one.nulls for one in theirs.columns} == {one.name: one.nulls for one in mine.columns}
    for name in ("n", "mood", "at", 'Ж "x'):  # an address is text with its mask there, without it here
        _same(mine.column(name), theirs.column(name))
    assert theirs.column("wide").distinct == theirs.column("odd").distinct == 200


def test_it_is_kept_with_the_project_and_personal_values_are_masked(database: Database, tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setenv("ASSAY_SECRETS", "file")
    people(database)
    with Workbench.open(tmp_path / "home") as wb:
        project = wb.create_project("p").id
        sources = connect.sources_through(wb, "postgres", database.settings, (("public", "people"),))
        (taken,) = servers.take(wb, project, sources, Task()).tables
        (kept,) = servers.kept(wb, project).tables
        assert taken.column("mail").personal
        assert "@example" in str(taken.column("mail").low)
        assert "user" not in repr(kept.column("mail"))
        assert kept.column("mail").patterns[0].mask
        assert [one.value for one in kept.column("city").top] == ["Omsk", "Perm"]
        assert servers.moved(wb, project, "public.people") is None
        database.run("ALTER TABLE people DROP COLUMN city")
        database.run("UPDATE people SET mail = NULL WHERE id % 2 = 0")
        servers.take(wb, project, sources, Task())
        changed = servers.moved(wb, project, "public.people")
        assert {(one.kind, one.column, one.level) for one in changed.shifts} >= {
            ("nulls", "mail", "alert"),
            ("column_gone", "city", "alert"),
        }
        assert "user" not in repr(changed)
        servers.forget(wb, project, "public.people")
        assert servers.kept(wb, project).tables == ()
        assert not servers.known(wb, project)


def test_tables_of_one_path_on_two_servers_are_two_tables(database: Database, house: House, tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setenv("ASSAY_SECRETS", "file")
    rows = pa.table({"id": range(20), "v": ["a", "b"] * 10})
    database.run(f'CREATE SCHEMA "{house.name}"')
    with Workbench.open(tmp_path / "home") as wb:
        project, sources = wb.create_project("p").id, []
        for kind, settings, some in (("postgres", database.settings, rows), ("clickhouse", house.settings, rows.slice(0, 7))):
            with open_connector(kind, settings) as target:
                target.write((house.name, "t"), iter(some.to_batches()), some.schema, "append", Task())
            sources += connect.sources_through(wb, kind, settings, ((house.name, "t"),))
        servers.take(wb, project, sources[:1], Task())
        (alone,) = servers.kept(wb, project).tables
        assert alone.name == f"{house.name}.t"
        taken = servers.take(wb, project, sources, Task())
        kept = servers.kept(wb, project)
        assert {(one.computed, one.rows) for one in kept.tables} == {("postgres", 20), ("clickhouse", 7)}
        names = {one.computed: one.name for one in kept.tables}
        assert {one.name for one in taken.tables} == set(names.values())
        assert all(name.startswith(f"{house.name}.t@") for name in names.values())
        again = servers.take(wb, project, sources[1:], Task())
        assert [one.name for one in again.tables] == [names["clickhouse"]]
        assert servers.moved(wb, project, names["clickhouse"]).shifts == ()
        assert servers.moved(wb, project, names["postgres"]).shifts == ()
        servers.forget(wb, project, names["postgres"])
        (left,) = servers.kept(wb, project).tables
        assert (left.name, left.computed) == (f"{house.name}.t", "clickhouse")


def test_a_kind_that_cannot_be_asked_is_told(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setenv("ASSAY_SECRETS", "file")
    (tmp_path / "t.csv").write_text("a\n1\n")
    with Workbench.open(tmp_path / "home") as wb, pytest.raises(UnsupportedError):
        servers.take(wb, wb.create_project("p").id, connect.sources_of(str(tmp_path / "t.csv")), Task())


def test_the_command_line_asks_the_server(database: Database, tmp_path: Path, monkeypatch) -> None:
    people(database)
    place = database.settings
    monkeypatch.setenv("PGPASSWORD", str(place["password"]))
    target = tmp_path / "found.json"
    address = f"postgresql://{place['user']}@{place['host']}:{place['port']}/{database.name}/public.people"
    assert main(["profile", address, "--in-place", "--json", str(target), "--quiet"]) == 0
    text = target.read_text(encoding="utf-8")
    (found,) = json.loads(text)["tables"]
    assert (found["rows"], found["computed"], found["primary_key"]) == (500, "postgres", ["id"])
    assert "@example.org" not in text
    assert main(["profile", "--in-place"]) == 2
