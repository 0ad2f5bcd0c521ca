"""The types of columns. Assay speaks DuckDB's type names everywhere; a family groups those that behave alike."""

from __future__ import annotations

import re
from typing import Literal

Family = Literal[
    "integer", "decimal", "float", "boolean", "date", "timestamp", "time", "interval", "text", "uuid", "json", "blob", "nested"
]

_FAMILIES: tuple[tuple[Family, tuple[str, ...]], ...] = (
    (
        "integer",
        ("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT", "UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT", "UHUGEINT"),
    ),
    ("float", ("FLOAT", "DOUBLE")),
    ("boolean", ("BOOLEAN",)),
    ("date", ("DATE",)),
    ("timestamp", ("TIMESTAMP", "TIMESTAMP WITH TIME ZONE", "TIMESTAMP_S", "TIMESTAMP_MS", "TIMESTAMP_NS")),
    ("time", ("TIME", "TIME WITH TIME ZONE", "TIME_NS")),
    ("interval", ("INTERVAL",)),
    ("uuid", ("UUID",)),
    ("json", ("JSON",)),
    ("blob", ("BLOB", "BIT")),
)


def family(type_name: str) -> Family:
    """The family of a DuckDB type name such as `DECIMAL(15,2)`, `BIGINT`, `VARCHAR[]` or `STRUCT(a INTEGER)`."""
    name = type_name.strip().upper()
    if name.endswith("]") or name.startswith(("STRUCT", "MAP", "UNION")):
        return "nested"
    if name.startswith("DECIMAL"):
        return "decimal"
    for group, names in _FAMILIES:
        if name in names:
            return group
    return "text"


def is_number(type_name: str) -> bool:
    """Whether the type can be summed and averaged."""
    return family(type_name) in ("integer", "decimal", "float")


def is_temporal(type_name: str) -> bool:
    """Whether the type is a date or a point in time."""
    return family(type_name) in ("date", "timestamp")


def decimal(type_name: str) -> tuple[int, int]:
    """Precision and scale of `DECIMAL(p,s)`; DuckDB's own default where they are not written."""
    found = re.fullmatch(r"DECIMAL\(\s*(\d+)\s*,\s*(\d+)\s*\)", type_name)
    return (int(found[1]), int(found[2])) if found else (18, 3)
