"""Which signs part the cells of a CSV: the delimiter, the quotes, and what stands before a quote inside a cell."""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from connectors.files.cells import Record, Signs, records
from core.errors import ConfigError
from core.models.source import Settings
from core.words import Msg, msg

SINGLE = (",", ";", "\t", "|", "^", "\x01", "\x1f", "~")
SEVERAL = ("~|~", "||", "::", "|~|", "^|^", "@|@", ", ", "; ")
# Titles above a table are a few lines; more are data of another width. An assumption.
MOST_ABOVE = 20
# DuckDB's limit.
MOST_BYTES = 4
NAMES = {"\x1f": "none", "\t": "tab", " ": "space", ", ": '", "', "; ": '"; "'}
_SAID = {"tab": "\t", "space": " ", "comma": ",", "semicolon": ";", "pipe": "|", "comma and space": ", "}


@dataclass(frozen=True, slots=True)
class Parted:
    """The signs, the commonest width, and why: for the delimiter, for the quote, for the escape."""

    signs: Signs
    width: int
    why: Msg
    why_quote: Msg
    why_escape: Msg


def named(delimiter: str) -> str:
    """A delimiter as it is shown, and as it may be given."""
    return NAMES.get(delimiter, delimiter if delimiter.isprintable() else repr(delimiter).strip("'"))


def said_delimiter(settings: Settings) -> str:
    """The delimiter a person gave, `auto` for none. Raises `ConfigError` for one that cannot be.

    Free text: the signs themselves, a word (`tab`), an escape (`\\x01`), or signs in double quotes where spaces count (`", "`).
    """
    said = str(settings.get("delimiter") or "auto")
    if said == "auto":
        return said
    found = _SAID.get(said.strip().lower(), said)
    if len(said) > 2 and said[0] == said[-1] == '"':
        found = said[1:-1]
    elif re.fullmatch(r"\\(t|x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4})", said):
        found = ast.literal_eval(f'"{said}"')
    if len(found.encode()) > MOST_BYTES or re.search(r"[\r\n\"\x00]", found):
        raise ConfigError(
            msg("{delimiter} is no delimiter", delimiter=said),
            msg("A delimiter is one to four signs, and neither a line end nor a quote."),
            msg("Give the signs, a word such as tab, signs in quotes where spaces count, or auto to have it found."),
        )
    return found


def part(lines: Sequence[str], settings: Settings) -> Parted:
    """The signs by the lines of the head; what the person said overrides what is found."""
    text, said, said_quote = "\n".join(lines), said_delimiter(settings), str(settings.get("quote") or "auto")
    quote = {"auto": '"', "none": ""}.get(said_quote, said_quote)
    delimiter, share, width = _delimiter(lines, said, quote)
    why_quote = msg("as you said")
    if said_quote == "auto":
        quote, why_quote = _quote(text, delimiter)
        if quote != '"':
            delimiter, share, width = _delimiter(lines, said, quote)
    escape, why_escape = _escape(text, Signs(delimiter, quote, quote), str(settings.get("escape") or "auto"))
    if said != "auto":
        why = msg("as you said")
    elif width > 1:
        why = msg("{share} % of the first lines fall into {n} columns", share=round(share * 100), n=width)
    else:
        why = msg("no sign parts the lines into columns of one number")
    return Parted(Signs(delimiter, quote, escape), width, why, why_quote, why_escape)


def _delimiter(lines: Sequence[str], said: str, quote: str) -> tuple[str, float, int]:
    """The delimiter, the share of lines that have the commonest width, and that width."""
    if said != "auto":
        share, width = _share(lines, Signs(said, quote, quote))
        return said, share, width
    head, text = lines[:20], "\n".join(lines)
    scored = []
    for delimiter in SINGLE:
        if any(delimiter in line for line in head):
            share, width = _share(lines, Signs(delimiter, quote, quote))
            scored.append((share if width > 1 else 0.0, width, delimiter))
    share, width, best = max(scored, key=lambda score: _rank(lines, text, quote, *score), default=(0.0, 1, ","))
    for several in SEVERAL:
        if any(several in line for line in head):
            its, wide = _share(lines, Signs(several, quote, quote))
            # The sign inside it never stands alone: of `||` a `|` makes twice as many cells, half of them empty.
            never_alone = best in several and its >= share and _never_alone(text, best, several, quote)
            # Where no single sign parts a line, lines that are no rows (a title, comments) need not be a tenth at most.
            least = max(share, 0.9) if share else 0.5
            if wide > 1 and (never_alone or (its >= least and (its > share or best not in several))):
                return several, its, wide
    if width > 1:
        return best, share, width
    # One column: the delimiter must be a sign that no cell holds.
    return next((sign for sign in (",", "\x1f", "\x1e") if sign not in text), ","), 1.0, 1


