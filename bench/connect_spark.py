"""How fast rows get out of Spark and in: `python bench/connect_spark.py LINEITEM.parquet [times]`.

200,000 rows of lineitem (the peer's write of a million ends the executor of a small worker, and it waits for ever) as a table of a Connect server on a standalone master and worker: landed by this connector (streamed, every value
checked, as Parquet) against pyspark's `toArrow` of the same table, which holds it all, and `toArrow` written as Parquet; and in by this connector (staged,
counted, put in place) against `createDataFrame(…).write.saveAsTable`. In turn, so that a busy machine is busy for all. Prints medians and ratios.
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

import pyarrow.parquet as pq  # noqa: E402

from connectors.registry import open_connector  # noqa: E402
from core.task import Task  # noqa: E402
from tests.servers.spark import TOKEN, start_cluster, start_server  # noqa: E402

ROWS = 200_000
WAYS = ("toArrow", "toArrow + Parquet", "landed", "saveAsTable", "written")


def timed(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def main() -> None:
    table = pq.read_table(sys.argv[1]).slice(0, ROWS)
    times = int(sys.argv[2]) if len(sys.argv) > 2 else 3
    with tempfile.TemporaryDirectory(prefix="assay-bench-") as name:
        folder = Path(name)
        cluster = start_cluster(folder / "cluster")
        try:
            server = start_server(folder / "server", cluster.url, TOKEN, spark__driver__maxResultSize="0")
            try:
                taken = measured(server, table, folder, times)
            finally:
                server.kill()
        finally:
            cluster.kill()
    for way in WAYS:
        print(f"{way:18} {taken[way]:6.2f} s")
    print(f"landed / toArrow            {taken['landed'] / taken['toArrow']:.2f}")
    print(f"landed / toArrow + Parquet  {taken['landed'] / taken['toArrow + Parquet']:.2f}")
    print(f"written / saveAsTable       {taken['written'] / taken['saveAsTable']:.2f}")


def measured(server, table, folder: Path, times: int) -> dict[str, float]:
    """Median seconds of each way; a first round, in which the JVMs warm up, is not counted."""
    session, path = server.session, ("spark_catalog", "default", "ours")
    batches = table.to_batches(max_chunksize=100_000)
    taken: dict[str, list[float]] = {way: [] for way in WAYS}
    with open_connector("spark", server.settings) as ours:

        def peer_in() -> None:
            session.createDataFrame(table).write.saveAsTable("peer", mode="overwrite", format="parquet")

        for n in range(times + 1):
            out = folder / f"out{n}"
            out.mkdir()
            ways: dict[str, Callable[[], object]] = {
                "saveAsTable": peer_in,
                "written": lambda: ours.write(path, iter(batches), table.schema, "replace", Task()),
                "toArrow": lambda: session.table("ours").toArrow(),
                "toArrow + Parquet": lambda out=out: pq.write_table(session.table("ours").toArrow(), out / "peer.parquet"),
                "landed": lambda out=out: ours.land(path, out, Task()),
            }
            for way, work in ways.items():
                if way == "toArrow":  # the peer's session still knows the files that "written" has replaced
                    session.catalog.refreshTable("ours")
                taken[way].append(timed(work))
    return {way: statistics.median(values[1:]) for way, values in taken.items()}


if __name__ == "__main__":
    main()
