"""The rules: each reads the facts of a subject and what was said of its use, and gives points with a reason.

Points: 5 a hint, 10 to 20 an argument, 25 and more decides. A rule yields (storage, points, reason, facts) and is tested under its
own name. Order does not matter.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from core.advice.cost import rows_at_horizon
from core.advice.facts import Subject
from core.models.advice import ACCESSES, LATENCIES, Access, Latency, Storage, Workload
from core.words import Msg, msg, percent, size

Given = tuple[Storage, int, Msg, tuple[tuple[Msg, Msg | str], ...]]
Rule = Callable[[Subject, Workload], Iterator[Given]]

# Points by stated access: what each storage is built for.
_ACCESS: dict[Access, tuple[tuple[Storage, int, Msg], ...]] = {
    "unknown": (),
    "lookups": (
        ("postgres", 30, msg("Single rows are looked up: a B-tree index finds one in a few page reads.")),
        ("clickhouse", -15, msg("Single rows are looked up: a sparse index reads a whole granule of 8,192 rows for each.")),
        ("s3", -25, msg("Single rows are looked up: files have no index to find one.")),
        ("hdfs", -25, msg("Single rows are looked up: files have no index to find one.")),
        ("kafka", -30, msg("Single rows are looked up: a log is read in order, not by key.")),
    ),
    "mixed": (
        ("postgres", 15, msg("Look-ups and reports mixed: a row store with indexes serves both at this size.")),
        ("clickhouse", 5, msg("Look-ups and reports mixed: the reports gain from columns, the look-ups do not.")),
        ("s3", -15, msg("Single rows are looked up: files have no index to find one.")),
        ("hdfs", -15, msg("Single rows are looked up: files have no index to find one.")),
        ("kafka", -20, msg("Single rows are looked up: a log is read in order, not by key.")),
    ),
    "analytics": (
        ("clickhouse", 30, msg("Columns are scanned and aggregated: a column store reads only those a query names.")),
        ("postgres", -5, msg("Columns are scanned and aggregated: a row store reads whole rows for it.")),
        ("s3", 5, msg("Columns are scanned and aggregated: Parquet in S3 can be scanned by many engines.")),
        ("kafka", -25, msg("Columns are scanned and aggregated: a log cannot be asked questions.")),
    ),
    "archive": (
        ("s3", 35, msg("The data is kept and rarely read: object storage is the cheapest place that needs no server.")),
        ("hdfs", 15, msg("The data is kept and rarely read: raw files suit HDFS where a cluster is there already.")),
        ("postgres", -20, msg("The data is kept and rarely read: a database server would wait idle beside it.")),
        ("clickhouse", -10, msg("The data is kept and rarely read: a database server would wait idle beside it.")),
        ("kafka", -30, msg("The data is kept and rarely read: a log is meant to be read soon.")),
    ),
    "events": (
        ("kafka", 50, msg("Events are passed on as they happen: readers follow a log at their own pace.")),
        ("clickhouse", 10, msg("Events are passed on as they happen: ClickHouse is a usual place to count them afterwards.")),
        ("postgres", -10, msg("Events are passed on as they happen: a table polled by many readers holds them up.")),
        ("s3", -15, msg("Events are passed on as they happen: a file is seen only when it is complete.")),
        ("hdfs", -15, msg("Events are passed on as they happen: a file is seen only when it is complete.")),
    ),
}

_LATENCY: dict[Latency, tuple[tuple[Storage, int], ...]] = {
    "unknown": (),
    "interactive": (("postgres", 10), ("clickhouse", 10), ("kafka", -5), ("s3", -15), ("hdfs", -20)),
    "seconds": (("clickhouse", 5), ("s3", -5), ("hdfs", -10)),
    "batch": (("s3", 10), ("hdfs", 10)),
}


def _count(n: int) -> Msg:
    return msg("{n}", n=n)


def access_pattern(subject: Subject, workload: Workload) -> Iterator[Given]:
    """What the person said of reading and writing."""
    for storage, points, because in _ACCESS[workload.access]:
        yield storage, points, because, ((msg("Stated access"), ACCESSES[workload.access]),)


def latency_wanted(subject: Subject, workload: Workload) -> Iterator[Given]:
    """How long an answer may take."""
    for storage, points in _LATENCY[workload.latency]:
        because = (
            msg("Its answers come within the latency that was asked for.")
            if points > 0
            else msg("Its answers come later than was asked for.")
        )
        yield storage, points, because, ((msg("Stated latency"), LATENCIES[workload.latency]),)


def rows_that_change(subject: Subject, workload: Workload) -> Iterator[Given]:
    """Whether rows are updated after they were written."""
    if workload.updates is None:
        return
    facts = ((msg("Rows are updated"), msg("yes") if workload.updates else msg("no")),)
    if workload.updates:
        yield "postgres", 15, msg("Rows are updated: transactions change one without touching the others."), facts
        yield "clickhouse", -15, msg("Rows are updated: an update rewrites whole parts in the background."), facts
        for storage in ("s3", "hdfs"):
            yield storage, -15, msg("Rows are updated: a file is replaced whole."), facts
        yield "kafka", -5, msg("Rows are updated: a log only adds."), facts
    else:
        yield "clickhouse", 5, msg("Rows are only added: parts are written once and merged."), facts
        yield "s3", 5, msg("Rows are only added: files are written once."), facts


def volume(subject: Subject, workload: Workload) -> Iterator[Given]:
    """How many rows there will be within a year."""
    rows = rows_at_horizon(subject, workload)
    facts = ((msg("Rows within a year"), _count(rows)),)
    if rows < 1_000_000:
        yield "postgres", 15, msg("Under a million rows: any question is answered at once without further machinery."), facts
    elif rows < 50_000_000:
        yield "clickhouse", 10, msg("Millions of rows: aggregates over columns begin to pay."), facts
        yield "postgres", 5, msg("Millions of rows: still well within one PostgreSQL server with indexes."), facts
    else:
        yield "clickhouse", 20, msg("Tens of millions of rows and more: compressed columns keep scans short."), facts
        yield (
            "postgres",
            -15,
            msg("Tens of millions of rows and more: tables and indexes outgrow memory, vacuum takes long."),
            facts,
        )
        yield "s3", 5, msg("Tens of millions of rows and more: the price of a gigabyte begins to count."), facts


def file_size(subject: Subject, workload: Workload) -> Iterator[Given]:
    """HDFS keeps each file in blocks of 128 MB (`dfs.blocksize`) and its name node holds an entry for each."""
    facts = ((msg("Size as Parquet"), size(subject.bytes)),)
    if subject.bytes < 128 * 2**20:
        yield "hdfs", -20, msg("Smaller than one HDFS block of 128 MB: many small files wear out the name node."), facts
    elif subject.bytes > 10**12:
        yield "hdfs", 15, msg("Terabytes: reading beside the disks is what HDFS is for."), facts


def keys_and_relations(subject: Subject, workload: Workload) -> Iterator[Given]:
    """Constraints that hold are worth enforcing, and only one of the five enforces them."""
    facts = ((msg("Share of rows with a primary key"), percent(subject.keyed)), (msg("Foreign keys"), _count(subject.relations)))
    if subject.keyed >= 0.5 and subject.relations:
        yield (
            "postgres",
            10,
            msg("There are primary keys, and foreign keys that hold on all rows: PostgreSQL keeps them so."),
            facts,
        )
    elif subject.keyed >= 0.5:
        yield "postgres", 5, msg("A primary key holds on all rows: PostgreSQL keeps it so."), facts


def no_key(subject: Subject, workload: Workload) -> Iterator[Given]:
    """Look-ups need something to look up by."""
    if subject.keyed == 0 and subject.rows:
        facts = ((msg("Primary keys"), "0"),)
        yield "postgres", -10, msg("No column identifies a row: an operational table cannot be addressed."), facts


def aggregatable(subject: Subject, workload: Workload) -> Iterator[Given]:
    """Measures with dimensions to group them by, in numbers that make a scan worth it."""
    if subject.rows >= 100_000 and subject.measures >= 2 and subject.dimensions >= 2:
        facts = ((msg("Measures"), _count(subject.measures)), (msg("Columns of few values"), _count(subject.dimensions)))
        yield "clickhouse", 15, msg("Numbers to sum and columns of few values to group by: a fact table."), facts


def moments(subject: Subject, workload: Workload) -> Iterator[Given]:
    """Events have a time; what has none is not an event."""
    facts = ((msg("Columns with a time or a date"), _count(subject.times)),)
    if not subject.times:
        yield "kafka", -20, msg("No column says when a row happened: these are not events."), facts
    elif subject.rows >= 100_000:
        yield "clickhouse", 5, msg("Rows carry a time: they can be sorted and dropped by it."), facts


def arrival_rate(subject: Subject, workload: Workload) -> Iterator[Given]:
    """Rows a day as stated; a million a day is twelve a second."""
    if workload.rows_per_day is None:
        return
    rate = round(workload.rows_per_day * subject.share)
    facts = ((msg("Rows a day"), _count(rate)),)
    if rate >= 1_000_000:
        yield "kafka", 15, msg("A million rows a day and more: a log in front evens out the load."), facts
        yield "clickhouse", 10, msg("A million rows a day and more: batches go in without slowing the readers."), facts
        yield "postgres", -10, msg("A million rows a day and more: every insert also writes each index."), facts
    elif rate < 10_000:
        yield "kafka", -10, msg("A few thousand rows a day need no log in front."), facts


def retention(subject: Subject, workload: Workload) -> Iterator[Given]:
    """How long rows are kept."""
    if workload.keep_days is None:
        return
    facts = ((msg("Kept for days"), _count(workload.keep_days)),)
    if workload.keep_days >= 730:
        yield "s3", 10, msg("Kept for years: the price of a month is paid many times."), facts
        yield "kafka", -15, msg("Kept for years: a log is meant to be read soon."), facts
    elif workload.keep_days <= 7:
        yield "kafka", 10, msg("Kept for days: a log drops old segments by itself."), facts
        yield "s3", -10, msg("Kept for days: an archive is not needed."), facts


def width(subject: Subject, workload: Workload) -> Iterator[Given]:
    """Wide tables; PostgreSQL allows 1,600 columns (its documentation, appendix K)."""
    facts = ((msg("Columns of the widest table"), _count(subject.widest)),)
    if subject.widest > 1_600:
        yield "postgres", -50, msg("More columns than the 1,600 a PostgreSQL table may have."), facts
    if subject.widest > 100:
        yield "clickhouse", 10, msg("A wide table: a query reads only the columns it names."), facts


def documents(subject: Subject, workload: Workload) -> Iterator[Given]:
    """Nested values keep their shape in some places only."""
    if subject.documents:
        facts = ((msg("Nested columns"), _count(subject.documents)),)
        yield "postgres", 5, msg("Nested values: jsonb can be indexed and queried."), facts
        yield "s3", 5, msg("Nested values: Parquet and JSON files keep them as they are."), facts


def not_a_table(subject: Subject, workload: Workload) -> Iterator[Given]:
    """Data at rest is not a stream, unless the person says that it is passed on."""
    if workload.access != "events":
        facts = ((msg("Stated access"), ACCESSES[workload.access]),)
        yield "kafka", -20, msg("The data lies still: a log is for data on its way."), facts


def cluster_to_run(subject: Subject, workload: Workload) -> Iterator[Given]:
    """What it takes to have the storage at all."""
    if subject.bytes < 10**12:
        facts = ((msg("Size as Parquet"), size(subject.bytes)),)
        yield "hdfs", -15, msg("Under a terabyte: a cluster of name nodes and data nodes costs more than it gives."), facts


RULES: tuple[Rule, ...] = (
    access_pattern,
    latency_wanted,
    rows_that_change,
    volume,
    file_size,
    keys_and_relations,
    no_key,
    aggregatable,
    moments,
    arrival_rate,
    retention,
    width,
    documents,
    not_a_table,
    cluster_to_run,
)
