"""How long the sample journey takes headless: `python bench/journey.py [times]`.

Runs `python -m core demo` in a fresh folder and a fresh home, each time a process of its own, and prints wall and CPU seconds and peak
memory of the largest process, the median last. The issue that built it asks for under 20 s on 2 cores.
"""

from __future__ import annotations

import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def once() -> tuple[float, float]:
    """Wall and CPU seconds of one journey, its children included."""
    with tempfile.TemporaryDirectory() as folder:
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        began = time.perf_counter()
        env = {**os.environ, "ASSAY_HOME": f"{folder}/home"}
        subprocess.run(
            [sys.executable, "-m", "core", "demo", "--out", f"{folder}/out", "--quiet"],
            cwd=ROOT,
            env=env,
            check=True,
            stdout=subprocess.DEVNULL,
        )
        wall, after = time.perf_counter() - began, resource.getrusage(resource.RUSAGE_CHILDREN)
        assert {"report.html", "report.md", "report.json", "report.pdf", "pipeline.yaml"} <= {
            file.name for file in Path(folder, "out").iterdir()
        }
        return wall, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def main(times: int) -> None:
    runs = [once() for _ in range(times)]
    for wall, cpu in runs:
        print(f"{wall:6.1f} s wall  {cpu:6.1f} s CPU")
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / (1024 if sys.platform != "darwin" else 1024 * 1024)
    print(f"median {statistics.median(wall for wall, _ in runs):.1f} s wall, peak {peak:.0f} MB in one process")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 3)
