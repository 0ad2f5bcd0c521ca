"""Bad input where it matters: the workspace is unharmed, the page gets what / why / fix, and the next try works."""

from __future__ import annotations

import datetime as dt
import gzip
import json
import socket
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from core.cli import main
from core.errors import AssayError, Cancelled
from core.models.source import Source
from core.task import Task
from core.words import msg
from core.workbench import Workbench, connect, profile
from tests.servers.tools import until

SMALL_DISK = "8m"  # smaller than a workspace may be


@pytest.fixture(autouse=True)
def _home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ASSAY_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("ASSAY_SECRETS", "file")


@pytest.fixture
def wb(tmp_path: Path) -> Iterator[Workbench]:
    with Workbench.open(tmp_path / "home") as opened:
        yield opened


def missing(file: Path) -> None:
    pass


def empty(file: Path) -> None:
    file.touch()


def folder(file: Path) -> None:
    file.mkdir()


def picture(file: Path) -> None:
    file.write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 9)


def open_quote(file: Path) -> None:
    file.write_text("a,b\n1,2\n" + '3,"x\n' + "4,5\n" * 50_000)


def one_line(file: Path) -> None:
    with file.open("wb") as out:
        for _ in range(20):
            out.write(b"x" * (1 << 20))


def cut_archive(file: Path) -> None:
    file.write_bytes(gzip.compress(b"a,b\n" + b"1,2\n" * 900_000, 1)[:-30])


def zero_bytes(file: Path) -> None:
    file.write_bytes(b"a,b\n" + b"1,some text\n" * 5 + b"\x00" * 100)


BAD: tuple[Callable[[Path], None], ...] = (missing, empty, folder, picture, open_quote, one_line, cut_archive, zero_bytes)


def left(wb: Workbench, project: str) -> list[Path]:
    """Every file of the project's tables, and anything set aside beside them."""
    return [path for path in wb.store.workspace.project(project).rglob("*") if path.is_file()]


@pytest.mark.parametrize("spoil", BAD, ids=lambda spoil: spoil.__name__)
def test_a_table_that_cannot_be_loaded_leaves_no_trace_and_loads_once_it_is_mended(
    spoil: Callable[[Path], None], wb: Workbench, tmp_path: Path
):
    project, file = wb.create_project("p").id, tmp_path / "rows.csv"
    source = Source("csv", (("path", str(file)),), (file.name,))
    spoil(file)
    for _ in range(2):
        with pytest.raises(AssayError) as caught:
            connect.land(wb, project, source, Task())
        assert all(line.strip() for line in caught.value.lines())
    assert connect.tables(wb, project) == ()
    assert left(wb, project) == []
    assert list(wb.store.workspace.spill.iterdir()) == []
    if file.is_dir():
        file.rmdir()
    file.write_text("a,b\n1,x\n2,y\n")
    table = connect.land(wb, project, source, Task())
    assert table.landed is not None
    assert table.landed.rows == 2
    assert connect.rows(wb, table.id)["b"].to_pylist() == ["x", "y"]
    assert [path.name for path in left(wb, project)] == ["part-0.parquet"]


