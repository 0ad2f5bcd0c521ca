"""The command line when it is used wrongly, stopped, killed, or hits a mistake of its own: words, exit codes, what is left behind."""

import errno
import fcntl
import json
import os
import signal
import stat
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import pytest

from core.cli import commands, main
from core.store import files
from core.store.throwaway import LOCK, sweep, throwaway
from tests.unit.test_cli import ORDERS

ROOT = Path(__file__).resolve().parents[2]
ROWS = "id,name\n1,a\n2,b\n"


@pytest.fixture(autouse=True)
def _home(tmp_path, monkeypatch):
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    monkeypatch.setenv("ASSAY_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("ASSAY_SECRETS", "file")
    monkeypatch.setenv("TMPDIR", str(temporary))
    monkeypatch.setattr(tempfile, "tempdir", None)
    monkeypatch.delenv("ASSAY_STORE_URL", raising=False)


@pytest.fixture
def rows(tmp_path):
    file = tmp_path / "rows.csv"
    file.write_text(ROWS, encoding="utf-8")
    return file


def ended(*args):
    """The exit code, whether argparse or the command itself gave it."""
    try:
        return main([str(arg) for arg in args])
    except SystemExit as end:
        return end.code


# A mistake in the program


def test_a_mistake_in_the_program_is_told_without_a_traceback_and_without_a_secret(rows, monkeypatch, capsys, tmp_path):
    secret = "hunter" + "2"  # not in one piece: the lines of the program are in the log

    def broken(*_):
        try:
            raise KeyError(secret)
        except KeyError as error:
            raise RuntimeError(secret) from error

    monkeypatch.setattr(commands, "profiled", broken)
    assert main(["profile", str(rows), "--json", str(tmp_path / "found.json"), "--lang", "en"]) == 1
    said = capsys.readouterr().err
    assert "inside Assay" in said
    assert "RuntimeError" in said
    assert "Traceback" not in said
    logs = list((tmp_path / "temporary").glob("*.log"))
    assert len(logs) == 1
    assert str(logs[0]) in said
    assert stat.S_IMODE(logs[0].stat().st_mode) == 0o600
    told = logs[0].read_text(encoding="utf-8")
    assert "in broken" in told
    assert "KeyError" in told
    assert secret not in told + said + (tmp_path / "found.json").read_text(encoding="utf-8")
    assert json.loads((tmp_path / "found.json").read_text(encoding="utf-8"))["error"]["fix"]


@pytest.mark.parametrize(
    ("args", "code", "word"),
    [
        (["demo", "--out", "/proc/x"], 1, "/proc/x"),
        (["profile", "~nosuchuser/x.csv"], 2, "no user"),
        (["convert", "ROWS", "~nosuchuser/x.csv"], 2, "no user"),
        (["report", "ROWS", "--out", "~nosuchuser/x"], 2, "no user"),
        (["profile", "n" * 300 + ".csv"], 1, "too long"),
        (["profile", "n" * 300], 1, "too long"),
        (["convert", "ROWS", "n" * 300 + ".csv"], 1, "too long"),
        (["advise", "ROWS", "--rows-per-day", "1" + "0" * 32, "--keep-days", "1" + "0" * 21], 2, "whole numbers from 0"),
        (["profile", "postgresql://u@h:notaport/db/t"], 2, "port"),
        (["profile", "postgresql://u@h:99999/db/t"], 2, "port"),
        (["profile", "postgresql://[bad/db/t"], 2, "server"),
        (["profile", "postgresql://u@h/db/t#x"], 2, "#"),
        (["profile", "postgresql://u@h/db/t?foo=1"], 2, "foo"),
        (["profile", "postgresql://u@h/db/t?sslmode=maybe"], 2, "maybe"),
        (["profile", "postgresql://u@h"], 2, "not complete"),
        (["profile", "\udcff.csv"], 2, "UTF-8"),
        (["profile"], 2, "nothing to read"),
        (["profile", ""], 2, "empty"),
        (["profile", "ROWS", "--json", ""], 2, "empty"),
        (["profile", "--project", ""], 2, "empty"),
        (["profile", "--project", "nosuch"], 2, "nosuch"),
        (["connect", "test", "postgres", "--set", "host"], 2, "not a setting"),
        (["connect", "test", "postgres", "--set", "hots=x"], 2, "host"),
        (["connect", "test", "postgre", "--set", "host=x"], 2, "postgres"),
        (["convert", "ROWS", "copy.docx"], 2, "not known"),
        (["convert", "missing.csv", "copy.docx"], 2, "not known"),
        (["profile", "/nowhere/at/all/"], 1, "nothing at"),
        (["profile", "ROWS", "--json", "/proc/x.json"], 1, "/proc/x.json"),
        (["advise", "ROWS", "--rows-per-day", "²"], 2, "whole number"),
    ],
)
def test_what_is_wrong_is_named_and_wrong_use_ends_with_two(rows, capsys, args, code, word):
    assert ended(*(rows if arg == "ROWS" else arg for arg in args), "--lang", "en") == code
    said = capsys.readouterr().err
    assert word in said
    assert "Traceback" not in said
    assert "inside Assay" not in said


PLAN = "name: p\nnodes:\n  - {id: a, step: source, table: rows}\n  - {id: b, step: sink, input: a, path: %s}\n"


def test_a_tilde_in_a_sink_is_the_home_folder(rows, tmp_path, monkeypatch):
    home, plan = tmp_path / "mine", tmp_path / "p.yaml"
    home.mkdir()
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.chdir(tmp_path)
    plan.write_text(PLAN % "~/out.csv", encoding="utf-8")
    assert main(["run", str(plan), str(rows)]) == 0
    assert (home / "out.csv").read_text(encoding="utf-8").startswith("id,name")
    assert not (tmp_path / "~").exists()


def test_the_home_folder_of_nobody_in_a_sink_is_wrong_use(rows, tmp_path, capsys):
    plan = tmp_path / "p.yaml"
    plan.write_text(PLAN % "~nosuchuser/out.csv", encoding="utf-8")
    assert main(["run", str(plan), str(rows), "--lang", "en"]) == 2
    assert "no user" in capsys.readouterr().err


def test_part_of_a_password_is_never_repeated(capsys):
    for address in ("me:12?hunter2@h/db/t", "me:12#hunter2@h/db/t", "me:hun[ter2@h/db/t", "me:12?hunter2@h/db/t=1"):
        assert main(["profile", f"postgresql://{address}"]) == 2
    assert "hunter2" not in capsys.readouterr().err


# What is written


def test_with_json_on_stdout_there_is_nothing_else(rows, capsys):
    assert main(["profile", str(rows), "--json", "-"]) == 0
    assert json.loads(capsys.readouterr().out)["tables"][0]["rows"] == 2
    assert main(["profile", "--json", "-"]) == 2
    assert json.loads(capsys.readouterr().out)["error"]["what"]


@pytest.mark.parametrize(
    "args",
    [
        ["report", "ROWS", "--out", "FILE/x"],
        ["ddl", "ROWS", "--out", "FILE"],
        ["demo", "--out", "FILE/x"],
        ["profile", "ROWS", "--json", "FILE/x.json"],
        ["profile", "ROWS", "--json", "FOLDER"],
        ["convert", "ROWS", "FILE/x.csv"],
    ],
)
def test_a_place_that_cannot_be_written_is_found_before_the_work(rows, tmp_path, monkeypatch, capsys, args):
    monkeypatch.setattr("core.workbench.connect.read", lambda *_: pytest.fail("the work was begun"))
    place = {"ROWS": str(rows), "FILE": str(rows), "FOLDER": str(tmp_path)}
    for name, path in place.items():
        args = [arg.replace(name, path) for arg in args]
    assert main(args) == 1
    assert "cannot be written" in capsys.readouterr().err


def test_a_full_disk_leaves_the_earlier_file_whole(tmp_path, monkeypatch):
    file = tmp_path / "report.html"
    file.write_bytes(b"whole")
    file.chmod(0o640)

    def full(_):
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as disk:
        disk.setattr(os, "fsync", full)
        with pytest.raises(files.DataError, match="disk is full"):
            files.write_whole(file, b"new" * 1000)
    assert file.read_bytes() == b"whole"
    assert [one.name for one in tmp_path.iterdir() if one.is_file()] == ["report.html"]
    files.write_whole(file, b"new")
    assert file.read_bytes() == b"new"
    assert stat.S_IMODE(file.stat().st_mode) == 0o640


SMALL_DISK = "16k"


def test_the_report_on_a_disk_that_fills_up_is_the_earlier_one(rows, small_disk, capsys):
    earlier = small_disk / "report.html"
    earlier.write_bytes(b"earlier")
    assert main(["report", str(rows), "--no-proof", "--out", str(small_disk), "--format", "html", "--lang", "en"]) == 1
    assert "disk is full" in capsys.readouterr().err
    assert {one.name: one.read_bytes() for one in small_disk.iterdir()} == {"report.html": b"earlier"}


def test_a_link_stays_a_link_and_a_pipe_a_pipe(tmp_path):
    (tmp_path / "there").mkdir()
    (tmp_path / "link.json").symlink_to(tmp_path / "there" / "real.json")
    files.write_whole(tmp_path / "link.json", b"{}")
    assert (tmp_path / "link.json").is_symlink()
    assert (tmp_path / "there" / "real.json").read_bytes() == b"{}"
    files.write_whole(Path("/dev/null"), b"{}")
    assert Path("/dev/null").is_char_device()


def test_a_full_stdout_is_told(rows):
    with open("/dev/full", "w") as full:
        done = subprocess.run([sys.executable, "-m", "core", "profile", rows], cwd=ROOT, stdout=full, stderr=subprocess.PIPE)
    assert done.returncode == 1
    assert b"disk is full" in done.stderr
    assert b"Traceback" not in done.stderr


def test_progress_never_goes_back(rows, capsys):
    assert main(["ddl", str(rows), "--no-proof", "--lang", "en"]) == 0
    told = [int(line[:4].strip(" %")) for line in capsys.readouterr().err.splitlines() if line[:4].endswith("%")]
    assert told
    assert told == sorted(told)


# Stopped and killed


def begun(*args, **more):
    return subprocess.Popen(
        [sys.executable, "-m", "core", *map(str, args)], cwd=ROOT, stderr=subprocess.PIPE, preexec_fn=_heeds_signals, **more
    )


def _heeds_signals() -> None:
    """Tests that run in the background, or under nohup, were told to ignore these; what they start would inherit it."""
    for number in (signal.SIGINT, signal.SIGHUP, signal.SIGTERM):
        signal.signal(number, signal.SIG_DFL)


@pytest.mark.parametrize("after", ["sqlite3", "sqlalchemy", "duckdb", "core.cli.main"])
def test_an_interrupt_while_it_is_still_starting_ends_with_130_and_no_traceback(rows, after, tmp_path):
    """The interrupt comes exactly when a module begins to be imported: a hook in the path of imports sends it."""
    (tmp_path / "sitecustomize.py").write_text(
        "import os, signal, sys\n"
        "class Hook:\n"
        "    def find_spec(self, name, path=None, target=None):\n"
        f"        if name == {after!r}: os.kill(os.getpid(), signal.SIGINT)\n"
        "sys.meta_path.insert(0, Hook())\n"
    )
    command = begun("profile", rows, env={**os.environ, "PYTHONPATH": str(tmp_path)})
    said = command.communicate(timeout=60)[1]
    assert command.returncode == 130
    assert b"Traceback" not in said


def until(condition, seconds=60):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not happen in time"
        threading.Event().wait(0.01)


def left(tmp_path):
    return [one for one in (tmp_path / "temporary").glob("assay-*") if one.is_dir()]


@pytest.fixture
def big(tmp_path):
    file = tmp_path / "big.csv"
    with file.open("w", encoding="utf-8") as out:
        out.write("a,b,c\n")
        out.writelines(f"{n},{n * 7 % 1000003},text {n % 977}\n" for n in range(1_500_000))
    return file


@pytest.mark.parametrize("number", [signal.SIGHUP, signal.SIGTERM, signal.SIGINT])
def test_a_signal_stops_the_work_and_leaves_nothing(big, tmp_path, number):
    command = begun("profile", big)
    until(lambda: any((folder / "assay.db").exists() for folder in left(tmp_path)))
    command.send_signal(number)
    said = command.communicate(timeout=60)[1]
    assert command.returncode == 130
    assert b"Cancelled" in said or "отмен".encode() in said.lower()
    assert left(tmp_path) == []


def test_what_a_killed_command_left_is_deleted_by_the_next_and_nothing_else_is(big, rows, tmp_path):
    temporary = tmp_path / "temporary"
    command = begun("profile", big)
    until(lambda: any((folder / "assay.db").exists() for folder in left(tmp_path)))
    command.kill()
    command.communicate()
    killed = left(tmp_path)
    assert killed
    (temporary / "assay-of-somebody").mkdir()
    with throwaway() as mine:
        assert main(["profile", str(rows), "--quiet"]) == 0
        assert mine.exists()
        assert not any(folder.exists() for folder in killed)
    assert [one.name for one in temporary.glob("assay-*")] == ["assay-of-somebody"]


def test_a_folder_whose_lock_is_a_link_is_left_alone(tmp_path):
    target, folder = tmp_path / "lock", tmp_path / "assay-trap"
    target.touch()
    folder.mkdir()
    (folder / LOCK).symlink_to(target)
    assert sweep(tmp_path) == 0
    assert folder.exists()


def test_a_folder_in_use_is_locked_from_the_moment_its_lock_has_its_name():
    with throwaway() as folder, (folder / LOCK).open() as lock:
        with pytest.raises(BlockingIOError):
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    assert not folder.exists()


# The project and the shared store


def test_convert_leaves_the_project_as_it_was(rows, tmp_path):
    from core.workbench import Workbench, connect

    with Workbench.open() as wb:
        project = wb.create_project("Shop").id
    assert main(["convert", "--project", "Shop", str(rows), str(tmp_path / "copy.parquet"), "--quiet"]) == 0
    with Workbench.open() as wb:
        assert connect.tables(wb, project) == ()
        assert not list(wb.home.rglob("*.parquet"))


def test_a_throw_away_workspace_does_not_touch_the_shared_store(rows, tmp_path, monkeypatch):
    from core.workbench import Workbench

    monkeypatch.setenv("ASSAY_STORE_URL", f"sqlite:///{tmp_path / 'shared.db'}")
    assert [main(["profile", str(rows), "--quiet"]) for _ in range(2)] == [0, 0]
    with Workbench.open() as wb:
        assert wb.projects() == ()


def test_rows_that_are_gone_are_told_and_can_be_loaded_again(rows, tmp_path, capsys):
    import shutil

    from core.errors import DataError
    from core.task import Task
    from core.workbench import Workbench, connect, pipeline, profile

    text = "name: p\nnodes:\n  - {id: rows, step: source, table: rows}\n  - {id: out, step: sink, input: rows, path: out.csv}\n"
    plan = pipeline.from_yaml(text)
    (tmp_path / "plan.yaml").write_text(text, encoding="utf-8")
    with Workbench.open() as wb:
        project = wb.create_project("Shop").id
        table = connect.land(wb, project, connect.sources_of(str(rows))[0], Task())
        taken = profile.take(wb, project, Task())
        shutil.rmtree(wb.home / "projects")
        for ask in (
            lambda: connect.rows(wb, table.id),
            lambda: profile.take(wb, project, Task()),
            lambda: profile.rows_of(wb, taken.tables[0].columns[0].query),
            lambda: pipeline.preview(wb, project, plan, "rows"),
            lambda: pipeline.run(wb, project, plan, Task()),
        ):
            with pytest.raises(DataError, match="not in the workspace any more"):
                ask()
    assert main(["run", str(tmp_path / "plan.yaml"), "--project", "Shop", "--out", str(tmp_path), "--lang", "en"]) == 1
    assert "Load the source again" in capsys.readouterr().err
    assert main(["profile", "--project", "Shop", str(rows), "--quiet"]) == 0


def test_a_workspace_may_lie_in_a_folder_of_any_name(rows, tmp_path, monkeypatch):
    monkeypatch.setenv("ASSAY_HOME", str(tmp_path / "ho[m]e?x*#%20"))
    from core.task import Task
    from core.workbench import Workbench, connect

    with Workbench.open() as wb:
        project = wb.create_project("Shop").id
        table = connect.land(wb, project, connect.sources_of(str(rows))[0], Task())
        assert connect.rows(wb, table.id).num_rows == 2
        assert (wb.home / "assay.db").exists()
    assert main(["profile", "--project", "Shop", "--quiet"]) == 0


@pytest.mark.parametrize("command", [("profile",), ("advise",), ("ddl", "--no-proof"), ("connect", "test"), ("convert",)])
def test_a_result_is_never_written_over_what_is_read(tmp_path, monkeypatch, capsys, command):
    monkeypatch.setenv("ASSAY_HOME", str(tmp_path / "home"))
    source = tmp_path / "orders.csv"
    source.write_text(ORDERS, encoding="utf-8")
    (tmp_path / "link.json").symlink_to(source)
    target = (str(tmp_path / "out.parquet"),) if command == ("convert",) else ()
    for written in (source, tmp_path / "link.json"):
        assert main([*command, str(source), *target, "--json", str(written)]) == 2
        assert "which the command reads" in capsys.readouterr().err
        assert source.read_text(encoding="utf-8") == ORDERS


def test_a_result_is_never_written_over_the_pipeline(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("ASSAY_HOME", str(tmp_path / "home"))
    plan = tmp_path / "plan.yaml"
    plan.write_text("version: 1\n", encoding="utf-8")
    assert main(["check", str(plan), "--project", "p", "--json", str(plan)]) == 2
    assert "which the command reads" in capsys.readouterr().err
    assert plan.read_text(encoding="utf-8") == "version: 1\n"


@pytest.mark.parametrize(
    "address",
    ["postgresql://nobody@127.0.0.1:1/x", "postgresql://nobody@127.0.0.1:1", "clickhouse://127.0.0.1:1", "kafka://127.0.0.1:1", "hdfs://u@127.0.0.1:1", "hdfs://u@127.0.0.1:1/a.csv", "sc://127.0.0.1:1", "spark://127.0.0.1:1"],
)  # fmt: skip
def test_a_server_is_tested_without_the_name_of_a_table(address, tmp_path, monkeypatch):
    monkeypatch.setenv("ASSAY_HOME", str(tmp_path / "home"))
    target = tmp_path / "found.json"
    assert main(["connect", "test", address, "--json", str(target), "--quiet"]) == 1
    checks = {check["status"] for check in json.loads(target.read_text(encoding="utf-8"))["checks"]}
    assert checks == {"ok", "fail", "skipped"}


@pytest.mark.parametrize("address", ["ftp://host/file.csv", "https://host/file.csv", "mysql://host/db"])
def test_an_address_of_an_unknown_kind_is_no_missing_file(address, capsys):
    assert main(["profile", address]) == 2
    assert f"does not read from {address.partition('//')[0]}" in capsys.readouterr().err
