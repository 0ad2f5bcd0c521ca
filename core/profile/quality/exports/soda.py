"""Soda 4: a data contract for each table (docs.soda.io, Contract Language reference). `soda contract verify -ds source.yml -c orders.yml`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from core.models.profile import Profile
from core.models.quality import Rule
from core.profile.quality.exports import sql
from core.profile.quality.exports.sql import Named, Unsuitable
from core.profile.quality.exports.text import dump, file_name
from core.words import Msg

SOURCES = {
    "duckdb": {"type": "duckdb", "name": "assay", "connection": {"database": "data.duckdb", "schema": "main"}},
    "postgres": {
        "type": "postgres",
        "name": "assay",
        "connection": {
            "host": "localhost",
            "port": 5432,
            "user": "${env.POSTGRES_USER}",
            "password": "${env.POSTGRES_PASSWORD}",
            "database": "data",
        },
    },
}
PLACES = {"duckdb": ("data", "main"), "postgres": ("data", "public")}


def files(checks: Sequence[Named], profile: Profile, dialect: str) -> tuple[dict[str, str], list[tuple[Rule, Msg]]]:
    """The source, and a contract for each table that has checks."""
    made = {"soda/source.yml": dump(SOURCES[dialect])}
    left_out: list[tuple[Rule, Msg]] = []
    for table in dict.fromkeys(one.rule.table for one in checks):
        columns: dict[str, list[dict[str, Any]]] = {}
        whole: list[dict[str, Any]] = []
        for one in (one for one in checks if one.rule.table == table):
            try:
                column, written = _check(one, dialect)
            except Unsuitable as error:
                left_out.append((one.rule, error.why))
            else:
                (columns.setdefault(column, []) if column else whole).append(written)
        database, schema = PLACES[dialect]
        contract: dict[str, Any] = {"dataset": f"assay/{database}/{schema}/{table}"}
        if columns:
            contract["columns"] = [{"name": name, "checks": held} for name, held in columns.items()]
        if whole:
            contract["checks"] = whole
        made[f"soda/{file_name(table)}.yml"] = dump(contract)
    return made, left_out


def _check(one: Named, dialect: str) -> tuple[str, dict[str, Any]]:
    """The column a check belongs to ("" for the table), and the check."""
    said = {"name": one.text, "qualifier": one.name}
    if one.rule.kind == "filled" and sql.by_name(one.rule):
        return one.rule.columns[0], {"missing": said | _threshold(one)}
    source = sql.tables(PLACES[dialect][1])
    condition = sql.condition(one.check, dialect)
    if condition is not None and not one.check.most and sql.by_name(one.rule):
        return "", {"failed_rows": said | {"expression": condition}}
    failed = said | {"query": sql.rows(one.check, source, dialect)}
    if one.check.most:
        failed["rows_tested_query"] = sql.in_dialect(sql.tested(one.check, source), dialect)
    return "", {"failed_rows": failed | _threshold(one)}


def _threshold(one: Named) -> dict[str, Any]:
    if not one.check.most:
        return {}
    return {"threshold": {"metric": "percent", "must_be_less_than_or_equal": round(one.check.most * 100, 6)}}
