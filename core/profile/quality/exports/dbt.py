"""dbt: generic tests of sources where dbt has them, singular tests for all else (docs.getdbt.com, Add data tests to your DAG)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlglot import exp

from core.models.profile import Profile
from core.models.quality import Rule
from core.profile.quality.exports import sql
from core.profile.quality.exports.sql import Named, Unsuitable
from core.profile.quality.exports.text import dump
from core.words import Msg

SOURCE = "assay"
SCHEMAS = {"duckdb": "main", "postgres": "public"}


def files(checks: Sequence[Named], profile: Profile, dialect: str) -> tuple[dict[str, str], list[tuple[Rule, Msg]]]:
    """`sources.yml` with the tests dbt knows, a singular test for each other check, and a project file to run them alone."""
    made = {
        "dbt/dbt_project.yml": dump(
            {"name": "checks", "version": "1.0", "profile": "checks", "model-paths": ["models"], "test-paths": ["tests"]}
        )
    }
    left_out: list[tuple[Rule, Msg]] = []
    columns: dict[str, dict[str, list[Any]]] = {
        table: {} for one in checks for table in (one.rule.table, one.rule.references) if table
    }
    for one in checks:
        generic = _generic(one)
        if generic is not None:
            columns[one.rule.table].setdefault(one.rule.columns[0], []).append(generic)
            continue
        try:
            query = sql.excess(one.check, _source, dialect)
        except Unsuitable as error:
            left_out.append((one.rule, error.why))
        else:
            made[f"dbt/tests/{one.name}.sql"] = f"-- {_one_line(one.text)}\n{query}\n"
    tables = [
        {"name": table, "columns": [{"name": name, "quote": True, "data_tests": held} for name, held in found.items()]}
        for table, found in columns.items()
    ]
    source = {"name": SOURCE, "schema": SCHEMAS[dialect], "quoting": {"identifier": True}, "tables": tables}
    made["dbt/models/sources.yml"] = dump({"version": 2, "sources": [source]})
    return made, left_out


def _generic(one: Named) -> str | dict[str, Any] | None:
    """The test of dbt itself, or None where it has none of its kind."""
    rule = one.rule
    if one.check.most or len(rule.columns) != 1 or not sql.by_name(rule):
        return None
    if rule.kind == "filled":
        return {"not_null": {"name": one.name}}
    if rule.kind == "unique":
        return {"unique": {"name": one.name}}
    if rule.kind == "one_of":
        return {"accepted_values": {"name": one.name, "arguments": {"values": list(rule.values)}}}
    if rule.kind == "refers" and _plain(rule.ref_columns[0]):
        to = f"source('{SOURCE}', '{_jinja(rule.references)}')"
        return {"relationships": {"name": one.name, "arguments": {"to": to, "field": rule.ref_columns[0]}}}
    return None


def _plain(name: str) -> bool:
    """Whether a name needs no quotes, which dbt's own test does not put around it."""
    return name.isidentifier() and name.isascii() and name == name.lower()


def _source(table: str) -> exp.Expression:
    return exp.Table(this=exp.Var(this=f"{{{{ source('{SOURCE}', '{_jinja(table)}') }}}}"))


def _jinja(text: str) -> str:
    return text.replace("\\", "\\\\").replace("'", "\\'")


def _one_line(text: str) -> str:
    return " ".join(text.split()).replace("{", "(").replace("}", ")")
