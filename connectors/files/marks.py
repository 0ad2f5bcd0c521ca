"""Numbers with signs around and inside: thousands in groups, currencies, percents.

A column is a number only where every cell is what its value makes when written in the same way: the same group sign between each three
digits, the same decimal mark, the same unit at the same side, the minus at the same place. `1234` in a column of `1,234` is therefore
text, and so is a euro among dollars. A percent keeps the number as it is written: 12.5 for `12,5 %`.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from connectors.files.readings import MOST_DIGITS, Reading

GROUPS = {
    " ": "space",
    "\u00a0": "no-break space",
    "\u202f": "narrow no-break space",
    "'": "apostrophe",
    "\u2019": "curly apostrophe",
    ",": "comma",
    ".": "point",
}
# Signs of currencies, and codes and short forms in use with amounts (ISO 4217 for the codes). Other letters beside a number are no unit: REV 5.
_SIGNS = "$€£¥₽₴₸₹₩₪₺฿₫₦₱₡₲₵₼₾"
_CODES = (
    "USD|EUR|GBP|JPY|CNY|RUB|RUR|CHF|SEK|NOK|DKK|PLN|CZK|HUF|RON|BGN|TRY|UAH|KZT|BYN|GEL|AMD|AZN|UZS|KGS|INR|IDR|KRW|SGD|HKD|TWD|"
    "THB|MYR|PHP|VND|AUD|NZD|CAD|MXN|BRL|ARS|CLP|COP|PEN|ZAR|NGN|EGP|KES|MAD|ILS|AED|SAR|QAR|KWD|IRR|PKR|BDT|LKR|ISK|RSD"
)
_UNIT = rf"(?:[A-Z]{{0,2}}[{_SIGNS}]|{_CODES}|руб\.|руб|р\.|тг|грн\.?|kr\.?|zł|Kč|Ft|Rs\.?|%|‰)"
_SPACE = "[ \u00a0\u202f]?"
_WHOLE = re.compile(
    rf"(?P<sign>-)?(?P<before>{_UNIT}{_SPACE})?(?P<inner>-)?"
    rf"(?P<digits>\d(?:[\d.,'\u2019 \u00a0\u202f]*\d)?)(?P<after>{_SPACE}{_UNIT})?"
)


@dataclass(frozen=True, slots=True)
class Marks:
    """How the numbers of a column are written. `group` and the units are empty for none; `inner`: the minus stands behind the unit."""

    group: str
    point: str
    before: str = ""
    after: str = ""
    inner: bool = False

    @property
    def read_as(self) -> str:
        """`decimal comma, thousands by space, unit ₽`: everything that the text had and the value has not."""
        unit = (self.before or self.after).strip(" \u00a0\u202f")
        parts = [
            "decimal comma" if self.point == "," else "",
            f"thousands by {GROUPS[self.group]}" if self.group else "",
            "percent" if unit == "%" else "per mille" if unit == "‰" else "",
            f"unit {unit}" if unit and unit not in "%‰" else "",
        ]
        return ", ".join(filter(None, parts))

    def pattern(self, fraction: str) -> str:
        """A regular expression of all that this writes, `fraction` that of the digits behind the decimal mark."""
        before, after = re.escape(self.before), re.escape(self.after)
        whole = rf"(0|[1-9]\d{{0,2}}({re.escape(self.group)}\d{{3}})*)" if self.group else r"(0|[1-9]\d*)"
        sign = rf"{before}-?" if self.inner else rf"-?{before}"
        behind = rf"({re.escape(self.point)}{fraction})?" if fraction else ""
        return rf"{sign}{whole}{behind}{after}"

    @property
    def plain(self) -> str:
        """The number alone with a point, as a DuckDB expression over the text `c`."""
        text = "c"
        for sign in filter(None, (self.before, self.after, self.group)):
            text = f"replace({text}, {_quoted(sign)}, '')"
        return f"replace({text}, ',', '.')" if self.point == "," else text


def marks_of(cells: Sequence[str]) -> tuple[Marks, ...]:
    """The ways in which most of these cells are written: none where they are plain numbers or none at all, two where both would do."""
    found = [match for match in map(_WHOLE.fullmatch, cells) if match]
    if 2 * len(found) < len(cells) or not found:
        return ()
    units = Counter((match["before"] or "", match["after"] or "") for match in found)
    (before, after), _ = units.most_common(1)[0]
    if before and after:
        return ()
    inner = sum(bool(match["inner"]) for match in found) > sum(bool(match["sign"]) for match in found)
    numbers = [match["digits"] for match in found]
    scored = []
    for group in ("", *GROUPS):
        if group and not any(group in number for number in numbers):
            continue
        for point in (".", ","):
            if point == group or not (group or before or after):
                continue
            marks = Marks(group, point, before, after, inner)
            shape = re.compile(Marks(group, point).pattern(r"\d+"))
            fits = sum(shape.fullmatch(number) is not None for number in numbers)
            points = sum(point in number for number in numbers)
            scored.append((fits, points > 0, marks))
    if not scored:
        return ()
    most = max(fits for fits, _, _ in scored)
    if not most:
        return ()
    best = [(has, marks) for fits, has, marks in scored if fits == most]
    # A decimal mark that no cell has is worth no second way; the point is the usual one.
    with_point = [marks for has, marks in best if has]
    without = [
        marks for has, marks in best if not has and marks.point != marks.group and (marks.point == "." or marks.group == ".")
    ]
    return (
        tuple(dict.fromkeys([*without, *with_point]))[:2] if len(without) + len(with_point) > 1 else tuple(without or with_point)
    )


@cache
def marked(marks: Marks, fraction: int, digits: int) -> Reading:
    """The reading: exact decimals with up to `fraction` digits behind the mark, whole numbers where it is 0."""
    kind = f"DECIMAL({digits},{fraction})" if fraction else "BIGINT" if digits <= 18 else f"DECIMAL({MOST_DIGITS},0)"
    shape = marks.pattern(rf"\d{{1,{fraction}}}" if fraction else "")
    keeps = f"v IS NOT NULL AND regexp_full_match(c, {_quoted(shape)}) AND NOT (v = 0 AND contains(c, '-'))"
    loose = marks.pattern(r"\d+")
    return Reading(kind, loose, f"TRY_CAST({marks.plain} AS {kind})", keeps, marks.read_as, _rivals(marks))


def _rivals(marks: Marks) -> tuple[str, ...]:
    """What the same cells may be as well where each sign is followed by three digits: a group, or the fraction, or each sign the other one."""
    other = {",": ".", ".": ","}
    if marks.group in other and marks.point == other[marks.group]:
        swapped = Marks(marks.point, marks.group, marks.before, marks.after)
        return (Marks("", marks.group, marks.before, marks.after).read_as, swapped.read_as)
    if not marks.group and (marks.before or marks.after):
        return (Marks(marks.point, other[marks.point], marks.before, marks.after).read_as,)
    return ()


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
