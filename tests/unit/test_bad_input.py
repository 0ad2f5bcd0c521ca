"""Files that are missing, cut, wrong or huge: a clear error, nothing left behind, and the next try works."""

from __future__ import annotations

import gzip
import os
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from connectors import registry
from core.errors import AssayError, ConfigError, ConnectError, DataError
from core.models.source import Landed
from core.task import Task

SMALL_DISK = "2m"

ROOT = Path(__file__).resolve().parents[2]
GOOD = {
    "csv": b"a,b\n1,x\n2,y\n",
    "json": b'{"a": 1, "b": "x"}\n{"a": 2, "b": "y"}\n',
    "xml": b"<rows><row><a>1</a><b>x</b></row><row><a>2</a><b>y</b></row></rows>",
}
KINDS = ("csv", "parquet", "json", "xml")
SUFFIX = {"csv": ".csv", "parquet": ".parquet", "json": ".ndjson", "xml": ".xml"}


def good(kind: str, rows: int = 2) -> bytes:
    """A file of the kind with columns a and b."""
    if kind == "parquet":
        out = pa.BufferOutputStream()
        pq.write_table(pa.table({"a": list(range(rows)), "b": [f"text {n}" for n in range(rows)]}), out)
        return out.getvalue().to_pybytes()
    if rows == 2:
        return GOOD[kind]
    lines = {"csv": "{n},text {n}\n", "json": '{{"a": {n}, "b": "text {n}"}}\n', "xml": "<row><a>{n}</a><b>text {n}</b></row>\n"}
    start, end = {"csv": ("a,b\n", ""), "json": ("", ""), "xml": ("<rows>", "</rows>")}[kind]
    return (start + "".join(lines[kind].format(n=n) for n in range(rows)) + end).encode()


@pytest.fixture
def home(tmp_path: Path) -> Path:
    (tmp_path / "work").mkdir()
    return tmp_path / "work"


def land(kind: str, file: Path, home: Path, task: Task | None = None, **settings: str) -> Landed:
    """Land into a folder that is thrown away on any error, as the workspace does; nothing else may be left then."""
    folder = home / "landing"
    folder.mkdir()
    try:
        with registry.open_connector(kind, {"path": str(file), **settings}) as source:
            return source.land((file.name,), folder, task or Task())
    except BaseException:
        shutil.rmtree(folder)
        assert list(home.iterdir()) == [], "something was left beside the folder of the landing"
        raise


def refused(kind: str, file: Path, home: Path, error: type[AssayError] = AssayError, task: Task | None = None) -> str:
    """What is said of a file that cannot be landed. The same file, mended, lands at once."""
    with pytest.raises(error) as caught:
        land(kind, file, home, task)
    for lang in ("en", "ru"):
        assert all(line.strip() for line in caught.value.lines(lang))
    mended = file.with_name(f"mended{SUFFIX[kind]}")
    mended.write_bytes(good(kind))
    assert land(kind, mended, home).rows == 2
    shutil.rmtree(home / "landing")
    return " ".join(caught.value.lines())


@pytest.mark.parametrize("kind", KINDS)
def test_a_missing_file(kind: str, tmp_path: Path, home: Path):
    assert "does not exist" in refused(kind, tmp_path / f"no{SUFFIX[kind]}", home, ConnectError)


@pytest.mark.parametrize("kind", KINDS)
def test_a_folder_without_files_of_the_kind(kind: str, tmp_path: Path, home: Path):
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "read me.doc").write_text("x")
    assert "holds no file of this kind" in refused(kind, folder, home, ConnectError)


@pytest.mark.parametrize("kind", KINDS)
def test_a_folder_with_several_files_and_none_picked(kind: str, tmp_path: Path, home: Path):
    folder = tmp_path / "folder"
    folder.mkdir()
    for name in ("one", "two"):
        (folder / f"{name}{SUFFIX[kind]}").write_bytes(good(kind))
    refused(kind, folder, home, ConnectError)


@pytest.mark.parametrize("kind", KINDS)
def test_no_path_at_all(kind: str):
    with pytest.raises(ConfigError):
        registry.open_connector(kind, {"path": "  "}).open()
    with pytest.raises(AssayError):
        registry.open_connector(kind, {"path": "a\0b"}).open()


@pytest.mark.parametrize("kind", KINDS)
def test_an_empty_file(kind: str, tmp_path: Path, home: Path):
    file = tmp_path / f"empty{SUFFIX[kind]}"
    file.touch()
    assert "has no bytes" in refused(kind, file, home, DataError)


@pytest.mark.parametrize("kind", ["csv", "json", "xml"])
def test_a_file_of_blank_lines(kind: str, tmp_path: Path, home: Path):
    file = tmp_path / f"blank{SUFFIX[kind]}"
    file.write_text("\n \n\n")
    refused(kind, file, home, DataError)


