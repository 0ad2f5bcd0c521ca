"""Proof on real engines: the DDL is executed, a sample is loaded and read back equal, and each index is asked of the planner.

    sample.py      rows that hold every foreign key and every extreme
    compare.py     whether what came back is what was sent
    engine.py      what is asked of an engine; postgres.py and clickhouse.py answer
    values.py      real values to ask the planner about
    prove.py       one dialect on one engine

A dialect without an engine here is written but not executed, and says so.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from importlib import import_module
from pathlib import Path

from core.ddl.verify.engine import Engine
from core.task import Task

Opened = Callable[[Path, Task], AbstractContextManager[Engine]]

_ENGINES = {"postgres": "PostgreSQL", "clickhouse": "ClickHouse"}


def engine_name(dialect: str) -> str:
    """What the engine of a dialect is called."""
    return _ENGINES.get(dialect, dialect)


def opener(dialect: str) -> Opened | None:
    """How to open the engine of a dialect, None where there is none."""
    return import_module(f"core.ddl.verify.{dialect}").opened if dialect in _ENGINES else None
