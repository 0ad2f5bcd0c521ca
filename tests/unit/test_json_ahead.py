"""A large JSON file lands by the shape of its head while all of it is looked at: what it gives and what it says are the same."""

import json
import threading
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from connectors import json as connector
from connectors.files import nested
from connectors.registry import open_connector
from core.errors import Cancelled
from core.task import StoppableTask, Task
from tests.unit import test_json_corpus as corpus
from tests.unit import test_json_landing as landing

ROWS = [{"id": n, "name": "x", "part": {"a": n}} for n in range(50)]


@pytest.fixture(autouse=True)
def _every_file_is_large(monkeypatch):
    monkeypatch.setattr(connector, "LARGE", 0)
    monkeypatch.setattr(connector, "SAMPLE", 1)


@pytest.fixture
def landings(monkeypatch) -> list[str]:
    """How often rows were landed: twice where the head was not like the rest."""
    made: list[str] = []
    land_as = nested.land_as

    def counted(choice, *more):
        made.append(choice)
        return land_as(choice, *more)

    monkeypatch.setattr(nested, "land_as", counted)
    return made


def _landed(rows: list, folder: Path, choice: str = "json", task: Task | None = None) -> list[dict]:
    file = folder / "rows.json"
    file.write_text(json.dumps(rows), encoding="utf-8")
    (folder / "out").mkdir()
    with open_connector("json", {"path": str(file), "nested": choice}) as source:
        return pq.read_table(source.land(("rows.json",), folder / "out", task or Task()).files[0]).to_pylist()


@pytest.mark.parametrize("choice", ["json", "flatten"])
def test_a_file_whose_head_is_like_the_rest_lands_once(choice: str, landings: list[str], tmp_path: Path):
    assert len(_landed(ROWS, tmp_path, choice)) == 50
    assert landings == [choice]


@pytest.mark.parametrize(
    "late",
    [
        {"id": 50, "late": 1},
        {"id": 50, "late": None},
        {"id": 50, "part": {"a": 1, "b": 2}},
        {"id": 50, "part": {"a": 1.5}},
        {"id": "50"},
        {"id": 1.5},
        {"id": True},
        {"id": [1]},
        {"id": 2**70},
        {"id": 50, "name": 7},
        {"id": 50, "name": {"b": 1}},
        {"id": 50, "part": "text"},
        {"id": 50, "part": [1]},
    ],
    ids=str,
)
def test_what_comes_late_is_as_whole_as_what_comes_first(late: dict, landings: list[str], tmp_path: Path, monkeypatch):
    found = _landed([*ROWS, late], tmp_path)
    assert landings == ["json", "json"]
    monkeypatch.setattr(connector, "LARGE", 1 << 30)
    (tmp_path / "again").mkdir()
    assert found == _landed([*ROWS, late], tmp_path / "again")


@pytest.mark.parametrize("case", corpus.CASES, ids=lambda case: case.name)
def test_the_corpus_is_read_alike(case, tmp_path: Path):
    corpus.test_a_file_gives_its_table_or_says_what_is_wrong(case, tmp_path)


def test_any_json_lands_without_losing_a_value(tmp_path_factory):
    landing.test_any_json_lands_without_losing_a_value(tmp_path_factory)


def test_a_cancel_ends_both(tmp_path: Path, monkeypatch):
    task, before = StoppableTask(), threading.active_count()
    land_as = nested.land_as

    def stopped(*more):
        task.stop()
        return land_as(*more)

    monkeypatch.setattr(nested, "land_as", stopped)
    with pytest.raises(Cancelled):
        _landed(ROWS * 2000, tmp_path, task=task)
    assert threading.active_count() <= before