def test_a_header_without_rows_is_a_table_without_rows(tmp_path: Path, home: Path):
    file = tmp_path / "header.csv"
    file.write_text("name,age\n")
    landed = land("csv", file, home)
    assert (landed.rows, [column.name for column in landed.schema], len(landed.notes)) == (0, ["name", "age"], 1)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    "content",
    [
        b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 40,
        b"PK\x03\x04" + bytes(range(256)) * 40,
        bytes(range(256)) * 40,
        bytes(n for n in range(256) if n) * 40,
        os.urandom(10_000),
    ],
    ids=["picture", "workbook", "all bytes", "all bytes but zero", "random"],
)
def test_a_binary_file_under_another_name(kind: str, content: bytes, tmp_path: Path, home: Path):
    file = tmp_path / f"binary{SUFFIX[kind]}"
    file.write_bytes(content)
    said = refused(kind, file, home, DataError)
    assert "binary" in said, said


def test_an_excel_workbook_is_called_one(tmp_path: Path, home: Path):
    file = tmp_path / "book.csv"
    file.write_bytes(b"PK\x03\x04" + bytes(1000))
    assert "Excel" in refused("csv", file, home, DataError)


@pytest.mark.parametrize("kind", KINDS)
def test_a_file_of_another_kind(kind: str, tmp_path: Path, home: Path):
    for other in KINDS:
        if other != kind and not (kind == "csv" and other in ("json", "xml")):
            file = tmp_path / f"{other}-inside{SUFFIX[kind]}"
            file.write_bytes(good(other))
            refused(kind, file, home, DataError)


