"""The full statistical report of fg-data-profiling on some rows of a table: in a process of its own, because it is large and slow.

full(landed, columns, Full(...), out, task)      # writes the HTML
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Collection
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import BinaryIO

import pyarrow as pa
import pyarrow.parquet as pq
from sqlglot import exp

from core.engines.duck import duck, parquet, sql, streamed
from core.errors import DataError, UnsupportedError
from core.models.privacy import mask
from core.models.source import Landed
from core.store.files import write_whole
from core.task import Task
from core.words import msg

ROWS = 100_000
"""Rows of a report unless the person says otherwise: it is made by pandas, in memory; ten seconds and 1 GB for twenty columns."""

SEED = 1
"""The sample is the same for the same rows."""

_STAGES = {
    "Summarize dataset": (0.0, 0.6),
    "Generate report structure": (0.6, 0.9),
    "Render HTML": (0.9, 0.98),
    "Export report to file": (0.98, 1.0),
}
_PROGRESS = re.compile(rb"([A-Z][A-Za-z ]+):\s+(\d+)%")


def available() -> bool:
    """Whether fg-data-profiling is installed."""
    return find_spec("data_profiling") is not None


def full(
    landed: Landed, title: str, personal: Collection[str], out: Path, task: Task, *, rows: int = ROWS, minimal: bool = False
) -> int:
    """Write the report to `out`, in one step; returns the number of rows it is of. Values of `personal` columns are masked in it.

    Raises `UnsupportedError` where fg-data-profiling is missing, `DataError` where it fails.
    """
    if not available():
        raise UnsupportedError(
            msg("The full report needs the package fg-data-profiling"),
            msg("It is an extra of some 400 MB that is not installed."),
            msg("Run make profiling, or pip install -r requirements-profiling.txt; then start again."),
        )
    with TemporaryDirectory(prefix="assay-full-") as folder:
        task.at(0.0, msg("Taking the rows of the report"))
        taken = _sample(landed, personal, Path(folder) / "rows.parquet", rows, task)
        made = Path(folder) / "report.html"
        _run(
            [str(Path(folder) / "rows.parquet"), str(made), title, "minimal" if minimal else "full"],
            Path(folder),
            task.part(0.05, 1.0),
        )
        write_whole(out, made.read_bytes())
    return taken


def _sample(landed: Landed, personal: Collection[str], target: Path, rows: int, task: Task) -> int:
    """Some rows, spread evenly by chance, as a file; returns how many."""
    query = exp.select("*").from_(exp.select("*").from_(parquet(landed.files)).subquery("t"))
    if landed.rows > rows:
        size, seed = exp.Literal.number(rows), exp.Literal.number(SEED)
        query.set("sample", exp.TableSample(method=exp.Var(this="RESERVOIR"), size=size, seed=seed))
    with duck(task) as connection:
        with streamed(connection, sql(query)) as reader:
            schema = pa.schema([field.with_type(pa.string()) if field.name in personal else field for field in reader.schema])
            with pq.ParquetWriter(target, schema) as writer:
                taken = 0
                for batch in reader:
                    task.check()
                    writer.write_batch(_masked(batch, personal, schema))
                    taken += batch.num_rows
    return taken


def _masked(batch: pa.RecordBatch, personal: Collection[str], schema: pa.Schema) -> pa.RecordBatch:
    columns = [
        pa.array([None if value is None else mask(str(value)) for value in column.to_pylist()], pa.string())
        if name in personal
        else column
        for name, column in zip(batch.schema.names, batch.columns, strict=True)
    ]
    return pa.RecordBatch.from_arrays(columns, schema=schema)


def _run(arguments: list[str], folder: Path, task: Task) -> None:
    """Run the other end, with its progress as ours; it is killed when the task is to stop."""
    command = [sys.executable, "-P", str(Path(__file__).with_name("full_process.py")), *arguments]
    quiet = {
        "MPLBACKEND": "agg",
        "MPLCONFIGDIR": str(folder),
        "YDATA_PROFILING_NO_ANALYTICS": "True",
        "FG_DATA_PROFILING_NO_ANALYTICS": "True",
    }
    process = subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        cwd=folder,
        env={**os.environ, **quiet},
        start_new_session=True,
    )
    try:
        with task.interruptible(process.kill):
            said = _followed(process.stderr, task)
            process.wait()
            task.check()
    finally:
        process.kill()
        process.wait()
        process.stderr.close()
    if process.returncode:
        last = said.decode("utf-8", "replace").strip().splitlines()
        raise DataError(
            msg("The full report was not made"),
            msg(
                "fg-data-profiling says: {error}",
                error=re.sub(r"'[^']*'", "'…'", last[-1])[:300] if last else str(process.returncode),
            ),
            msg("Try fewer rows or the short form; the profile on this page is whole without it."),
        )


def _followed(stream: BinaryIO, task: Task) -> bytes:
    """Read what the process says to its end; returns the last of it. Its progress bars are told as progress."""
    kept, done = b"", 0.0
    while chunk := os.read(stream.fileno(), 4096):
        kept = (kept + chunk)[-8192:]
        found = _PROGRESS.findall(kept)
        if found and (name := found[-1][0].decode()) in _STAGES:
            start, end = _STAGES[name]
            # A stage begins again when the program finds more to do in it.
            done = max(done, start + (end - start) * int(found[-1][1]) / 100)
            task.at(done, msg("fg-data-profiling: {stage}", stage=name))
    return kept
