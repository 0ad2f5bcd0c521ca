"""Great Expectations 1: a suite of expectations for each table, as JSON, for a data source of SQL (docs.greatexpectations.io)."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from core.models.profile import Profile
from core.models.quality import Rule
from core.models.types import is_number
from core.profile.quality.exports import sql
from core.profile.quality.exports.sql import Named, Unsuitable
from core.profile.quality.exports.text import file_name
from core.words import Msg

RUN = '''"""Runs the suites on tables of a database: python run.py postgresql+psycopg2://user@host/database"""

import json
import pathlib
import sys

import great_expectations as gx

context = gx.get_context(mode="ephemeral")
source = context.data_sources.add_sql("data", connection_string=sys.argv[1])
failed = 0
for file in sorted(pathlib.Path(__file__).parent.glob("*.json")):
    written = json.loads(file.read_text(encoding="utf-8"))
    table = written["meta"]["table"]
    asset = source.add_table_asset(written["name"], table_name=table)
    suite = context.suites.add(gx.ExpectationSuite(**written))
    batch = asset.add_batch_definition_whole_table("all")
    found = context.validation_definitions.add(gx.ValidationDefinition(name=written["name"], data=batch, suite=suite)).run()
    for one in found.results:
        failed += not one.success
        count = one.result.get("unexpected_count", one.result.get("observed_value"))
        print(json.dumps({"check": one.expectation_config.meta["check"], "success": one.success, "failed": count}))
sys.exit(1 if failed else 0)
'''


def files(checks: Sequence[Named], profile: Profile, dialect: str) -> tuple[dict[str, str], list[tuple[Rule, Msg]]]:
    """A suite for each table, and a script that runs them."""
    made = {"gx/run.py": RUN}
    left_out: list[tuple[Rule, Msg]] = []
    for table in dict.fromkeys(one.rule.table for one in checks):
        expectations = []
        for one in (one for one in checks if one.rule.table == table):
            try:
                kind, arguments = _expectation(one, profile, dialect)
            except Unsuitable as error:
                left_out.append((one.rule, error.why))
            else:
                expectations.append({"type": kind, "kwargs": arguments, "meta": {"check": one.name, "notes": one.text}})
        name = file_name(table)
        suite = {"name": name, "expectations": expectations, "meta": {"table": table}}
        made[f"gx/{name}.json"] = json.dumps(suite, ensure_ascii=False, indent=2) + "\n"
    return made, left_out


def _expectation(one: Named, profile: Profile, dialect: str) -> tuple[str, dict[str, Any]]:
    """The type and the arguments: an expectation of its own where there is one of the kind, else the rows that break the rule."""
    rule, mostly = one.rule, {"mostly": round(1 - one.check.most, 9)} if one.check.most else {}
    if rule.kind == "filled":
        return "expect_column_values_to_not_be_null", {"column": rule.columns[0], **mostly}
    if rule.kind == "one_of":
        return "expect_column_values_to_be_in_set", {"column": rule.columns[0], "value_set": list(rule.values), **mostly}
    if rule.kind == "unique" and len(rule.columns) == 1:
        return "expect_column_values_to_be_unique", {"column": rule.columns[0], **mostly}
    if rule.kind == "between" and is_number(profile.table(rule.table).column(rule.columns[0]).type):
        low, high = (float(end) if end else None for end in rule.values)
        return "expect_column_values_to_be_between", {"column": rule.columns[0], "min_value": low, "max_value": high, **mostly}
    return "unexpected_rows_expectation", {"unexpected_rows_query": sql.excess(one.check, sql.tables(), dialect)}
