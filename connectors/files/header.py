"""Where the rows of a table begin in its file, and what its columns are called."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from connectors.files.cells import Record, is_blank, is_value, names_like
from connectors.files.delimiter import MOST_ABOVE
from core.errors import ConfigError, DataError
from core.models.source import Settings
from core.words import Msg, msg, plural

MOST_HEADERS = 10
_YEAR = re.compile(r"(19|20)\d\d")


@dataclass(frozen=True, slots=True)
class Head:
    """The first record of data among those given (`data`, an index), the header's cells (none without one), names, and why."""

    data: int
    header: tuple[str, ...]
    rows: int
    names: tuple[str, ...]
    why: Msg
    above: int
    why_above: Msg | None
    ragged: bool = False


def head_of(rows: Sequence[Record], width: int, settings: Settings) -> Head:
    """By the records of a table (no blank ones) and the commonest width. What the person set overrides what is found.

    Raises `DataError` where `skip` leaves nothing.
    """
    skip = whole(settings, "skip")
    if skip is not None:
        above = next((number for number, row in enumerate(rows) if row.line >= skip), len(rows))
        if above == len(rows):
            raise DataError(
                plural("There is no line below the first {n}", "There is no line below the first {n}", n=skip),
                msg("That many lines are to be passed over, and the table begins below them."),
                msg("Set Lines above the table to a smaller number, or leave it empty."),
            )
        why_above = msg("as you said") if skip else None
    else:
        above = _above(rows, width)
        why_above = msg("the lines above the table have fewer cells than its {n} columns", n=width) if above else None
    cells, odd = _first(rows, above, width)
    if odd is not None:
        above, why_above = odd, why_above if odd else None
    table = [row.cells for row in rows[above:] if len(row.cells) == width]
    if cells is not None:
        table.insert(0, cells)
    elif not table or (len(rows[above].cells) != width and skip is None):
        table = table or [row.cells for row in rows[above:]]
    fits = cells is not None or len(rows[above].cells) == width or not any(len(row.cells) == width for row in rows[above:])
    count, why = _header(table, settings, fits)
    header = table[0] if count else ()
    names = _joined(table[:count], width, str(settings.get("header_join") or " / ")) if count else unique(numbered([""] * width))
    return Head(above + count, header, count, names, why, above, why_above)


def whole(settings: Settings, name: str, most: int = 2**31) -> int | None:
    """A whole number from 0 among the settings, None where it is not set. Raises `ConfigError` for what is none."""
    said = str(settings.get(name) if settings.get(name) is not None else "").strip()
    if said in ("", "auto"):
        return None
    if not said.isdecimal() or int(said) > most:
        raise ConfigError(
            msg("{value} is no number of lines", value=said),
            msg("The setting {name} is a whole number from 0 to {most}.", name=name, most=most),
            msg("Give a number, or leave it empty to have it found."),
        )
    return int(said)


def _above(rows: Sequence[Record], width: int) -> int:
    """How many records stand above the table: a few that have fewer cells than it, or only one that is filled, and then one that fits."""
    if rows[0].filled == 1 and re.fullmatch(r"sep=.?", rows[0].cells[0]):
        return 1
    if width > 2 and rows[0].filled <= 1 < width and len(rows[0].cells) == width:
        # Spreadsheets write all lines equally wide: a title is followed by empty cells.
        first = next((number for number, row in enumerate(rows) if row.filled > 1), 0)
        if 0 < first <= MOST_ABOVE and rows[first].filled > width // 2 and names_like(rows[first].cells):
            return first
    fits = next((number for number, row in enumerate(rows) if len(row.cells) == width), 0)
    return fits if fits <= MOST_ABOVE and all(len(row.cells) < width for row in rows[:fits]) else 0


def _first(rows: Sequence[Record], above: int, width: int) -> tuple[tuple[str, ...] | None, int | None]:
    """A header that is not as wide as its rows: its cells, and how many records then stand above it; None where it is.

    Wider by empty cells; or one cell short, where all rows end in an empty cell (a delimiter at the end of each) or begin with their
    number (R's row names have no name).
    """
    body = [row.cells for row in rows[above:] if len(row.cells) == width]
    if len(rows[above].cells) > width and rows[above].filled <= width and names_like(rows[above].cells):
        return rows[above].cells[:width], above
    if not above or len(rows[above - 1].cells) != width - 1 or not names_like(rows[above - 1].cells) or width < 2:
        return None, None
    short = rows[above - 1].cells
    if all(not row[-1].strip() for row in body):
        return (*short, ""), above - 1
    if [row[0] for row in body[:50]] == [str(number) for number in range(1, len(body[:50]) + 1)] and all(short):
        return ("", *short), above - 1
    return None, None


