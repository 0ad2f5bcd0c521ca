"""How a large table is parted: by time where it has one, else by ranges of its key, else by a hash of it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime

from core.ddl.widths import whole
from core.models.design import Partition, PartitionKind
from core.models.profile import TableProfile
from core.models.types import family
from core.words import Msg, plural

ROWS = 5_000_000
"""Smaller tables stay whole. PostgreSQL's manual (5.12) sees a gain only for a table that would otherwise be very large, and

ClickHouse's (MergeTree, partitioning key) finds that most tables need none: at five million rows of 200 bytes, 1 GB, an index
or a scan of the whole still answers within seconds.
"""

HUGE = 50_000_000
"""From here on a table without a time is parted too: no query skips parts by hash, but loads and maintenance go part by part."""

LEAST = 1_000_000
"""Rows that a part must have on average: fewer, and planning and files cost more than a part saves."""

PARTS = 1_000
"""At most so many parts: PostgreSQL's planner slows down with thousands (manual, 5.12.6), ClickHouse advises fewer than 1,000."""

FULL = 10_000_000
"""Rows of a part by range or by hash."""

HOURS: dict[PartitionKind, float] = {"hour": 1, "day": 24, "month": 24 * 30.44, "year": 24 * 365.25}


def by_time(table: TableProfile) -> Partition | None:
    """By hour, day, month or year: the finest whose parts have a million rows, if there are at most a thousand of them."""
    if not table.time_column or table.rows < ROWS:
        return None
    column = table.column(table.time_column)
    edges = moment(column.low), moment(column.high)
    if edges[0] is None or edges[1] is None:
        return None
    hours = (edges[1] - edges[0]).total_seconds() / 3600
    for kind, length in HOURS.items():
        if family(column.type) == "date" and kind == "hour":
            continue
        parts = max(1, round(hours / length))
        if 1 < parts <= PARTS and table.rows / parts >= LEAST:
            return Partition(kind, column.name, _because(kind, table.rows, parts))
    return None


def _because(kind: PartitionKind, rows: int, parts: int) -> Msg:
    each = rows // parts
    if kind == "hour":
        return plural(
            "{n} row an hour: loads and deletions go hour by hour",
            "{n} rows an hour: loads and deletions go hour by hour",
            n=each,
        )
    if kind == "day":
        return plural(
            "{n} row a day: loads and deletions go day by day", "{n} rows a day: loads and deletions go day by day", n=each
        )
    if kind == "month":
        return plural(
            "{n} row a month: old months can be dropped whole", "{n} rows a month: old months can be dropped whole", n=each
        )
    return plural("{n} row a year: old years can be dropped whole", "{n} rows a year: old years can be dropped whole", n=each)


def by_range(table: TableProfile) -> Partition | None:
    """Without a time, by equal ranges of the key where that is one whole number."""
    if table.time_column or table.rows < HUGE or len(table.primary_key) != 1:
        return None
    column = table.column(table.primary_key[0])
    low, high = whole(column.low), whole(column.high)
    if family(column.type) != "integer" or low is None or high is None:
        return None
    parts = min(PARTS, max(2, round(table.rows / FULL)))
    width = -(-(high - low + 1) // parts)
    bounds = tuple(str(low + width * number) for number in range(1, parts))
    return Partition(
        "range",
        column.name,
        plural("{n} row, no time to part them by", "{n} rows, no time to part them by", n=table.rows),
        bounds,
    )


def by_hash(table: TableProfile) -> Partition | None:
    """Without a time and a number, by a hash of the first column of the key."""
    if table.time_column or table.rows < HUGE or not table.primary_key:
        return None
    column = table.column(table.primary_key[0])
    buckets = 2 ** max(1, round(table.rows / FULL).bit_length() - 1)
    because = plural(
        "{n} row, no time and no number to part them by", "{n} rows, no time and no number to part them by", n=table.rows
    )
    return Partition("hash", column.name, because, buckets=min(buckets, 512))


RULES: tuple[Callable[[TableProfile], Partition | None], ...] = (by_time, by_range, by_hash)


def partition_of(table: TableProfile) -> Partition | None:
    """What the first rule that applies says."""
    return next((found for rule in RULES if (found := rule(table)) is not None), None)


def moment(text: str | None) -> datetime | None:
    """An extreme of dates or timestamps as a naive UTC moment, None for infinity, BC and years past 9999."""
    if text is None:
        return None
    try:
        if len(text) == 10:
            return datetime.combine(date.fromisoformat(text), datetime.min.time())
        return datetime.fromisoformat(text.removesuffix("+00")[:26])
    except ValueError:
        return None
