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
        "json": t("as they are"),
        "flatten": t("columns a.b.c"),
        "tables": t("tables with keys"),
        "array": t("an array"),
        "objects": t("objects one after another"),
    }


def reading_of(mark: str) -> str:
    """What a column was read as: `%d.%m.%Y` as day.month.year, the rest by its name; a mark that is no word stays as it is."""
    known = {"decimal comma": t("decimal comma"), "fraction of a second": t("fraction of a second"), "exponents": t("exponents")}
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
    said = known.get(first) or _PARTS.sub(lambda found: parts.get(found.group()[-1], found.group()), first)
    return "; ".join([said, *(one.removesuffix("null") + "NULL" for one in rest)])