@pytest.mark.parametrize("kind", KINDS)
def test_a_file_cut_off_in_the_middle(kind: str, tmp_path: Path, home: Path):
    file = tmp_path / f"cut{SUFFIX[kind]}"
    content = good(kind, 5000)
    file.write_bytes(content[: len(content) // 2 + 3])
    if kind == "csv":
        landed = land(kind, file, home)
        assert landed.rows + landed.rejected == content[: len(content) // 2 + 3].count(b"\n")
        return
    refused(kind, file, home, DataError)


@pytest.mark.parametrize("kind", ["csv", "json", "xml"])
@pytest.mark.parametrize("damage", ["cut", "checksum", "garbage"])
def test_an_archive_that_is_not_whole(kind: str, damage: str, tmp_path: Path, home: Path):
    packed = bytearray(gzip.compress(good(kind, 300_000 if damage == "cut" else 3000), 1))
    if damage == "cut":
        packed = packed[: len(packed) * 3 // 4]
    elif damage == "checksum":
        packed[-6] ^= 0xFF
    else:
        packed[len(packed) // 2 : len(packed) // 2 + 50] = bytes(50)
    file = tmp_path / f"packed{SUFFIX[kind]}.gz"
    file.write_bytes(packed)
    said = refused(kind, file, home, DataError)
    assert "archive" in said or damage == "garbage", said


@pytest.mark.parametrize("kind", ["csv", "json", "xml"])
@pytest.mark.parametrize("name", ["rows{}.gz", "rows{}"])
@pytest.mark.parametrize("packing", ["gzip", "zstd", "none"])
def test_how_a_file_is_packed_is_told_by_its_bytes_not_its_name(kind: str, name: str, packing: str, tmp_path: Path, home: Path):
    file = tmp_path / name.format(SUFFIX[kind])
    file.write_bytes(
        good(kind)
        if packing == "none"
        else pa.compress(good(kind), packing, asbytes=True)
        if packing != "gzip"
        else gzip.compress(good(kind))
    )
    assert land(kind, file, home).rows == 2


@pytest.mark.parametrize("place", ["footer", "pages", "start"])
def test_a_damaged_parquet_file(place: str, tmp_path: Path, home: Path):
    content = bytearray(good("parquet", 50_000))
    if place == "footer":
        content[-200:-100] = b"\xff" * 100
    elif place == "pages":
        for at in range(1000, len(content) // 2, 53):
            content[at] ^= 0xFF
    else:
        content[:4] = b"XXXX"
        content[4:200] = bytes(196)
    file = tmp_path / "damaged.parquet"
    file.write_bytes(content)
    refused("parquet", file, home, DataError)


def test_a_damaged_file_does_not_hide_the_folder_it_lies_in(tmp_path: Path):
    (tmp_path / "good.parquet").write_bytes(good("parquet"))
    (tmp_path / "rotten.parquet").write_bytes(b"PAR1 and no more")
    with registry.open_connector("parquet", {"path": str(tmp_path)}) as source:
        assert [(item.name, item.rows) for item in source.browse()] == [("good.parquet", 2), ("rotten.parquet", None)]


class Once(Task):
    """Does something the first time the work reports its progress."""

    def __init__(self, act: Callable[[], Any]) -> None:
        self.act: Callable[[], Any] | None = act

    def at(self, fraction: float, step: Any) -> None:
        act, self.act = self.act, None
        if act:
            act()


@pytest.mark.parametrize("kind", KINDS)
def test_a_file_that_vanishes_while_it_is_read(kind: str, tmp_path: Path, home: Path):
    file = tmp_path / f"rows{SUFFIX[kind]}"
    file.write_bytes(good(kind, 30_000))
    assert "cannot be read" in refused(kind, file, home, ConnectError, Once(file.unlink))


@pytest.mark.parametrize("kind", ["csv", "json", "xml"])
def test_an_archive_that_vanishes_while_it_is_read(kind: str, tmp_path: Path, home: Path):
    file = tmp_path / f"rows{SUFFIX[kind]}.gz"
    file.write_bytes(gzip.compress(good(kind, 30_000)))
    assert "cannot be read" in refused(kind, file, home, ConnectError, Once(file.unlink))


@pytest.mark.parametrize("kind", KINDS)
def test_a_file_that_changes_while_it_is_read(kind: str, tmp_path: Path, home: Path):
    file = tmp_path / f"rows{SUFFIX[kind]}"
    file.write_bytes(good(kind, 30_000))

    def grow() -> None:
        with file.open("ab") as out:
            out.write(good(kind))

    assert "changed while it was read" in refused(kind, file, home, DataError, Once(grow))


@pytest.mark.parametrize("kind", KINDS)
def test_a_file_that_vanished_after_it_was_picked(kind: str, tmp_path: Path, home: Path):
    file = tmp_path / f"rows{SUFFIX[kind]}"
    file.write_bytes(good(kind))
    with registry.open_connector(kind, {"path": str(file)}) as source:
        file.unlink()
        assert source.browse() == ()
        for act in (source.schema, source.preview, lambda path: source.land(path, home, Task())):
            with pytest.raises(ConnectError):
                act((file.name,))


@pytest.mark.parametrize("kind", KINDS)
def test_things_that_are_no_files(kind: str, tmp_path: Path, home: Path):
    pipe = tmp_path / f"pipe{SUFFIX[kind]}"
    os.mkfifo(pipe)
    assert "not a file" in refused(kind, pipe, home, ConnectError)
    address = tmp_path / f"s{SUFFIX[kind]}"
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(address))
        assert "not a file" in refused(kind, address, home, ConnectError)


FORBIDDEN = (
    "import os, sys; from connectors import registry; from core.errors import ConnectError\n"
    "source = registry.open_connector(sys.argv[1], {'path': sys.argv[2]}); os.getuid() or os.setuid(65534)\n"
    "print([check.status for check in source.check()])\n"
    "try: source.open(); source.preview(('x',))\n"
    "except ConnectError as error: print(' '.join(error.lines()))\n"
)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("what", ["file", "folder"])
def test_what_may_not_be_read(kind: str, what: str):
    """Root may read anything: as root, the test asks as nobody."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / f"mine{SUFFIX[kind]}"
        file.write_bytes(good(kind))
        Path(folder).chmod(0o755 if what == "file" else 0)
        file.chmod(0)
        done = subprocess.run(
            [sys.executable, "-c", FORBIDDEN, kind, str(file if what == "file" else folder)],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
        )
        Path(folder).chmod(0o755)
        assert "'fail'" in done.stdout.splitlines()[0], done.stderr
        assert "Permission denied" in done.stdout


# A full disk


@pytest.mark.parametrize("kind", KINDS)
def test_a_full_disk_while_landing(kind: str, tmp_path: Path, small_disk: Path):
    file = tmp_path / f"rows{SUFFIX[kind]}"
    _noise(kind, file)
    assert "disk is full" in refused(kind, file, small_disk, DataError)


def test_a_full_disk_while_the_text_is_recoded(tmp_path: Path, small_disk: Path):
    file = tmp_path / "rows.csv"
    file.write_bytes(("имя,б\n" + "Иванов Пётр,1\n" * 300_000).encode("cp1251"))
    assert "disk is full" in refused("csv", file, small_disk, DataError)


@pytest.mark.parametrize("kind", ["csv", "parquet", "json"])
def test_a_full_disk_while_writing_leaves_what_was_there(kind: str, small_disk: Path):
    file = small_disk / f"out{SUFFIX[kind]}"
    file.write_bytes(b"old")
    noise = pa.table({"a": [os.urandom(500).hex() for _ in range(5000)]})
    with pytest.raises(DataError) as caught:
        registry.open_connector(kind, {"path": str(file)}).write((), iter(noise.to_batches()), noise.schema, "replace", Task())
    assert "disk is full" in str(caught.value)
    assert {entry.name: entry.read_bytes() for entry in small_disk.iterdir()} == {file.name: b"old"}


def _noise(kind: str, file: Path) -> None:
    """A file whose rows no packing makes smaller than 2 MB."""
    cells = [os.urandom(200).hex() for _ in range(20_000)]
    if kind == "parquet":
        pq.write_table(pa.table({"a": cells}), file)
        return
    line = {"csv": "{}\n", "json": '{{"a": "{}"}}\n', "xml": "<row><a>{}</a></row>"}[kind]
    start, end = {"csv": ("a\n", ""), "json": ("", ""), "xml": ("<rows>", "</rows>")}[kind]
    file.write_text(start + "".join(line.format(cell) for cell in cells) + end)


# A line without end

LIMITED = (
    "import resource, sys; from pathlib import Path; from connectors import registry; from core.errors import DataError\n"
    "from core.task import Task\n"
    "file, folder = Path(sys.argv[1]), Path(sys.argv[2]); source = registry.open_connector('csv', {'path': str(file)}); source.open()\n"
    "for act in (lambda: source.preview((file.name,)), lambda: source.land((file.name,), folder, Task())):\n"
    "    try: print('rows', getattr(act(), 'rows', ''))\n"
    "    except DataError as error: print(' '.join(error.lines()))\n"
    # Not getrusage where it can be helped: its peak is also that of the process that forked this one.
    "status = Path('/proc/self/status'); peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss\n"
    "lines = status.read_text().splitlines() if status.exists() else []\n"
    "print(next((int(line.split()[1]) for line in lines if line.startswith('VmHWM')), peak) // 1024)\n"
)


@pytest.mark.parametrize("start", ["", "a,b\n1,2\n3,"], ids=["from the first byte", "after good lines"])
def test_one_line_of_300_mb_is_refused_with_little_memory(start: str, tmp_path: Path):
    file, folder = tmp_path / "long.csv", tmp_path / "l"
    folder.mkdir()
    with file.open("wb") as out:
        out.write(start.encode())
        for _ in range(300):
            out.write(b"x" * (1 << 20))
        out.write(b"\n5,6\n" if start else b"")
    done = subprocess.run(
        [sys.executable, "-c", LIMITED, str(file), str(folder)], cwd=ROOT, capture_output=True, text=True, check=False
    )
    said = done.stdout.splitlines()
    assert "no line that ends" in said[-2] or "1 line of long.csv cannot be placed" in said[-2], done.stdout + done.stderr
    assert int(said[-1]) < 1000, "megabytes at the most"


def test_a_quote_that_is_never_closed_is_named_with_its_line(tmp_path: Path, home: Path):
    file = tmp_path / "open.csv"
    file.write_text("a,b\n1,2\n" + '3,"never closed\n' + "4,5\n" * 300_000)
    assert "quote opened in line 3" in refused("csv", file, home, DataError)


def test_where_a_quote_is_a_plain_sign_it_can_be_said(tmp_path: Path, home: Path):
    file = tmp_path / "inches.csv"
    file.write_text('size,n\n"5 inch,1\n6" pipe,2\n')
    landed = land("csv", file, home, quote="none")
    assert (landed.rows, landed.rejected) == (2, 0)


def test_a_file_size_limit_of_the_process_reads_like_a_full_disk(tmp_path: Path):
    """Where nothing can be mounted this is how a full disk is tried."""
    file, folder = tmp_path / "rows.csv", tmp_path / "l"
    folder.mkdir()
    _noise("csv", file)
    code = (
        "import resource, signal, sys; from pathlib import Path; from connectors import registry; from core.errors import DataError\n"
        "from core.task import Task\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN); resource.setrlimit(resource.RLIMIT_FSIZE, (300_000, 300_000))\n"
        "source = registry.open_connector('csv', {'path': sys.argv[1]}); source.open()\n"
        "try: source.land(('rows.csv',), Path(sys.argv[2]), Task())\n"
        "except DataError as error: print(error)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(file), str(folder)], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.stdout.strip() == "The disk is full", done.stderr


# Servers


def test_a_port_where_nobody_listens():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
    settings = {"host": "127.0.0.1", "port": port, "database": "d", "user": "u", "password": "se cret"}
    with pytest.raises(ConnectError) as caught:
        registry.open_connector("postgres", settings).open()
    assert "se cret" not in " ".join(caught.value.lines()) + repr(caught.value)
    checks = registry.open_connector("postgres", settings).check()
    assert [check.status for check in checks].count("fail") == 1


@pytest.mark.server
def test_a_wrong_password(database):
    with pytest.raises(ConnectError) as caught:
        registry.open_connector("postgres", {**database.settings, "password": "wr ong"}).open()
    assert "password" in " ".join(caught.value.lines()).lower()
    assert "wr ong" not in " ".join(caught.value.lines())
    registry.open_connector("postgres", database.settings).open()
