"""What keeping the data would take and cost. Prices and factors are assumptions that the person edits, and are shown as such."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal

from core.advice.facts import Subject
from core.models.advice import Prices, Storage, Workload

HORIZON_DAYS = 365
GIGABYTE = Decimal(10**9)
CENT = Decimal("0.01")

# Orders of magnitude of public list prices for block and object storage, servers aside; nobody's offer. The factors assume a
# row store with its indexes (4 × Parquet), a column store (about Parquet's own size), three copies on HDFS, three copies of
# messages that carry their field names on Kafka, and one paid copy in S3.
DEFAULT_PRICES = Prices(
    currency="USD",
    gb_month=(
        ("postgres", Decimal("0.115")),
        ("clickhouse", Decimal("0.080")),
        ("hdfs", Decimal("0.045")),
        ("kafka", Decimal("0.080")),
        ("s3", Decimal("0.023")),
    ),
    factors=(
        ("postgres", Decimal(4)),
        ("clickhouse", Decimal(1)),
        ("hdfs", Decimal(3)),
        ("kafka", Decimal(9)),
        ("s3", Decimal(1)),
    ),
)


def rows_at_horizon(subject: Subject, workload: Workload) -> int:
    """Rows after `HORIZON_DAYS`: those of today and the stated growth, cut to the stated retention."""
    grown = round((workload.rows_per_day or 0) * subject.share)
    rows = subject.rows + grown * HORIZON_DAYS
    if workload.keep_days is not None and grown:
        rows = min(rows, grown * workload.keep_days)
    return rows


def costs(storage: Storage, subject: Subject, workload: Workload, prices: Prices) -> tuple[int, Decimal]:
    """Projected bytes on one storage and their price a month, rounded to cents."""
    row = Decimal(subject.bytes) / subject.rows if subject.rows else Decimal(0)
    size = row * rows_at_horizon(subject, workload) * dict(prices.factors)[storage]
    monthly = size / GIGABYTE * dict(prices.gb_month)[storage]
    return int(size), monthly.quantize(CENT, ROUND_HALF_UP)
