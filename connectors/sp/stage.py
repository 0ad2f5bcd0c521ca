"""The tables beside the target in which a write is made ready, and the few steps that put it in place.

The catalogue of Spark has no step that exchanges two tables. It is done in two: the target gets the name of a table kept until the end, the
new one gets the target's. A write that was killed between them is taken back by the next write: the kept table is the target again.
"""

from __future__ import annotations

import hashlib
import time
import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from sqlglot import exp

from connectors.sp.catalog import STAGED, Table, find, name
from connectors.sp.place import Place
from connectors.sp.session import Session, sql
from core.errors import DataError, UnsupportedError
from core.words import msg

SWAPPED = ("parquet", "orc", "csv", "json", "avro")  # formats whose tables are folders of files, which can be renamed
LEFT_AFTER = 24 * 3600  # seconds until what a killed write left is taken for garbage: another one may be on its way
OLD = "old"


@dataclass(frozen=True, slots=True)
class Stage:
    """Tables for one write to `path`, all of whose names begin alike."""

    place: Place
    session: Session
    path: tuple[str, str, str]
    run: str

    @classmethod
    def of(cls, place: Place, session: Session, path: tuple[str, str, str], now: float | None = None) -> Stage:
        return cls(place, session, path, f"{int(time.time() if now is None else now):x}_{uuid.uuid4().hex[:8]}")

    @property
    def prefix(self) -> str:
        return f"{STAGED}{hashlib.sha1(self.path[2].lower().encode(), usedforsecurity=False).hexdigest()[:10]}_"

    def beside(self, part: str) -> tuple[str, str, str]:
        return (*self.path[:2], f"{self.prefix}{self.run}_{part}")

    def recover(self) -> None:
        """Put back what a write that was killed between the two steps took away, and drop what such writes left long ago."""
        left = [row["tableName"] for row in self.session.rows(f"SHOW TABLES IN {sql(name(self.path[:2]))} LIKE '{self.prefix}*'")]
        kept = sorted(one for one in left if one.endswith(f"_{OLD}"))
        if kept and find(self.place, self.session, self.path) is None:
            self._rename((*self.path[:2], kept[-1]), self.path)
            left.remove(kept[-1])
        for one in left:
            if int(one.removeprefix(self.prefix).partition("_")[0], 16) < time.time() - LEFT_AFTER:
                self._drop((*self.path[:2], one))

    def create(self, part: str, columns: Sequence[tuple[str, str]]) -> tuple[str, str, str]:
        """A table of Parquet files with these columns."""
        inside = ", ".join(f"{sql(exp.to_identifier(title, quoted=True))} {kind}" for title, kind in columns)
        self.session.command(f"CREATE TABLE {sql(name(self.beside(part)))} ({inside}) USING parquet")
        return self.beside(part)

    def like(self, part: str, live: Table) -> tuple[str, str, str]:
        """An empty table with the definition of the target: columns, defaults, format, partitions, properties, comment."""
        made = sql(name(self.beside(part)))
        self.session.command(f"CREATE TABLE {made} LIKE {sql(name(self.path))}")
        if live.properties:
            pairs = ", ".join(f"{_text(key)} = {_text(value)}" for key, value in live.properties)
            self.session.command(f"ALTER TABLE {made} SET TBLPROPERTIES ({pairs})")
        if live.comment:
            self.session.command(f"COMMENT ON TABLE {made} IS {_text(live.comment)}")
        return self.beside(part)

    def put(self, into: tuple[str, str, str], columns: Sequence[str], rows: exp.Query) -> None:
        listed = ", ".join(sql(exp.to_identifier(title, quoted=True)) for title in columns)
        self.session.command(f"INSERT INTO {sql(name(into))} ({listed}) {sql(rows)}")

    def count(self, table: tuple[str, str, str]) -> int:
        found = self.session.rows(exp.select(exp.alias_(exp.Count(this=exp.Star()), "n")).from_(name(table)), 3600)
        return int(found[0]["n"])

    def twice(self, table: tuple[str, str, str], keys: Sequence[str]) -> bool:
        columns = [exp.column(exp.to_identifier(key, quoted=True)) for key in keys]
        many = exp.GT(this=exp.Count(this=exp.Star()), expression=exp.Literal.number(1))
        query = exp.select(*columns).from_(name(table)).group_by(*[one.copy() for one in columns]).having(many).limit(1)
        return bool(self.session.rows(query, 3600))

    def name_it(self, part: str) -> None:
        """Give the table made ready the name of the target, which must still be free."""
        self._rename(self.beside(part), self.path)

    def exchange(self, part: str) -> None:
        """Put the table made ready in the place of the target, which is dropped at the end. Cut off in between: see `recover`."""
        self._rename(self.path, self.beside(OLD))
        self._rename(self.beside(part), self.path)
        self._drop(self.beside(OLD))

    def clear(self) -> None:
        """Drop what was made ready, but never the target that was moved out of the way."""
        for part in ("rows", "copy"):
            self._drop(self.beside(part))

    def _rename(self, old: tuple[str, str, str], new: tuple[str, str, str]) -> None:
        # The new name is one within the catalogue of the old one: Spark takes two parts there.
        self.session.command(f"ALTER TABLE {sql(name(old))} RENAME TO {sql(name(new[1:]))}")

    def _drop(self, table: tuple[str, str, str]) -> None:
        self.session.command(f"DROP TABLE IF EXISTS {sql(name(table))}")


