"""How fast rows get into ClickHouse and out: `python bench/connect_clickhouse.py LINEITEM.parquet [times]`.

One million rows of lineitem: into a server by this connector (staged, checked, counted, put in place) against clickhouse-connect's
`insert_arrow` alone; into the embedded engine against clickhouse-connect's `insert_arrow` on chdb; and out of the server as Parquet. In
turn, so that a busy machine is busy for all; the engine of each process has started before. Prints the medians and the ratios.
"""

from __future__ import annotations

import statistics
import subprocess
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
from core.engines.duck import duck  # noqa: E402
from core.task import Task  # noqa: E402
from tests.servers.clickhouse_http import House, start, stop  # noqa: E402

ROWS = 1_000_000
_CHDB = """
import sys, time, clickhouse_connect, pyarrow.parquet as pq
file, folder, columns, rows = sys.argv[1:]
table = pq.read_table(file).slice(0, int(rows))
with clickhouse_connect.get_client(interface="chdb", path=folder) as client:
    client.command("CREATE DATABASE IF NOT EXISTS bench")
    for name, part in (("warm", table.slice(0, 100000)), ("peer", table)):
        client.command(f"CREATE TABLE bench.{name} ({columns}) ENGINE = MergeTree ORDER BY tuple()")
        started = time.perf_counter()
        client.insert_arrow(f"bench.{name}", part)
        taken = time.perf_counter() - started
print(taken)
"""


def timed(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def definition(table: pa.Table) -> str:
    with duck() as local:
        types = types_of(local, table.schema)
    return ", ".join(f"`{name}` {made_type(kind, True)}" for name, kind in types.items())


def written(settings: dict, table: pa.Table, name: str) -> float:
    """Seconds of one write by the connector, the session being open."""
    batches = table.to_batches(max_chunksize=100_000)
    with open_connector("clickhouse", settings) as target:
        target.write(("bench", f"warm_{name}"), iter(batches[:1]), table.schema, "replace", Task())
        return timed(lambda: target.write(("bench", name), iter(batches), table.schema, "replace", Task()))


def landed(settings: dict, name: str, folder: Path) -> float:
    folder.mkdir()
    with open_connector("clickhouse", settings) as source:
        return timed(lambda: source.land(("bench", name), folder, Task()))


def on_chdb(file: str, folder: Path, columns: str) -> float:
    """Seconds of `insert_arrow` in a process of its own: one process holds one folder."""
    command = [sys.executable, "-c", _CHDB, file, str(folder), columns, str(ROWS)]
    return float(subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()[-1])


def clickhouse(file: str, folder: Path, times: int) -> dict[str, float]:
    """Median seconds of each way."""
    table = pq.read_table(file).slice(0, ROWS)
    taken: dict[str, list[float]] = {
        name: [] for name in ("insert_arrow", "server in", "server out", "chdb insert_arrow", "embedded in")
    }
    columns = definition(table)
    server = start(folder / "server")
    try:
        server.run("CREATE DATABASE bench")
        settings = House(server, "bench").settings
        for n in range(times):
            server.run(f"CREATE TABLE bench.peer{n} ({columns}) ENGINE = MergeTree ORDER BY tuple()")
            peer = f"bench.peer{n}"
            taken["insert_arrow"].append(timed(lambda peer=peer: server.client.insert_arrow(peer, table)))
            taken["server in"].append(written(settings, table, f"ours{n}"))
            taken["server out"].append(landed(settings, f"ours{n}", folder / f"out{n}"))
            own = folder / f"chdb{n}"
            taken["chdb insert_arrow"].append(on_chdb(file, own, columns))
            taken["embedded in"].append(written({"engine": "embedded", "folder": str(own)}, table, f"ours{n}"))
    finally:
        stop(server)
    return {name: statistics.median(values) for name, values in taken.items()}


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="assay-bench-") as folder:
        taken = clickhouse(sys.argv[1], Path(folder), int(sys.argv[2]) if len(sys.argv) > 2 else 3)
    for name, seconds in taken.items():
        print(f"{name:18} {seconds:6.2f} s")
    print(f"server in / insert_arrow         {taken['server in'] / taken['insert_arrow']:.2f}")
    print(f"embedded in / chdb insert_arrow  {taken['embedded in'] / taken['chdb insert_arrow']:.2f}")


if __name__ == "__main__":
    main()
