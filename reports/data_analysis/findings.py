"""What stands out in the data: each rule is one function over the facts and is tested under its own name."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from core.models.profile import ColumnProfile, TableProfile
from core.models.report import Level
from core.words import Msg, msg

if TYPE_CHECKING:
    from reports.data_analysis.known import Known

EACH = 5
"""Columns of a table that a rule names one by one; the rest are counted."""

ORDER: tuple[Level, ...] = ("serious", "warning", "info", "good")


@dataclass(frozen=True, slots=True)
class Finding:
    """What a rule found: its weight, the text with the entries behind its figures, and what to do about it."""

    rule: str
    level: Level
    table: str
    text: Msg
    remedy: Msg
    queries: tuple[str, ...] = ()


Rule = Callable[["Known"], Iterator[Finding]]


def find(known: Known) -> tuple[Finding, ...]:
    """The findings of all rules, the weightiest first."""
    # The rules read `Known`, which asks for the findings: they are loaded when they are first needed.
    from reports.data_analysis import column_rules, table_rules

    found = [finding for rule in (*table_rules.RULES, *column_rules.RULES) for finding in rule(known)]
    return tuple(sorted(found, key=lambda finding: ORDER.index(finding.level)))


def weighty(found: Iterable[Finding]) -> tuple[Finding, ...]:
    """Those that call for something to be done."""
    return tuple(finding for finding in found if finding.level in ("serious", "warning"))


def each(
    known: Known,
    test: Callable[[TableProfile, ColumnProfile], bool],
    one: Callable[[TableProfile, ColumnProfile], Finding],
    more: Callable[[TableProfile, Sequence[ColumnProfile]], Finding],
) -> Iterator[Finding]:
    """`one` for the first columns of each table that pass the test, `more` for the rest of them together."""
    for table in known.tables:
        passed = [column for column in table.columns if table.rows and test(table, column)]
        yield from (one(table, column) for column in passed[:EACH])
        if passed[EACH:]:
            yield more(table, passed[EACH:])


def listed(names: Sequence[str], limit: int = 6) -> Msg:
    """Names for a sentence, the first of them where there are many."""
    if len(names) <= limit:
        return msg("{names}", names=", ".join(names))
    return msg("{names} and others", names=", ".join(names[:limit]))