def merged(target: exp.Table, rows: exp.Table, columns: Sequence[str], given: Sequence[str], keys: Sequence[str]) -> exp.Query:
    """The rows of the target, those with a key among `rows` with the values given there, and the rows whose key is new."""
    old, new = exp.alias_(target, "t", table=True), exp.alias_(rows, "r", table=True)
    met = exp.and_(*[_of(key, "t").eq(_of(key, "r")) for key in keys])
    known = _of(keys[0], "r").is_(exp.null()).not_()
    have = {one.lower(): one for one in given}

    def value(title: str) -> exp.Expression:
        if title.lower() not in have:
            return _of(title, "t")
        return exp.alias_(exp.case().when(known.copy(), _of(have[title.lower()], "r")).else_(_of(title, "t")), title, quoted=True)

    kept = exp.select(*[value(title) for title in columns]).from_(old).join(new, on=met, join_type="left")
    fresh = [
        _of(have[title.lower()], "r") if title.lower() in have else exp.alias_(exp.null(), title, quoted=True)
        for title in columns
    ]
    added = exp.select(*fresh).from_(new.copy()).join(old.copy(), on=met.copy(), join_type="left anti")
    return exp.union(kept, added, distinct=False)


def _of(title: str, table: str) -> exp.Column:
    return exp.column(exp.to_identifier(title, quoted=True), table=table)


def _text(value: str) -> str:
    return sql(exp.Literal.string(value))


def changeable(title: str, live: Table, mode: str) -> None:
    """Raise where a table cannot be written to in this way without risking what is in it."""
    if "VIEW" in live.type:
        raise DataError(
            msg("{table} is a view", table=title),
            msg("A view has no rows of its own to write."),
            msg("Write to the table behind it, or to a new one."),
        )
    if mode != "append" and (live.type != "MANAGED" or live.provider not in SWAPPED):
        kind = f"{live.type.lower()} {live.provider}".strip()
        raise UnsupportedError(
            msg("{table} can only be appended to", table=title),
            msg("It is of the kind {kind}, and only tables of files that Spark manages can be exchanged safely.", kind=kind),
            msg("Append, or write to a new table. Nothing was written."),
        )


def changed(title: str) -> DataError:
    return DataError(
        msg("{table} was changed by somebody else meanwhile", table=title),
        msg("Rows came or went while the new ones were made ready."),
        msg("Start the write again. Nothing was written."),
    )
