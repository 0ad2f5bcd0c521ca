"""2,000 columns of 10,000 rows from CSV to profile: `python bench/wide.py [columns] [rows]`.

Two tables, each in a process of its own: columns of five kinds in turn, and nothing but random doubles, as pyarrow writes them. The files are made in a temporary folder.
"""

from __future__ import annotations

import multiprocessing
import resource
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pyarrow as pa
from pyarrow import csv

ROOT = Path(__file__).resolve().parents[1]
sys.path[0:1] = [str(ROOT)]


def mixed(file: Path, columns: int, rows: int) -> None:
    """Whole numbers, amounts, categories with gaps, dates and codes, in turn."""
    random = np.random.default_rng(1)
    kinds = (
        lambda place: random.integers(0, 10 ** (1 + place % 7), rows).astype(str),
        lambda place: np.char.mod("%.2f", random.gamma(2, 50, rows)),
        lambda place: random.choice(["red", "green", "blue", "", "n/a"], rows),
        lambda place: np.datetime_as_string(np.datetime64("2020-01-01") + random.integers(0, 2_000, rows)),
        lambda place: np.char.add("code-", random.integers(0, 10**5, rows).astype(str)),
    )
    made = [kinds[place % len(kinds)](place) for place in range(columns)]
    with file.open("w") as out:
        out.write(",".join(f"c{place}" for place in range(columns)) + "\n")
        out.writelines(",".join(row) + "\n" for row in zip(*made))


def floats(file: Path, columns: int, rows: int) -> None:
    """Doubles of the normal distribution."""
    random = np.random.default_rng(3)
    csv.write_csv(pa.table({f"c{place}": random.normal(size=rows) for place in range(columns)}), file)


def measure(file: Path, folder: Path) -> None:
    from connectors.csv import Csv
    from core.profile import profile
    from core.task import Task

    (folder / "landed").mkdir()
    begun = time.perf_counter()
    with Csv({"path": str(file)}) as source:
        landed = source.land((file.name,), folder / "landed", Task())
    landing = time.perf_counter() - begun
    profile({"wide": landed}, Task(), now=datetime.now(UTC), spill=folder)
    whole = time.perf_counter() - begun
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"landed in {landing:.1f} s, profiled in {whole - landing:.1f} s, {whole:.1f} s together, peak {memory:.0f} MB")


def apart(work: Callable[..., None], *arguments) -> None:
    child = multiprocessing.get_context("spawn").Process(target=work, args=arguments)
    child.start()
    child.join()
    if child.exitcode:
        sys.exit(child.exitcode)


def main(columns: int, rows: int) -> None:
    for make in (mixed, floats):
        with tempfile.TemporaryDirectory(prefix="assay-bench-") as folder:
            file = Path(folder, "wide.csv")
            # In processes of their own: Linux counts the peak of the process that started one among its own.
            apart(make, file, columns, rows)
            print(
                f"{make.__name__}, {columns:,} columns x {rows:,} rows ({file.stat().st_size / 1e6:.0f} MB): ", end="", flush=True
            )
            apart(measure, file, Path(folder))


if __name__ == "__main__":
    main(*(int(argument) for argument in (sys.argv[1:] + ["2000", "10000"][len(sys.argv) - 1 :])))
