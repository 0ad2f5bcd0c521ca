"""Which storage fits the data, and why."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from core.words import Msg, msg

Storage = Literal["postgres", "clickhouse", "hdfs", "kafka", "s3"]
NAMES: dict[Storage, Msg] = {
    "postgres": msg("PostgreSQL"),
    "clickhouse": msg("ClickHouse"),
    "hdfs": msg("HDFS"),
    "kafka": msg("Kafka"),
    "s3": msg("S3"),
}
STORAGES: tuple[Storage, ...] = tuple(NAMES)

Access = Literal["unknown", "lookups", "mixed", "analytics", "archive", "events"]
Latency = Literal["unknown", "interactive", "seconds", "batch"]

ACCESSES: dict[Access, Msg] = {
    "unknown": msg("I do not know yet"),
    "lookups": msg("Single rows are looked up and changed"),
    "mixed": msg("Look-ups and reports"),
    "analytics": msg("Scanned and aggregated"),
    "archive": msg("Kept, rarely read"),
    "events": msg("Passed on as events"),
}
LATENCIES: dict[Latency, Msg] = {
    "unknown": msg("I do not know yet"),
    "interactive": msg("At once"),
    "seconds": msg("Within seconds"),
    "batch": msg("Overnight will do"),
}
"""The answers in words, the same wherever they are asked for or told."""


@dataclass(frozen=True, slots=True)
class Workload:
    """What the person says of the use of the data; `unknown` where they did not say.

    `rows_per_day` is the expected growth, `keep_days` the retention; None where not said.
    """

    access: Access = "unknown"
    latency: Latency = "unknown"
    updates: bool | None = None
    rows_per_day: int | None = None
    keep_days: int | None = None


@dataclass(frozen=True, slots=True)
class Reason:
    """What one rule said about one storage: points for (+) or against (-), and the facts it read."""

    rule: str
    points: int
    because: Msg
    facts: tuple[tuple[Msg, Msg | str], ...] = ()


@dataclass(frozen=True, slots=True)
class Choice:
    """A storage with its score (sum of points, clipped to 0–100 from a base of 50), the reasons, and its monthly cost.

    `bytes` is the projected size after `Advice.horizon_days`, `monthly` its price in the currency of the price list.
    """

    storage: Storage
    role: Msg
    score: int
    reasons: tuple[Reason, ...]
    bytes: int
    monthly: Decimal


@dataclass(frozen=True, slots=True)
class TableAdvice:
    """The ranked choices for one table, best first."""

    table: str
    choices: tuple[Choice, ...]

    @property
    def best(self) -> Choice:
        return self.choices[0]


@dataclass(frozen=True, slots=True)
class Prices:
    """Price of keeping a gigabyte (10⁹ bytes) for a month, by storage: assumptions that the person edits.

    `factors` is the assumed size on that storage as a share of the landed Parquet, copies included.
    """

    currency: str
    gb_month: tuple[tuple[Storage, Decimal], ...]
    factors: tuple[tuple[Storage, Decimal], ...]


@dataclass(frozen=True, slots=True)
class Advice:
    """Ranked storages for the data set as a whole and for each table, with the workload and prices they assume."""

    choices: tuple[Choice, ...]
    tables: tuple[TableAdvice, ...]
    workload: Workload
    prices: Prices
    horizon_days: int

    @property
    def best(self) -> Choice:
        return self.choices[0]
