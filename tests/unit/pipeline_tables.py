"""Small landed tables for the tests of the pipeline, and a writer that keeps what a sink was given."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from core.models.pipeline import CheckedPipeline, RunResult, Sink
from core.models.source import Column
from core.pipeline import run
from core.task import Task

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
COLUMNS = {
    "sales": (Column("id", "BIGINT"), Column("city", "VARCHAR"), Column("price", "DECIMAL(9,2)"), Column("tags", "VARCHAR[]")),
    "cities": (Column("city", "VARCHAR"), Column("Страна", "VARCHAR")),
}
ROWS = {
    "sales": pa.table(
        {
            "id": pa.array(range(6), pa.int64()),
            "city": ["Rome", "Oslo", None, "Rome", "", "Oslo"],
            "price": pa.array(["1.10", "2.20", None, "4.40", "5.50", "6.60"]).cast(pa.decimal128(9, 2)),
            "tags": pa.array([["a"], [], None, ["b", "c"], ["a"], ["z"]], pa.list_(pa.string())),
        }
    ),
    "cities": pa.table({"city": ["Rome", "Oslo"], "Страна": ["Италия", "Norge"]}),
}


def landed(folder: Path) -> dict[str, tuple[str, ...]]:
    """The tables as Parquet files of `folder`."""
    for name, table in ROWS.items():
        pq.write_table(table, folder / f"{name}.parquet")
    return {name: (str(folder / f"{name}.parquet"),) for name in ROWS}


class Kept:
    """A target in memory: what each sink was given."""

    def __init__(self) -> None:
        self.tables: dict[str, pa.Table] = {}

    def __call__(self, sink: Sink, batches: Iterator[pa.RecordBatch], schema: pa.Schema, task: Task) -> str:
        self.tables[sink.id] = pa.Table.from_batches(batches, schema)
        return f"memory:{sink.id}"


def ran(checked: CheckedPipeline, files: dict[str, tuple[str, ...]], spill: Path) -> tuple[RunResult, dict[str, pa.Table]]:
    """A run of the pipeline, and the tables of its sinks."""
    kept = Kept()
    return run(checked, files, kept, Task(), clock=lambda: NOW, spill=spill), kept.tables
