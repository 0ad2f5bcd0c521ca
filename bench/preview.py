"""How long the first rows of a source take: `python bench/preview.py FOLDER [times]`.

Each source is opened anew and asked for its first 100 rows, as the Connect page does: every file in FOLDER (large ones, of any kind that is
read), and six million rows in a table of an embedded PostgreSQL and of ClickHouse over HTTP. Prints the median and the worst of the times.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path[0:1] = [str(ROOT)]

from connectors.registry import kind_of_file, open_connector  # noqa: E402
from core.engines.postgres import embedded_postgres  # noqa: E402
from core.models.source import Settings  # noqa: E402

ROWS = 6_000_000
Source = tuple[str, str, Settings, tuple[str, ...]]
"""What it is called, its kind, its settings and the path of the item."""


def files(folder: Path) -> Iterator[Source]:
    for file in sorted(one for one in folder.iterdir() if one.is_file()):
        kind = kind_of_file(file)
        size = f"{file.stat().st_size / 2**20:,.0f} MB"
        with open_connector(kind, {"path": str(file)}) as opened:
            inside = opened.browse((file.name,)) if "inside" in opened.capabilities else ()
        yield f"{file.name} ({size})", kind, {"path": str(file)}, inside[0].path if inside else (file.name,)


@contextmanager
def postgres(folder: Path) -> Iterator[Source]:
    with embedded_postgres(folder / "pg", password="bench") as server:
        connection = server.connect()
        with connection, connection.cursor() as cursor:
            rows = "SELECT i AS id, md5(i::text) AS word, i / 7.0 AS x FROM generate_series(1, %s) i"
            cursor.execute(f"CREATE TABLE big AS {rows}", (ROWS,))
        connection.close()
        settings: Settings = {name: server.dsn[name] for name in ("host", "port", "user", "password")}
        yield (
            f"PostgreSQL, {ROWS:,} rows",
            "postgres",
            {**settings, "database": "postgres", "sslmode": "prefer"},
            ("public", "big"),
        )


@contextmanager
def clickhouse(folder: Path) -> Iterator[Source]:
    from tests.servers.clickhouse_http import database, start, stop

    server = start(folder / "ch")
    try:
        house = database(server)
        rows = f"SELECT number AS id, toString(number) AS word FROM numbers({ROWS})"  # noqa: S608 (a constant)
        house.run(f"CREATE TABLE @big ENGINE = MergeTree ORDER BY id AS {rows}")
        yield f"ClickHouse, {ROWS:,} rows", "clickhouse", house.settings, (house.name, "big")
    finally:
        stop(server)


def first_rows(source: Source) -> float:
    _, kind, settings, path = source
    started = time.perf_counter()
    with open_connector(kind, settings) as opened:
        assert opened.preview(path, 100).num_rows
    return time.perf_counter() - started


def main(folder: Path, times: int) -> None:
    with tempfile.TemporaryDirectory(prefix="assay-bench-") as made, ExitStack() as stack:
        sources = [*files(folder), stack.enter_context(postgres(Path(made))), stack.enter_context(clickhouse(Path(made)))]
        for source in sources:
            first_rows(source)  # imports are not what is measured
            taken = [first_rows(source) for _ in range(times)]
            print(f"{source[0]:48} median {statistics.median(taken):.2f} s, worst {max(taken):.2f} s")


if __name__ == "__main__":
    if len(sys.argv) < 2:
        raise SystemExit(__doc__)
    main(Path(sys.argv[1]).resolve(), int(sys.argv[2]) if len(sys.argv) > 2 else 5)
