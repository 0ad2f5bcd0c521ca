"""What is wrong with the data, by rules that the data itself suggests or a person says: each counted over all rows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from core.words import Msg

Dimension = Literal["completeness", "validity", "uniqueness", "consistency", "timeliness"]
"""The dimensions of data quality (DAMA UK, The six primary dimensions for data quality assessment, 2013, without accuracy,

which needs the world beside the data).
"""


@dataclass(frozen=True, slots=True)
class Rule:
    """What should hold in every row of a table: a `kind` of `core.profile.quality`, its columns, and what it needs beside them.

    `value` is a number, a moment, a pattern or a text, as the kind says; `references` and `ref_columns` the table and the key that a relation leads to.
    """

    table: str
    kind: str
    columns: tuple[str, ...] = ()
    value: str = ""
    references: str = ""
    ref_columns: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Result:
    """A rule on the rows: how many it was asked of, and how many do not keep it. `query` gives those, as whole rows."""

    rule: Rule
    dimension: Dimension
    text: Msg
    checked: int
    failed: int
    query: str

    @property
    def share(self) -> float:
        """The share of rows that keep the rule."""
        return 1 - self.failed / self.checked if self.checked else 1.0


@dataclass(frozen=True, slots=True)
class Score:
    """A dimension of a table (or of one column of it): `share` from 0 to 1, and how it was reckoned."""

    table: str
    dimension: Dimension
    share: float
    formula: Msg
    column: str = ""


@dataclass(frozen=True, slots=True)
class Quality:
    """The rules that were counted, those with the most failing rows first, and the scores. `profiled_at` is when their profile was taken."""

    results: tuple[Result, ...]
    scores: tuple[Score, ...]
    profiled_at: datetime

    def score(self, table: str) -> float:
        """The mean of a table's dimensions, each weighing the same."""
        shares = [one.share for one in self.scores if one.table == table and not one.column]
        return sum(shares) / len(shares) if shares else 1.0

    @property
    def broken(self) -> tuple[Result, ...]:
        return tuple(one for one in self.results if one.failed)
