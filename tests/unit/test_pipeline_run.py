"""A run on DuckDB: exact counts, the order of a sort, one statement for a step with two readers, and what is left after a failure."""

from __future__ import annotations

import os
from contextlib import contextmanager
from decimal import Decimal

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from core.engines.duck import duck
from core.errors import Cancelled, ConfigError, DataError
from core.models.pipeline import (
    Aggregate,
    CheckedPipeline,
    Derive,
    Filter,
    Join,
    Measure,
    On,
    Order,
    Pipeline,
    Sink,
    Sort,
    Source,
    Step,
    Window,
    WindowColumn,
)
from core.models.source import Column
from core.pipeline import check, preview, run
from core.pipeline.run import _open
from core.task import Task
from core.words import Msg
from tests.unit.pipeline_tables import COLUMNS, NOW, landed, ran

CHAIN: tuple[Step, ...] = (
    Source("s", "sales"),
    Source("c", "cities"),
    Filter("f", "s", "id > 0"),
    Derive("d", "f", {"double": "price * 2"}),
    Join("j", "d", "c", "left", (On("city", "city"),)),
    Window("w", "j", (WindowColumn("place", "row_number", order_by=(Order("id"),)),)),
    Aggregate("a", "w", (Measure("n", "count"), Measure("ids", "sum", "id")), ("Страна",)),
    Sort("o", "a", (Order("n", True), Order("Страна")), 2),
    Sort("all", "w", (Order("id", True),)),
    Sink("k", "o", path="o.csv"),
    Sink("k2", "all", path="all.parquet"),
)


@pytest.fixture
def files(tmp_path):
    folder = tmp_path / "landed"
    folder.mkdir()
    return landed(folder)


@pytest.fixture
def spill(tmp_path):
    folder = tmp_path / "spill"
    folder.mkdir()
    return folder


def sound(*nodes: Step, tables=COLUMNS) -> CheckedPipeline:
    checked = check(Pipeline("p", nodes), tables)
    assert checked.problems == ()
    return checked


def test_every_step_counts_the_rows_its_preview_shows(files, spill):
    checked = sound(*CHAIN)
    result, _ = ran(checked, files, spill)
    assert {one.id: one.rows for one in result.nodes} == {
        one.id: preview(checked, files, one.id, Task()).num_rows for one in checked.nodes
    }
    assert [one.id for one in result.nodes] == [one.id for one in checked.nodes]
    assert sorted(result.wrote) == [("k", "memory:k"), ("k2", "memory:k2")]
    assert result.started == NOW


def test_the_sql_of_a_node_in_the_result_gives_the_rows_it_counted(files, spill):
    result, _ = ran(sound(*CHAIN), files, spill)
    with duckdb.connect() as connection:
        for name, paths in files.items():
            connection.register(name, pq.read_table(paths[0]))
        for one in result.nodes:
            assert len(connection.sql(one.sql).fetchall()) == one.rows


@pytest.mark.parametrize("readers", [1, 2])
def test_the_order_of_a_sort_survives_into_the_sink(readers, tmp_path, spill):
    rows = 250_000
    pq.write_table(pa.table({"v": pa.array([n * 7919 % rows for n in range(rows)], pa.int32())}), tmp_path / "big.parquet")
    sinks = (Sink(f"k{n}", "o", path=f"{n}.csv") for n in range(readers))
    checked = sound(Source("s", "big"), Sort("o", "s", (Order("v"),)), *sinks, tables={"big": (Column("v", "INTEGER"),)})
    _, wrote = ran(checked, {"big": (str(tmp_path / "big.parquet"),)}, spill)
    assert len(wrote) == readers
    for table in wrote.values():
        assert table["v"].to_pylist() == list(range(rows))


