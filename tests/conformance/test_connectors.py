"""One suite for every kind of source: `pytest tests/conformance -k <kind>`."""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pytest

from connectors import registry
from core.errors import AssayError, Cancelled, ConfigError
from core.models.source import Landed
from core.task import Task
from tests.conformance.harness.base import HARD, TYPES, Harness, Place, same
from tests.servers.tools import Stoppable


def _module(kind: str):
    name = f"tests.conformance.harness.{kind}"
    return importlib.import_module(name) if find_spec(name) else None


def _param(kind: str):
    module = _module(kind)
    return pytest.param(kind, marks=module.Harness.marks if module else ())


@pytest.fixture(params=[_param(kind) for kind in registry.names()])
def kind(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture
def harness(kind: str, tmp_path: Path, request: pytest.FixtureRequest) -> Harness:
    module = _module(kind)
    if module is None:
        pytest.fail(f"the kind {kind} has no harness: write tests/conformance/harness/{kind}.py")
    assert module.Harness.kind == kind
    folder = tmp_path / "source"
    folder.mkdir()
    return module.Harness(folder, request)


@pytest.fixture
def target(harness: Harness) -> Place:
    place = harness.target()
    if place is None:
        assert "write" not in registry.connector(harness.kind).capabilities
        pytest.skip(f"{harness.kind} is a source only")
    return place


SMALL = pa.table({"id": pa.array([1, 2, 3], pa.int64()), "t": ["a", "", None]})
MANY = pa.table({"id": pa.array(range(30_000), pa.int64()), "t": [f"text number {n}" for n in range(30_000)]})


def land(harness: Harness, place: Place, folder: Path, task: Task | None = None) -> Landed:
    folder.mkdir(parents=True)
    with harness.open(place) as source:
        return source.land(place.path, folder, task or Task())


def rows(landed: Landed) -> pa.Table:
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'UTC'")
        return connection.sql("SELECT * FROM read_parquet($f)", params={"f": list(landed.files)}).to_arrow_table()


def described(landed: Landed) -> dict[str, str]:
    with duckdb.connect() as connection:
        found = connection.execute("DESCRIBE SELECT * FROM read_parquet($f)", {"f": list(landed.files)}).fetchall()
    return {line[0]: line[1] for line in found}


def told(harness: Harness, error: AssayError) -> None:
    """The error has all three parts in both languages and no secret."""
    for lang in ("en", "ru"):
        assert all(line.strip() for line in error.lines(lang)), error.lines(lang)
    if harness.secret:
        assert harness.secret not in " ".join(error.lines()) + repr(error) + repr(error.args)
        assert harness.secret not in repr(error.__cause__)


def test_a_kind_is_a_file_a_registry_key_and_its_own_name(kind: str):
    found = registry.connector(kind)
    assert found.kind == kind
    assert found.__module__ == f"connectors.{kind}"
    assert "read" in found.capabilities
    assert len({field.name for field in found.fields}) == len(found.fields)
    assert all(field.default in field.choices for field in found.fields if field.kind == "choice")


def test_it_opens_and_closes_as_often_as_one_likes(harness: Harness):
    place = harness.put(SMALL)
    source = harness.open(place)
    for _ in range(2):
        source.open()
        assert source.browse() or True
        source.close()
        source.close()


def test_the_checks_are_separate_and_all_pass_where_all_is_well(harness: Harness):
    checks = harness.open(harness.put(SMALL)).check()
    assert len(checks) >= 3
    assert len({check.name for check in checks}) == len(checks)
    assert {check.status for check in checks} <= {"ok", "warn"}, checks


def test_a_check_that_fails_says_how_to_fix_it_and_those_after_it_are_skipped(harness: Harness):
    checks = harness.open(harness.nowhere()).check()
    states = [check.status for check in checks]
    assert states.count("fail") == 1
    first = states.index("fail")
    assert set(states[first + 1 :]) <= {"skipped"}
    assert checks[first].fix is not None
    assert not harness.secret or harness.secret not in repr(checks)


def test_what_is_there_can_be_browsed_down_to_the_rows(harness: Harness):
    place = harness.put(SMALL)
    with harness.open(place) as source:
        for depth in range(len(place.path)):
            items = source.browse(place.path[:depth])
            assert place.path[depth] in [item.name for item in items]
        item = next(item for item in items if item.name == place.path[-1])
    assert item.bytes is None or item.bytes > 0
    assert item.rows is None or not item.rows_exact or item.rows == 3


def test_the_schema_names_every_column_in_order(harness: Harness):
    place = harness.put(SMALL)
    with harness.open(place) as source:
        assert [column.name for column in source.schema(place.path)] == ["id", "t"]


@pytest.mark.parametrize("limit", [0, 2, 100])
def test_a_preview_is_an_arrow_table_of_at_most_so_many_rows(harness: Harness, limit: int):
    place = harness.put(SMALL)
    with harness.open(place) as source:
        shown = source.preview(place.path, limit)
    assert isinstance(shown, pa.Table)
    assert shown.num_rows == min(limit, 3)
    assert shown.column_names == ["id", "t"] or limit == 0


def test_what_is_said_of_the_landing_is_exact(harness: Harness, tmp_path: Path):
    landed = land(harness, harness.put(MANY), tmp_path / "l")
    assert landed.rows == 30_000 == rows(landed).num_rows
    assert [column.name for column in landed.schema] == ["id", "t"]
    assert landed.bytes == sum(Path(file).stat().st_size for file in landed.files)
    assert landed.source_bytes > 0
    assert landed.rejected == 0
    assert landed.rejects == ()
    assert {Path(file).parent for file in landed.files} == {tmp_path / "l"}
    assert {entry.name for entry in tmp_path.iterdir()} <= {"l", "source"}


def test_every_hard_value_lands_as_it_was(harness: Harness, tmp_path: Path):
    table = HARD if harness.empty_columns else HARD.drop(["nothing"])
    landed = land(harness, harness.put(HARD), tmp_path / "l")
    assert {column.name: column.type for column in landed.schema} == described(landed)
    equal(harness, table, rows(landed))
    types = {given: column.type for given, column in zip(table.column_names, landed.schema)}
    assert types == {name: (TYPES | harness.types)[name] for name in table.column_names}


def equal(harness: Harness, table: pa.Table, found: pa.Table) -> None:
    """The same values in the same order. A kind whose names are bound by rules of its own (XML) may spell columns differently."""
    assert found.num_columns == table.num_columns
    for given, column in zip(table.column_names, found.columns):
        wanted = [harness.reads(given, value) for value in table[given].to_pylist()]
        pairs = zip(wanted, column.to_pylist(), strict=True)
        assert not [pair for pair in pairs if not same(*pair)], given


def test_a_landing_without_rows_has_the_columns(harness: Harness, tmp_path: Path):
    if harness.columns_in_rows:
        pytest.skip("the columns are in the rows there")
    landed = land(harness, harness.put(SMALL.slice(0, 0)), tmp_path / "l")
    assert landed.rows == 0
    assert [column.name for column in landed.schema] == ["id", "t"]
    assert rows(landed).column_names == ["id", "t"]


def test_landing_the_same_twice_gives_the_same(harness: Harness, tmp_path: Path):
    place = harness.put(HARD)
    one, two = land(harness, place, tmp_path / "one"), land(harness, place, tmp_path / "two")
    assert one.columns == two.columns
    assert str(rows(one).to_pylist()) == str(rows(two).to_pylist())


class StopsAt(Stoppable):
    """Stops when the work reports its progress for the n-th time."""

    def __init__(self, calls: int) -> None:
        super().__init__()
        self.left = calls

    def at(self, fraction: float, step: Any) -> None:
        self.left -= 1
        if self.left <= 0:
            self.stop()
        super().at(fraction, step)


@pytest.mark.parametrize("calls", [1, 2])
def test_a_cancel_in_the_middle_ends_the_landing_and_the_next_one_works(harness: Harness, tmp_path: Path, calls: int):
    place = harness.put(MANY)
    try:
        landed = land(harness, place, tmp_path / "l", StopsAt(calls))
        assert landed.rows == 30_000, "it was done before it was told to stop"
    except Cancelled:
        assert {entry.name for entry in tmp_path.iterdir()} <= {"l", "source"}, "only the folder of the landing is left to clean"
    assert land(harness, place, tmp_path / "again").rows == 30_000


def test_a_landing_that_is_told_to_stop_at_once_is_cancelled(harness: Harness, tmp_path: Path):
    with pytest.raises(Cancelled):
        land(harness, harness.put(MANY), tmp_path / "l", StopsAt(1))


def test_something_that_is_not_there_is_said_to_be_missing(harness: Harness, tmp_path: Path):
    place = harness.missing()
    (tmp_path / "l").mkdir()
    for act in (
        lambda source: source.schema(place.path),
        lambda source: source.preview(place.path),
        lambda source: source.land(place.path, tmp_path / "l", Task()),
    ):
        with harness.open(place) as source, pytest.raises(AssayError) as caught:
            act(source)
        told(harness, caught.value)


def test_a_place_that_cannot_be_opened_says_what_why_and_how_to_fix_it(harness: Harness):
    with pytest.raises(AssayError) as caught:
        harness.open(harness.nowhere()).open()
    told(harness, caught.value)


def test_a_secret_is_in_no_text_of_the_connector(harness: Harness):
    if not harness.secret:
        assert not [field for field in registry.connector(harness.kind).fields if field.kind == "secret"]
        return
    with harness.open(harness.put(SMALL)) as source:
        assert harness.secret not in repr(source) + str(source)
        assert harness.secret not in repr(
            [getattr(source, name) for name in dir(source) if name not in ("settings",) and not name.startswith("__")]
        )
    assert harness.secret not in repr(harness.open(harness.nowhere()).check())


# Targets


def batches(table: pa.Table, size: int = 5) -> Iterator[pa.RecordBatch]:
    return iter(table.to_batches(max_chunksize=size))


def write(
    harness: Harness, place: Place, table: pa.Table, mode: str, task: Task | None = None, keys: tuple[str, ...] = ()
) -> str:
    with harness.open(place) if harness.kind == "postgres" else _unopened(harness, place) as target:
        return target.write(place.path, batches(table), table.schema, mode, task or Task(), keys)


def _unopened(harness: Harness, place: Place):
    """A file that is yet to be written cannot be opened for reading."""
    from contextlib import closing

    return closing(harness.open(place))


def first(harness: Harness) -> str:
    """The way to write to a target that is not there yet."""
    return "replace" if harness.replaces else "append"


def possible(harness: Harness, mode: str) -> None:
    if mode == "replace" and not harness.replaces:
        pytest.skip(f"{harness.kind} has no replace")


@pytest.mark.parametrize("mode", ["replace", "append"])
def test_what_is_written_reads_back_equal(harness: Harness, target: Place, tmp_path: Path, mode: str):
    possible(harness, mode)
    said = write(harness, target, HARD, mode)
    assert said
    assert not harness.secret or harness.secret not in said
    landed = land(harness, target, tmp_path / "l")
    found = rows(landed)
    assert found.column_names == HARD.column_names
    equal(harness, HARD, found)


def test_replace_leaves_only_the_new_rows_or_says_why_it_cannot(harness: Harness, target: Place, tmp_path: Path):
    write(harness, target, SMALL, first(harness))
    before = harness.written(target)
    if not harness.replaces:
        with pytest.raises(ConfigError) as caught:
            write(harness, target, SMALL, "replace")
        told(harness, caught.value)
        assert harness.written(target) == before
        return
    write(harness, target, SMALL.slice(1), "replace")
    assert rows(land(harness, target, tmp_path / "l"))["id"].to_pylist() == [2, 3]


def test_append_keeps_the_rows_that_are_there_or_says_why_not(harness: Harness, target: Place, tmp_path: Path):
    write(harness, target, SMALL, first(harness))
    before = harness.written(target)
    if not harness.appends:
        with pytest.raises(ConfigError) as caught:
            write(harness, target, SMALL, "append")
        told(harness, caught.value)
        assert harness.written(target) == before
        return
    write(harness, target, SMALL, "append")
    assert sorted(rows(land(harness, target, tmp_path / "l"))["id"].to_pylist()) == [1, 1, 2, 2, 3, 3]


@pytest.mark.parametrize("mode", ["replace", "append"])
@pytest.mark.parametrize("there", [True, False], ids=["over another", "anew"])
def test_a_write_whose_rows_fail_midway_leaves_the_target_as_it_was(harness: Harness, target: Place, mode: str, there: bool):
    possible(harness, mode)
    if there:
        write(harness, target, SMALL, first(harness))
    before = harness.written(target)

    def broken() -> Iterator[pa.RecordBatch]:
        yield from batches(SMALL, 1)
        raise KeyError("mine")

    if there and mode == "append" and not harness.appends:
        return
    with pytest.raises(KeyError), harness.open(target) if harness.kind == "postgres" else _unopened(harness, target) as opened:
        opened.write(target.path, broken(), SMALL.schema, mode, Task())
    assert harness.written(target) == before


def test_a_write_that_is_cancelled_leaves_the_target_as_it_was(harness: Harness, target: Place):
    write(harness, target, SMALL, first(harness))
    before = harness.written(target)
    with pytest.raises(Cancelled):
        write(harness, target, MANY, first(harness), StopsAt(2))
    assert harness.written(target) == before


def test_an_upsert_changes_adds_and_twice_changes_nothing_more(harness: Harness, target: Place, tmp_path: Path):
    new = pa.table({"id": pa.array([2, 4], pa.int64()), "t": ["changed", "added"]})
    if not harness.upserts:
        with pytest.raises(ConfigError) as caught:
            write(harness, target, new, "upsert", keys=("id",))
        told(harness, caught.value)
        return
    write(harness, target, SMALL, "upsert", keys=("id",))
    for again in range(2):
        write(harness, target, new, "upsert", keys=("id",))
        found = rows(land(harness, target, tmp_path / f"l{again}")).to_pylist()
        assert sorted((row["id"], row["t"]) for row in found if row["t"]) == [(1, "a"), (2, "changed"), (4, "added")]
        assert sorted(row["id"] for row in found) == [1, 2, 3, 4]


def test_keys_that_tell_no_rows_apart_are_refused_and_leave_the_target_as_it_was(harness: Harness, target: Place):
    if not harness.upserts:
        pytest.skip(f"{harness.kind} has no upsert")
    write(harness, target, SMALL, "upsert", keys=("id",))
    before = harness.written(target)
    double = pa.table({"id": pa.array([7, 7], pa.int64()), "t": ["a", "b"]})
    empty = pa.table({"id": pa.array([7, None], pa.int64()), "t": ["a", "b"]})
    for wrong, keys in ((double, ("id",)), (empty, ("id",)), (SMALL, ()), (SMALL, ("nowhere",))):
        with pytest.raises(AssayError) as caught:
            write(harness, target, wrong, "upsert", keys=keys)
        told(harness, caught.value)
    assert harness.written(target) == before


def test_an_unknown_way_to_write_is_refused(harness: Harness, target: Place):
    with pytest.raises(ConfigError) as caught:
        write(harness, target, SMALL, "merge")
    told(harness, caught.value)


def test_a_source_that_is_no_target_says_so(harness: Harness):
    if harness.target() is not None:
        return
    with pytest.raises(AssayError) as caught:
        harness.open(harness.put(SMALL)).write((), batches(SMALL), SMALL.schema, "replace", Task())
    told(harness, caught.value)
