"""HDFS beside fsspec over the same WebHDFS: `python bench/connect_hdfs.py LINEITEM.parquet [times]`.

One million rows of lineitem as one Parquet file on a NameNode and a DataNode of this machine. Read: as Arrow batches and landed, against a pyarrow dataset over
fsspec's `webhdfs`, wrapped by pyarrow. Written: the file sent there, against fsspec's `put_file`. Peers and Assay take turns in one run; medians, CPU seconds of this
process and ratios are printed.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path[0:1] = [str(ROOT)]

import duckdb  # noqa: E402
import fsspec  # noqa: E402
import pyarrow as pa  # noqa: E402
import pyarrow.dataset as ds  # noqa: E402
from pyarrow import fs  # noqa: E402

from connectors.registry import open_connector  # noqa: E402
from core.task import Task  # noqa: E402
from core.words import msg  # noqa: E402

ROWS = 1_000_000


def medians(ways: dict[str, Callable[[], object]], times: int) -> dict[str, tuple[float, float]]:
    """The median wall and CPU seconds of each way, all taking turns after one round to warm up."""
    taken: dict[str, list[tuple[float, float]]] = {name: [] for name in ways}
    for turn in range(times + 1):
        for name, work in ways.items():
            wall, cpu = time.perf_counter(), time.process_time()
            work()
            if turn:
                taken[name].append((time.perf_counter() - wall, time.process_time() - cpu))
    return {name: (statistics.median(w for w, _ in all_), statistics.median(c for _, c in all_)) for name, all_ in taken.items()}


def show(took: dict[str, tuple[float, float]], *ratios: tuple[str, str]) -> None:
    print(", ".join(f"{name} {wall:.2f} s ({cpu:.2f} CPU)" for name, (wall, cpu) in took.items()))
    for ours, peer in ratios:
        print(f"    {ours} / {peer}  {took[ours][0] / took[peer][0]:.2f}  (CPU {took[ours][1] / took[peer][1]:.2f})")


def main() -> None:
    from tests.servers.hdfs import USER, folder_of, start

    source, times = sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 3
    with tempfile.TemporaryDirectory(prefix="assay-bench-") as name:
        folder = Path(name)
        file = folder / "rows.parquet"
        duckdb.read_parquet(source).limit(ROWS).write_parquet(str(file), row_group_size=122_880)
        (folder / "hdfs").mkdir()
        cluster = start(folder / "hdfs")
        try:
            there = folder_of(cluster)
            there.put("rows.parquet", file.read_bytes())
            peer = fsspec.filesystem("webhdfs", host="127.0.0.1", port=cluster.http, user=USER, skip_instance_cache=True)
            work(there, file, folder, peer, times)
        finally:
            cluster.stop()


def work(there, file: Path, folder: Path, peer, times: int) -> None:
    path, settings = (there.name, "rows.parquet"), there.settings

    def dataset() -> int:
        system = fs.PyFileSystem(fs.FSSpecHandler(peer))
        return sum(batch.num_rows for batch in ds.dataset("/" + "/".join(path), filesystem=system).to_batches())

    def read() -> int:
        with open_connector("hdfs", settings) as source:
            return sum(batch.num_rows for batch in source.read(path, Task()))

    def landed() -> int:
        with tempfile.TemporaryDirectory(dir=folder) as target, open_connector("hdfs", settings) as source:
            return source.land(path, Path(target), Task()).rows

    def put() -> None:
        with open_connector("hdfs", settings) as target:
            target._system.put(file, f"{there.name}/ours.parquet", Task(), msg("Sending {name}", name=file.name))

    assert dataset() == read() == landed() == ROWS
    print(f"{file.stat().st_size / 2**20:.0f} MB, {ROWS} rows, pyarrow {pa.__version__}, fsspec {fsspec.__version__}")
    show(
        medians({"dataset over fsspec": dataset, "read": read, "landed": landed}, times),
        ("read", "dataset over fsspec"),
        ("landed", "dataset over fsspec"),
    )
    show(
        medians({"fsspec put": lambda: peer.put_file(str(file), f"/{there.name}/peer.parquet"), "put": put}, times),
        ("put", "fsspec put"),
    )


if __name__ == "__main__":
    main()
