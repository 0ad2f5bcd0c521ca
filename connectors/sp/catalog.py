"""What is on a Spark: catalogues, schemas, tables and views with the sizes that Spark has written down, columns."""

from __future__ import annotations

import json
import re
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import sqlglot
from sqlglot import exp

from connectors.arrow import columns_of
from connectors.sp.place import CATALOG, Place
from connectors.sp.session import Session, sql
from connectors.sp.trouble import Refused, told
from core.engines.duck import duck
from core.errors import ConfigError
from core.models.source import Item
from core.words import msg

QUERY = ("query",)
STAGED = "assay_writing_"  # tables of a write on its way
_SIZE = re.compile(r"^Statistics: (\d+) bytes(?:, (\d+) rows)?", re.M)
_VIEW = re.compile(r"^Type: .*VIEW", re.M)


@dataclass(frozen=True, slots=True)
class Table:
    """A live table: `MANAGED`, `EXTERNAL` or `VIEW`; its format; what is written down about it."""

    type: str
    provider: str
    comment: str
    properties: tuple[tuple[str, str], ...]


def name(path: Sequence[str]) -> exp.Table:
    """A table, or a schema, of a path."""
    parts = [exp.to_identifier(part, quoted=True) for part in path]
    return exp.Table(this=parts[-1], db=parts[-2] if len(parts) > 1 else None, catalog=parts[-3] if len(parts) > 2 else None)


def where(path: tuple[str, ...]) -> tuple[str, str, str]:
    """Catalogue, schema and table of a path. Raises `ConfigError` for one that names no table."""
    if len(path) == 2:
        path = (CATALOG, *path)
    if len(path) != 3 or not all(path):
        raise ConfigError(
            msg("{path} does not name a table", path=".".join(path) or "—"),
            msg("A table of Spark is named by its catalogue, its schema and its name."),
            msg("Write it as catalog.schema.table, for example spark_catalog.default.orders."),
        )
    return path[0], path[1], path[2]


def select(place: Place, path: tuple[str, ...]) -> exp.Query | str:
    """All rows of what a path means: a table, or the query of the settings, letter for letter as it was written."""
    if place.query:
        query(place)
        return place.query.rstrip().rstrip(";")
    return exp.select("*").from_(name(where(path)))


def query(place: Place) -> exp.Query:
    """The query of the settings. Raises `ConfigError` where it is not one SELECT, or would change something."""
    try:
        found = [one for one in sqlglot.parse(place.query, dialect="spark") if one is not None]
    except sqlglot.errors.SqlglotError as error:
        said = error.errors[0].get("description", "") if getattr(error, "errors", None) else str(error).splitlines()[0]
        raise _no_query(str(said)) from error
    if len(found) != 1 or not isinstance(found[0], exp.Query):
        raise _no_query("")
    changing = (exp.Insert, exp.Update, exp.Delete, exp.Merge, exp.DDL, exp.Command, exp.Into)
    if any(not isinstance(node, exp.Query) for node in found[0].find_all(*changing)):
        raise _no_query("")
    return found[0]


def _no_query(said: str) -> ConfigError:
    return ConfigError(
        msg("The field query holds no query that Assay runs"),
        msg("It does not read as SQL of Spark: {text}", text=said[:200])
        if said
        else msg("It must be one SELECT, and read only."),
        msg("Write one SELECT, for example SELECT * FROM shop.orders WHERE day >= '2024-01-01', or leave it empty."),
    )


def catalogs(place: Place, session: Session) -> tuple[Item, ...]:
    """The catalogues that Spark has loaded; another one that is configured is reached by the field catalog."""
    if place.query:
        return (Item(QUERY, "view"),)
    if place.catalog:
        return (Item((place.catalog,), "schema"),)
    with told(place, place.address):
        return tuple(Item((row["catalog"],), "schema") for row in session.rows("SHOW CATALOGS"))


def schemas(place: Place, session: Session, catalog: str) -> tuple[Item, ...]:
    with told(place, catalog):
        found = session.rows(f"SHOW SCHEMAS IN {sql(name((catalog,)))}")
    return tuple(Item((catalog, row["namespace"]), "schema") for row in found)


def tables(place: Place, session: Session, path: tuple[str, ...]) -> tuple[Item, ...]:
    """Tables and views of a schema. Sizes are there where somebody has had them computed (ANALYZE TABLE); nothing is counted."""
    inside = sql(name(path))
    with told(place, ".".join(path)):
        try:
            found = session.rows(f"SHOW TABLE EXTENDED IN {inside} LIKE '*'")
        except Refused as error:
            if error.condition.startswith(("SCHEMA_NOT_FOUND", "CATALOG_NOT_FOUND")):
                raise
            found = session.rows(f"SHOW TABLES IN {inside}")  # a catalogue that cannot say more
    return tuple(_item(path, row) for row in found if not row["isTemporary"] and not row["tableName"].startswith(STAGED))


def _item(path: tuple[str, ...], row: dict[str, Any]) -> Item:
    text = str(row.get("information") or "").partition("\nSchema: ")[0]
    size = _SIZE.search(text)
    kind = "view" if _VIEW.search(text) else "table"
    rows = int(size[2]) if size and size[2] else None
    return Item((*path, row["tableName"]), kind, rows, rows_exact=False, bytes=(int(size[1]) or None) if size else None)


def find(place: Place, session: Session, path: tuple[str, ...]) -> Table | None:
    """The live table, None where there is none."""
    whole = where(path)
    with told(place, ".".join(whole)):
        try:
            told_of = session.rows(f"DESCRIBE TABLE EXTENDED {sql(name(whole))} AS JSON")[0]
        except Refused as error:
            return None if error.condition.startswith("TABLE_OR_VIEW_NOT_FOUND") else _hardly_known(session, whole)
    found = json.loads(next(iter(told_of.values())))
    properties = tuple(sorted((found.get("table_properties") or {}).items()))
    return Table(found.get("type") or "", (found.get("provider") or "").lower(), found.get("comment") or "", properties)


def _hardly_known(session: Session, path: tuple[str, str, str]) -> Table | None:
    """A table of a catalogue, or of a Spark, that does not describe its tables: good for reading and appending."""
    try:
        session.schema(exp.select("*").from_(name(path)))
    except Refused as error:
        if error.condition.startswith("TABLE_OR_VIEW_NOT_FOUND"):
            return None
        raise
    return Table("OTHER", "", "", ())


def duck_types(types: Sequence[pa.DataType]) -> tuple[str, ...]:
    """The DuckDB types of a Parquet file with columns of these Arrow types."""
    with tempfile.TemporaryDirectory(prefix="assay-types-") as folder, duck() as local:
        file = Path(folder, "types.parquet")
        pq.write_table(pa.schema([(f"c{n}", kind) for n, kind in enumerate(types)]).empty_table(), file)
        return tuple(one.type for one in columns_of(local, file))
