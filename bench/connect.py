"""What the kinds cost beside the fastest known way: `python bench/connect.py LINEITEM.csv [times] [csv postgres s3]`.

CSV: landing with the check of every cell against DuckDB's own COPY with the types given. PostgreSQL: one million rows in and landed,
against COPY of a CSV that is ready and ADBC's ingest, and COPY to a file that DuckDB makes Parquet of, ADBC and connectorx. S3: the same rows as one Parquet object, read as
Arrow batches and landed, against a pyarrow dataset on the same server. Peers and Assay take turns in one run; medians and ratios are printed. ClickHouse:
`connect_clickhouse.py`.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path[0:1] = [str(ROOT)]

import adbc_driver_postgresql.dbapi as adbc  # noqa: E402
import connectorx  # noqa: E402
import duckdb  # noqa: E402
import psutil  # noqa: E402
import pyarrow as pa  # noqa: E402
import pyarrow.dataset as ds  # noqa: E402
import pyarrow.parquet as pq  # noqa: E402

from connectors.registry import open_connector  # noqa: E402
from core.engines.postgres import PostgresServer, embedded_postgres  # noqa: E402
from core.task import Task  # noqa: E402

ROWS = 1_000_000
Ways = dict[str, Callable[[], object]]


def timed(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def medians(ways: Ways, times: int) -> dict[str, float]:
    """The median seconds of each way, all taking turns."""
    taken: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(times):
        for name, work in ways.items():
            taken[name].append(timed(work))
    return {name: statistics.median(values) for name, values in taken.items()}


def landed(kind: str, settings: dict, path: tuple[str, ...], folder: Path) -> Callable[[], object]:
    def work() -> object:
        with tempfile.TemporaryDirectory(dir=folder) as target, open_connector(kind, settings) as source:
            return source.land(path, Path(target), Task())

    return work


def csv(file: str, folder: Path, times: int) -> None:
    types = {
        line[0]: line[1] for line in duckdb.sql("DESCRIBE SELECT * FROM read_csv($f)", params={"f": file}).fetchall()
    }  # what the sniffer finds, given: the peer looks at nothing
    target = str(folder / "peer.parquet")

    def peer() -> object:
        rows = duckdb.read_csv(file, dtype=types, header=True, delimiter=",")
        return rows.write_parquet(target, compression="snappy", row_group_size=122_880)

    took = medians({"typed COPY": peer, "landing": landed("csv", {"path": file}, (Path(file).name,), folder)}, times)
    show("CSV", took, ("landing", "typed COPY"))


def postgres(file: str, folder: Path, times: int) -> None:
    table, ready = sample(file, folder), folder / "ready.csv"
    duckdb.from_arrow(table).write_csv(str(ready), header=False)
    with embedded_postgres(folder / "pg", password="bench") as server, closing(server.connect(dbname="postgres")) as peer:
        bench = Postgres(folder, table, ready, server, peer)
        bench.replaced()
        with peer.cursor() as cursor:
            cursor.execute("CREATE TABLE peer (LIKE ours)")
            peer.commit()
        into = {
            "COPY": bench.copy_in,
            "ADBC ingest": bench.adbc_in,
            "into a new table": bench.added,
            "in the place of rows": bench.replaced,
        }
        out = {
            "COPY + DuckDB": bench.copy_out,
            "ADBC": bench.adbc_out,
            "connectorx": bench.connectorx_out,
            "landed": landed("postgres", bench.settings, ("public", "ours"), folder),
        }
        for title, ways in (("PostgreSQL in", into), ("PostgreSQL out", out)):
            for name, work in ways.items():
                print(f"    {name}: {bench.cpu(work):.2f} s of CPU, client and server")
            took = medians(ways, times)
            ours = ("into a new table", "in the place of rows", "landed")
            peers = [name for name in ways if name not in ours]
            show(title, took, *((name, other) for name in ways if name in ours for other in peers))


class Postgres:
    """Ways into one server and out of it. All that come out end as a Parquet file."""

    def __init__(self, folder: Path, table: pa.Table, ready: Path, server: PostgresServer, peer) -> None:
        self.folder, self.table, self.ready, self.server, self.peer = folder, table, ready, server, peer
        self.batches = table.to_batches(max_chunksize=100_000)
        dsn = server.dsn
        self.settings = {**{name: dsn[name] for name in ("host", "port", "user", "password")}, "database": "postgres"}
        self.url = "postgresql://{user}:{password}@{host}:{port}/{database}".format(**self.settings)

    def replaced(self) -> object:
        return self._written("ours", "replace")

    def added(self) -> object:
        return self._written("added", "append")

    def _written(self, name: str, mode: str) -> object:
        with open_connector("postgres", self.settings) as target:
            return target.write(("public", name), iter(self.batches), self.table.schema, mode, Task())

    def copy_in(self) -> None:
        with self.peer.cursor() as cursor:
            cursor.execute("DROP TABLE IF EXISTS added; DROP TABLE IF EXISTS ingested")
            self.peer.commit()
            cursor.execute("TRUNCATE peer")
            with self.ready.open("rb") as source:
                cursor.copy_expert("COPY peer FROM STDIN WITH (FORMAT csv)", source)
        self.peer.commit()

    def adbc_in(self) -> None:
        with adbc.connect(self.url) as connection, connection.cursor() as cursor:
            cursor.adbc_ingest("ingested", self.table, mode="create")
            connection.commit()

    def copy_out(self) -> None:
        out = self.folder / "out.csv"
        with self.peer.cursor() as cursor, out.open("wb") as target:
            cursor.copy_expert("COPY ours TO STDOUT WITH (FORMAT csv)", target)
        self.peer.commit()
        types = [str(kind) for kind in duckdb.from_arrow(self.table).types]
        duckdb.read_csv(str(out), dtype=types, header=False).write_parquet(str(self.folder / "out.parquet"))

    def adbc_out(self) -> None:
        with adbc.connect(self.url) as connection, connection.cursor() as cursor:
            cursor.execute("SELECT * FROM ours")
            pq.write_table(cursor.fetch_arrow_table(), self.folder / "out.parquet")

    def connectorx_out(self) -> None:
        rows = connectorx.read_sql(self.url, "SELECT * FROM ours", return_type="arrow")
        pq.write_table(rows, self.folder / "out.parquet")

    def cpu(self, work: Callable[[], object]) -> float:
        """Seconds of CPU of one run, here and in the server: on a busy machine they say more than the wall's."""
        sessions, before = len(psutil.Process(self.server.pid).children()), self._used()
        work()
        while len(psutil.Process(self.server.pid).children()) > sessions:
            time.sleep(0.01)  # what a session used is added up when it has ended
        return self._used() - before

    def _used(self) -> float:
        # Of sessions that have ended, the server's first process keeps the sum.
        postmaster = psutil.Process(self.server.pid)
        own = postmaster.cpu_times()
        live = (child.cpu_times() for child in postmaster.children())
        return time.process_time() + own.children_user + own.children_system + sum(one.user + one.system for one in live)


