"""A large XML file is checked by a process beside the one that takes it apart: what it gives and what it says are the same."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from connectors.markup import beside, checked
from connectors.registry import open_connector
from core.errors import Cancelled, DataError
from core.task import Task
from core.words import say
from tests.servers.tools import until
from tests.unit import test_xml_corpus as corpus

ROWS = "".join(f'<row id="{n}"><name>A &amp; {n}</name></row>' for n in range(500))
ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(autouse=True)
def _every_file_is_large(monkeypatch):
    monkeypatch.setattr(beside, "LEAST", 0)
    monkeypatch.setattr(checked, "FIRST", 1 << 10)
    monkeypatch.setattr(checked, "CHUNK", 1 << 10)


def _landed(content: str, folder: Path, task: Task | None = None):
    file = folder / "rows.xml"
    file.write_text(content, encoding="utf-8")
    (folder / "out").mkdir()
    # Said, for to find it would read all of so small a file with the check ahead.
    with open_connector("xml", {"path": str(file), "record": "row"}) as source:
        return pq.read_table(source.land(("rows.xml",), folder / "out", task or Task()).files[0])


@pytest.mark.parametrize("head", ["", "\ufeff", '<?xml version="1.0"?>\n<!-- <row> -->'])
def test_what_is_well_formed_lands_as_ever(head: str, tmp_path: Path):
    found = _landed(f"{head}<rows>{ROWS}</rows>", tmp_path)
    assert found.column_names == ["id", "name"]
    assert found.column("name").to_pylist() == [f"A & {n}" for n in range(500)]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (f"<rows>\n{ROWS}\n<row id='1'></rows>", "Line 3"),
        (f"<rows>\n{ROWS}\n<row id=1></row></rows>", "Line 3"),
        (f"<rows>{ROWS}", "no element found"),
        (f"<rows>{ROWS}</rows><rows/>", "junk"),
        (f"<rows>{ROWS}<row id='&nope;'/></rows>", "entities"),
        (f"<!DOCTYPE rows [<!ENTITY a 'b'>]><rows>{ROWS}</rows>", "entities"),
    ],
    ids=["a tag that is not closed", "no quotes", "cut off", "two roots", "an entity of its own", "a declared entity"],
)
def test_what_is_wrong_far_down_is_said(content: str, said: str, tmp_path: Path):
    with pytest.raises(DataError) as caught:
        _landed(content, tmp_path)
    assert said in f"{say(caught.value.what)} {say(caught.value.why)}"


@pytest.mark.parametrize("case", corpus.CASES, ids=lambda case: case.name)
def test_the_corpus_is_read_alike(case, tmp_path: Path):
    corpus.test_a_file_gives_its_table_or_says_what_is_wrong(case, tmp_path)


def test_a_cancel_ends_the_check(tmp_path: Path):
    endless = tmp_path / "endless"
    os.mkfifo(endless)
    with pytest.raises(Cancelled), beside.Check(endless, 0) as check:
        check.passed(_cancelled)
    assert check._process.returncode == -signal.SIGKILL


def _cancelled() -> None:
    raise Cancelled()


def test_who_is_killed_leaves_no_check_behind(tmp_path: Path):
    endless = tmp_path / "endless"
    os.mkfifo(endless)
    begin = "import sys, time; from pathlib import Path; from connectors.markup.beside import Check"
    code = f"{begin}; print(Check(Path(sys.argv[1]), 0)._process.pid, flush=True); time.sleep(600)"
    with subprocess.Popen([sys.executable, "-c", code, str(endless)], stdout=subprocess.PIPE, cwd=ROOT) as parent:
        child = int(parent.stdout.readline())
        assert not _gone(child)
        parent.kill()
    until(lambda: _gone(child), 10)


def _gone(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    # An orphan that has ended may wait for whoever took it in.
    status = Path(f"/proc/{pid}/stat")
    return status.exists() and status.read_text().rpartition(")")[2].split()[0] == "Z"