def test_a_step_with_two_readers_is_computed_once(files, spill):
    checked = sound(
        Source("s", "sales"),
        Derive("d", "s", {"chance": "uuid()"}),
        Sink("one", "d", path="one.csv"),
        Sink("two", "d", path="two.csv"),
        Join("self", "d", "d", "inner", (On("id", "id"), On("chance", "chance"))),
    )
    result, wrote = ran(checked, files, spill)
    assert wrote["one"].equals(wrote["two"])
    assert {one.id: one.rows for one in result.nodes}["self"] == 6


def test_a_sum_of_whole_numbers_keeps_every_digit(tmp_path, spill):
    big = 2**53 + 1
    pq.write_table(pa.table({"v": pa.array([big, big, 1], pa.int64())}), tmp_path / "t.parquet")
    nodes = (Source("s", "t"), Aggregate("a", "s", (Measure("total", "sum", "v"),)), Sink("k", "a", path="a.csv"))
    checked = sound(*nodes, tables={"t": (Column("v", "BIGINT"),)})
    _, wrote = ran(checked, {"t": (str(tmp_path / "t.parquet"),)}, spill)
    assert wrote["k"]["total"].to_pylist() == [Decimal(2 * big + 1)]


def test_the_median_of_two_prices_lies_between_them(tmp_path, spill):
    pq.write_table(pa.table({"v": pa.array(["0.01", "0.02"]).cast(pa.decimal128(4, 2))}), tmp_path / "t.parquet")
    nodes = (Source("s", "t"), Aggregate("a", "s", (Measure("m", "median", "v"),)), Sink("k", "a", path="a.csv"))
    checked = sound(*nodes, tables={"t": (Column("v", "DECIMAL(4,2)"),)})
    _, wrote = ran(checked, {"t": (str(tmp_path / "t.parquet"),)}, spill)
    assert wrote["k"]["m"].to_pylist() == [Decimal("0.015")]


BAD = Derive("bad", "s", {"number": "CAST(city AS INTEGER)"})


@pytest.mark.parametrize(
    "behind",
    [
        (Sink("k", "bad", path="k.csv"),),
        (Filter("f", "bad", "number > 1"), Sink("k", "f", path="k.csv")),
        (Aggregate("a", "bad", (Measure("m", "max", "number"),)), Sink("k", "a", path="k.csv")),
        (Sort("o", "bad", (Order("number"),)), Sink("k", "o", path="k.csv"), Sink("k2", "bad", path="2.csv")),
    ],
    ids=["sink", "filter", "aggregate", "two readers"],
)
def test_a_value_that_does_not_fit_names_the_step_that_computes_it(behind, files, spill):
    with pytest.raises(DataError) as caught:
        ran(sound(Source("s", "sales"), BAD, *behind), files, spill)
    what, why, fix = caught.value.lines()
    assert what == "The step bad stopped"
    assert "Rome" in why
    assert "TRY_CAST" in fix
    assert os.listdir(spill) == []


def test_a_value_deep_in_the_rows_stops_the_sink_too(tmp_path, spill):
    pq.write_table(pa.table({"city": ["1"] * 400_000 + ["x"]}), tmp_path / "t.parquet")
    checked = sound(Source("s", "t"), BAD, Sink("k", "bad", path="k.csv"), tables={"t": (Column("city", "VARCHAR"),)})
    with pytest.raises(DataError, match="The step bad stopped"):
        ran(checked, {"t": (str(tmp_path / "t.parquet"),)}, spill)
    assert os.listdir(spill) == []


def test_a_preview_names_the_step_that_stops_it(files):
    checked = sound(Source("s", "sales"), BAD, Filter("f", "bad", "number > 1"))
    with pytest.raises(DataError, match="The step bad stopped"):
        preview(checked, files, "f", Task())


class StopsAt(Task):
    """A task whose person asks for a stop once a step is reached."""

    def __init__(self, said: str) -> None:
        self.said = said

    def at(self, fraction: float, step: Msg) -> None:
        if step.text == self.said:
            raise Cancelled()


