"""The quick way of a plain CSV gives what the slow way gives, or steps aside."""

from __future__ import annotations

import gzip
import random
from dataclasses import replace
from pathlib import Path

import duckdb
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from connectors.csv import Csv
from connectors.files import choose, plain
from connectors.files import land as land_module
from core.errors import AssayError
from core.models.source import Landed
from core.task import Task

HEADER = b"number,amount,real,day,moment,truth,word,text\n"
ROWS = (
    b"1,2.50,0.1234567890123,2024-02-29,2024-02-29 23:59:59,true,red,plain\n",
    b"-9223372036854775807,-0.05,-1.5,0001-01-01,1969-12-31 00:00:00,false,blue,\"a, \"\"b\"\"\"\n",
    "0,10,1e-05,9999-12-31,9999-12-31 00:00:00,true,red,Жизнь\n".encode(),
    b",NA,,,n/a,,,\n",
    b"\"7\",\"1.5\",NaN,\"2024-01-01\",\\N,null,\"\",\"\"\n",
)  # fmt: skip
CELLS = {
    "number": ("0", "-1", "9223372036854775807", "-9223372036854775808", "9223372036854775808", "-0", "007", "+1", " 1", "1e2", "NA", "", '"5"'),
    "amount": ("1.50", "1.5", "1", "1.", ".5", "-0.00", "-0.01", "01.50", "1.500", "1.505", "99999.99", "-", "1,5", '"2.5"'),
    "real": (
        "0.1", "0.30000000000000004", "0.1000000000000000055", "1e-05", "1E5", "1e400", "12", "-0", "-0.0", "0.0", "00.5", "NaN", "nan", "inf",
        "5e-324", "2.2250738585072014e-308", "1.7976931348623157e308", "123456789012345678", "9007199254740993.0", "1.10", "0e5", "-1.5e-7",
    ),
    "day": ("2024-02-29", "2023-02-29", "1900-02-29", "2000-02-29", "0000-01-01", "0001-01-01", "9999-12-31", "2024-1-1", "2024-13-01", "N/A"),
    "moment": ("2024-01-01 00:00:00", "2024-01-01T00:00:00", "2024-01-01 24:00:00", "2024-01-01 23:59:60", "2024-01-01", "2024-01-01 00:00:00.5"),
    "truth": ("true", "false", "True", "t", "truth", "NULL", '"true"'),
    "word": ("red", "", '""', "NA", "ß", '"a""b"', '"a\nb"', 'a"b', " red", "\u0000", "#"),
    "text": ("", '""', '"x,y"', '"x\r\ny"', "😀" * 5, "z" * 40, '"open', "a\rb", "\ufeff", "\u2028", "'"),
}  # fmt: skip


@pytest.fixture(autouse=True)
def _little_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    """The head is three rows: what stands below is new to both ways."""
    monkeypatch.setattr(choose, "HEAD", 3)
    monkeypatch.setattr(choose, "GLANCE", 3)


def test_the_machine_code_is_there():
    assert plain._library() is not None, f"{plain.LIBRARY} is missing: make setup builds it where there is a C++ compiler"


def test_what_programs_write_is_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    content = HEADER + b"".join(ROWS) * 3
    quick, took = land(content, tmp_path / "quick", monkeypatch)
    slow, _ = land(content, tmp_path / "slow", monkeypatch, quick=False)
    assert took
    assert [one.column.type for one in quick.columns] == [
        "BIGINT", "DECIMAL(18,2)", "DOUBLE", "DATE", "TIMESTAMP", "BOOLEAN", "VARCHAR", "VARCHAR",
    ]  # fmt: skip
    assert same(quick, slow)
    assert rows(quick)[1][-1] == 'a, "b"'


