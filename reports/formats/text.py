"""Words and values of a document as text in one language, with what came from the data kept apart from what we say."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from decimal import Decimal
from math import isfinite
from typing import Literal, NamedTuple

from babel.numbers import format_decimal

from core.models.report import Cell, Level, TableBlock
from core.words import Msg, msg, say
from core.words import number as said_number

OPEN, CLOSE = "\ue000", "\ue001"
"""Mark where an argument from the data starts and ends while a sentence is put together; never left in a text."""

_SHOWN = {"\n": "↵", "\r": "↵", "\t": "⇥", OPEN: "⟨U+E000⟩", CLOSE: "⟨U+E001⟩"}
_BIDI = frozenset("\u200e\u200f\u061c\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_GROUPS = re.compile("(?<=[0-9])\u00a0(?=[0-9]{3})")
_UNSEEN = re.compile(r"[^ -~\u00a0-\u024f\u0370-\u0523]")

LEVELS: dict[Level, Msg] = {"info": msg("Note"), "good": msg("Good"), "warning": msg("Warning"), "serious": msg("Serious")}


NAME = 44
"""Characters up to which the first cell of a row is a name; a longer one is prose."""


class Span(NamedTuple):
    """A stretch of a sentence: our own words, our own words as code, or what came from the data."""

    kind: Literal["text", "code", "data"]
    text: str


def visible(text: str) -> str:
    """Text from the data on one line, with characters that cannot be seen (or that turn the order of others) written out."""
    return _UNSEEN.sub(lambda found: _seen(found.group()), text)


def visible_code(text: str) -> str:
    """The same for text of several lines: line ends and tabs stay."""
    return "\n".join("    ".join(map(visible, line.split("\t"))) for line in text.replace("\r\n", "\n").split("\n"))


def _seen(character: str) -> str:
    if character in _SHOWN:
        return _SHOWN[character]
    hidden = unicodedata.category(character) in ("Cc", "Cs", "Co", "Cn", "Zl", "Zp") or character in _BIDI
    return f"⟨U+{ord(character):04X}⟩" if hidden or character in "\u200b\ufeff" else character


def spans(message: Msg | str, lang: str) -> tuple[Span, ...]:
    """A message in stretches: arguments from the data apart, and what stands between backticks in our own words as code."""
    if isinstance(message, str):
        return (Span("data", visible(message)),)
    found: list[Span] = []
    for place, part in enumerate(re.split(f"{OPEN}(.*?){CLOSE}", say(_marked(message), lang))):
        found += [Span("data", part)] if place % 2 else _own(_grouped(part))
    return tuple(span for span in found if span.text)


def _own(text: str) -> Iterable[Span]:
    for place, part in enumerate(text.split("`")):
        yield Span("code" if place % 2 else "text", part)


def _marked(message: Msg) -> Msg:
    args = tuple((name, _argument(value)) for name, value in message.args)
    return Msg(message.text, args, message.many)


def _argument(value):
    if isinstance(value, Msg):
        return _marked(value)
    return f"{OPEN}{visible(value)}{CLOSE}" if isinstance(value, str) else value


def _grouped(said: str) -> str:
    """Groups of digits with a narrow space between them, as they are set in print, where the language has a space there."""
    return _GROUPS.sub("\u202f", said)


def number(value: int | float, lang: str) -> str:
    """A number in the reader's notation."""
    return _grouped(said_number(value, lang))


def plain(message: Msg | str, lang: str) -> str:
    """A message on one line without any mark-up."""
    return "".join(span.text for span in spans(message, lang))


def cell(value: Cell, lang: str) -> str:
    """A value of a table: numbers in the reader's notation, an em dash where there is none."""
    if value is None or (isinstance(value, float) and not isfinite(value)):
        return "—"
    if isinstance(value, Decimal):
        return decimal(value, lang)
    if isinstance(value, (int, float)):
        return number(value, lang)
    return plain(value, lang) or "\u00a0"


def decimal(value: Decimal, lang: str) -> str:
    """A decimal with all of its digits: 0.50 stays 0.50."""
    if not value.is_finite():
        return str(value)
    exponent = value.as_tuple().exponent
    digits = max(0, -exponent) if isinstance(exponent, int) else 0
    return _grouped(format_decimal(value, format="#,##0" + ("." + "0" * digits if digits else ""), locale=lang))


def is_figure(value: Cell) -> bool:
    """Whether a cell is set to the right: a number, or a number with its unit."""
    if isinstance(value, Msg):
        words = re.sub(r"\{\w+\}", "", value.text)
        return bool(value.args) and len(words) <= 6 and all(isinstance(arg, (int, float)) for _, arg in value.args)
    return value is not None and (not isinstance(value, str) or bool(re.fullmatch(r"-?\d{1,4}", value)))


def named(block: TableBlock, lang: str) -> bool:
    """Whether the first column holds names, which stand out: in prose no cell does, however short."""
    return all(len(cell(row[0], lang)) <= NAME for row in block.rows if row)


def figure_columns(block: TableBlock) -> tuple[bool, ...]:
    """Which columns of a table hold figures and nothing else."""
    held = [[row[place] for row in block.rows if row[place] is not None] for place in range(len(block.header))]
    return tuple(bool(values) and all(map(is_figure, values)) for values in held)


def date(document_date, lang: str) -> str:
    """A day and time in UTC."""
    from babel.dates import format_datetime

    return format_datetime(document_date, "d MMMM y, HH:mm 'UTC'", locale=lang)