def test_a_reload_that_fails_keeps_the_rows_that_were_there(wb: Workbench, tmp_path: Path):
    project, file = wb.create_project("p").id, tmp_path / "rows.parquet"
    pq.write_table(pa.table({"a": [1, 2, 3]}), file)
    source = Source("parquet", (("path", str(file)),), (file.name,))
    table = connect.land(wb, project, source, Task())
    good = file.read_bytes()
    file.write_bytes(good[: len(good) // 2])
    with pytest.raises(AssayError):
        connect.land(wb, project, source, Task())
    assert connect.rows(wb, table.id)["a"].to_pylist() == [1, 2, 3]
    assert connect.tables(wb, project)[0].landed == table.landed
    file.write_bytes(good)
    connect.land(wb, project, source, Task())
    assert connect.rows(wb, table.id)["a"].to_pylist() == [1, 2, 3]


def test_rows_that_a_reload_replaced_stay_while_a_job_may_read_them(wb: Workbench, tmp_path: Path):
    project, file = wb.create_project("p").id, tmp_path / "rows.csv"
    file.write_text("a,b\n1,x\n")
    source = Source("csv", (("path", str(file)),), (file.name,))
    connect.land(wb, project, source, Task())
    run = wb.store.jobs.create(project, "run", msg("Run"), {}, "someone")
    wb.store.jobs.start(run.id)
    connect.land(wb, project, source, Task())
    profile.take(wb, project, Task())
    assert len(left(wb, project)) == 2
    wb.store.jobs.finish(run.id, "done")
    profile.take(wb, project, Task())
    assert len(left(wb, project)) == 1


class Stopping(Task):
    """Asked to stop when the work first reports how far it is."""

    def at(self, fraction: float, step: Any) -> None:
        if fraction > 0 or "Reading" in step.text:
            raise Cancelled

    def check(self) -> None:
        pass


def test_a_landing_that_is_stopped_leaves_no_trace(wb: Workbench, tmp_path: Path):
    project, file = wb.create_project("p").id, tmp_path / "rows.json"
    file.write_text("\n".join(f'{{"a": {n}}}' for n in range(50_000)))
    source = Source("json", (("path", str(file)),), (file.name,))
    with pytest.raises(Cancelled):
        connect.land(wb, project, source, Stopping())
    assert (connect.tables(wb, project), left(wb, project)) == ((), [])
    table = connect.land(wb, project, source, Task())
    assert table.landed is not None
    assert table.landed.rows == 50_000


def test_one_bad_file_of_several_does_not_keep_the_others_out(wb: Workbench, tmp_path: Path):
    project = wb.create_project("p").id
    (tmp_path / "good.csv").write_text("a\n1\n")
    picture(tmp_path / "bad.csv")
    (tmp_path / "also good.json").write_text('{"a": 1}')
    files = tuple(tmp_path / name for name in ("good.csv", "bad.csv", "also good.json"))
    wb.start_background()
    job = connect.add_files(wb, project, files)
    done = until(lambda: (found := wb.job(job)) and not found.active and found)
    assert done.state == "failed"
    assert done.trouble is not None
    assert not done.trouble.bug
    assert "bad.csv" in str(done.trouble)
    assert sorted(table.name for table in connect.tables(wb, project)) == ["also good", "good"]


def test_a_workspace_on_a_full_disk_says_so_before_anything_is_read(small_disk: Path, tmp_path: Path):
    file = tmp_path / "rows.csv"
    file.write_text("a\n1\n")
    with Workbench.open(small_disk / "home") as wb:
        project = wb.create_project("p").id
        with pytest.raises(AssayError) as caught:
            connect.land(wb, project, Source("csv", (("path", str(file)),), (file.name,)), Task())
        assert "disk" in caught.value.lines()[0]
        assert connect.tables(wb, project) == ()


@pytest.mark.parametrize("spoil", [missing, empty, picture, one_line, cut_archive], ids=lambda spoil: spoil.__name__)
@pytest.mark.parametrize("command", ["profile", "connect test"])
def test_the_command_line_says_what_why_and_how_and_ends_with_1(
    spoil: Callable[[Path], None], command: str, tmp_path: Path, capsys: pytest.CaptureFixture
):
    file, target = tmp_path / "rows.csv", tmp_path / "result.json"
    spoil(file)
    if spoil is cut_archive and command == "connect test":
        pytest.skip("a test of the connection reads the head of a file, which is whole")
    assert main([*command.split(), str(file), "--json", str(target), "--quiet"]) == 1
    said = capsys.readouterr()
    assert "Traceback" not in said.out + said.err
    found = json.loads(target.read_text(encoding="utf-8"))
    if command == "profile":
        assert set(found["error"]) >= {"what", "why", "fix"}
        assert all(found["error"][part] for part in ("what", "why", "fix"))
        assert found["error"]["what"] in said.err
    else:
        assert "fail" in [check["status"] for check in found["checks"]]


def test_a_port_where_nobody_listens_from_the_command_line(tmp_path: Path, capsys: pytest.CaptureFixture):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
    assert main(["profile", f"postgresql://me@127.0.0.1:{port}/shop/public.orders", "--quiet"]) == 1
    assert str(port) in capsys.readouterr().err


@pytest.mark.server
def test_a_table_dropped_between_connect_and_profile(database, wb: Workbench):
    """Profiling reads what has landed; loading again says that the table is gone, and keeps the rows that were there."""
    database.run("CREATE TABLE orders AS SELECT generate_series(1, 10) AS id")
    project = wb.create_project("p").id
    saved = connect.save_connection(wb, "shop", "postgres", database.settings)
    plain, _ = connect.split_secrets("postgres", database.settings)
    source = Source("postgres", tuple(plain.items()), ("public", "orders"), saved.id)
    table = connect.land(wb, project, source, Task())
    database.run("DROP TABLE orders")
    with pytest.raises(AssayError) as caught:
        connect.land(wb, project, source, Task())
    assert "orders" in caught.value.lines()[0]
    assert database.settings["password"] not in " ".join(caught.value.lines())
    assert connect.rows(wb, table.id).num_rows == 10
    database.run("CREATE TABLE orders AS SELECT generate_series(1, 5) AS id")
    connect.land(wb, project, source, Task())
    assert connect.rows(wb, table.id).num_rows == 5


@pytest.mark.server
def test_a_wrong_password_of_a_saved_connection(database, wb: Workbench):
    project = wb.create_project("p").id
    database.run("CREATE TABLE orders AS SELECT 1 AS id")
    saved = connect.save_connection(wb, "shop", "postgres", {**database.settings, "password": "wr ong"})
    plain, _ = connect.split_secrets("postgres", database.settings)
    source = Source("postgres", tuple(plain.items()), ("public", "orders"), saved.id)
    with pytest.raises(AssayError) as caught:
        connect.land(wb, project, source, Task())
    assert "wr ong" not in " ".join(caught.value.lines()) + repr(caught.value.__cause__)
    assert (connect.tables(wb, project), left(wb, project)) == ((), [])
    connect.save_connection(wb, "shop", "postgres", database.settings)
    table = connect.land(wb, project, source, Task())
    assert connect.rows(wb, table.id)["id"].to_pylist() == [1]
    assert not [
        file for file in wb.home.rglob("*") if file.is_file() and str(database.settings["password"]).encode() in file.read_bytes()
    ]


def test_what_a_person_said_of_a_csv_holds_when_it_is_loaded_again(wb: Workbench, tmp_path: Path):
    project, file = wb.create_project("p").id, tmp_path / "rows.csv"
    said = {
        "delimiter": "::", "types": "code=text; day=day first", "nulls": "?", "skip": "1", "header_rows": "1", "footer": "1",
        "short_rows": "fill with nulls", "comment": "%", "quote": "none", "encoding": "cp1251", "zero_bytes": "drop",
    }  # fmt: skip
    text = "title\ncode::day::имя\n12::01/02/2024::Ж\x00ук\n% no row\n13::03/04/2024\n?::05/06/2024::?\nthe end\n"
    file.write_bytes(text.encode("cp1251"))
    source = Source("csv", (("path", str(file)), *said.items()), (file.name,))
    table = connect.land(wb, project, source, Task())
    file.write_bytes(text.replace("13::", "007::").encode("cp1251"))
    connect.reload_work(wb, Task(), {"table": table.id})
    again = connect.tables(wb, project)[0]
    assert again.landed is not None
    assert again.source == source
    assert [column.type for column in again.landed.schema] == ["VARCHAR", "DATE", "VARCHAR"]
    assert connect.rows(wb, table.id).to_pylist() == [
        {"code": "12", "day": dt.date(2024, 2, 1), "имя": "Жук"},
        {"code": "007", "day": dt.date(2024, 4, 3), "имя": None},
        {"code": None, "day": dt.date(2024, 6, 5), "имя": None},
    ]
    assert again.landed.rejected == 0


def test_a_type_that_a_changed_file_refuses_keeps_the_rows_that_were_there(wb: Workbench, tmp_path: Path):
    project, file = wb.create_project("p").id, tmp_path / "rows.csv"
    file.write_text("code;n\n12;1\n")
    source = Source("csv", (("path", str(file)), ("types", "code=integer")), (file.name,))
    table = connect.land(wb, project, source, Task())
    file.write_text("code;n\n12;1\n007;2\n")
    with pytest.raises(AssayError, match="cannot be integer"):
        connect.reload_work(wb, Task(), {"table": table.id})
    assert connect.rows(wb, table.id).num_rows == 1


def test_each_table_of_a_file_becomes_a_table_of_the_project(wb: Workbench, tmp_path: Path):
    project, file = wb.create_project("p").id, tmp_path / "both.csv"
    file.write_text("[shops]\nid,name\n1,Ann\n2,Bob\n\n[sales]\nshop,sum,day\n1,2.50,2024-01-01\n2,3.50,2024-01-02\n")
    for source in connect.sources_of(str(file)):
        connect.land(wb, project, source, Task())
    found = {table.name: table.landed for table in connect.tables(wb, project)}
    assert {name: landed.rows if landed else 0 for name, landed in found.items()} == {"shops": 2, "sales": 2}
    assert [source.path for source in connect.sources_of(str(file))] == [("both.csv", "shops"), ("both.csv", "sales")]
