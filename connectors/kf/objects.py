"""What DuckDB is told of a spool: which of its messages are rows, and those with objects as lines of JSON."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
from sqlglot import exp

from connectors.kf.spool import Spool
from core.engines.duck import call, column, parquet, sql
from core.task import Task
from core.words import Msg, msg

# A key that is no text is hexadecimal digits on its way.
_SPOOL = "assay_spool"
_BAD = 'CREATE OR REPLACE TEMP TABLE assay_bad (partition INTEGER, "offset" BIGINT)'
_ALL = "CREATE OR REPLACE TEMP VIEW assay_kept AS SELECT * FROM assay_spool WHERE state IN (0, 1)"
_WITHOUT = """
CREATE OR REPLACE TEMP VIEW assay_kept AS SELECT * FROM assay_spool s WHERE state IN (0, 1)
AND NOT EXISTS (SELECT 1 FROM assay_bad b WHERE b.partition = s.partition AND b."offset" = s."offset")
ORDER BY partition, "offset"
"""
# The last message of a key stands for it, as after compaction: a tombstone takes the key away, and so a message that cannot be
# read keeps older ones from standing in its place. Messages without a key stand for themselves.
_LATEST = """
CREATE OR REPLACE TEMP VIEW assay_kept AS SELECT * EXCLUDE (nth, bad) FROM (
  SELECT s.*, row_number() OVER (PARTITION BY s.partition, s.key ORDER BY s."offset" DESC) AS nth, b."offset" IS NOT NULL AS bad
  FROM assay_spool s LEFT JOIN assay_bad b ON b.partition = s.partition AND b."offset" = s."offset" WHERE s.state < 3
) WHERE NOT bad AND (CASE WHEN key IS NULL THEN state IN (0, 1) ELSE nth = 1 AND state = 0 END) ORDER BY partition, "offset"
"""
_WRONG = """
SELECT partition, "offset", c0, json_valid(c0) AS valid FROM assay_spool
WHERE state = 0 AND CASE WHEN json_valid(c0) THEN json_type(c0) <> 'OBJECT' ELSE true END
"""
# Line ends in JSON can only stand between its parts.
_LINES = r"""
COPY (
  SELECT '{"assay k":' || coalesce(CAST(to_json(k) AS VARCHAR), 'null') || ',"assay p":' || partition || ',"assay o":' || "offset"
    || ',"assay t":' || coalesce(CAST("time" AS VARCHAR), 'null') || ',"assay h":' || coalesce(CAST(to_json(headers) AS VARCHAR), 'null')
    || CASE WHEN text IS NULL OR starts_with(ltrim(substr(text, 2), chr(32) || chr(9)), '}') THEN '}' ELSE ',' || substr(text, 2) END
  FROM (SELECT *, trim(translate(c0, chr(10) || chr(13), '  '), chr(32) || chr(9)) AS text FROM assay_kept)
) TO $file (FORMAT csv, HEADER false, QUOTE '', ESCAPE '')
"""
PARTS = {"_key": "assay k", "_partition": "assay p", "_offset": "assay o", "_timestamp": "assay t", "_headers": "assay h"}
"""What a message says beside its value: the column to be → how it is called inside, where no name of a value is in its way."""
_HERE = {"assay k": "k", "assay p": "partition", "assay o": "offset", "assay t": "time", "assay h": "headers"}


def prepare(connection: duckdb.DuckDBPyConnection, spool: Spool) -> None:
    """Make the spool known to DuckDB, all its messages that could be decoded being rows."""
    key = call("hex" if spool.binary_keys else "decode", column("key"))
    query = exp.select("*", exp.alias_(key, "k")).from_(parquet([str(spool.file)]))
    connection.execute(sql(exp.Create(this=exp.to_table(_SPOOL), kind="VIEW", expression=query, replace=True)))
    connection.execute(_BAD)


def sifted(connection: duckdb.DuckDBPyConnection, spool: Spool) -> None:
    """Put aside what is no object."""
    reader = connection.sql(_WRONG).to_arrow_reader(1_000)
    rows = [row for batch in reader for row in _refused(spool, batch.to_pylist())]
    _aside(connection, rows)


def _refused(spool: Spool, rows: list[dict[str, Any]]) -> Iterator[tuple[int, int]]:
    for row in rows:
        reason = msg("it is JSON, but not an object") if row["valid"] else msg("it is not JSON")
        spool.rejects.add(row["partition"], row["offset"], row["c0"], reason)
        yield row["partition"], row["offset"]


def weeded(connection: duckdb.DuckDBPyConnection, spool: Spool, task: Task) -> bool:
    """Put aside the objects that a strict parser does not take; whether there were any."""
    found = []
    for batch in connection.sql('SELECT partition, "offset", c0 FROM assay_kept WHERE state = 0').to_arrow_reader(1_000):
        task.check()
        for row in batch.to_pylist():
            reason = _strictly(row["c0"])
            if reason is not None:
                spool.rejects.add(row["partition"], row["offset"], row["c0"], reason)
                found.append((row["partition"], row["offset"]))
    _aside(connection, found)
    return bool(found)


def _strictly(text: str) -> Msg | None:
    """Why a text is no object that means one thing."""

    def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        made = dict(pairs)
        if len(made) < len(pairs):
            names = [name for name, _ in pairs]
            raise _Twice(next(name for name in names if names.count(name) > 1))
        return made

    try:
        json.loads(text, object_pairs_hook=once)
    except _Twice as error:
        return msg("it has the key {key} twice", key=error.args[0])
    except (ValueError, RecursionError):
        return msg("it is not JSON")
    return None


class _Twice(Exception):
    pass


def _aside(connection: duckdb.DuckDBPyConnection, rows: list[tuple[int, int]]) -> None:
    for start in range(0, len(rows), 10_000):
        part = rows[start : start + 10_000]
        columns = {"p": [one for one, _ in part], "o": [one for _, one in part]}
        connection.execute("INSERT INTO assay_bad SELECT unnest($p), unnest($o)", columns)


def kept(connection: duckdb.DuckDBPyConnection, latest: bool) -> tuple[int, int]:
    """Decide which messages are rows: how many have a value, and how many have none (tombstones). They are `assay_kept` then."""
    bad = connection.execute("SELECT count(*) FROM assay_bad").fetchall()[0][0]
    connection.execute(_LATEST if latest else _WITHOUT if bad else _ALL)
    return connection.execute("SELECT count_if(state = 0), count_if(state = 1) FROM assay_kept").fetchall()[0]


def lines(connection: duckdb.DuckDBPyConnection, aside: Path) -> Path:
    """The rows as a file of objects, one a line, each with the parts of its message in front."""
    file = aside / "messages.ndjson"
    connection.execute(_LINES, {"file": str(file)})
    return file


def cells(columns: int) -> exp.Select:
    """The rows with `columns` columns of text and the parts of the message."""
    parts = [exp.alias_(column(here), inside, quoted=True) for inside, here in _HERE.items()]
    return exp.select(*(column(f"c{number}") for number in range(columns)), *parts).from_("assay_kept")
