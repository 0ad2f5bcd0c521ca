"""Checks for other tools, each from the one definition of its rule.

export("soda", checks, profile, dialect="duckdb")      # Exported: files by name, and what the tool cannot say
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from core.models.profile import Profile
from core.models.quality import Check, Rule
from core.profile.quality.exports import dbt, great_expectations, pandera, soda
from core.profile.quality.exports.sql import Named, Unsuitable
from core.profile.quality.kinds import BY_NAME
from core.words import Msg, say

__all__ = ["DIALECTS", "TOOLS", "Exported", "export", "zipped"]

DIALECTS = ("duckdb", "postgres")


@dataclass(frozen=True, slots=True)
class Exported:
    """Files of a tool by their paths, and the rules it cannot say, with why."""

    files: tuple[tuple[str, str], ...]
    left_out: tuple[tuple[Rule, Msg], ...] = ()


Made = tuple[dict[str, str], list[tuple[Rule, Msg]]]

TOOLS: Mapping[str, tuple[str, Callable[[Sequence[Named], Profile, str], Made]]] = {
    "gx": ("Great Expectations", great_expectations.files),
    "soda": ("Soda", soda.files),
    "dbt": ("dbt", dbt.files),
    "pandera": ("pandera", pandera.files),
}


def export(tool: str, checks: Sequence[Check], profile: Profile, dialect: str = "duckdb", lang: str = "en") -> Exported:
    """The files of a tool (a key of `TOOLS`) for some checks, for tables in a database of this dialect."""
    _, make = TOOLS[tool]
    made, left_out = make(_named(checks, lang), profile, dialect)
    return Exported(tuple(sorted(made.items())), tuple(left_out))


def _named(checks: Sequence[Check], lang: str) -> list[Named]:
    named: list[Named] = []
    taken: set[str] = set()
    for check in checks:
        columns = "_".join(check.rule.columns[-3:])
        base = "".join(
            sign if sign.isalnum() and sign.isascii() else "_" for sign in f"{check.rule.table}_{check.rule.kind}_{columns}"
        )
        name, number = base.strip("_"), 1
        while name.lower() in taken:
            number += 1
            name = f"{base}_{number}"
        taken.add(name.lower())
        named.append(Named(check, name, say(BY_NAME[check.rule.kind].said(check.rule), lang)))
    return named


def zipped(exported: Exported) -> bytes:
    """The files in one archive."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for path, text in exported.files:
            archive.writestr(path, text)
    return made.getvalue()


def unsuitable(error: Unsuitable, rule: Rule) -> tuple[Rule, Msg]:
    return rule, error.why
