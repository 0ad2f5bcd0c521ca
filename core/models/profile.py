"""What is known about the data: every figure over all rows, with a word on whether it is exact."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from core.models.source import Activity, Refusal, Reject
from core.models.types import family
from core.words import Msg


@dataclass(frozen=True, slots=True)
class Bin:
    """A bar of a histogram: rows with `low` <= value < `high` (the last bin includes `high`). Dates are ISO text."""

    low: str
    high: str
    count: int


@dataclass(frozen=True, slots=True)
class Top:
    """A frequent value, as text, and the number of rows that hold it."""

    value: str
    count: int


@dataclass(frozen=True, slots=True)
class Pattern:
    """A character-class mask (`A` upper case letter, `a` lower case letter, `9` digit, runs kept) and its rows."""

    mask: str
    count: int


@dataclass(frozen=True, slots=True)
class Quantile:
    """The value below which `share` of the non-null rows lie, as text in the column's own type."""

    share: float
    value: str


@dataclass(frozen=True, slots=True)
class Meaning:
    """What the values of a column are beside their type: `kind` names one of `core.profile.meaning` (`email`, `iban`, `inn`, …).

    `passed` of the column's filled rows pass its pattern and its checksum (`share` of them), counted over all rows. `personal` is whether
    values of this kind belong to a person and are masked until a person says otherwise.
    """

    kind: str
    share: float
    passed: int
    personal: bool = False
    evidence: tuple[Msg, ...] = ()


Order = Literal["", "constant", "strictly ascending", "ascending", "strictly descending", "descending"]


@dataclass(frozen=True, slots=True)
class ColumnProfile:
    """One column over all rows.

    `distinct` is exact when `distinct_exact`, else an estimate with relative error `distinct_error`. `low` and `high` are the
    extremes as text (ISO for dates). `mean` and `deviation` (sample) are there for numbers. `quantiles_sampled` is the number
    of rows the quantiles were taken from, 0 when from all. Lengths are in characters, for text. `outliers` counts values
    outside Tukey's fences (1.5 interquartile ranges, Tukey 1977) where the column is numeric. `placeholders` are the texts of a
    text column that stand for nothing (NA, NULL, -, an empty text), with their rows, counted over all of them. `query` is the SQL behind the
    scalar figures, runnable in DuckDB on the landed files. `order` is the order its filled values stand in, row after row ("" for none).
    `same_as` names earlier columns of the table that hold the same value in every row. `meanings` are what its values are, the likeliest first.
    `fences` are Tukey's, beyond which `outliers` lie. `ambiguous` lists readings between which the data does not decide: the column is text.
    `marks` are the rows of a text that look as if they held contact data or the code of a person.
    """

    name: str
    type: str
    rows: int
    nulls: int
    distinct: int
    distinct_exact: bool
    distinct_error: float = 0.0
    low: str | None = None
    high: str | None = None
    mean: float | None = None
    deviation: float | None = None
    quantiles: tuple[Quantile, ...] = ()
    quantiles_sampled: int = 0
    histogram: tuple[Bin, ...] = ()
    top: tuple[Top, ...] = ()
    top_sampled: int = 0
    patterns: tuple[Pattern, ...] = ()
    patterns_sampled: int = 0
    length_min: int | None = None
    length_max: int | None = None
    length_mean: float | None = None
    zeros: int | None = None
    negatives: int | None = None
    outliers: int | None = None
    placeholders: tuple[Top, ...] = ()
    refused: Refusal | None = None
    query: str = ""
    order: Order = ""
    same_as: tuple[str, ...] = ()
    meanings: tuple[Meaning, ...] = ()
    fences: tuple[float, float] | None = None
    ambiguous: tuple[str, ...] = ()
    marks: int = 0

    @property
    def constant(self) -> bool:
        """Whether every filled row holds the same value."""
        return self.distinct_exact and self.distinct == 1

    @property
    def lists_all(self) -> bool:
        """Whether `top` holds every value there is, with its number of rows."""
        return bool(self.top) and self.distinct_exact and not self.top_sampled and self.distinct <= len(self.top)

    @property
    def near_constant(self) -> bool:
        """Whether one value outweighs all others: more than 19 rows of it for one of the next, and few values (less than a tenth of the rows).

        The rule and its numbers (95/5 and 10 %) are those of `nearZeroVar` in the R package caret (Kuhn, 2008).
        """
        if len(self.top) < 2 or not self.distinct_exact or 10 * self.distinct >= self.rows - self.nulls:
            return False
        return self.top[0].count > 19 * self.top[1].count

    @property
    def meaning(self) -> Meaning | None:
        """What the values are most likely, or None where nothing is recognised."""
        return self.meanings[0] if self.meanings else None

    @property
    def personal(self) -> bool:
        """Whether the values are recognised as belonging to persons."""
        return any(meaning.personal for meaning in self.meanings)

    @property
    def nullable(self) -> bool:
        return self.nulls > 0

    @property
    def years(self) -> bool:
        """Whether the column holds years of the calendar, whose digits nobody groups."""
        low, high = self.low or "", self.high or ""
        whole = family(self.type) == "integer" and low.isdigit() and high.isdigit()
        return whole and 1500 <= int(low) <= int(high) <= 2200

    @property
    def null_share(self) -> float:
        return self.nulls / self.rows if self.rows else 0.0

    @property
    def unique(self) -> bool:
        """Whether every row holds a value of its own: exact counts only."""
        return self.distinct_exact and self.nulls == 0 and self.rows > 0 and self.distinct == self.rows

    @property
    def repeats(self) -> int:
        """Filled rows that hold a value of an earlier row; exact where `distinct_exact`."""
        return self.rows - self.nulls - self.distinct

    @property
    def nearly_unique(self) -> bool:
        """Whether it would be unique but for a few rows: at most one in fifty, of a hundred at least. An assumption."""
        few = 0 < 50 * self.repeats <= self.rows >= 100
        return few and self.distinct_exact and self.nulls == 0