@pytest.mark.parametrize("change", [
    lambda content: content.replace(b"\n", b"\r\n"),
    lambda content: content[:-1],
    lambda content: content.replace(b",red", b',"red\nor not"'),
    lambda content: b"A title\n\n" + content,
    lambda content: content.replace(b",", b"\t"),
    gzip.compress,
], ids=["CR LF", "no end of the last line", "line ends in cells", "lines above", "tabs", "gzip"])  # fmt: skip
def test_other_plain_forms_are_taken_too(change, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    content = change(HEADER + b"".join(row for row in ROWS if b'"a, ' not in row) * 3)
    quick, took = land(content, tmp_path / "quick", monkeypatch)
    slow, _ = land(content, tmp_path / "slow", monkeypatch, quick=False)
    assert took
    assert same(quick, slow)


@pytest.mark.parametrize(("name", "cell"), [(name, cell) for name, cells in CELLS.items() for cell in cells])
def test_a_cell_further_down_is_what_the_slow_way_makes_of_it(
    name: str, cell: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    content = _with({name: cell})
    quick, took = land(content, tmp_path / "quick", monkeypatch)
    assert took or cell not in TAKEN.get(name, ())
    assert same(quick, land(content, tmp_path / "slow", monkeypatch, quick=False)[0])


TAKEN = {
    "number": ("0", "-1", "9223372036854775807", "-9223372036854775807", "NA", "", '"5"'),
    "amount": ("1.50", "1.5", "1", "-0.01", "99999.99", "-", '"2.5"'),
    "real": (
        "0.1",
        "0.30000000000000004",
        "1e-05",
        "12",
        "-0",
        "-0.0",
        "0.0",
        "NaN",
        "nan",
        "1.10",
        "-1.5e-7",
        "1.7976931348623157e308",
    ),
    "day": ("2024-02-29", "2000-02-29", "0001-01-01", "9999-12-31", "N/A"),
    "moment": ("2024-01-01 00:00:00",),
    "truth": ("true", "false", "NULL", '"true"'),
    "word": ("red", "", '""', "NA", "ß", '"a""b"', '"a\nb"', " red", "#"),
    "text": ("", '""', '"x,y"', '"x\r\ny"', "😀" * 5, "\u2028", "'"),
}
"""What the quick way takes itself: stepping aside would be right, and slow."""


def _with(cells: dict[str, str]) -> bytes:
    names = HEADER.decode().strip().split(",")
    usual = ROWS[0].decode().strip().split(",")
    row = ",".join(cells.get(name, was) for name, was in zip(names, usual)) + "\n"
    return HEADER + ROWS[0] * 3 + ROWS[2] + row.encode() + ROWS[1]


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(place=st.integers(0, 2_000), byte=st.integers(0, 255), much=st.integers(0, 3))
@example(place=60, byte=0, much=1)
@example(place=60, byte=0x0A, much=0)
def test_no_byte_put_anywhere_makes_the_two_ways_differ(place: int, byte: int, much: int, tmp_path_factory, monkeypatch):
    content = bytearray(HEADER + ROWS[0] * 3 + b"".join(ROWS) * 3)
    place %= len(content)
    content[place : place + (1 if much < 3 else 0)] = bytes([byte]) * min(much, 2)
    folder = tmp_path_factory.mktemp("byte")
    results = []
    for quick in (True, False):
        try:
            results.append(land(bytes(content), folder / str(quick), monkeypatch, quick=quick)[0])
        except AssayError as error:
            results.append(error.lines())
    assert same(*results) if all(isinstance(one, Landed) for one in results) else results[0] == results[1]


THIRDS = (1 / 3, 2 / 3, 4 / 3)


def test_doubles_of_every_size_are_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    some = random.Random(7)
    numbers = [some.random() * 10.0 ** some.randint(-12, 12) for _ in range(4_000)] + [2.0**power for power in range(-60, 60)]
    lines = "".join(f"{number!r},{-number!r}\n" for number in (*THIRDS, *numbers))
    quick, took = land(f"a,b\n{lines}".encode(), tmp_path / "quick", monkeypatch)
    assert took
    assert [row[0] for row in rows(quick)][3:] == numbers
    assert same(quick, land(f"a,b\n{lines}".encode(), tmp_path / "slow", monkeypatch, quick=False)[0])


def test_words_that_become_too_many_are_written_as_texts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(land_module, "ROW_GROUP", land_module.VECTOR)
    lines = [f"{number},{'few' if number < 5_000 else f'word {number}'}\n" for number in range(9_000)]
    content = "number,word\n" + "".join(lines)
    quick, took = land(content.encode(), tmp_path / "quick", monkeypatch)
    assert took
    assert pq.ParquetFile(quick.files[0]).num_row_groups > 3
    assert [f"{number},{word}\n" for number, word in rows(quick)] == lines


def test_a_wide_table_has_no_more_row_groups_than_it_needs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Each group costs every question of a column: pieces of text that are small wait for each other."""
    monkeypatch.setattr(plain, "PIECE", 1 << 20)
    content = b"a,b,c\n" + b"0.123456789,red,%s\n" % (b"x" * 200) * 30_000
    quick, took = land(content, tmp_path, monkeypatch)
    assert took
    assert pq.ParquetFile(quick.files[0]).num_row_groups == 1
    assert len(set(rows(quick))) == 1


def test_a_long_text_first_asks_for_no_more_room_than_there_is_text(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    content = b"a,b\n1," + b"y" * 2_000_000 + b"\n" + b"2,x\n" * 200_000
    quick, took = land(content, tmp_path, monkeypatch)
    assert took
    assert (quick.rows, len(rows(quick)[0][1])) == (200_001, 2_000_000)


def test_an_archive_that_is_cut_off_is_told_as_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    packed = gzip.compress(HEADER + b"".join(ROWS[:1]) * 50_000)
    with pytest.raises(AssayError, match=r"rows\.csv is not a whole archive"):
        land(packed[: len(packed) // 2], tmp_path, monkeypatch)
    assert not list((tmp_path / "landed").iterdir())


def test_a_row_longer_than_a_piece_is_left_to_the_other_reader(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(plain, "PIECE", 4_096)
    content = b"a,b\n" + b"1,x\n" * 10 + b"2," + b"y" * 9_000 + b"\n"
    quick, took = land(content, tmp_path / "quick", monkeypatch)
    assert not took
    assert len(rows(quick)[-1][1]) == 9_000


def test_nothing_half_done_is_left_where_it_steps_aside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(land_module, "ROW_GROUP", land_module.VECTOR)
    content = b"a,b\n" + b"1,x\n" * 9_000 + b"007,x\n"
    landed, took = land(content, tmp_path, monkeypatch)
    assert not took
    assert landed.columns[0].column.type == "VARCHAR"
    assert [file.name for file in (tmp_path / "landed").iterdir()] == ["part-0.parquet"]


def test_without_the_machine_code_the_other_reader_does_it_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(plain, "_library", lambda: None)
    landed, took = land(HEADER + ROWS[0] * 9, tmp_path, monkeypatch)
    assert not took
    assert landed.rows == 9


def land(content: bytes, home: Path, monkeypatch: pytest.MonkeyPatch, quick: bool = True) -> tuple[Landed, bool]:
    """The file landed, and whether the quick way took it."""
    (home / "landed").mkdir(parents=True)
    file = home / "rows.csv"
    file.write_bytes(content)
    found = []
    with monkeypatch.context() as patch:
        copied = plain.copied
        patch.setattr(plain, "copied", lambda *given: found.append(copied(*given) if quick else None) or found[-1])
        with Csv({"path": str(file)}) as source:
            return source.land((file.name,), home / "landed", Task()), found[-1:] != [None]


def rows(landed: Landed) -> list[tuple]:
    return duckdb.sql("SELECT * FROM read_parquet($files)", params={"files": list(landed.files)}).fetchall()


def same(one: Landed, other: Landed) -> bool:
    """All that is said of them, and every value: a NaN is one, and -0.0 is not 0.0."""
    says = [replace(landed, files=(), bytes=0, rejects_file="") for landed in (one, other)]
    kinds = [[str(kind) for kind in duckdb.read_parquet(list(landed.files)).types] for landed in (one, other)]
    return says[0] == says[1] and kinds[0] == kinds[1] and repr(rows(one)) == repr(rows(other))