@pytest.mark.parametrize("said", ["Step {node}", "{n} rows written"])
def test_a_stop_in_the_middle_ends_in_cancelled_and_leaves_nothing(said, files, spill):
    begun: list[str] = []

    def write(sink, batches, schema, task):
        begun.append(sink.id)
        return str(sum(batch.num_rows for batch in batches))

    with pytest.raises(Cancelled):
        run(sound(*CHAIN), files, write, StopsAt(said), clock=lambda: NOW, spill=spill)
    assert begun == ([] if said == "Step {node}" else ["k2"])
    assert os.listdir(spill) == []


def test_a_sink_that_cannot_write_leaves_no_result(files, spill):
    def write(sink, batches, schema, task):
        raise OSError("the disk is gone")

    with pytest.raises(OSError, match="the disk is gone"):
        run(sound(*CHAIN), files, write, Task(), clock=lambda: NOW, spill=spill)
    assert os.listdir(spill) == []


def test_what_is_not_sound_is_neither_run_nor_shown(files, spill):
    checked = check(Pipeline("p", (Source("s", "sales"), Filter("f", "s", "nope > 1"))), COLUMNS)
    with pytest.raises(ConfigError, match="not sound"):
        ran(checked, files, spill)
    with pytest.raises(ConfigError) as caught:
        preview(checked, files, "f", Task())
    assert "nope" in caught.value.lines()[1]
    assert preview(checked, files, "s", Task()).num_rows == 6


def test_the_connection_of_a_run_reads_its_own_files_and_no_others(files, tmp_path):
    secret = tmp_path / "secret.txt"
    secret.write_text("secret", encoding="utf-8")
    with duck() as connection:
        _open(connection, sound(Source("s", "sales")), files, ["s"])
        assert connection.sql("SELECT count(*) FROM sales").fetchall() == [(6,)]
        place = {"file": str(secret)}
        for text in ("FROM read_text($file)", "FROM read_csv($file)", "FROM glob($file)"):
            with pytest.raises(duckdb.PermissionException):
                connection.execute(text, place)
        with pytest.raises(duckdb.PermissionException):
            connection.execute("SELECT * FROM read_parquet($file)", {"file": files["cities"][0]})
        with pytest.raises(duckdb.PermissionException):
            connection.execute("COPY (SELECT 1) TO $file", {"file": str(tmp_path / "out.csv")})
        with pytest.raises(duckdb.InvalidInputException):
            connection.execute("SET enable_external_access = true")


class Interrupted(Task):
    """A stop that reaches DuckDB in the middle of the rows, as the button of a job does."""

    @contextmanager
    def interruptible(self, interrupt):
        self.interrupt = interrupt
        yield


def test_an_interrupt_between_two_batches_is_a_stop_and_no_error_of_the_rows(tmp_path, spill):
    pq.write_table(pa.table({"v": pa.array(range(2_000_000), pa.int32())}), tmp_path / "t.parquet")
    task = Interrupted()

    def write(sink, batches, schema, part):
        next(batches)
        task.interrupt()
        return str(sum(batch.num_rows for batch in batches))

    nodes = (Source("s", "t"), Derive("d", "s", {"m": "md5(v::VARCHAR)"}), Sink("k", "d", path="k.csv"))
    checked = sound(*nodes, tables={"t": (Column("v", "INTEGER"),)})
    with pytest.raises(Cancelled):
        run(checked, {"t": (str(tmp_path / "t.parquet"),)}, write, task, clock=lambda: NOW, spill=spill)
    assert os.listdir(spill) == []


def test_an_order_by_null_and_a_limit_of_nothing_reach_the_sink(files, spill):
    nodes = (Source("s", "sales"), Sort("o", "s", (Order("city", nulls_first=True),), 0), Sink("k", "o", path="k.csv"))
    result, wrote = ran(sound(*nodes), files, spill)
    assert wrote["k"].num_rows == 0
    assert wrote["k"].column_names == ["id", "city", "price", "tags"]
    assert [one.rows for one in result.nodes] == [6, 0, 0]