@dataclass(frozen=True, slots=True)
class Key:
    """A set of columns proven unique over all rows and without nulls; `query` counts the rows that would break it."""

    columns: tuple[str, ...]
    evidence: tuple[Msg, ...] = ()
    query: str = ""


@dataclass(frozen=True, slots=True)
class Dependency:
    """A functional dependency: rows that agree in `determinant` agree in each of `dependents`, on all rows; `query` counts what breaks it."""

    determinant: tuple[str, ...]
    dependents: tuple[str, ...]
    evidence: tuple[Msg, ...] = ()
    query: str = ""


@dataclass(frozen=True, slots=True)
class Gap:
    """A stretch of time without rows, longer than usual for the column: after `start`, before `end` (ISO text)."""

    start: str
    end: str
    days: float


@dataclass(frozen=True, slots=True)
class Timeline:
    """What a column of times says of a table: from `first` to `last` (ISO text), `days` between them.

    `per_day` is rows per day over the whole range, `recent_per_day` over its last tenth; `in_order` the share of rows that do not lie before
    the row above them (arrival order), of `in_order_sampled` rows in blocks spread evenly, 0 for all; None on a server, where rows have no order.
    `gaps` are the longest first; `age_days` is how far `last` lay before the profile was taken, negative for the future. `periods` are the rows of
    each hour, day, month or several of them, at most `core.profile.timeline.BARS`.
    """

    column: str
    first: str
    last: str
    days: float
    per_day: float
    recent_per_day: float
    in_order: float | None = None
    in_order_sampled: int = 0
    gaps: tuple[Gap, ...] = ()
    age_days: float | None = None
    query: str = ""
    periods: tuple[Bin, ...] = ()


@dataclass(frozen=True, slots=True)
class TableProfile:
    """A table: its columns, the keys that hold on all rows (best first), and the one taken for the primary key (or none).

    `rejected` counts the rows of the source that could not be placed: they are in no other figure. `rejects` are the first of them.
    `dependencies` are those that suggest a table of their own. `timelines` tell of each column of times, that of `time_column` first. `activity`
    is what the source's server counted of changes. `computed` is where the figures were computed: "" for here, else the kind of the server;
    `moved` is then the bytes that came from there. `reading` is how the source was read, as (name, value).
    """

    name: str
    rows: int
    bytes: int
    source_bytes: int
    columns: tuple[ColumnProfile, ...]
    keys: tuple[Key, ...] = ()
    primary_key: tuple[str, ...] = ()
    duplicate_rows: int | None = None
    time_column: str = ""
    query: str = ""
    rejected: int = 0
    rejects: tuple[Reject, ...] = ()
    dependencies: tuple[Dependency, ...] = ()
    timelines: tuple[Timeline, ...] = ()
    activity: Activity | None = None
    computed: str = ""
    moved: int | None = None
    reading: tuple[tuple[str, str], ...] = ()

    def column(self, name: str) -> ColumnProfile:
        return next(column for column in self.columns if column.name == name)

    @property
    def row_bytes(self) -> float:
        """Bytes of a row in the source."""
        return self.source_bytes / self.rows if self.rows else 0.0

    @property
    def compression(self) -> float | None:
        """How many bytes of the source one byte of Parquet stands for, where both are known."""
        return self.source_bytes / self.bytes if self.bytes and self.source_bytes else None


@dataclass(frozen=True, slots=True)
class ForeignKey:
    """Columns of `table` whose values lie in a key of `references`.

    `included` is the share of non-null values found there; `confidence` between 0 and 1 weighs inclusion, names, types,
    cardinality and range. `query` counts the orphans.
    """

    table: str
    columns: tuple[str, ...]
    references: str
    ref_columns: tuple[str, ...]
    confidence: float
    included: float = 1.0
    orphans: int = 0
    evidence: tuple[Msg, ...] = ()
    query: str = ""


@dataclass(frozen=True, slots=True)
class Profile:
    """The profile of all chosen tables. `files` maps each table to the Parquet files the figures were taken from; `edition` is that of the

    figures, which grows when they are computed in another way or there are more of them.
    """

    tables: tuple[TableProfile, ...]
    foreign_keys: tuple[ForeignKey, ...]
    taken_at: datetime
    seconds: float
    files: tuple[tuple[str, tuple[str, ...]], ...] = ()
    edition: int = 0

    def table(self, name: str) -> TableProfile:
        return next(table for table in self.tables if table.name == name)

    @property
    def rows(self) -> int:
        return sum(table.rows for table in self.tables)

    @property
    def bytes(self) -> int:
        return sum(table.bytes for table in self.tables)
