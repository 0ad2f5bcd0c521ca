"""How the text of a CSV falls into cells: delimiter, quotes, header and what is no row, each with its evidence."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from connectors.files.cells import Record, Signs, lines_of, records
from connectors.files.delimiter import named, part, widths
from connectors.files.header import Head, head_of, unique, whole
from connectors.files.sections import Section, sections_of
from connectors.files.straight import Plan
from core.errors import ConnectError, DataError
from core.models.source import Settings
from core.words import Msg, msg, plural

__all__ = ["LONGEST", "LOOK", "Dialect", "one_long_line", "sections", "sniff", "unique"]

LOOK = 256 * 1024
LONGEST = 16_000_000
_COMMENT = "#"


@dataclass(frozen=True, slots=True)
class Dialect:
    """How a CSV is to be read, and why.

    `skip` is how many records (blank ones too) stand above the first row of data in what `plan` leaves of the text, `lines_above` how many
    lines. `header` are the cells of a header of one row. `pad`: short rows are filled with nulls. `nulls`: what a person named as null.
    `nameless` are columns without a name in the header, `tables` the names of all tables of the file where there are several.
    """

    delimiter: str
    quote: str
    escape: str
    columns: tuple[str, ...]
    reading: tuple[tuple[str, str, Msg], ...]
    skip: int = 0
    lines_above: int = 0
    header: tuple[str, ...] = ()
    plan: Plan = Plan()  # noqa: RUF009 frozen
    pad: bool = False
    nulls: tuple[str, ...] | None = None
    nameless: tuple[str, ...] = ()
    tables: tuple[str, ...] = ()

    @property
    def signs(self) -> Signs:
        return Signs(self.delimiter, self.quote, self.escape)


def sniff(file: Path, text: str, whole_file: bool, settings: Settings, table: str = "") -> Dialect:
    """The dialect of a CSV (or of one of its tables) by the head of its text; what the person set overrides what is found.

    Raises `DataError` for a file that has no line, or none that ends, `ConnectError` for a table that is not in it.
    """
    lines, rows, signs, comments = _taken_apart(file, text, whole_file, settings)
    found = () if _is_one(settings) else sections_of(rows, lines)
    section = _named(file, found, table)
    start, stop = (section.start, section.stop) if section else (0, None)
    lines = lines[start:stop]
    parted = part([line for number, line in enumerate(lines) if start + number not in comments], settings)
    signs, width = parted.signs, parted.width
    rows = records(_blanked(lines, {number - start for number in comments}), signs)
    filled = [row for row in rows if row.cells]
    head = head_of(filled, width, settings)
    # A table without rows is as wide as its header.
    first = filled[head.data] if head.data < len(filled) else None
    above = first.line if first else len(lines)
    gone = [number - start for number in comments if start <= number < (stop or len(text))]
    top = filled[head.above].line if head.above < len(filled) else len(lines)
    between = any(number > top for number in gone) or (bool(gone) and str(settings.get("comment") or "auto") != "auto")
    header = head.header if head.rows == 1 and len(head.header) == width and width > 1 else ()
    again = bool(header) and any(tuple(map(str.strip, row.cells)) == tuple(map(str.strip, header)) for row in filled[head.data :])
    below = first.at if first else rows[-1].at + 1
    hidden = len([number for number in gone if number < above]) if between else 0
    plan = Plan(
        start=start,
        stop=stop,
        comment=_said_comment(settings) if between else "",
        header=header if again else (),
    )
    return Dialect(
        signs.delimiter,
        signs.quote,
        signs.escape,
        head.names,
        (
            *_reading(parted, head, settings, found, section, lines),
            *_comments_above(gone, between, lines),
        ),
        below - hidden,
        above - hidden,
        header,
        plan,
        str(settings.get("short_rows") or "") == "fill with nulls",
        nulls_said(settings),
        tuple(f"column_{number}" for number, cell in enumerate(head.header, 1) if not cell.strip()),
        tuple(one.name for one in found),
    )


def sections(file: Path, text: str, whole_file: bool, settings: Settings) -> tuple[Section, ...]:
    """The tables of a file by its head; none where it is one table, or where the person said so."""
    if _is_one(settings):
        return ()
    lines, rows, _, _ = _taken_apart(file, text, whole_file, settings)
    return sections_of(rows, lines)


def nulls_said(settings: Settings) -> tuple[str, ...] | None:
    """The texts a person named as null, parted by commas; the empty cell is always one. None where nothing was said."""
    said = str(settings.get("nulls") or "auto").strip()
    if said == "auto":
        return None
    return ("",) if said == "none" else ("", *dict.fromkeys(token.strip() for token in said.split(",") if token.strip()))


def _is_one(settings: Settings) -> bool:
    return str(settings.get("tables") or "auto") == "one" or bool(whole(settings, "skip"))


def _named(file: Path, found: Sequence[Section], table: str) -> Section | None:
    """The table a path names, by its name or number; the first where it names none."""
    if not found:
        if table and table not in ("1", "table 1"):
            raise _no_table(file, table)
        return None
    if not table:
        return found[0]
    for number, one in enumerate(found, 1):
        if table in (one.name, str(number)):
            return one
    raise _no_table(file, table, found)


def _no_table(file: Path, table: str, found: Sequence[Section] = ()) -> ConnectError:
    names = ", ".join(one.name for one in found)
    return ConnectError(
        msg("There is no table {table} in {name}", table=table, name=file.name),
        msg("It holds: {names}.", names=names) if names else msg("It holds one table."),
        msg("Show what is there and pick one of its tables."),
    )


def _taken_apart(
    file: Path, text: str, whole_file: bool, settings: Settings
) -> tuple[list[str], list[Record], Signs, frozenset[int]]:
    """The lines of the head, its records with comments blank, the signs, and which lines are comments."""
    if not whole_file and "\n" not in text and "\r" not in text:
        raise one_long_line(file)
    lines = lines_of(text, whole_file)
    if not any(line.strip() for line in lines):
        raise DataError(
            msg("{name} holds only blank lines", name=file.name),
            msg("There is no header and no row in it."),
            msg("Check how it was made."),
        )
    comments = _comments(lines, settings)
    signs = part([line for number, line in enumerate(lines) if number not in comments], settings).signs
    return lines, records(_blanked(lines, comments), signs), signs, comments


def _blanked(lines: Sequence[str], comments: frozenset[int] | set[int]) -> list[str]:
    return ["" if number in comments else line for number, line in enumerate(lines)]


def _said_comment(settings: Settings) -> str:
    said = str(settings.get("comment") or "auto")
    return {"auto": _COMMENT, "none": ""}.get(said, said)


def _comments(lines: Sequence[str], settings: Settings) -> frozenset[int]:
    """Lines (from 0) that are comments: all that begin with the sign, where most of those do not fall into the cells of a row.

    A line inside quotes is none, whatever it begins with.
    """
    sign = _said_comment(settings)
    marked = [number for number, line in enumerate(lines) if sign and line.lstrip(" \t").startswith(sign)]
    rest = [line for number, line in enumerate(lines) if number not in set(marked)]
    if not marked or not any(line.strip() for line in rest):
        return frozenset()
    parted = part(rest, settings)
    begins = {row.line for row in records(lines, parted.signs)}
    marked = [number for number in marked if number in begins]
    if str(settings.get("comment") or "auto") != "auto":
        return frozenset(marked)
    fits = [number for number in marked if widths(records([lines[number]], parted.signs)).get(parted.width)]
    if parted.width < 2 or 2 * len(fits) >= len(marked):
        # `#id,name` is a header, `#fff,white` a row.
        return frozenset()
    return frozenset(number for number in marked if number not in fits or lines[number].lstrip().startswith(f"{sign} "))


def _reading(parted, head: Head, settings: Settings, found: Sequence[Section], section: Section | None, lines) -> tuple:
    signs = parted.signs
    reading = [
        ("delimiter", named(signs.delimiter), parted.why),
        ("quote", signs.quote or "none", parted.why_quote),
    ]
    if signs.escape == "\\" or str(settings.get("escape") or "auto") != "auto":
        reading.append(("escape", "backslash" if signs.escape == "\\" else "doubled", parted.why_escape))
    reading.append(("header", {0: "no", 1: "yes"}.get(head.rows, str(head.rows)), head.why))
    if head.why_above is not None:
        above = _lines_above(parted, head, lines)
        if above:
            reading.append(("skipped", str(above), head.why_above))
    if section is not None:
        reading.append(
            (
                "table",
                section.name,
                plural(
                    "one of {n} table in the file: {names}",
                    "one of {n} tables in the file: {names}",
                    n=len(found),
                    names=", ".join(one.name for one in found),
                ),
            )
        )
    if str(settings.get("short_rows") or "") == "fill with nulls":
        reading.append(("short rows", "fill with nulls", msg("as you said")))
    if (nulls := nulls_said(settings)) is not None:
        reading.append(("nulls", ", ".join(nulls[1:]) or "none", msg("as you said")))
    return tuple(reading)


def _comments_above(gone: Sequence[int], between: bool, lines: Sequence[str]) -> tuple[tuple[str, str, Msg], ...]:
    """What is said of comments that stand above the table only: those further down are told once they are taken out."""
    if between or not gone:
        return ()
    first = "; ".join(f"{number + 1}: {lines[number].strip()[:200]}" for number in gone[:3]) + (" …" if len(gone) > 3 else "")
    return (("comments", str(len(gone)), msg("lines that are no rows, set aside: {first}", first=first)),)


def _lines_above(parted, head: Head, lines: Sequence[str]) -> int:
    rows = [row for row in records(lines, parted.signs) if row.cells]
    return rows[head.above].line if head.above < len(rows) else 0


def one_long_line(file: Path) -> DataError:
    return DataError(
        msg("{name} has no line that ends", name=file.name),
        msg("Nothing in its first {n} bytes ends a line: it is not a CSV, or it was written without line ends.", n=LONGEST),
        msg("Check how it was made; a CSV has one line a row."),
    )
