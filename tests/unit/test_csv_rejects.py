"""Rows of a CSV that cannot be placed: each is counted once, told whole, and found again by its line, however lines end."""

from __future__ import annotations

import csv
import gzip
from pathlib import Path

import pytest

from connectors.csv import Csv
from core.models.source import Landed
from core.task import Task
from core.words import say

ENDS = {"LF": "\n", "CR LF": "\r\n", "CR": "\r"}
LINES = ("a,b,c", "1,2,3", "4,5", '"x|y",1,2', '"p|q",3', "6,7,8,9,10,11,12,13", "14,15,16", "17,18")
"""A row in quotes and a reject in quotes take two lines each (`|` is a line end); the last line is a reject."""

REJECTS = (
    (3, "4,5", "it has 2 cells where 3 are expected"),
    (6, '"p|q",3', "it has 2 cells where 3 are expected"),
    (8, "6,7,8,9,10,11,12,13", "it has 8 cells where 3 are expected"),
    (10, "17,18", "it has 2 cells where 3 are expected"),
)


def land(content: bytes, home: Path, name: str = "t.csv", **settings: str) -> Landed:
    (home / "l").mkdir()
    file = home / name
    file.write_bytes(content)
    with Csv({"path": str(file), **settings}) as source:
        return source.land((name,), home / "l", Task())


def told(landed: Landed) -> list[tuple[int, str, str]]:
    return [(one.line, one.text, say(one.reason)) for one in landed.rejects]


def kept(landed: Landed) -> list[tuple[int, str, str]]:
    with Path(landed.rejects_file).open(encoding="utf-8", newline="") as opened:
        return [(int(line), text, message) for line, text, message in list(csv.reader(opened))[1:]]


@pytest.mark.parametrize("last", ["", "end"], ids=["without an end", "with an end"])
@pytest.mark.parametrize("end", ENDS.values(), ids=ENDS)
def test_each_reject_is_counted_once_and_told_with_its_line_whatever_ends_a_line(end: str, last: str, tmp_path: Path):
    text = end.join(LINES).replace("|", end) + (end if last else "")
    landed = land(text.encode(), tmp_path)
    expected = [(line, held.replace("|", end), why) for line, held, why in REJECTS]
    assert (landed.rows, landed.rejected) == (3, 4)
    assert told(landed) == expected
    assert [row[:2] for row in kept(landed)] == [row[:2] for row in expected]
    assert kept(landed)[2][2].endswith("Found: 8")


def test_the_file_with_all_rejects_has_a_line_for_each(tmp_path: Path):
    rows = "".join(f"{n},x\r\n" if n % 3 else f"{n}\r\n" for n in range(1, 394))
    landed = land(b"a,b\r\n" + rows.encode(), tmp_path)
    assert (landed.rows, landed.rejected, len(landed.rejects)) == (262, 131, 50)
    assert Path(landed.rejects_file).read_bytes().count(b"\n") == 132
    assert kept(landed)[-1][:2] == (394, "393")


@pytest.mark.parametrize("content", [
    b"a,b\r\n1,2\n3\r\n4,5\n6\n7,8\r\n", b"a,b\n1,2\r\n3\n4,5\r\n6\r\n7,8\n", b"a,b\r\n1,2\r\n3\r\n4,5\n6\r\n7,8\n",
])  # fmt: skip
def test_rejects_are_told_where_line_ends_are_mixed(content: bytes, tmp_path: Path):
    landed = land(content, tmp_path)
    assert landed.rows == 3
    assert [(one.line, one.text) for one in landed.rejects] == [(3, "3"), (5, "6")]
    assert landed.rejected == 2


@pytest.mark.parametrize("end", ENDS.values(), ids=ENDS)
def test_the_first_and_the_last_row_may_be_the_rejects(end: str, tmp_path: Path):
    landed = land(end.join(("a,b", "1", "2,x", "3,y", "4")).encode(), tmp_path)
    assert [(one.line, one.text) for one in landed.rejects] == [(2, "1"), (5, "4")]
    assert (landed.rows, landed.rejected) == (2, 2)


@pytest.mark.parametrize("end", ENDS.values(), ids=ENDS)
def test_blank_lines_and_a_title_are_no_part_of_a_reject_and_count_in_its_line(end: str, tmp_path: Path):
    text = end.join(("A title", "", "a;b;c", "1;2;3", "", "", "4;5", "6;7;8", "", "9", "10;11;12", "", ""))
    landed = land(text.encode(), tmp_path)
    assert [(one.line, one.text) for one in landed.rejects] == [(7, "4;5"), (10, "9")]
    assert (landed.rows, landed.rejected) == (3, 2)


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "cp1251", "gzip"])
def test_the_line_of_a_reject_is_that_of_the_file_in_every_encoding(encoding: str, tmp_path: Path):
    text = "имя,город\r\nИван,Москва\r\nПётр\r\nАнна,Новгород\r\n"
    content = gzip.compress(text.encode()) if encoding == "gzip" else text.encode(encoding)
    landed = land(content, tmp_path, "t.csv.gz" if encoding == "gzip" else "t.csv")
    assert told(landed) == [(3, "Пётр", "it has 1 cell where 2 are expected")]


def test_a_quote_that_is_not_closed_counts_the_lines_it_takes(tmp_path: Path):
    landed = land(b'a,b\r\n1,2\r\n3,4\r\n"open,5\r\n6,7\r\n8,9\r\n', tmp_path, quote='"')
    assert (landed.rows, landed.rejected, landed.rejects[0].line) == (2, 3, 4)
    assert say(landed.rejects[0].reason).endswith("takes 3 lines with it")


def test_rejects_far_apart_are_found_by_their_lines(tmp_path: Path):
    rows = "".join(f"{n},{'x' * 60}\r\n" if n % 70_000 else f"{n}\r\n" for n in range(1, 210_001))
    landed = land(b"a,b\r\n" + rows.encode(), tmp_path)
    assert [(one.line, one.text) for one in landed.rejects] == [(70_001, "70000"), (140_001, "140000"), (210_001, "210000")]


@pytest.mark.parametrize(("content", "line"), [
    ("n,t\r\n1,a\r\n2,b\r\n012,c\r\n", 4),
    ("n,t\n1,a\n2\n2,b\n3\n012,c\n4\n", 6),
    ("Title\nn;t;u\n1;a;x\n012;b;x\n", 4),
    ("1,a\n2,b\n012,c\n", 3),
    ("n,t\n1,a\n\n2,b\n012,c\n", None),
    ('n,t\n1,"a\nb"\n2,b\n012,c\n', None),
])  # fmt: skip
def test_a_refused_cell_is_told_by_its_line_where_that_is_known_and_by_its_row_where_not(content, line, tmp_path: Path):
    landed = land(content.encode(), tmp_path)
    refused = landed.columns[0].refused
    assert refused
    assert (refused.cell, refused.line) == ("012", line)
    assert say(refused.where) == (f"line {line} of the file" if line else f"row {refused.row}")
