"""Machine-readable results: what `--json FILE` writes for each command, and the JSON Schemas of them.

Messages are written as text in the chosen language; everything else is the model as `core.models.codec` writes it. The schemas
are published under `docs/schemas/`; a test compares them with `schemas()`.
"""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass
from typing import Any

from core.cli.console import show
from core.models.advice import Advice
from core.models.codec import from_plain, schema, to_plain
from core.models.design import Design
from core.models.drift import Drift
from core.models.pipeline import CheckedPipeline, RunResult
from core.models.profile import Profile
from core.models.quality import Quality
from core.models.source import Check, Landed
from core.store.files import named, write_whole
from core.words import Msg, say
from core.workbench.full import FullReport


@dataclass(frozen=True, slots=True)
class Checks:
    """`connect test`: the checks in order; `ok` when none failed."""

    kind: str
    ok: bool
    checks: tuple[Check, ...]


@dataclass(frozen=True, slots=True)
class Written:
    """`report`, `demo`: the files that were written."""

    files: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Conversion:
    """`convert`: what was read and where it was written."""

    table: str
    rows: int
    landed: Landed
    wrote: str


@dataclass(frozen=True, slots=True)
class Failure:
    """What `--json` holds when a command could not give a result: it ended with 1, 2 or 130."""

    what: Msg | str
    why: Msg | str
    fix: Msg | str


RESULTS: dict[str, type] = {
    "connect-test": Checks,
    "profile": Profile,
    "quality": Quality,
    "drift": Drift,
    "full-report": FullReport,
    "advise": Advice,
    "ddl": Design,
    "check": CheckedPipeline,
    "run": RunResult,
    "report": Written,
    "demo": Written,
    "convert": Conversion,
    "error": Failure,
}


def result(value: Any, lang: str) -> dict[str, Any]:
    """A result as plain JSON."""
    plain = _said(to_plain(value), lang)
    if isinstance(value, Profile):
        for table in plain["tables"]:
            for column in table["columns"]:
                column["nullable"] = column["nulls"] > 0
    if isinstance(value, Failure):
        return {"error": plain}
    return plain


def write(path: str, value: Any, lang: str) -> None:
    """Write a result to a file in one step, or to stdout for `-`."""
    plain = result(value, lang)
    if path == "-":
        ascii_only = (sys.stdout.encoding or "").lower().replace("-", "") != "utf8"
        show(json.dumps(plain, ensure_ascii=ascii_only, indent=2) + "\n")
        return
    # Half a pair, as in a file name that is no UTF-8, is written as JSON writes it: by its number.
    write_whole(named(path), (json.dumps(plain, ensure_ascii=False, indent=2) + "\n").encode("utf-8", "backslashreplace"))


def schemas() -> dict[str, dict[str, Any]]:
    """The JSON Schema of each command's result."""
    return {name: _published(name, kind) for name, kind in RESULTS.items()}


def _published(name: str, kind: type) -> dict[str, Any]:
    found = schema(kind)
    parts = found.get("$defs", {})
    if "Msg" in parts:
        parts["Msg"] = {"type": "string", "description": "Text in the language of --lang."}
    if kind is Profile:
        column = parts["ColumnProfile"]
        column["properties"]["nullable"] = {"type": "boolean", "description": "Whether the column holds a null."}
        column["required"] = [*column["required"], "nullable"]
    if kind is Failure:
        found = {"type": "object", "properties": {"error": found}, "required": ["error"], "$defs": found.pop("$defs", {})}
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": f"python -m core {name} --json", **found}


def _said(value: Any, lang: str) -> Any:
    if isinstance(value, dict):
        if value.keys() == {"text", "args", "many"}:
            return say(from_plain(Msg, value), lang)
        return {name: _said(item, lang) for name, item in value.items()}
    return [_said(item, lang) for item in value] if isinstance(value, list) else value
