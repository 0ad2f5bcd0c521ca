"""pandera: a module with a schema for each table. What pandas has no short word for is asked by DuckDB of the frame itself."""

from __future__ import annotations

from collections.abc import Sequence

from core.models.profile import Profile
from core.models.quality import Rule
from core.models.types import is_number
from core.profile.quality.exports import sql
from core.profile.quality.exports.sql import Named
from core.words import Msg, msg

HEAD = '''"""Checks as pandera schemas: SCHEMAS["table"].validate(frame, lazy=True). Needs pandera[pandas] and duckdb."""

import duckdb
import pandas as pd
import pandera.pandas as pa


def keeps(condition):
    """A check of whole rows: which of them do not meet a condition in DuckDB's SQL that tells of a broken row."""

    def check(frame: pd.DataFrame) -> pd.Series:
        connection = duckdb.connect()
        connection.register("frame", frame.reset_index(drop=True))
        broken = connection.execute(f"SELECT coalesce({condition}, false) AS broken FROM frame").df()["broken"]
        return pd.Series(~broken.to_numpy(dtype=bool), index=frame.index)

    return check


def mostly(check, most):
    """A check that holds while at most this share of the rows break it."""
    return lambda frame: bool((~check(frame)).mean() <= most)


def once(columns):
    return lambda frame: ~(frame.duplicated(columns, keep=False) & frame[columns].notna().all(axis=1))


def goes_with(one, other):
    def check(frame: pd.DataFrame) -> pd.Series:
        usual = frame.groupby(one)[other].transform(lambda values: values.mode(dropna=False).iloc[0])
        return frame[one].isna() | (frame[other] == usual) | (frame[other].isna() & usual.isna())

    return check


SCHEMAS = {}
'''


def files(checks: Sequence[Named], profile: Profile, dialect: str) -> tuple[dict[str, str], list[tuple[Rule, Msg]]]:
    """One module. Rules about two tables are left out: a schema sees one frame."""
    parts, left_out = [HEAD], []
    for table in dict.fromkeys(one.rule.table for one in checks):
        columns, whole = {}, []
        for one in (one for one in checks if one.rule.table == table):
            if one.rule.references:
                left_out.append((one.rule, msg("A schema of pandera sees one table")))
            elif (own := _own(one, profile)) is not None:
                columns.setdefault(one.rule.columns[0], []).append(own)
            else:
                whole.append(_whole(one))
        parts.append(
            f"SCHEMAS[{table!r}] = pa.DataFrameSchema(\n    {{\n{_columns(columns)}    }},\n    checks=[\n{''.join(whole)}    ],\n)\n"
        )
    return {"pandera/checks.py": "\n".join(parts)}, left_out


def _columns(columns: dict[str, list[str]]) -> str:
    written = []
    for name, held in columns.items():
        nullable = "not null" not in held
        inner = ", ".join(one for one in held if one != "not null")
        written.append(f"        {name!r}: pa.Column(checks=[{inner}], nullable={nullable}),\n")
    return "".join(written)


def _own(one: Named, profile: Profile) -> str | None:
    """The check of one column in pandera's own words, or None."""
    rule = one.rule
    if one.check.most:
        return None
    if rule.kind == "filled":
        return "not null"
    if rule.kind == "one_of":
        return f"pa.Check.isin({list(rule.values)!r}, name={one.name!r})"
    if rule.kind == "between" and is_number(profile.table(rule.table).column(rule.columns[0]).type):
        low, high = rule.values
        found = [f"pa.Check.{word}({float(end)!r}, name={one.name!r})" for word, end in (("ge", low), ("le", high)) if end]
        return ", ".join(found)
    return None


def _whole(one: Named) -> str:
    check = _test(one)
    if one.check.most:
        check = f"mostly({check}, {one.check.most!r})"
    return f"        pa.Check({check}, name={one.name!r}, error={one.text!r}),\n"


def _test(one: Named) -> str:
    rule = one.rule
    if rule.kind == "unique":
        return f"once({list(rule.columns)!r})"
    if rule.kind == "rows_differ":
        return "lambda frame: ~frame.duplicated()"
    if rule.kind == "goes_with":
        return f"goes_with({rule.columns[0]!r}, {rule.columns[1]!r})"
    if rule.kind == "enough_rows":
        return f"lambda frame: len(frame) >= {int(rule.value)}"
    if rule.kind == "fresh":
        return f"lambda frame: pd.Timestamp(frame[{rule.columns[0]!r}].max()) >= pd.Timestamp.now() - pd.Timedelta(days={float(rule.value)!r})"
    condition = sql.condition(one.check, "duckdb")
    assert condition is not None
    return f"keeps({condition!r})"
