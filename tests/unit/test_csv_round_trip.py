"""Any table in any dialect lands and reads back equal, cell by cell."""

from __future__ import annotations

import csv
import io
import shutil
import tempfile
from pathlib import Path

import duckdb
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from connectors.csv import Csv
from connectors.files.readings import NAN, NULL_TOKENS
from core.task import Task

LETTERS = st.characters(codec="utf-8", exclude_categories=("Cs", "Cc"), include_characters="\n\t")
TEXT = st.text(LETTERS, max_size=12)
NUMBER = st.one_of(
    st.integers(-(10**45), 10**45).map(str),
    st.decimals(allow_nan=False, allow_infinity=False, places=3).map(lambda value: f"{value:f}"),
    st.floats(allow_nan=False).map(repr),
    st.sampled_from(["007", "-0", "+1", "1e5", "1,5", "0.10", "1.", ".5", "00", "1_000", "١٢"]),
)
MOMENT = st.one_of(
    st.dates().map(str),
    st.datetimes().map(str),
    st.datetimes().map(lambda value: value.isoformat() + "Z"),
    st.dates().map(lambda value: f"{value:%d/%m/%Y}"),
    st.sampled_from(["2024-02-30", "24:00:00", "2024-1-1", "2024-01-01 25:00:00", "12:30:00", "0000-01-01"]),
)
OTHER = st.sampled_from(
    ["true", "True", "FALSE", "NA", "NULL", "-", "nan", "inf", "\\N", " 1", "1 ", "x", "6f9619ff-8b86-d011-b42d-00cf4fc964ff"]
)
KINDS = st.sampled_from([TEXT, NUMBER, MOMENT, OTHER, st.one_of(NUMBER, OTHER), st.one_of(MOMENT, TEXT)])


@st.composite
def tables(draw) -> list[list[str | None]]:
    """Columns of one flavour each, sometimes with a few cells of another: text, or null."""
    columns = [draw(KINDS) for _ in range(draw(st.integers(2, 4)))]
    return [[draw(st.none() | cell) for cell in columns] for _ in range(draw(st.integers(1, 8)))]


def written(rows: list[list[str | None]], delimiter: str, end: str, encoding: str) -> bytes:
    """Everything quoted but null, so that null and empty text stay apart."""
    header = [f"name {number}" for number in range(len(rows[0]))]
    lines = [delimiter.join('"' + cell.replace('"', '""') + '"' for cell in header)]
    lines += [delimiter.join("" if cell is None else '"' + cell.replace('"', '""') + '"' for cell in row) for row in rows]
    return (end.join(lines) + end).encode(encoding)


def landed_text(content: bytes, **said: str) -> list[tuple]:
    """The landed cells as text again, in the way their column says it was read."""
    home = Path(tempfile.mkdtemp())
    try:
        file, folder = home / "t.csv", home / "l"
        file.write_bytes(content)
        folder.mkdir()
        with Csv({"path": str(file), **said}) as source:
            landed = source.land((), folder, Task())
        assert landed.rejected == 0
        with duckdb.connect() as connection:
            connection.execute("SET TimeZone = 'UTC'")
            found = connection.execute("SELECT * FROM read_parquet($f)", {"f": list(landed.files)})
            types = [column.type for column in landed.schema]
            read = [column.read_as for column in landed.columns]
            return [tuple(zip(row, types, read)) for row in found.fetchall()]
    finally:
        shutil.rmtree(home)


def says_the_same(cell: str | None, value: object, kind: str, read_as: str) -> bool:
    """Whether a landed value says what the cell said: text letter for letter, null for null, anything else by reading it again."""
    if cell is None or (kind != "VARCHAR" and cell in NULL_TOKENS and not (kind == "DOUBLE" and cell in NAN)):
        return value is None
    if kind == "VARCHAR":
        return value == cell
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'UTC'")
        if "%" in read_as:
            again = "strptime($cell, $form)"
            query = f"SELECT CAST({again} AS {kind}) IS NOT DISTINCT FROM CAST($value AS {kind})"  # noqa: S608 made here
            return connection.execute(query, {"cell": cell, "form": read_as.split(";")[0], "value": value}).fetchall()[0][0]
        text = cell.replace(",", ".") if "decimal comma" in read_as else cell
        query = f"SELECT CAST($cell AS {kind}) IS NOT DISTINCT FROM CAST($value AS {kind})"  # noqa: S608 made here
        return connection.execute(query, {"cell": text, "value": value}).fetchall()[0][0]


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    rows=tables(),
    delimiter=st.sampled_from([",", ";", "\t", "|"]),
    end=st.sampled_from(["\n", "\r\n"]),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]),
)
@example(rows=[["1", "2024-01-01"], ["2", None]], delimiter=";", end="\r\n", encoding="utf-16")
@example(rows=[["true", None], ["nan", None]], delimiter=",", end="\n", encoding="utf-8")
@example(rows=[["a\nb", '"'], ["", None]], delimiter=",", end="\n", encoding="utf-8")
def test_every_cell_says_the_same_after_it_has_landed(rows, delimiter: str, end: str, encoding: str):
    said = {"delimiter": "tab" if delimiter == "\t" else delimiter, "header": "yes", "encoding": "auto"}
    found = landed_text(written(rows, delimiter, end, encoding), **said)
    assert len(found) == len(rows)
    for row, cells in zip(rows, found):
        for cell, (value, kind, read_as) in zip(row, cells, strict=True):
            assert says_the_same(cell, value, kind, read_as), (cell, value, kind, read_as)


WORD = st.text(st.characters(min_codepoint=97, max_codepoint=122), min_size=3, max_size=8).filter(
    lambda word: word not in ("true", "false", "nan", "inf", "null")
)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    rows=st.lists(st.tuples(WORD, st.integers(-9999, 9999), st.none() | WORD), min_size=3, max_size=20),
    delimiter=st.sampled_from([",", ";", "\t", "|"]),
    end=st.sampled_from(["\n", "\r\n", "\r"]),
)
def test_the_dialect_is_found_without_being_told(rows, delimiter: str, end: str):
    out = io.StringIO(newline="")
    writer = csv.writer(out, delimiter=delimiter, lineterminator=end)
    writer.writerow(["Word", "Number", "Other"])
    writer.writerows(rows)
    found = landed_text(out.getvalue().encode())
    assert [tuple(value for value, _, _ in row) for row in found] == rows