def s3(file: str, folder: Path, times: int) -> None:
    from tests.servers.s3 import Bucket, start

    table = sample(file, folder)
    pq.write_table(table, folder / "rows.parquet", row_group_size=122_880)
    (folder / "s3").mkdir()
    server = start(folder / "s3")
    try:
        server.system.create_dir("bench")
        Bucket(server, "bench").put("rows.parquet", (folder / "rows.parquet").read_bytes())
        settings, path = Bucket(server, "bench").settings, ("bench", "rows.parquet")

        def peer() -> int:
            return sum(batch.num_rows for batch in ds.dataset("bench/rows.parquet", filesystem=server.system).to_batches())

        def ours() -> int:
            with open_connector("s3", settings) as source:
                return sum(batch.num_rows for batch in source.read(path, Task()))

        took = medians({"pyarrow dataset": peer, "read": ours, "landed": landed("s3", settings, path, folder)}, times)
    finally:
        server.kill()
    show("S3", took, ("read", "pyarrow dataset"), ("landed", "pyarrow dataset"))


def sample(file: str, folder: Path):
    """The first million rows, as Arrow."""
    kept = folder / "sample.parquet"
    if not kept.exists():
        duckdb.read_csv(file).limit(ROWS).write_parquet(str(kept))
    return pq.read_table(kept)


def show(title: str, took: dict[str, float], *ratios: tuple[str, str]) -> None:
    print(f"{title}: " + ", ".join(f"{name} {seconds:.2f} s" for name, seconds in took.items()))
    for ours, peer in ratios:
        print(f"    {ours} / {peer}  {took[ours] / took[peer]:.2f}")


def main() -> None:
    file, *rest = sys.argv[1:]
    times = int(rest[0]) if rest and rest[0].isdigit() else 3
    wanted = [one for one in rest if not one.isdigit()] or ["csv", "postgres", "s3"]
    with tempfile.TemporaryDirectory(prefix="assay-bench-") as folder:
        for name, work in (("csv", csv), ("postgres", postgres), ("s3", s3)):
            if name in wanted:
                work(file, Path(folder), times)


if __name__ == "__main__":
    main()