def _header(table: Sequence[Sequence[str]], settings: Settings, fits: bool) -> tuple[int, Msg]:
    """How many rows of the table are its header, and why."""
    said, count = str(settings.get("header") or "auto"), whole(settings, "header_rows", MOST_HEADERS)
    if count is not None or said == "no":
        return min(count or 0, len(table)), msg("as you said")
    if said == "yes":
        return 1, msg("as you said")
    first = [cell.strip() for cell in table[0]]
    if not fits:
        return 0, msg("the first row has another number of cells")
    years = [cell for cell in first if cell and is_value(cell)]
    if years and not (
        len(years) > 1
        and len(set(years)) == len(years)
        and all(map(_YEAR.fullmatch, years))
        and not is_value(first[0])
        and any(not _YEAR.fullmatch(cell.strip()) for row in table[1:50] for name, cell in zip(first, row) if name in years)
    ):
        return 0, msg("the first row holds values")
    if len(table) == 1:
        return 1, msg("the only row reads like names")
    if two := _two(table):
        return 2, two
    body = table[1:200]
    if any(not any(row[number].strip() == cell for row in body if number < len(row)) for number, cell in enumerate(first)):
        return 1, msg("the first row reads like names")
    others = [row for row in body if list(map(str.strip, row)) != first]
    if len(others) < len(body) and names_like(first) and any(_valued(others, number) for number in range(len(first))):
        return 1, msg("the first row reads like names and comes again whole")
    return 0, msg("the first row repeats in the data")


def _two(table: Sequence[Sequence[str]]) -> Msg | None:
    """Why the second row belongs to the header too: below it columns hold values, in none of which it has one.

    One such column may be an accident of the data. Two are needed, or cells of the first row that are empty because they span.
    """
    if len(table) < 4:
        return None
    first, second, body = table[0], table[1], table[2:200]
    if any(is_value(cell) for cell in (*first[1:], *second) if cell.strip()) and not _spans(first):
        return None
    if any(is_value(cell) or (cell.strip() and is_blank(cell)) for cell in second if cell.strip()):
        return None
    valued = [number for number in range(len(second)) if _valued(body, number)]
    texts = [second[number].strip() for number in valued if second[number].strip()]
    if not texts or len(texts) < len(valued):
        return None
    if _spans(first) and all(cell.strip() for cell in second):
        return msg("the names of the first row span columns, and the second row holds no values either")
    if len(texts) > 1 and (len(set(texts)) > 1 or all(re.fullmatch(r"[(\[].*[)\]]", text) for text in texts)):
        return msg("the second row holds no values where all rows below do")
    return None


def _valued(body: Sequence[Sequence[str]], number: int) -> bool:
    """Whether a column holds values, and nothing else but nulls."""
    cells = [row[number] for row in body if number < len(row) and not is_blank(row[number])]
    return bool(cells) and all(map(is_value, cells))


def _spans(first: Sequence[str]) -> bool:
    """Whether empty cells stand behind filled ones in the first row of a header."""
    filled = [number for number, cell in enumerate(first) if cell.strip()]
    return bool(filled) and any(not cell.strip() for cell in first[filled[0] :])


def _joined(header: Sequence[Sequence[str]], width: int, sign: str) -> tuple[str, ...]:
    """The names of the columns: of several rows joined, where a name of an upper row holds for the empty cells right of it too."""
    if len(header) == 1:
        return unique(numbered(header[0][:width]))
    rows = []
    for row in header[:-1]:
        last, spread = "", []
        for cell in row:
            last = cell.strip() or last
            spread.append(last)
        rows.append(spread if _spans(row) else [cell.strip() for cell in row])
    rows.append([cell.strip() for cell in header[-1]])
    parts = [[row[number] for row in rows if number < len(row) and row[number]] for number in range(width)]
    return unique(numbered([sign.join(dict.fromkeys(part)) for part in parts]))


def numbered(cells: Sequence[str]) -> list[str]:
    """Names of columns: blank ones get the number of the column."""
    return [cell.strip().strip("\ufeff") or f"column_{number}" for number, cell in enumerate(cells, 1)]


def unique(wanted: Sequence[str]) -> tuple[str, ...]:
    """The names, with a number where one was there before, capitals aside: no engine tells two such columns apart."""
    names: list[str] = []
    taken: set[str] = set()
    for one in wanted:
        name, again = one, 2
        while name.lower() in taken:
            name, again = f"{one}_{again}", again + 1
        taken.add(name.lower())
        names.append(name)
    return tuple(names)
