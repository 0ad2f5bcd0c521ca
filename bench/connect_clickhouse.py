"""How fast rows get into ClickHouse and out: `python bench/connect_clickhouse.py LINEITEM.parquet [times]`.

One million rows of lineitem: into a server by this connector (staged, checked, counted and swapped) against clickhouse-connect's
`insert_arrow` alone; the same into the embedded engine against a bare chdb insert of the same Arrow stream; and out again as Parquet.
In turn, so that a busy machine is busy for all. Prints the medians and the ratios.
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

import pyarrow as pa  # noqa: E402
import pyarrow.parquet as pq  # noqa: E402

from connectors.ch.fit import made_type  # noqa: E402
from connectors.ch.outgo import types_of  # noqa: E402
from connectors.registry import open_connector  # noqa: E402
from core.engines.clickhouse import opened_clickhouse  # noqa: E402
from core.engines.duck import duck  # noqa: E402
from core.task import Task  # noqa: E402
from tests.servers.clickhouse_http import House, start, stop  # noqa: E402

ROWS = 1_000_000


def timed(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def definition(table: pa.Table) -> str:
    with duck() as local:
        types = types_of(local, table.schema)
    return ", ".join(f"`{name}` {made_type(kind, True)}" for name, kind in types.items())


def clickhouse(table: pa.Table, folder: Path, times: int) -> dict[str, list[float]]:
    """Seconds of each way, `times` measurements each."""
    taken: dict[str, list[float]] = {
        name: [] for name in ("server in", "insert_arrow", "server out", "embedded in", "chdb insert")
    }
    columns, batches = definition(table), table.to_batches(max_chunksize=100_000)
    server = start(folder / "server")
    local = folder / "embedded"
    try:
        server.run("CREATE DATABASE bench")
        settings = House(server, "bench").settings
        for number in range(times):
            server.run(f"CREATE TABLE bench.peer{number} ({columns}) ENGINE = MergeTree ORDER BY tuple()")
            taken["insert_arrow"].append(timed(lambda n=number: server.client.insert_arrow(f"bench.peer{n}", table)))
            with open_connector("clickhouse", settings) as target:
                path = ("bench", f"ours{number}")
                work = lambda: target.write(path, iter(batches), table.schema, "replace", Task())  # noqa: E731, B023
                taken["server in"].append(timed(work))
                landed = folder / f"out{number}"
                landed.mkdir()
                taken["server out"].append(timed(lambda: target.land(path, landed, Task())))  # noqa: B023
            with opened_clickhouse(local) as engine:
                engine.command("CREATE DATABASE IF NOT EXISTS bench")
                engine.command(f"CREATE TABLE bench.peer{number} ({columns}) ENGINE = MergeTree ORDER BY tuple()")
                taken["chdb insert"].append(timed(lambda: engine.insert(f"peer{number}", table, "bench")))  # noqa: B023
            with open_connector("clickhouse", {"engine": "embedded", "folder": str(local)}) as target:
                taken["embedded in"].append(
                    timed(work := lambda: target.write(path, iter(batches), table.schema, "replace", Task()))
                )  # noqa: B023
    finally:
        stop(server)
    return taken


def main() -> None:
    file, times = sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 3
    table = pq.read_table(file).slice(0, ROWS)
    with tempfile.TemporaryDirectory(prefix="assay-bench-") as folder:
        taken = {name: statistics.median(values) for name, values in clickhouse(table, Path(folder), times).items()}
    for name, seconds in taken.items():
        print(f"{name:13} {seconds:6.2f} s")
    print(f"server in / insert_arrow   {taken['server in'] / taken['insert_arrow']:.2f}")
    print(f"embedded in / chdb insert  {taken['embedded in'] / taken['chdb insert']:.2f}")


if __name__ == "__main__":
    main()
