"""What the kinds cost beside the fastest known way: `python bench/connect.py LINEITEM.csv [times] [csv postgres s3]`.

CSV: landing with the check of every cell against DuckDB's own COPY with the types given. PostgreSQL: one million rows in and landed,
against COPY of a file that is ready, and COPY to a file that DuckDB makes Parquet of. S3: the same rows as one Parquet object, read as
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

import duckdb  # noqa: E402
import pyarrow.dataset as ds  # noqa: E402
import pyarrow.parquet as pq  # noqa: E402

from connectors.registry import open_connector  # noqa: E402
from core.engines.postgres import embedded_postgres  # noqa: E402
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
    batches = table.to_batches(max_chunksize=100_000)
    with embedded_postgres(folder / "pg", password="bench") as server:
        dsn = server.dsn
        settings = {
            **{name: dsn[name] for name in ("host", "port", "user", "password")},
            "database": "postgres",
            "sslmode": "prefer",
        }

        def ours() -> object:
            with open_connector("postgres", settings) as target:
                return target.write(("public", "ours"), iter(batches), table.schema, "replace", Task())

        def added() -> object:
            with open_connector("postgres", settings) as target:
                return target.write(("public", "added"), iter(batches), table.schema, "append", Task())

        ours()
        with closing(server.connect(dbname="postgres")) as peer, peer.cursor() as cursor:
            cursor.execute("CREATE TABLE peer (LIKE ours)")
            peer.commit()

            def copy_in() -> None:
                cursor.execute("TRUNCATE peer; DROP TABLE IF EXISTS added")
                with ready.open("rb") as source:
                    cursor.copy_expert("COPY peer FROM STDIN WITH (FORMAT csv)", source)
                peer.commit()

            def copy_out() -> None:
                out = folder / "out.csv"
                with out.open("wb") as target:
                    cursor.copy_expert("COPY ours TO STDOUT WITH (FORMAT csv)", target)
                peer.commit()
                types = dict(zip(table.column_names, (str(kind) for kind in duckdb.from_arrow(table).types), strict=True))
                duckdb.read_csv(str(out), dtype=list(types.values()), header=False).write_parquet(str(folder / "out.parquet"))

            out = landed("postgres", settings, ("public", "ours"), folder)
            took = medians(
                {"COPY in": copy_in, "new table in": added, "replace in": ours, "COPY + DuckDB out": copy_out, "out": out}, times
            )
    show("PostgreSQL", took, ("new table in", "COPY in"), ("replace in", "COPY in"), ("out", "COPY + DuckDB out"))


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
