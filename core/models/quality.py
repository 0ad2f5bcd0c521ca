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

    `value` is a number, a pattern, a condition or a text, as the kind says, and `values` the ends of a range (either may be "") or a closed list;
    `references` and `ref_columns` are the table and the key that a relation leads to, and its column where one is compared.
    """

    table: str
    kind: str
    columns: tuple[str, ...] = ()
    value: str = ""
    references: str = ""
    ref_columns: tuple[str, ...] = ()
    values: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Check:
    """A rule that every run counts; it holds while at most this share of the rows it is asked of break it."""

    rule: Rule
    most: float = 0.0


@dataclass(frozen=True, slots=True)
class Checks:
    """What a person made of the rules: those kept, and those that are never to be found again."""

    kept: tuple[Check, ...] = ()
    dismissed: tuple[Rule, ...] = ()


@dataclass(frozen=True, slots=True)
class Result:
    """A rule on the rows: how many it was asked of, and how many do not keep it. `query` gives those, as whole rows.

    `kept` is whether a person keeps it as a check, of which `most` is the share of rows that may break it. `error` is why it could not be
    counted (a value that does not fit the column's type, say): it does not hold then.
    """

    rule: Rule
    dimension: Dimension
    text: Msg
    checked: int
    failed: int
    query: str
    kept: bool = False
    most: float = 0.0
    error: str = ""

    @property
    def holds(self) -> bool:
        """Whether no more rows break it than may."""
        return not self.error and self.failed <= self.most * self.checked

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
    """The rules that were counted, kept checks first, then those with the most failing rows, and the scores.

    `profiled_at` is when their profile was taken; `lost` are rules of kept checks whose tables or columns are not there.
    """

    results: tuple[Result, ...]
    scores: tuple[Score, ...]
    profiled_at: datetime
    lost: tuple[Rule, ...] = ()

    def score(self, table: str) -> float:
        """The mean of a table's dimensions, each weighing the same."""
        shares = [one.share for one in self.scores if one.table == table and not one.column]
        return sum(shares) / len(shares) if shares else 1.0

    @property
    def whole(self) -> float:
        """The mean of the tables' scores: the quality of the data set."""
        tables = dict.fromkeys(one.table for one in self.scores)
        return sum(map(self.score, tables)) / len(tables) if tables else 1.0

    @property
    def broken(self) -> tuple[Result, ...]:
        return tuple(one for one in self.results if one.failed)

    @property
    def failed_checks(self) -> tuple[Result, ...]:
        """Kept checks that more rows break than may."""
        return tuple(one for one in self.results if one.kept and not one.holds)

    @property
    def sound(self) -> bool:
        """Whether every kept check could be asked and holds."""
        return not self.failed_checks and not self.lost
