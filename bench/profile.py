"""How long it takes to know a CSV file: `python bench/profile.py LINEITEM.csv [times] [ydata]`.

Each measurement runs in a process of its own, in turn, so that a busy machine is busy for all: DuckDB's SUMMARIZE of the file;
landing it; the profile of what was landed. Prints the median wall seconds, CPU seconds and peak memory of each, and the ratio of
landing and profile to SUMMARIZE. With `ydata`, fg-data-profiling (once ydata-profiling) in its minimal form on the same rows, once, and how much
more CPU it takes. Writes nothing but a temporary folder.
"""

from __future__ import annotations

import multiprocessing
import resource
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
TIMES = 3
MEGABYTE = 1024 if sys.platform != "darwin" else 1024 * 1024

Measured = tuple[float, float, float]


def summarize(file: str, folder: str) -> None:
    import duckdb

    connection = duckdb.connect(config={"temp_directory": folder})
    connection.execute("SUMMARIZE FROM read_csv($file)", {"file": file}).fetchall()


def land(file: str, folder: str) -> None:
    import pickle

    from connectors.registry import open_connector
    from core.task import Task

    target = Path(folder, "landed")
    target.mkdir()
    with open_connector("csv", {"path": file}) as connector:
        landed = connector.land((file,), target, Task())
    Path(folder, "landed.pickle").write_bytes(pickle.dumps(landed))


def profile(file: str, folder: str) -> None:
    import pickle

    from core.profile import profile as take
    from core.task import Task

    landed = pickle.loads(Path(folder, "landed.pickle").read_bytes())
    found = take({"data": landed}, Task(), now=datetime.now(UTC), spill=Path(folder))
    table = found.table("data")
    print(f"    {table.rows:,} rows x {len(table.columns)} columns, primary key {table.primary_key}", file=sys.stderr)


def ydata(file: str, folder: str) -> None:
    import pandas as pd
    from data_profiling import ProfileReport

    ProfileReport(pd.read_csv(file), minimal=True, progress_bar=False).get_description()


def _child(work: Callable[[str, str], None], file: str, folder: str, answer: multiprocessing.Queue) -> None:
    sys.path[0:1] = [str(ROOT)]
    import sqlglot.dialects.duckdb  # noqa: F401

    import connectors.csv  # noqa: F401 (imports are not what is measured)
    import core.profile  # noqa: F401

    before = resource.getrusage(resource.RUSAGE_SELF)
    started = time.perf_counter()
    work(file, folder)
    wall = time.perf_counter() - started
    after = resource.getrusage(resource.RUSAGE_SELF)
    answer.put((wall, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, after.ru_maxrss / MEGABYTE))


def measured(work: Callable[[str, str], None], file: str, folder: str) -> Measured:
    context = multiprocessing.get_context("spawn")
    answer = context.Queue()
    process = context.Process(target=_child, args=(work, file, folder, answer))
    process.start()
    process.join()
    if process.exitcode:
        raise SystemExit(f"{work.__name__} failed")
    return answer.get()


def main(file: str, times: int, beside: bool) -> None:
    runs: dict[str, list[Measured]] = {"summarize": [], "land": [], "profile": []}
    for _ in range(times):
        with tempfile.TemporaryDirectory(prefix="assay-bench-") as folder:
            for work in (summarize, land, profile):
                runs[work.__name__].append(measured(work, file, folder))
    print(f"{'':24}{'wall s':>8}{'CPU s':>8}{'peak MB':>9}")
    for name, lines in runs.items():
        wall, cpu, memory = (statistics.median(column) for column in zip(*lines))
        print(f"{name:24}{wall:8.2f}{cpu:8.2f}{memory:9.0f}")
    ratios = [(land[0] + found[0]) / peer[0] for peer, land, found in zip(*runs.values())]
    print(
        f"{'(land + profile) / summarize':30}{statistics.median(ratios):5.2f}   of {', '.join(f'{ratio:.2f}' for ratio in ratios)}"
    )
    if beside:
        with tempfile.TemporaryDirectory(prefix="assay-bench-") as folder:
            wall, cpu, memory = measured(ydata, file, folder)
        mine = statistics.median(land[1] + found[1] for land, found in zip(runs["land"], runs["profile"]))
        print(f"{'ydata minimal':24}{wall:8.2f}{cpu:8.2f}{memory:9.0f}\n{'CPU of ydata / ours':30}{cpu / mine:5.1f}")


if __name__ == "__main__":
    if len(sys.argv) < 2:
        raise SystemExit(__doc__)
    rest = [argument for argument in sys.argv[2:] if argument != "ydata"]
    main(str(Path(sys.argv[1]).resolve()), int(rest[0]) if rest else TIMES, "ydata" in sys.argv)
