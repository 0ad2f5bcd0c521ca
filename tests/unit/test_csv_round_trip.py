"""Any table in any dialect lands and reads back equal, cell by cell."""

from __future__ import annotations

import csv
import io
import random
import shutil
import tempfile
from decimal import Decimal
from pathlib import Path
from unittest.mock import patch

import duckdb
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from connectors.csv import Csv
from connectors.files import checks, choose
from connectors.files.marks import GROUPS
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


def written(
    rows: list[list[str | None]], delimiter: str, end: str, encoding: str, quote: str = '"', escape: str = "doubled"
) -> bytes:
    """Everything quoted but null, so that null and empty text stay apart."""

    def quoted(cell: str | None) -> str:
        if cell is None:
            return ""
        if escape == "backslash":
            return quote + cell.replace("\\", "\\\\").replace(quote, "\\" + quote) + quote
        return quote + cell.replace(quote, quote * 2) + quote

    header = [f"name {number}" for number in range(len(rows[0]))]
    return (end.join(delimiter.join(map(quoted, row)) for row in (header, *rows)) + end).encode(encoding)


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
        text = _plain(cell, read_as.split("; ")[0])
        query = f"SELECT CAST($cell AS {kind}) IS NOT DISTINCT FROM CAST($value AS {kind})"  # noqa: S608 made here
        return connection.execute(query, {"cell": text, "value": value}).fetchall()[0][0]


def _plain(cell: str, read_as: str) -> str:
    """A number without what its column says was around and inside it."""
    for part in read_as.split(", "):
        if part.startswith("thousands by "):
            cell = cell.replace(next(sign for sign, name in GROUPS.items() if part == f"thousands by {name}"), "")
        elif part.startswith("unit "):
            cell = cell.replace(part.removeprefix("unit "), "")
    return cell.strip("% \u00a0\u202f").replace(",", ".") if "decimal comma" in read_as else cell.strip("% \u00a0\u202f")


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    rows=tables(),
    delimiter=st.sampled_from([",", ";", "\t", "|", "||", "~|~", "::", ", ", "->"]),
    end=st.sampled_from(["\n", "\r\n"]),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"]),
    quote=st.sampled_from(['"', "'"]),
    escape=st.sampled_from(["doubled", "backslash"]),
    head=st.sampled_from([2, choose.HEAD]),
    wide=st.sampled_from([0, checks.WIDE]),
)
@example([["1", "2024-01-01"], ["2", None]], ";", "\r\n", "utf-16", '"', "doubled", choose.HEAD, checks.WIDE)
@example([["true", None], ["nan", None]], ",", "\n", "utf-8", '"', "doubled", choose.HEAD, checks.WIDE)
@example([["a\nb", '"'], ["", None]], ",", "\n", "utf-8", '"', "doubled", choose.HEAD, 0)
@example([["a~|~b\\", "'"], ["\\'", None]], "~|~", "\n", "utf-16-be", "'", "backslash", choose.HEAD, checks.WIDE)
@example([["0.5", "1"], ["1e-7", "2"], ["3", "3"], ["x", "4"]], ",", "\n", "utf-8", '"', "doubled", 2, checks.WIDE)
@example([["0.5", "1"], ["1e-7", "2"], ["3", "3"], ["1", "x"]], ",", "\n", "utf-8", '"', "doubled", 2, 0)
def test_every_cell_says_the_same_after_it_has_landed(
    rows, delimiter: str, end: str, encoding: str, quote: str, escape: str, head: int, wide: int
):
    """Whether the first rows tell of all others or not, and whether columns are checked one beside the other or as lists."""
    # A short file in UTF-16 without a mark may be of signs that no guess can tell.
    name = encoding if encoding.endswith("e") else "auto"
    given = {"\t": "tab", ", ": '", "'}.get(delimiter, delimiter)
    said = {
        "delimiter": given,
        "header": "yes",
        "encoding": name,
        "quote": quote,
        "escape": escape,
        "tables": "one",
        "comment": "none",
    }
    with patch.object(choose, "HEAD", head), patch.object(checks, "WIDE", wide):
        found = landed_text(written(rows, delimiter, end, encoding, quote, escape), **said, footer="0")
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


UNITS = st.sampled_from([("", ""), ("$", ""), ("", " ₽"), ("USD ", ""), ("", "%"), ("", "\u00a0€"), ("", " %")])
AMOUNTS = st.lists(st.decimals(-(10**9), 10**9, places=2).filter(lambda value: value != 0), min_size=2, max_size=8)


def amount(value: Decimal, group: str, point: str, before: str, after: str) -> str:
    """A number as people write it: the minus in front, a sign between each three digits, the unit at its side."""
    whole, fraction = f"{abs(value):,.2f}".split(".")
    return ("-" if value < 0 else "") + before + whole.replace(",", group) + point + fraction + after


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(values=AMOUNTS, group=st.sampled_from(["", *GROUPS]), comma=st.booleans(), unit=UNITS)
def test_amounts_with_thousands_and_units_are_the_numbers_they_say(values, group: str, comma: bool, unit: tuple[str, str]):
    point = {",": ".", ".": ","}.get(group, "," if comma else ".")
    rows = [[amount(value, group, point, *unit), str(number)] for number, value in enumerate(values)]
    found = landed_text(written(rows, ";", "\n", "utf-8"), delimiter=";", header="yes")
    assert [row[0][0] for row in found] == values
    # One cell that is written otherwise keeps all of them as text.
    rows.append([amount(Decimal("1234567.25"), "_", point, *unit), "0"])
    assert [row[0][0] for row in landed_text(written(rows, ";", "\n", "utf-8"), header="yes")] == [row[0] for row in rows]


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    rows=st.lists(st.tuples(st.integers(-9999, 9999), WORD, st.none() | WORD), min_size=3, max_size=20),
    delimiter=st.sampled_from([",", ";", "\t", "||", "~|~", "::", ", "]),
    seed=st.randoms(use_true_random=False),
)
def test_lines_that_are_no_rows_are_found_among_those_that_are(rows, delimiter: str, seed: random.Random):
    """Titles above, comments and the header again between, a mark of the end below: none of it is a row, and no row is lost."""
    header = delimiter.join(("number", "word", "other"))
    lines = [delimiter.join((str(number), word, other or "")) for number, word, other in rows]
    for odd in ("# made by hand", "# and again", header):
        lines.insert(seed.randint(1, len(lines) - 1), odd)
    text = "\n".join(("A title of the report", "", header, *lines, "", "-- end --", ""))
    found = landed_text(text.encode())
    assert [tuple(value for value, _, _ in row) for row in found] == rows