def _rank(lines: Sequence[str], text: str, quote: str, share: float, width: int, delimiter: str) -> tuple[float, bool, bool, int]:
    """Of delimiters that part about as many lines, one that stands between digits only is a decimal comma (or a point in a number), one

    that does not part the first line leaves the header out; only then the one of more columns.
    """
    sign = re.escape(delimiter)
    outside = re.search(rf"(?<!\d){sign}|{sign}(?!\d)", text) is not None
    first = next((row for row in records(lines[:MOST_ABOVE], Signs(delimiter, quote, quote)) if row.cells), None)
    return round(share, 1), outside, first is not None and len(first.cells) == width, width


def _share(lines: Sequence[str], signs: Signs) -> tuple[float, int]:
    found = [row for row in records(lines, signs) if row.cells]
    widths = Counter(len(row.cells) for row in found)
    if not widths:
        return 0.0, 1
    width, count = max(widths.items(), key=lambda pair: (pair[1], pair[0]))
    if width > 1 or len(widths) == 1:
        return count / widths.total(), width
    return _below(found) or (count / widths.total(), width)


def _below(found: Sequence[Record]) -> tuple[float, int] | None:
    """The share and the width of a table below more lines of one cell than it has rows."""
    start = next(number for number, row in enumerate(found) if len(row.cells) > 1)
    width, table = len(found[start].cells), found[start:]
    share = sum(len(row.cells) == width for row in table) / len(table)
    return (share, width) if start <= MOST_ABOVE and len(table) > 1 and share >= 0.8 else None


def _never_alone(text: str, sign: str, several: str, quote: str) -> bool:
    """Whether the sign stands nowhere outside of quotes but as part of the several."""
    mark = re.escape(quote)
    bare = re.sub(rf"{mark}(?:[^{mark}]|{mark}{mark})*{mark}", "", text) if quote else text
    return sign not in bare.replace(several, "")


def _quote(text: str, delimiter: str) -> tuple[str, Msg]:
    """Double quotes, but where single ones wrap cells, or where double ones never do."""
    if '"' not in text and "'" in text:
        opened, wrapped = _wrapped(text, delimiter, "'")
        if wrapped > 1 and opened == wrapped:
            return "'", msg("{n} cells stand in single quotes, and none begins with one and does not end so", n=wrapped)
    if '"' not in text:
        return '"', msg("the usual one")
    opened, wrapped = _wrapped(text, delimiter, '"')
    if opened > 1 and not wrapped:
        return "", msg("{n} cells begin with a quote and none ends with one: it is a plain sign here", n=opened)
    return '"', msg("it stands in the file")


def _wrapped(text: str, delimiter: str, quote: str) -> tuple[int, int]:
    """How many cells begin with a quote, and how many of them end with one too."""
    before = rf"(?:^|{re.escape(delimiter)}) ?"
    opened = len(re.findall(before + quote, text, re.M))
    closed = rf"{before}{quote}(?:[^{quote}\\]|{quote}{quote}|\\.)*{quote} ?(?={re.escape(delimiter)}|$)"
    return opened, len(re.findall(closed, text, re.M | re.S))


def _escape(text: str, signs: Signs, said: str) -> tuple[str, Msg]:
    """The backslash where it stands before quotes inside cells and no quote is doubled there; else quotes are doubled."""
    if not signs.quote:
        return "", msg("there are no quotes")
    if said in ("doubled", "backslash"):
        return "\\" if said == "backslash" else signs.quote, msg("as you said")
    mark, end = re.escape(signs.quote), rf"{re.escape(signs.delimiter[0])}\r\n"
    doubled = re.search(rf"[^\\{end}{mark}]{mark}{mark}", text)
    if not doubled and re.search(rf"\\{mark}[^{end}]", text):
        return "\\", msg("a backslash stands before quotes inside cells")
    return signs.quote, msg("quotes inside cells are doubled")


def widths(rows: Sequence[Record]) -> Counter[int]:
    return Counter(len(row.cells) for row in rows if row.cells)
