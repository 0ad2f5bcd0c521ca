"""The full statistical report: made by the real package in its own process, personal data masked, stopped at once."""

from __future__ import annotations

import threading
from pathlib import Path

import pyarrow as pa
import pytest

from core.cli import main
from core.errors import Cancelled, DataError, UnsupportedError
from core.profile import full
from core.task import StoppableTask, Task
from tests.unit.profile_landing import land

ROWS = 3_000


class Told(Task):
    def __init__(self) -> None:
        self.said: list[float] = []

    def at(self, fraction: float, step) -> None:
        self.said.append(fraction)

    def part(self, start: float, end: float) -> Task:
        return self


@pytest.fixture(scope="module")
def landed(tmp_path_factory: pytest.TempPathFactory):
    rows = pa.table(
        {"id": range(ROWS), "mail": [f"person{n}@example.org" for n in range(ROWS)], "amount": [n * 7 % 113 for n in range(ROWS)]}
    )
    return land(tmp_path_factory.mktemp("rows"), "people", rows)


def test_it_is_made_with_progress_and_without_personal_values(landed, tmp_path: Path) -> None:
    task = Told()
    out = tmp_path / "report.html"
    assert full.full(landed, "people", ["mail"], out, task, rows=500, minimal=True) == 500
    text = out.read_text(encoding="utf-8")
    assert "amount" in text
    assert "••••••" in text
    assert "@example.org" not in text
    assert task.said == sorted(task.said)
    assert task.said[-1] == 1.0


def test_it_is_stopped_in_the_middle_and_leaves_nothing(landed, tmp_path: Path) -> None:
    task = StoppableTask()
    threading.Timer(1.0, task.stop).start()
    with pytest.raises(Cancelled):
        full.full(landed, "people", [], tmp_path / "report.html", task)
    assert not list(tmp_path.iterdir())


def test_without_the_package_it_is_offered_by_name(landed, tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr(full, "find_spec", lambda name: None)
    with pytest.raises(UnsupportedError) as caught:
        full.full(landed, "people", [], tmp_path / "report.html", Task())
    assert "make profiling" in str(caught.value.lines())


def test_what_the_package_cannot_do_is_told(landed, tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr(full, "_sample", lambda landed, personal, target, rows, task: target.write_bytes(b"no Parquet") and 5)
    with pytest.raises(DataError) as caught:
        full.full(landed, "people", [], tmp_path / "report.html", Task())
    assert "Parquet" in str(caught.value.lines())
    assert not list(tmp_path.iterdir())


def test_the_command_writes_it(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("a,b\n" + "".join(f"{n},{n % 7}\n" for n in range(300)))
    out = tmp_path / "t.html"
    assert main(["full-report", str(tmp_path / "t.csv"), "--short", "--out", str(out), "--quiet"]) == 0
    assert out.stat().st_size > 10_000
