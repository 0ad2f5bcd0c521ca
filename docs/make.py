"""What the docs take from the code: `python -m docs.make` rewrites it, and a test compares."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import redirect_stdout, suppress
from io import StringIO
from pathlib import Path

from core.cli import machine, main

DOCS = Path(__file__).parent
COMMANDS = ("demo", "connect test", "profile", "advise", "ddl", "check", "run", "report", "convert")
INTRO = """# Command line

Everything the browser does, through the same workbench. This page is written by `make docs` from the program's own help.

Every command ends with **0** when all is fine, **1** when the data or the world said no (a missing file, a wrong password,
a check that failed; stderr says what, why and how to fix it), **2** when it was used wrongly, **130** when it was interrupted. Sources are files, folders,
globs and `postgresql://user@host:5432/database/schema.table` (the password comes from `PGPASSWORD`); several files or a
folder are one data set. Without `--project` the work happens in a workspace that is thrown away at the end.

`--json FILE` writes the result as JSON; the schema of each is under [`schemas/`](schemas/):
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
