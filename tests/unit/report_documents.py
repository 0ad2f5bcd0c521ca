"""Documents for the tests of reports: the sample as it is profiled, a design and a run made by hand, and names that bite."""

from __future__ import annotations

import tempfile
from dataclasses import replace
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

import reports
from connectors import registry
from core.advice import advise
from core.models.advice import Workload
from core.models.design import ColumnDesign, Ddl, Design, Index, IndexProof, Partition, Proof, TableDesign, TableProof
from core.models.pipeline import NodeRun, RunResult
from core.models.profile import ColumnProfile, Key, Profile, TableProfile, Top
from core.models.report import Block, Document, Section
from core.models.source import Landed, Refusal
from core.profile import profile
from core.task import Task
from core.words import Msg, msg

SAMPLES = Path(__file__).resolve().parents[2] / "samples"
FILES = ("flights.csv.gz", "weather.parquet", "planes.ndjson", "airports.xml", "airlines.json")
NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
_FOLDER = tempfile.TemporaryDirectory(prefix="assay-report-")

_ASKED = "SELECT 1 AS one"
HOSTILE = (
    "<script>alert(1)</script>",
    "a|b",
    "`tick` ``two``",
    "line\nbreak\tand tab",
    "\u202egnp.exe",
    "🛫 emoji 漢字",
    "שלום עולם",
    "*bold* _under_ [link](http://x.y) ![img](z)",
    "&amp; \"quotes\" 'single' --",
    "# heading",
    "1. item",
    "x" * 300,
    "nul\x00bell\x07",
    "{braces} {0} %s",
)


def landed(name: str) -> Landed:
    """One file of the sample, landed by its connector."""
    folder = Path(_FOLDER.name) / name.partition(".")[0]
    folder.mkdir()
    with registry.open_connector(registry.kind_of_file(SAMPLES / name), {"path": str(SAMPLES / name)}) as source:
        return source.land((name,), folder, Task())


@cache
def sample() -> Profile:
    """The profile of nycflights13, taken once a process."""
    return profile({name.partition(".")[0]: landed(name) for name in FILES}, Task(), now=NOW)


@cache
def document() -> Document:
    """The report of the sample with everything that can be in it."""
    return reports.analysis("Flights", sample(), advise(sample(), Workload()), design(), (run(),), NOW)


@cache
def bare() -> Document:
    """The report of the sample when only the profile is there."""
    return reports.analysis("Flights", sample(), None, None, (), NOW)


def design() -> Design:
    """A design of two tables, with a proof that passed and one that did not."""
    time = ColumnDesign("time_hour", "TIMESTAMP WITH TIME ZONE", False)
    flights = TableDesign(
        "flights",
        (ColumnDesign("carrier", "VARCHAR", False), time),
        primary_key=("carrier", "flight", "time_hour"),
        indexes=(Index("flights_tailnum", "btree", ("tailnum",), msg("Planes are looked up by it")),),
        partition=Partition("month", "time_hour", msg("336,776 rows over a year")),
        order_by=("carrier", "time_hour"),
        notes=(msg("No foreign key to {table}: {n} rows refer to nothing there", table="planes", n=52606),),
    )
    airlines = TableDesign("airlines", (ColumnDesign("carrier", "VARCHAR", False),), primary_key=("carrier",))
    ddl = (
        Ddl("airlines", "postgres", ('CREATE TABLE "airlines" ("carrier" text PRIMARY KEY)',)),
        Ddl("flights", "postgres", ('CREATE TABLE "flights" ("carrier" text, "time_hour" timestamptz)',)),
        Ddl(
            "flights",
            "clickhouse",
            ("CREATE TABLE flights (carrier String) ENGINE = MergeTree ORDER BY carrier",),
            (msg("Keys are not enforced"),),
        ),
        Ddl("flights", "mysql", ("CREATE TABLE flights (carrier varchar(2))",)),
    )
    return Design((airlines, flights), ddl, (_passed(), _failed()))


def _passed() -> Proof:
    asked = 'SELECT * FROM "flights" WHERE "tailnum" = \'N14228\' AND "time_hour" >= \'2013-05-01\''
    indexes = (
        IndexProof(
            "flights_tailnum", "kept", asked, "Index Scan", msg("The planner reads it: {n} instead of {all}", n=25, all=457)
        ),
        IndexProof("flights_origin", "dropped", "SELECT 1", "Seq Scan", msg("Reading the whole table is cheaper")),
    )
    tables = (
        TableProof("airlines", True, 16, True, bytes=81920, seconds=0.1),
        TableProof("flights", True, 20000, True, indexes=indexes, bytes=3_252_000, seconds=1.5),
    )
    return Proof("postgres", "PostgreSQL 18.6", tables, 20000)


def _failed() -> Proof:
    different = (msg("{column} reads back differently", column="time_hour"),)
    return Proof("clickhouse", "ClickHouse 26.9", (TableProof("flights", True, 20000, False, different, seconds=0.5),), 20000)


def run() -> RunResult:
    """A run as the pipeline stage reports it: SQL over the tables' names, and a file on this machine."""
    nodes = (
        NodeRun("flights", 336776, 0.01, 'SELECT\n  *\nFROM "flights"'),
        NodeRun("late", 133004, 0.02, 'SELECT * FROM "flights" WHERE "arr_delay" > 0'),
        NodeRun("file", 16, 0.03, 'SELECT "carrier", COUNT(*) AS "rows" FROM "flights" GROUP BY "carrier"'),
    )
    return RunResult("late_flights", "DuckDB 2.0.0", NOW, 0.12, nodes, (("file", f"{_FOLDER.name}/out/late.csv"),))


@cache
def hostile() -> Document:
    """A report of a table whose names and values are the worst there are."""
    columns = tuple(_column(name) for name in HOSTILE)
    rows = 40
    key = Key((HOSTILE[1],), query=_ASKED)
    table = TableProfile(HOSTILE[0], rows, 100, 100, columns, (key,), key.columns, 0, query=_ASKED)
    second = replace(table, name=HOSTILE[9], keys=(), primary_key=())
    taken = Profile((table, second), (), NOW, 0.1)
    return reports.analysis(HOSTILE[3], taken, advise(taken, Workload()), None, (), NOW)


def _column(name: str) -> ColumnProfile:
    top = tuple(Top(value, 10) for value in HOSTILE[:4])
    refused = Refusal("BIGINT", 3, "1|2")
    return ColumnProfile(name, "VARCHAR", 40, 4, 4, True, low=name, high=name, top=top, refused=refused, query=_ASKED)


@cache
def wide(columns: int) -> Document:
    """A report of a table with many columns."""
    flights = sample().table("flights")
    delay = flights.column("dep_delay")
    many = tuple(replace(delay, name=f"column_{place}") for place in range(columns))
    table = replace(flights, columns=many, keys=(), primary_key=(), time_column="")
    return reports.analysis("Wide", replace(sample(), tables=(table,), foreign_keys=()), None, None, (), NOW)


def blocks(sections: tuple[Section, ...]) -> list[Block]:
    """All blocks of all sections, in reading order."""
    return [block for section in sections for block in (*section.blocks, *blocks(section.sections))]


def all_sections(sections: tuple[Section, ...]) -> list[Section]:
    return [one for section in sections for one in (section, *all_sections(section.sections))]


def figures(message: Msg) -> list[int | float]:
    """The numbers among the arguments of a message, those of messages inside it too."""
    found: list[int | float] = []
    for _, value in message.args:
        if isinstance(value, Msg):
            found += figures(value)
        elif isinstance(value, (int, float)):
            found.append(value)
    return found
