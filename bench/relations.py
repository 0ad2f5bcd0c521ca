"""How long relations take to find: `python bench/relations.py TPCH_FOLDER`: the eight tables of TPC-H, and sixty of a normalised schema made here."""

from __future__ import annotations

import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.csv

ROOT = Path(__file__).resolve().parents[1]
sys.path[0:1] = [str(ROOT)]

TABLES, ROWS = 60, 20_000


def normalised(folder: Path) -> int:
    """Sixty tables: each but the first refers to one or two before it; returns the number of references."""
    random = np.random.default_rng(7)
    sizes = [int(size) for size in random.integers(ROWS // 10, ROWS, TABLES)]
    references = 0
    for place, size in enumerate(sizes):
        columns = {
            f"entity{place}_id": np.arange(1, size + 1),
            "label": [f"label {number}" for number in random.integers(0, size, size)],
        }
        columns |= {"amount": np.round(random.gamma(2, 50, size), 2), "grade": random.integers(1, 6, size)}
        for other in sorted({int(one) for one in random.integers(0, place, 2)} if place else ()):
            columns[f"entity{other}_id"] = random.integers(1, sizes[other] + 1, size)
            references += 1
        pyarrow.csv.write_csv(pa.table(columns), folder / f"entity{place}.csv")
    return references


def measured(folder: Path, work: Path) -> tuple[float, float, int]:
    """Seconds of the profile but for the relations, seconds of the relations, and how many were found."""
    from connectors.csv import Csv
    from core.profile import profile
    from core.task import Task

    class Clock(Task):
        first = 0.0

        def at(self, fraction, step) -> None:
            if "relation" in step.text and not self.first:
                self.first = time.perf_counter()

        def part(self, start: float, end: float) -> Task:
            return self

    landed = {}
    for file in sorted(folder.glob("*.csv")):
        (work / file.stem).mkdir(parents=True)
        with Csv({"path": str(file)}) as source:
            landed[file.stem] = source.land((file.name,), work / file.stem, Task())
    clock, begun = Clock(), time.perf_counter()
    found = profile(landed, clock, now=datetime.now(UTC), spill=work)
    return clock.first - begun, time.perf_counter() - clock.first, len(found.foreign_keys)


def main(tpch: Path) -> None:
    with tempfile.TemporaryDirectory(prefix="assay-bench-") as folder:
        made = Path(folder, "made")
        made.mkdir()
        references = normalised(made)
        for name, place, known in (("TPC-H", tpch, 10), (f"{TABLES} tables", made, references)):
            alone, relations, found = measured(place, Path(folder, name))
            print(
                f"{name}: relations in {relations:.1f} s (the tables themselves {alone:.1f} s), {found} found of {known} there are"
            )


if __name__ == "__main__":
    if len(sys.argv) != 2:
        raise SystemExit(__doc__)
    main(Path(sys.argv[1]).resolve())
