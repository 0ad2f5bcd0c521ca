"""How text was read, in the reader's words: what the connectors keep of it are short marks (`yes`, `tab`, `%d.%m.%Y`)."""

from __future__ import annotations

import re

from app.session import t

_PARTS = re.compile(r"%[a-zA-Z]")


def reading_names() -> dict[str, str]:
    """What is told of a reading → its name."""
    return {
        "encoding": t("Encoding"),
        "delimiter": t("Delimiter"),
        "quote": t("Quotes"),
        "header": t("First row is a header"),
        "skipped": t("Lines above the table"),
        "escape": t("Quotes inside cells"),
        "table": t("Table"),
        "comments": t("Comments"),
        "header again": t("Header that comes again"),
        "footer": t("Lines below the table"),
        "line ends": t("Line ends"),
        "zero bytes": t("Zero bytes"),
        "blank columns": t("Blank columns"),
        "short rows": t("Rows with too few cells"),
        "rows filled": t("Rows filled with nulls"),
        "nulls": t("Texts for null"),
        "record": t("Where the rows are"),
        "form": t("Form"),
        "nested": t("Nested parts"),
    }


def words() -> dict[str, str]:
    """The marks that are words."""
    return {
        "auto": t("found by itself"),
        "yes": t("yes"),
        "no": t("no"),
        "none": t("none"),
        "tab": t("tab"),
        "space": t("space"),
        "doubled": t("doubled"),
        "backslash": t("backslash"),
        "mixed": t("mixed"),
        "one": t("one"),
        "set aside": t("set aside"),
        "fill with nulls": t("fill with nulls"),
        "drop": t("take the zero bytes out"),
        "day first": t("day first"),
        "month first": t("month first"),
        "decimal comma": t("decimal comma"),
        "decimal point": t("decimal point"),
        "json": t("as they are"),
        "flatten": t("columns a.b.c"),
        "tables": t("tables with keys"),
        "array": t("an array"),
        "objects": t("objects one after another"),
    }


def reading_of(mark: str) -> str:
    """What a column was read as: `%d.%m.%Y` as day.month.year, the rest by its name; a mark that is no word stays as it is."""
    known = {"fraction of a second": t("fraction of a second"), "exponents": t("exponents"), **_marks()}
    parts = {
        "Y": t("year"),
        "m": t("month"),
        "d": t("day"),
        "H": t("hours"),
        "M": t("minutes"),
        "S": t("seconds"),
    }
    # The reading and the texts that stand for null are told together: only the first of them is a mark.
    first, *rest = mark.replace("%dT%", "%d T %").replace("%SZ", "%S Z").split("; ", 1)
    unit = [
        part if part in known else t("unit {unit}", unit=part[5:])
        for part in first.split(", ")
        if part in known or part[:5] == "unit "
    ]
    if len(unit) == len(first.split(", ")):
        said = ", ".join(known.get(part, part) for part in unit)
    else:
        said = _PARTS.sub(lambda found: parts.get(found.group()[-1], found.group()), first)
    return "; ".join([said, *(one.removesuffix("null") + "NULL" for one in rest)])


def undecided(marks: tuple[str, ...]) -> str:
    """Why a column that may be read in two ways stays text."""
    readings = ", ".join(map(reading_of, marks))
    if any("%" in mark for mark in marks):
        return t("day and month cannot be told apart: {readings}", readings=readings)
    return t("a comma or a point may part thousands or a fraction: {readings}", readings=readings)


def _marks() -> dict[str, str]:
    """What was around and inside numbers (see `connectors.files.marks`)."""
    return {
        "decimal comma": t("decimal comma"),
        "percent": t("percent"),
        "per mille": t("per mille"),
        "thousands by space": t("thousands by space"),
        "thousands by no-break space": t("thousands by no-break space"),
        "thousands by narrow no-break space": t("thousands by narrow no-break space"),
        "thousands by apostrophe": t("thousands by apostrophe"),
        "thousands by curly apostrophe": t("thousands by curly apostrophe"),
        "thousands by comma": t("thousands by comma"),
        "thousands by point": t("thousands by point"),
    }
