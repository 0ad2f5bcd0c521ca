"""The DDL stage as a whole on the real engines: what is kept, what is dropped, and what happens when an engine fails."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from core.ddl import dialects, make, verify
from core.ddl.look import Facts
from core.engines import clickhouse as clickhouse_engine
from core.errors import Cancelled, UnsupportedError
from core.models import codec
from core.models.design import Design, Proof, TableProof
from core.models.profile import Profile
from core.task import Task
from core.words import Msg, say
from tests.conftest import no_server
from tests.golden.test_ddl_golden import hand_made
from tests.servers.tools import Stoppable, until
from tests.unit.profile_landing import land, profiled

pytestmark = [pytest.mark.server, pytest.mark.xdist_group("engines")]

SHOP = {
    "customer": "SELECT i AS customer_id, 'c' || i || '@example.org' AS email, NULL::VARCHAR AS never FROM range(4000) r(i)",
    "sale": """SELECT i AS sale_id, (hash(i) % 4000)::BIGINT AS customer_id, TIMESTAMPTZ '2024-01-01' + INTERVAL (hash(i) % 500000) MINUTE
        AS sold_at, (i % 7919)::DECIMAL(10,2) / 4 AS price, CASE WHEN i % 50 = 0 THEN i % 900 END AS refund,
        ['tag' || i % 4000, 'all'] AS tags, json_object('shop', i % 3000, 'paid', true) AS doc,
        repeat('word' || (hash(i) % 30000) || ' other' || i % 11 || ' ', 6) AS note,
        ['new', 'sent', 'done'][1 + i % 3] AS state, ['web', 'shop', 'phone', 'post'][1 + (hash(i) % 4)::INTEGER] AS channel FROM range(40000) r(i)""",
}


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Profile:
    folder = tmp_path_factory.mktemp("shop")
    return profiled({name: land(folder, name, rows) for name, rows in SHOP.items()})


@pytest.fixture(scope="module")
def made(shop: Profile, tmp_path_factory: pytest.TempPathFactory) -> Design:
    found = make(shop, Task(), folder=tmp_path_factory.mktemp("proof"))
    if len(found.proofs) < len(dialects.names()):
        no_server(say(found.ddl[-1].notes[-1]))
    return found


def landed(folder: Path, query: str) -> Profile:
    folder.mkdir()
    return profiled({"t": land(folder, "t", query)})


def table(found: Design, dialect: str, name: str) -> TableProof:
    return next(one for one in proof_of(found, dialect).tables if one.table == name)


def proof_of(found: Design, dialect: str) -> Proof:
    return next(one for one in found.proofs if one.dialect == dialect)


def statuses(found: Design, dialect: str, name: str = "sale") -> dict[str, str]:
    return {one.index: one.status for one in table(found, dialect, name).indexes}


def test_both_engines_run_the_ddl_and_give_every_row_back(made: Design):
    assert [proof.engine.split()[0] for proof in made.proofs] == ["PostgreSQL", "ClickHouse"]
    for proof in made.proofs:
        assert proof.passed, proof
        assert proof.sample_rows == sum(one.rows_loaded for one in proof.tables)
        assert all(one.bytes and one.seconds > 0 and not one.differences for one in proof.tables)
    assert table(made, "postgres", "customer").rows_loaded == 4000
    assert 20_000 <= table(made, "clickhouse", "sale").rows_loaded < 20_100


def test_postgres_keeps_the_indexes_its_planner_uses(made: Design):
    found = statuses(made, "postgres")
    kept = {name for name, status in found.items() if status == "kept"}
    assert kept >= {
        "sale_customer_id_idx",
        "sale_sold_at_idx",
        "sale_tags_gin",
        "sale_doc_gin",
        "sale_note_gin",
        "sale_refund_partial",
    }
    assert statuses(made, "postgres", "customer") == {"customer_email_key": "kept"}
    for one in table(made, "postgres", "sale").indexes:
        if one.status == "kept":
            assert one.index in one.plan
            assert one.query.startswith("SELECT")


def test_clickhouse_keeps_the_indexes_that_leave_out_granules(made: Design):
    found = statuses(made, "clickhouse")
    assert found["sale_channel_set"] == "dropped"
    assert found["sale_note_gin"] == "kept"
    for one in table(made, "clickhouse", "sale").indexes:
        assert "Granules" in one.plan


def test_the_ddl_is_already_without_what_was_dropped(made: Design):
    for proof in made.proofs:
        script = made.script(proof.dialect)
        for one in (index for found in proof.tables for index in found.indexes):
            assert (f" {one.index} " in script) is (one.status != "dropped"), one.index


def test_a_design_survives_its_way_through_the_store(made: Design):
    assert codec.from_json(Design, codec.to_json(made)) == made


class Heard(Task):
    def __init__(self) -> None:
        self.fractions: list[float] = []

    def at(self, fraction: float, step: Msg) -> None:
        self.fractions.append(fraction)


def test_progress_goes_forward_although_two_engines_work(shop: Profile, tmp_path: Path):
    heard = Heard()
    make(shop, heard, folder=tmp_path)
    assert heard.fractions == sorted(heard.fractions)
    assert 0.5 < heard.fractions[-1] <= 1.0


def test_one_dialect_can_be_asked_for(shop: Profile, tmp_path: Path):
    found = make(shop, Task(), folder=tmp_path, dialects=("postgres",))
    assert found.dialects == ("postgres",)
    assert [proof.dialect for proof in found.proofs] == ["postgres"]


def test_the_ddl_of_the_hand_made_profile_runs_on_the_engines(tmp_path: Path):
    """Partitions, circles, BRIN and long names that the sample has not, as the golden text holds them."""
    for name in dialects.names():
        opener = verify.opener(name)
        assert opener is not None
        try:
            with opener(tmp_path / name, Task()) as engine:
                for rendered in dialects.dialect(name).render(hand_made()):
                    engine.run(rendered.ddl.statements)
        except UnsupportedError as error:
            no_server(str(error))


def test_rows_in_order_of_time_keep_a_brin_index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    from core.ddl import indexes

    monkeypatch.setattr(indexes, "SERIES_ROWS", 150_000)
    query = """SELECT TIMESTAMP '2024-01-01' + INTERVAL (i // 3) SECOND AS logged_at, 'level ' || i % 5 AS level,
    repeat('message ', 6) || i % 1000 AS message FROM range(200000) r(i)"""
    found = make(landed(tmp_path / "in", query), Task(), folder=tmp_path / "proof", dialects=("postgres",))
    assert table(found, "postgres", "t").rows_loaded == 200_000
    assert statuses(found, "postgres", "t")["t_logged_at_brin"] == "kept"
    assert "USING brin" in found.script("postgres")


def test_the_character_zero_is_reported_and_not_lost_in_silence(tmp_path: Path):
    profile = landed(tmp_path / "in", "SELECT 'a' || chr(0) || 'b' AS x, 1 AS y UNION ALL SELECT 'fine', 2")
    found = make(profile, Task(), folder=tmp_path / "proof")
    here = table(found, "postgres", "t")
    assert here.executed
    assert not here.rows_equal
    assert "1 value holds the character 0" in say(here.differences[0])
    assert not proof_of(found, "postgres").passed
    assert proof_of(found, "clickhouse").passed


def test_a_table_without_rows_is_proven_too(tmp_path: Path):
    found = make(landed(tmp_path / "in", "SELECT 1 AS x WHERE false"), Task(), folder=tmp_path / "proof")
    assert [proof.passed for proof in found.proofs] == [True, True]


def test_a_profile_whose_files_are_gone_still_gives_the_ddl_and_says_so(shop: Profile, tmp_path: Path):
    without = Profile(shop.tables, shop.foreign_keys, shop.taken_at, shop.seconds)
    found = make(without, Task(), folder=tmp_path)
    assert found.proofs == ()
    assert all("Not executed" in say(ddl.notes[-1]) for ddl in found.ddl)
    assert found.script("postgres")


def test_a_missing_engine_leaves_the_ddl_with_a_note(shop: Profile, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(clickhouse_engine, "find_spec", lambda name: None)
    found = make(shop, Task(), folder=tmp_path)
    assert [proof.dialect for proof in found.proofs] == ["postgres"]
    for ddl in found.ddl:
        said = say(ddl.notes[-1]) if ddl.notes else ""
        assert ("Not executed: The embedded ClickHouse cannot run here" in said) is (ddl.dialect == "clickhouse")


class Watching(Task):
    """A task that does something once, when a step of this text is reported."""

    def __init__(self, step: str, act: Callable[[], None]) -> None:
        self._step, self._act, self._done = step, act, threading.Lock()

    def at(self, fraction: float, step: Msg) -> None:
        if self._step in say(step) and self._done.acquire(blocking=False):
            self._act()


def kill(*marks: str) -> Callable[[], None]:
    """Kill the children of this process whose command line holds all marks, and wait until they are gone.

    The session's own PostgreSQL, which other tests share, is the one that listens on TCP: it is spared.
    """

    def act() -> None:
        commands = {one: " ".join(_command(one)) for one in psutil.Process().children(recursive=True)}
        found = [one for one, text in commands.items() if all(mark in text for mark in marks) and "127.0.0.1" not in text]
        for one in found:
            os.kill(one.pid, signal.SIGKILL)
        psutil.wait_procs(found)
        assert found

    return act


def _command(process: psutil.Process) -> Iterator[str]:
    try:
        yield from process.cmdline()
    except psutil.NoSuchProcess:
        return


@pytest.mark.parametrize(
    ("dialect", "marks"),
    [("clickhouse", ("clickhouse_process.py",)), ("postgres", ("bin/postgres", "-D"))],
    ids=["clickhouse", "postgres"],
)
def test_an_engine_that_is_killed_leaves_a_proof_that_says_so(
    shop: Profile, tmp_path: Path, dialect: str, marks: tuple[str, ...]
):
    found = make(shop, Watching("loading sale", kill(*marks)), folder=tmp_path, dialects=(dialect,))
    (proof,) = found.proofs
    assert not proof.passed
    assert {one.executed for one in proof.tables} == {False}
    assert all(one.error for one in proof.tables)
    assert found.script(dialect)


def test_a_cancel_stops_the_engines_and_goes_out(shop: Profile, tmp_path: Path):
    watching = threading.Event()

    class Cancelling(Stoppable):
        def at(self, fraction: float, step: Msg) -> None:
            if "loading" in say(step):
                watching.set()
                self.stop()
            super().at(fraction, step)

    task = Cancelling()
    with pytest.raises(Cancelled):
        make(shop, task, folder=tmp_path)
    assert watching.is_set()
    until(lambda: "assay-interrupt" not in {thread.name for thread in threading.enumerate()})


def test_facts_of_the_values_are_those_the_proof_was_made_with(made: Design):
    (sale,) = (one for one in made.tables if one.name == "sale")
    digits = {column.name: column.fraction for column in sale.columns}
    assert digits["sold_at"] == 0
    assert Facts().fraction == {}
    assert "sold_at DateTime('UTC')" in made.script("clickhouse")
