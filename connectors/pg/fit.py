"""Whether rows fit a live table, column by column, before the first is written; and the types of a table that is not there."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from connectors.clash import another_type, computed, misfit, no_value, not_there
from connectors.pg.catalog import TableColumn
from core.models.types import family

_BITS = {
    "TINYINT": (7, "smallint"),
    "UTINYINT": (8, "smallint"),
    "SMALLINT": (15, "smallint"),
    "USMALLINT": (16, "integer"),
    "INTEGER": (31, "integer"),
    "UINTEGER": (32, "bigint"),
    "BIGINT": (63, "bigint"),
    "UBIGINT": (64, "numeric(20)"),
    "HUGEINT": (127, "numeric(39)"),
    "UHUGEINT": (128, "numeric(39)"),
}
_MADE = {
    "BOOLEAN": "boolean",
    "FLOAT": "real",
    "DOUBLE": "double precision",
    "DATE": "date",
    "TIMESTAMP": "timestamp",
    "TIMESTAMP_S": "timestamp",
    "TIMESTAMP_MS": "timestamp",
    "TIMESTAMP_NS": "timestamp",
    "TIMESTAMP WITH TIME ZONE": "timestamptz",
    "TIME": "time",
    "TIME_NS": "time",
    "TIME WITH TIME ZONE": "timetz",
    "INTERVAL": "interval",
    "UUID": "uuid",
    "JSON": "jsonb",
    "BLOB": "bytea",
    "BIT": "varbit",
}


def made_type(duck_type: str) -> str:
    """The PostgreSQL type that holds every value of a DuckDB type; nested ones other than arrays become jsonb."""
    if duck_type.endswith("[]"):
        inner = made_type(duck_type[:-2])
        return "jsonb" if inner.startswith("jsonb") else f"{inner}[]"
    if duck_type.startswith(("STRUCT", "MAP", "UNION")) or duck_type.endswith("]"):
        return "jsonb"
    if decimal := _decimal(duck_type):
        return f"numeric({decimal[0]},{decimal[1]})"
    return _BITS[duck_type][1] if duck_type in _BITS else _MADE.get(duck_type, "text")


def compare(name: str, incoming: Mapping[str, str], live: Sequence[TableColumn]) -> None:
    """Raise `DataError` that names every column which does not fit: `incoming` is column name → DuckDB type."""
    targets = {one.column.name: one for one in live}
    problems = []
    for title, kind in incoming.items():
        if title not in targets:
            problems.append(not_there(title, made_type(kind)))
        elif targets[title].generated:
            problems.append(computed(title, "PostgreSQL"))
        elif not fits(kind, targets[title]):
            there = targets[title]
            problems.append(another_type(title, kind, there.column.source_type, there.type.duck, made_type(kind)))
    problems += [
        no_value(title)
        for title, one in targets.items()
        if title not in incoming and not (one.column.nullable or one.has_default or one.generated)
    ]
    if problems:
        raise misfit(name, problems)


def fits(kind: str, target: TableColumn) -> bool:
    """Whether every value of the DuckDB type `kind` can be a value of the column, unchanged.

    Text fits text, and whatever PostgreSQL reads from text alone (enums, addresses, ranges, json): it says so if it cannot.
    """
    there, plain = target.type.duck, target.type.name in ("text", "varchar", "bpchar", "citext")
    if target.type.array or kind.endswith("]"):
        return _nested(kind, target)
    if plain:
        return True
    if target.type.name == "interval":
        return kind in ("INTERVAL", "VARCHAR")
    if there == "VARCHAR":
        return kind == "VARCHAR" or (target.type.name in ("numeric", "money") and family(kind) in ("integer", "decimal"))
    same = family(kind) == family(there)
    match family(there):
        case "integer":
            return same and _BITS[kind][0] <= _BITS[there][0]
        case "decimal":
            return _into_decimal(kind, there)
        case "float":
            return (same and not (kind == "DOUBLE" and there == "FLOAT")) or (family(kind) == "integer" and _BITS[kind][0] <= 32)
        case "timestamp":
            return kind == "DATE" if not same else ("ZONE" in kind) == ("ZONE" in there)
        case "json":
            return same or kind == "VARCHAR" or family(kind) == "nested"
        case "uuid":
            return same or kind == "VARCHAR"
    return same


def _nested(kind: str, target: TableColumn) -> bool:
    if target.type.name in ("json", "jsonb") and not target.type.array:
        return True
    if not (target.type.array and kind.endswith("[]")):
        return False
    element = TableColumn(target.column, type(target.type)(target.type.name, target.type.modifier))
    return fits(kind.rstrip("[]"), element)


def _into_decimal(kind: str, there: str) -> bool:
    precision, scale = _decimal(there) or (0, 0)
    if kind in _BITS:
        return 10 ** (precision - scale) > 2 ** _BITS[kind][0]
    own = _decimal(kind)
    return own is not None and own[1] <= scale and own[0] - own[1] <= precision - scale


def _decimal(kind: str) -> tuple[int, int] | None:
    found = re.fullmatch(r"DECIMAL\((\d+),(\d+)\)", kind)
    return (int(found[1]), int(found[2])) if found else None
