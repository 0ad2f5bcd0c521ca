"""Small nasty files, each with the table it must give or the error."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pytest

from connectors.csv import Csv
from connectors.files import checks, plain
from core.errors import AssayError, DataError
from core.models.source import Landed
from core.task import Task
from core.words import say
from tests.unit.csv_cases import CASES as BASIC
from tests.unit.csv_cases import RUSSIAN, Case
from tests.unit.csv_cases_layout import LAYOUT
from tests.unit.csv_cases_signs import SIGNS
from tests.unit.csv_cases_values import VALUES

CASES = (*BASIC, *SIGNS, *LAYOUT, *VALUES)


@pytest.mark.parametrize("wide", [None, checks.WIDE, 0], ids=["", "by DuckDB", "checked as lists"])
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_each_file_gives_its_table_or_its_error(case: Case, wide: int | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    if wide is not None:
        monkeypatch.setattr(checks, "WIDE", wide)
        monkeypatch.setattr(plain, "copied", lambda *given: None)
    file = tmp_path / case.file
    file.write_bytes(case.content if isinstance(case.content, bytes) else case.content.encode())
    if case.error:
        with pytest.raises(AssayError) as caught:
            land(file, tmp_path, case.settings, case.table)
        assert case.error in " ".join(caught.value.lines())
        return
    landed = land(file, tmp_path, case.settings, case.table)
    assert " ".join(column.type for column in landed.schema) == case.types
    if case.rows is not None:
        assert rows(landed) == list(case.rows)
        assert landed.rows == len(case.rows)
    if case.columns:
        names = [column.name for column in landed.schema]
        assert names == case.columns.split("|" if "|" in case.columns else " ")
    assert [reject.line for reject in landed.rejects] == list(case.rejects)
    assert landed.rejected == len(case.rejects)
    said = {name: value for name, value, _ in landed.reading}
    assert {name: said.get(name) for name in case.reading} == case.reading
    columns = {one.column.name: one for one in landed.columns}
    assert {name: columns[name].read_as for name in case.read_as} == case.read_as
    assert {
        name: (one.refused.row, one.refused.cell) for name, one in columns.items() if one.refused and name in case.refused
    } == case.refused
    assert all(any(part in say(note) for note in landed.notes) for part in case.notes), [say(note) for note in landed.notes]
    with Csv({"path": str(file), **case.settings}) as source:
        assert [item.name for item in source.browse((file.name,))] == list(case.tables)
    assert [name for name, one in columns.items() if one.ambiguous] == list(case.ambiguous)


def land(file: Path, home: Path, settings: dict[str, str] | None = None, table: str = "") -> Landed:
    folder = home / "l"
    folder.mkdir()
    with Csv({"path": str(file), **(settings or {})}) as source:
        return source.land((file.name, table) if table else (file.name,), folder, Task())


def rows(landed: Landed) -> list[tuple]:
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'UTC'")
        found = connection.execute("SELECT * FROM read_parquet($f)", {"f": list(landed.files)}).fetchall()
    return [
        tuple(value.astimezone(UTC) if isinstance(value, datetime) and value.tzinfo else value for value in row) for row in found
    ]


def test_there_are_enough_of_them():
    assert len(CASES) >= 150
    assert len({case.name for case in CASES}) == len(CASES)


def test_every_reading_has_its_evidence(tmp_path: Path):
    file = tmp_path / "a.csv"
    file.write_bytes(RUSSIAN.encode("cp1251"))
    said = {name: say(why) for name, _, why in land(file, tmp_path).reading}
    assert set(said) == {"encoding", "delimiter", "quote", "header"}
    assert "in cp1251 its words read like Russian" in said["encoding"]
    assert said["delimiter"] == "100 % of the first lines fall into 2 columns"


def test_rejected_rows_are_told_with_their_text_and_kept_in_a_file(tmp_path: Path):
    file = tmp_path / "a.csv"
    file.write_text("a,b\n" + "1,2\n" * 100 + "3\n" * 70 + "4,5,6\n")
    landed = land(file, tmp_path)
    assert (landed.rows, landed.rejected, len(landed.rejects)) == (100, 71, 50)
    assert say(landed.rejects[0].reason) == "it has 1 cell where 2 are expected"
    assert (landed.rejects[0].line, landed.rejects[0].text) == (102, "3")
    with duckdb.connect() as connection:
        kept = connection.execute(
            "SELECT line, text FROM read_csv($f, header = true, all_varchar = true)", {"f": landed.rejects_file}
        ).fetchall()
    assert (len(kept), kept[-1]) == (71, ("172", "4,5,6"))


def test_a_file_of_which_no_row_fits_says_so(tmp_path: Path):
    file = tmp_path / "a.csv"
    file.write_text('a,b\n"x,1\ny,2\n')
    with pytest.raises(DataError) as caught:
        land(file, tmp_path)
    assert "No line of a.csv fits its 2 columns" in caught.value.lines()[0]
    assert "line 2" in caught.value.lines()[1]


def test_the_preview_has_the_columns_of_the_schema(tmp_path: Path):
    for number, case in enumerate(case for case in CASES if not case.error):
        folder = tmp_path / str(number)
        folder.mkdir()
        file = folder / case.file
        file.write_bytes(case.content if isinstance(case.content, bytes) else case.content.encode())
        with Csv({"path": str(file), **case.settings}) as source:
            shown = source.preview((file.name,), 3)
            assert shown.column_names == [column.name for column in source.schema((file.name,))], case.name
