"""The tables beside the target in which a write is made ready, and the one step that puts it in place."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass

from sqlglot import exp

from connectors.ch.catalog import Table
from connectors.ch.session import Broken, Refused, Session
from core.errors import DataError, UnsupportedError
from core.words import msg

PREFIX = "assay_writing_"
_LEFT = """
SELECT name FROM system.tables WHERE database = {database:String} AND startsWith(name, {prefix:String})
  AND ({all:Bool} OR metadata_modification_time < now() - INTERVAL 1 DAY)
"""
# What inserts and deletes change and merges do not: so it tells whether somebody else wrote.
_STATE = """
SELECT partition_id, max(max_block_number) AS block, max(data_version) AS version FROM system.parts
WHERE database = {database:String} AND table = {table:String} AND active GROUP BY partition_id ORDER BY partition_id
"""
SWAPPING = ("Atomic", "Replicated", "Shared")


def table(database: str, name: str) -> exp.Table:
    return exp.table_(name, database, quoted=True)


def text(expression: exp.Expression) -> str:
    return expression.sql(dialect="clickhouse")


def identifiers(names: Sequence[str]) -> list[exp.Identifier]:
    return [exp.to_identifier(name, quoted=True) for name in names]


@dataclass(frozen=True, slots=True)
class Stage:
    """Tables for one write to `database`.`target`, all of whose names begin alike; `clear` drops them."""

    session: Session
    database: str
    target: str
    run: str

    @classmethod
    def of(cls, session: Session, database: str, target: str) -> Stage:
        return cls(session, database, target, uuid.uuid4().hex[:12])

    @property
    def _prefix(self) -> str:
        return f"{PREFIX}{hashlib.sha1(self.target.encode(), usedforsecurity=False).hexdigest()[:10]}_"

    def name(self, part: str) -> str:
        return f"{self._prefix}{self.run}_{part}"

    def sweep(self, everything: bool) -> None:
        """Drop what writes to the same table left when they were killed: after a day, at once where nobody else can be writing."""
        found = self.session.rows(_LEFT, {"database": self.database, "prefix": self._prefix, "all": everything})
        for row in found:
            self._drop(row["name"])

    def create(self, part: str, columns: Mapping[str, str], keys: Sequence[str]) -> str:
        """A MergeTree sorted by `keys`."""
        definitions = [
            exp.ColumnDef(this=exp.to_identifier(title, quoted=True), kind=exp.DataType.build(kind, dialect="clickhouse"))
            for title, kind in columns.items()
        ]
        parts = [exp.column(key) for key in identifiers(keys)]
        order = parts[0] if len(parts) == 1 else exp.Tuple(expressions=parts)
        properties = [exp.EngineProperty(this=exp.Var(this="MergeTree")), exp.Order(expressions=[order])]
        made = exp.Create(
            this=exp.Schema(this=table(self.database, self.name(part)), expressions=definitions),
            kind="TABLE",
            properties=exp.Properties(expressions=properties),
        )
        self.session.command(text(made))
        return self.name(part)

    def like(self, part: str) -> str:
        """An empty table with the definition of the target."""
        self.session.command(f"CREATE TABLE {text(self._table(part))} AS {text(table(self.database, self.target))}")
        return self.name(part)

    def attach(self, into: str, source: str) -> None:
        """Give all rows of `source` to `into` in one step: its parts are linked, not copied."""
        names = [text(table(self.database, name)) for name in (into, source)]
        self.session.command(f"ALTER TABLE {names[0]} ATTACH PARTITION ALL FROM {names[1]}")

    def exchange(self, part: str) -> None:
        """Put the table made ready in the place of the target, and the target in its place, in one step."""
        self.session.command(f"EXCHANGE TABLES {text(self._table(part))} AND {text(table(self.database, self.target))}")

    def rename(self, part: str) -> None:
        """Give the table made ready the name of the target, which must still be free."""
        self.session.command(f"RENAME TABLE {text(self._table(part))} TO {text(table(self.database, self.target))}")

    def upsert(self, into: str, source: str, columns: Sequence[str], keys: Sequence[str]) -> None:
        """Replace those rows of `into` whose keys are in `source`, and add the others."""
        key = exp.Tuple(expressions=[exp.column(one) for one in identifiers(keys)])
        chosen = exp.select(*[exp.column(one) for one in identifiers(keys)]).from_(self._table(source))
        gone = exp.Delete(this=self._table(into), where=exp.Where(this=exp.In(this=key, query=chosen.subquery())))
        self.session.command(f"{text(gone)} SETTINGS lightweight_deletes_sync = 2")
        added = exp.Insert(
            this=exp.Schema(this=self._table(into), expressions=identifiers(columns)),
            expression=exp.select(*[exp.column(one) for one in identifiers(columns)]).from_(self._table(source)),
        )
        self.session.command(text(added))

    def twice(self, part: str, keys: Sequence[str]) -> str | None:
        """A key that comes twice, as text; None where there is none."""
        values = [exp.column(one) for one in identifiers(keys)]
        shown = exp.func("toString", exp.func("tuple", *values, dialect="clickhouse"), dialect="clickhouse")
        count = exp.Count()
        query = (
            exp.select(exp.alias_(shown, "k"))
            .from_(self._table(part))
            .group_by(*values)
            .having(exp.GT(this=count, expression=exp.Literal.number(1)))
        )
        found = self.session.rows(text(query.limit(1)), seconds=3600)
        return found[0]["k"] if found else None

    def count(self, part: str) -> int:
        query = exp.select(exp.alias_(exp.Count(this=exp.Star()), "n")).from_(self._table(part))
        return int(self.session.rows(text(query))[0]["n"])

    def state(self, name: str) -> list[dict]:
        return self.session.rows(_STATE, {"database": self.database, "table": name})

    def drop(self, part: str) -> None:
        self._drop(self.name(part))

    def clear(self, parts: Sequence[str]) -> None:
        for part in parts:
            with suppress(Refused, Broken):  # the next write to the table sweeps what could not be dropped now
                self.drop(part)

    def _drop(self, name: str) -> None:
        self.session.command(f"DROP TABLE IF EXISTS {text(table(self.database, name))} SYNC")

    def _table(self, part: str) -> exp.Table:
        return table(self.database, self.name(part))


def honest(name: str, live: Table, mode: str) -> None:
    """Raise `UnsupportedError` where the target cannot be written in this mode in one step."""
    if live.readers:
        raise _unable(
            name,
            mode,
            msg(
                "Materialised views are fed by its inserts ({views}), and a swap would not reach them.",
                views=", ".join(live.readers),
            ),
        )
    if live.engine.startswith(("Replicated", "Shared")):
        raise _unable(
            name,
            mode,
            msg("It is a table of the engine {engine}: the swap would happen on one replica alone.", engine=live.engine),
        )
    if mode in ("replace", "upsert") and live.home not in SWAPPING:
        raise _unable(
            name,
            mode,
            msg("Its database is of the engine {engine}, which cannot exchange two tables in one step.", engine=live.home or "?"),
        )
    plain = live.engine in ("Memory", "Log", "TinyLog", "StripeLog")
    if not live.merges and not (plain and mode == "replace"):
        raise _unable(name, mode, msg("Tables of the engine {engine} cannot take rows in one step.", engine=live.engine))
    if mode == "upsert" and live.engine not in ("MergeTree", "ReplacingMergeTree"):
        raise _unable(
            name,
            mode,
            msg(
                "The engine {engine} changes rows when it merges them, so that the same upsert could give other rows.",
                engine=live.engine,
            ),
        )


def _unable(name: str, mode: str, why: object) -> UnsupportedError:
    return UnsupportedError(
        msg("{table} cannot be written by {mode}", table=name, mode=mode),
        why,
        msg("Write to a MergeTree table of its own and bring the rows on from there (INSERT INTO … SELECT)."),
    )


def changed(name: str) -> DataError:
    return DataError(
        msg("{table} was changed by somebody else meanwhile", table=name),
        msg("Rows were written to it or deleted from it while the new ones were made ready; theirs would have been lost."),
        msg("Start again, at a time when nobody else writes to it. Nothing was changed."),
    )
