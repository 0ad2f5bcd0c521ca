"""The first rows of a file of text with the types they suggest, before anything is landed."""

from __future__ import annotations

import pyarrow as pa
from sqlglot import exp

from connectors.base import Look
from connectors.files.choose import Rules
from connectors.files.land import ANY, land_text
from core.engines.duck import duck, fetch, parquet
from core.store.throwaway import throwaway
from core.task import Task
from core.words import Msg


def weighed(rows: pa.Table, reading: tuple[tuple[str, str, Msg], ...] = (), rules: Rules = ANY) -> Look:
    """Rows of text (but for the columns that `rules` call typed) with the types that lose nothing of them: a row further down may still

    refuse one.
    """
    if not rows.num_columns:
        return Look(rows, (), reading, sure=False)
    with throwaway("look-") as folder, duck() as connection:
        file = folder / "head.parquet"
        connection.register("assay_rows", rows)
        columns = land_text(connection, exp.to_table("assay_rows"), rows.column_names, file, Task(), rules)
        return Look(fetch(connection, exp.select("*").from_(parquet([file]))), columns, reading, sure=False)


def kept_as_text(names: frozenset[str], rules: Rules = ANY) -> Rules:
    """The rules, with columns that stay text whatever is in their cells."""
    may = rules.may
    return Rules(rules.nulls, rules.typed, lambda name, reading: name not in names and may(name, reading), rules.last)
