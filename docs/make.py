"""What the docs take from the code: `python -m docs.make` rewrites it, and a test compares."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import redirect_stdout, suppress
from io import StringIO
from pathlib import Path

from core.cli import machine, main

DOCS = Path(__file__).parent
COMMANDS = (
    "demo",
    "connect test",
    "profile",
    "quality",
    "drift",
    "full-report",
    "advise",
    "ddl",
    "check",
    "run",
    "report",
    "convert",
)
INTRO = """# Command line

Everything the browser does, through the same workbench. This page is written by `make docs` from the program's own help.

## How it ends

| code | when |
| --- | --- |
| **0** | all is fine |
| **1** | the data or the world said no: a missing file, a wrong password, a check that failed, a place that cannot be written |
| **2** | it was used wrongly, whatever the data: an unknown option, an empty name, nothing to read, an address that is none, a setting without a value, a project that is not there, a target of no known format |
| **130** | it was stopped: Ctrl-C, TERM, or a terminal that closed. Nothing half-done is left |

What went wrong is on stderr: what, why, and how to fix it. A mistake in the program itself ends with 1 too and names a file with its traceback; no data and no message that could hold a
secret is in it.

## What it reads

Sources are files, folders, globs and `postgresql://user@host:5432/database/schema.table`; several files or a folder are one data set. A file whose very name looks like a
glob (`own[1].csv`) is read itself. An address is `postgresql://user@host/database/schema.table`, `clickhouse://user@host/database/table` (`clickhouses://` with encryption),
`kafka://host:9092/topic`, `s3://bucket/folder/*.parquet`, or
`hdfs://user@namenode:9870/folder/*.parquet`. Its secrets come from the environment: `PGPASSWORD`, `CLICKHOUSE_PASSWORD`, `KAFKA_PASSWORD`, `WEBHDFS_TOKEN`, or what AWS's tools read (`AWS_ACCESS_KEY_ID`,
`AWS_SECRET_ACCESS_KEY`, `AWS_ENDPOINT_URL`, …). Behind a `?`, one of PostgreSQL may say `host`, `port`, `user` and `sslmode`, and anything else is refused.

Without `--project` the work happens in a workspace of its own that is thrown away at the end and never touches `ASSAY_STORE_URL`; what a killed command left of one is deleted
by the next command. `convert` leaves a project as it was.

## What it writes

Every file is written beside its place and put there at the end: a full disk leaves the earlier one whole. A place that cannot be written is said before the work.

`--json FILE` writes the result as JSON; with `-` it is the only thing on stdout. The schema of each is under [`schemas/`](schemas/):
{links}.
"""


def reference() -> str:
    """The page of the command line."""
    links = ", ".join(f"[{name}](schemas/{name}.schema.json)" for name in machine.RESULTS)
    parts = [INTRO.format(links=links)]
    for command in COMMANDS:
        parts.append(f"\n## {command}\n\n```text\n{_help(command).rstrip()}\n```\n")
    return "".join(parts)


def _help(command: str) -> str:
    text = StringIO()
    with redirect_stdout(text), suppress(SystemExit):
        main([*command.split(), "--lang", "en", "--help"])
    return text.getvalue()


def files() -> Iterator[tuple[Path, str]]:
    """Every generated file with its text."""
    yield DOCS / "command-line.md", reference()
    for name, schema in machine.schemas().items():
        yield DOCS / "schemas" / f"{name}.schema.json", json.dumps(schema, indent=2, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    for path, text in files():
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
        print(path.relative_to(DOCS.parent))
