"""Workbooks as people keep them: titles above, blank rows, errors of formulas, several sheets, files that are none."""

from __future__ import annotations

import datetime as dt
import zipfile
from pathlib import Path

import openpyxl
import pyarrow.parquet as pq
import pytest

from connectors.excel import Excel
from core.cli import main
from core.errors import AssayError
from core.models.source import Landed
from core.task import Task
from core.workbench.connect import sources_of


def book(file: Path, **sheets: list[list]) -> Path:
    made = openpyxl.Workbook()
    made.remove(made.active)
    for name, rows in sheets.items():
        sheet = made.create_sheet(name)
        for row in rows:
            sheet.append(row)
    made.save(file)
    return file


def land(file: Path, folder: Path, *sheet: str, **settings: str) -> tuple[Landed, list[dict]]:
    folder.mkdir()
    with Excel({"path": str(file), **settings}) as source:
        landed = source.land((file.name, *sheet), folder, Task())
    return landed, pq.read_table(landed.files[0]).to_pylist()


def types(landed: Landed) -> dict[str, str]:
    return {column.name: column.type for column in landed.schema}


def test_each_column_gets_the_type_of_its_cells(tmp_path):
    rows = [["id", "price", "day", "at", "paid", "when", "code"]]
    rows += [
        [n, n + 0.5, dt.date(2024, 1, n), dt.datetime(2024, 1, n, 12, n), n % 2 == 0, dt.time(8, n), f"00{n}"]
        for n in range(1, 9)
    ]
    landed, found = land(book(tmp_path / "a.xlsx", orders=rows), tmp_path / "l")
    assert list(types(landed).values()) == ["BIGINT", "DOUBLE", "DATE", "TIMESTAMP", "BOOLEAN", "TIME", "VARCHAR"]
    assert [tuple(row.values()) for row in found] == [tuple(row) for row in rows[1:]]


def test_titles_above_the_table_and_blank_rows_in_and_below_it(tmp_path):
    rows = [["Orders of 2024"], [], ["id", "city", "n"], [1, "Oslo", 5], [None, None, None], [2, "Rome", 6], [], []]
    landed, found = land(book(tmp_path / "a.xlsx", s=rows), tmp_path / "l")
    assert found == [{"id": 1, "city": "Oslo", "n": 5}, {"id": 2, "city": "Rome", "n": 6}]
    assert {name: value for name, value, _ in landed.reading} == {"header": "yes", "skipped": "2"}
    assert "1 blank row" in landed.notes[0].text.replace("{n}", "1")


def test_an_error_of_a_formula_is_kept_and_told(tmp_path):
    landed, found = land(book(tmp_path / "a.xlsx", s=[["n"], [1], ["#N/A"], [3]]), tmp_path / "l")
    assert [row["n"] for row in found] == ["1", "#N/A", "3"]
    refused = landed.columns[0].refused
    assert refused is not None
    assert (refused.wanted, refused.row, refused.cell) == ("BIGINT", 2, "#N/A")


def test_a_sheet_without_a_header_and_one_that_is_said_to_have_none(tmp_path):
    _, found = land(book(tmp_path / "a.xlsx", s=[[1, "x"], [2, "y"]]), tmp_path / "l")
    assert found == [{"column_1": 1, "column_2": "x"}, {"column_1": 2, "column_2": "y"}]
    _, found = land(book(tmp_path / "b.xlsx", s=[["a", "b"], ["c", "d"]]), tmp_path / "m", header="no")
    assert len(found) == 2


def test_doubled_and_missing_names(tmp_path):
    landed, _ = land(book(tmp_path / "a.xlsx", s=[["n", "n", None, "t"], [1, 2, 3, "x"]]), tmp_path / "l")
    assert list(types(landed)) == ["n", "n_2", "column_3", "t"]


def test_more_rows_than_a_batch_in_the_order_of_the_sheet(tmp_path):
    _, found = land(book(tmp_path / "a.xlsx", s=[["n"], *([n] for n in range(45_000))]), tmp_path / "l")
    assert [row["n"] for row in found] == list(range(45_000))


def test_every_sheet_of_a_file_is_a_table_and_a_single_one_has_the_name_of_the_file(tmp_path, capsys, monkeypatch):
    monkeypatch.setenv("ASSAY_HOME", str(tmp_path / "home"))
    two = book(tmp_path / "two.xlsx", orders=[["id"], [1]], nothing=[], people=[["name"], ["Ann"]])
    assert [source.path for source in sources_of(str(two))] == [("two.xlsx", "orders"), ("two.xlsx", "people")]
    one = book(tmp_path / "one.xlsx", Sheet1=[["id"], [1], [2]], Sheet2=[])
    assert main(["profile", str(one), "--quiet"]) == 0
    assert "one: 2 rows" in capsys.readouterr().out


@pytest.mark.parametrize(
    "content", [b"", b"not a workbook", b"PK\x03\x04 cut off", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600)]
)
def test_what_is_no_workbook_is_told_with_a_way_out(tmp_path, content):
    file = tmp_path / "a.xlsx"
    file.write_bytes(content)
    with pytest.raises(AssayError) as caught:
        land(file, tmp_path / "l")
    assert all(line.strip() for line in caught.value.lines("ru"))
    assert list((tmp_path / "l").iterdir()) == []


def test_a_part_with_a_document_type_is_refused_unread(tmp_path):
    file, bomb = book(tmp_path / "a.xlsx", s=[["n"], [1]]), tmp_path / "bomb.xlsx"
    with zipfile.ZipFile(file) as old, zipfile.ZipFile(bomb, "w") as new:
        for part in old.infolist():
            data = old.read(part)
            if part.filename.endswith("sheet1.xml"):
                data = b'<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa">]>' + data
            new.writestr(part, data)
    with pytest.raises(AssayError, match="workbook"):
        land(bomb, tmp_path / "l")
