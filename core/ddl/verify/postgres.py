"""The proof on the embedded PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, ClassVar

import duckdb
import psycopg2
from psycopg2 import sql as pgsql
from psycopg2.extensions import connection as Connection
from sqlglot import exp

from core.ddl.dialects.postgres import Postgres as Dialect
from core.ddl.kinds import element
from core.ddl.verify import postgres_questions as plans
from core.ddl.verify.compare import Field, document, text
from core.ddl.verify.engine import Answer, Engine, Refused, Table
from core.engines import duck
from core.engines.duck import call
from core.engines.errors import EngineError
from core.engines.postgres import embedded_postgres
from core.models.design import Index
from core.models.types import family
from core.store.throwaway import throwaway
from core.task import Task
from core.words import Msg, plural

NULL = r"\N"
LINE = 2_000_000
"""DuckDB's own limit for a line of CSV; raised where a longer row comes by."""

SIZE = """
SELECT sum(pg_catalog.pg_total_relation_size(relid))::bigint FROM pg_catalog.pg_partition_tree(%s::regclass)
UNION ALL SELECT pg_catalog.pg_total_relation_size(%s::regclass) ORDER BY 1 DESC NULLS LAST LIMIT 1
"""


class Postgres(Engine):
    """PostgreSQL, driven through one connection."""

    dialect: ClassVar[str] = Dialect.name

    def __init__(self, connection: Connection, version: str) -> None:
        self._connection, self.version = connection, f"PostgreSQL {version}"
        connection.autocommit = True
        self._grammar = Dialect()

    def run(self, statements: Sequence[str]) -> None:
        with self._all_or_none():
            for statement in statements:
                self._do(statement)

    @contextmanager
    def _all_or_none(self) -> Iterator[None]:
        """A transaction, or a part of the one that is open."""
        begin, end, undo = ("BEGIN", "COMMIT", "ROLLBACK")
        if self._connection.info.transaction_status != psycopg2.extensions.TRANSACTION_STATUS_IDLE:
            begin, end, undo = ("SAVEPOINT one", "RELEASE SAVEPOINT one", "ROLLBACK TO SAVEPOINT one")
        self._do(begin)
        try:
            yield
            self._do(end)
        except Refused:
            self._do(undo)
            raise

    def _do(self, statement: str | pgsql.Composable, values: tuple[Any, ...] | None = None) -> list[tuple]:
        with self._refusals(), self._connection.cursor() as cursor:
            cursor.execute(statement, values)
            return cursor.fetchall() if cursor.description else []

    @contextmanager
    def _refusals(self) -> Iterator[None]:
        try:
            yield
        except psycopg2.Error as error:
            if self._connection.closed or isinstance(error, psycopg2.InterfaceError):
                raise EngineError(str(error).strip()) from error
            raise Refused(str(error).strip()) from error

    # Rows

    @contextmanager
    def loading(self) -> Iterator[None]:
        with self._all_or_none():
            yield

    def load(self, table: Table, local: duckdb.DuckDBPyConnection) -> None:
        columns = [table.rendered.columns[field.name] for field in table.fields]
        values = [outgoing(duck.column(one.name), one, table.rendered.types[one.name]) for one in table.fields]
        query = exp.select(*(exp.alias_(value, f"c{place}") for place, value in enumerate(values))).from_(table.drawn.name)
        copy = pgsql.SQL("COPY {} ({}) FROM STDIN WITH (FORMAT csv, NULL {})").format(
            pgsql.Identifier(table.rendered.name), pgsql.SQL(", ").join(map(pgsql.Identifier, columns)), pgsql.Literal(NULL)
        )
        with throwaway("proof-") as folder:
            file = folder / "rows.csv"
            local.sql(duck.sql(query)).write_csv(
                str(file), header=False, sep=",", quotechar='"', escapechar='"', na_rep=NULL, quoting="ALL", compression="none"
            )
            with file.open("rb") as rows, self._all_or_none(), self._refusals(), self._connection.cursor() as cursor:
                cursor.copy_expert(copy, rows)

    def read(self, table: Table, local: duckdb.DuckDBPyConnection, into: str) -> None:
        shapes = {"list": pgsql.SQL("array_to_json({}::text[])")}
        values = [
            shapes.get(field.form, pgsql.SQL("{}")).format(pgsql.Identifier(table.rendered.columns[field.name]))
            for field in table.fields
        ]
        copy = pgsql.SQL("COPY (SELECT {} FROM {}) TO STDOUT WITH (FORMAT csv, FORCE_QUOTE *, NULL {})").format(
            pgsql.SQL(", ").join(values), pgsql.Identifier(table.rendered.name), pgsql.Literal(NULL)
        )
        with throwaway("proof-") as folder:
            file = folder / "rows.csv"
            with file.open("wb") as target, self._refusals(), self._connection.cursor() as cursor:
                rows = _Rows(target)
                cursor.copy_expert(copy, rows)
            _read_csv(local, file, len(table.fields), rows.longest).create(into)

    def settle(self, table: Table) -> None:
        self._do(pgsql.SQL("VACUUM ANALYZE {}").format(pgsql.Identifier(table.rendered.name)))

    def explained(self, table: Table, local: duckdb.DuckDBPyConnection, found: tuple[Msg, ...]) -> tuple[Msg, ...]:
        """The character 0 is the one that PostgreSQL's text has not; it is left out when the rows are sent."""
        zero = call("chr", exp.Literal.number(0))
        notes = []
        for field in table.fields if found else ():
            if family(field.type) != "text":
                continue
            holds = (
                exp.select(exp.Count(this=exp.Star()))
                .from_(table.drawn.name)
                .where(call("contains", duck.column(field.name), zero.copy()))
            )
            ((count,),) = local.execute(duck.sql(holds)).fetchall()
            if count:
                notes.append(
                    plural(
                        "{column}: {n} value holds the character 0, which PostgreSQL's text cannot hold",
                        "{column}: {n} values hold the character 0, which PostgreSQL's text cannot hold",
                        n=count,
                        column=field.name,
                    )
                )
        return (*notes, *found)

    # Plans

    def questions(self, table: Table, index: Index, local: duckdb.DuckDBPyConnection) -> Iterator[exp.Select]:
        return plans.questions(self._grammar, table, index, local)

    def ask(self, table: Table, index: Index, question: exp.Select) -> Answer:
        """Whether the planner reads the index, and reckons that it saves enough: the same question is asked without it."""
        query = question.sql(dialect=self.dialect)
        name = table.rendered.indexes[index.name]
        names = {found for (found,) in self._do(plans.PARTS, (plans.regclass(name),))}
        plan, lines = self._plan(query), [line for (line,) in self._do("EXPLAIN " + query)]
        others = self._plan(query, without=name)
        used, because = plans.verdict(plan, others, names, table.drawn.rows)
        return Answer(used, question.sql(dialect=self.dialect, pretty=True), "\n".join(lines), because)

    def _plan(self, query: str, without: str = "") -> dict[str, Any]:
        """The plan of a query, as it would be without an index where one is named."""
        self._do("BEGIN")
        try:
            if without:
                # A foreign key may rest on a unique index, which then goes with it: all of it is undone.
                self._do(pgsql.SQL("DROP INDEX {} CASCADE").format(pgsql.Identifier(without)))
            return self._do("EXPLAIN (FORMAT JSON) " + query)[0][0][0]["Plan"]
        finally:
            self._do("ROLLBACK")

    def drop(self, table: Table, index: Index) -> None:
        self._do(pgsql.SQL("DROP INDEX {}").format(pgsql.Identifier(table.rendered.indexes[index.name])))

    def bytes(self, table: Table) -> int:
        name = plans.regclass(table.rendered.name)
        return self._do(SIZE, (name, name))[0][0]


class _Rows:
    """What COPY writes to: every call brings one row."""

    def __init__(self, file: Any) -> None:
        self._file, self.longest = file, 0

    def write(self, row: bytes) -> int:
        self.longest = max(self.longest, len(row))
        return self._file.write(row)


def _read_csv(local: duckdb.DuckDBPyConnection, file: Path, columns: int, longest: int) -> duckdb.DuckDBPyRelation:
    line = max(LINE, 2 * longest)
    return local.read_csv(
        str(file),
        header=False,
        columns={f"c{place}": "VARCHAR" for place in range(columns)},
        auto_detect=False,
        delimiter=",",
        quotechar='"',
        escapechar='"',
        na_values=NULL,
        allow_quoted_nulls=False,
        lineterminator=r"\n",  # the two characters: detection takes a carriage return in a value for the end of a line
        max_line_size=line,
        buffer_size=4 * line if line > LINE else None,
        parallel=False,
    )


def outgoing(value: exp.Expression, field: Field, kind: str) -> exp.Expression:
    """The text of a value that PostgreSQL reads as that value. `kind` is the type of the column there."""
    if field.form == "list":
        return _array(value, element(field.type))
    if field.form == "document":
        return document(value)
    return _plain(value, field.type, kind)


def _plain(value: exp.Expression, type_name: str, kind: str) -> exp.Expression:
    if type_name == "BLOB":
        return exp.DPipe(this=exp.Literal.string(r"\x"), expression=call("hex", value))
    if family(type_name) == "text":
        return call("replace", text(value), call("chr", exp.Literal.number(0)), exp.Literal.string(""))
    if family(type_name) in ("date", "timestamp") and kind != "text":
        # DuckDB writes BC after the date, PostgreSQL reads it at the end.
        parts = [exp.Literal.string(part) for part in (r"^(\S+) \(BC\)(.*)$", r"\1\2 BC")]
        return call("regexp_replace", text(value), *parts)
    return text(value)


def _array(value: exp.Expression, type_name: str) -> exp.Expression:
    """`{"a","b\\"c",NULL}`: every element quoted, so that none can pass for NULL or end the array."""
    one: exp.Expression = _plain(exp.column("e"), type_name, "")
    for mark in ("\\", '"'):
        one = call("replace", one, exp.Literal.string(mark), exp.Literal.string("\\" + mark))
    quoted = exp.DPipe(this=exp.DPipe(this=exp.Literal.string('"'), expression=one), expression=exp.Literal.string('"'))
    quoted = call("coalesce", quoted, exp.Literal.string("NULL"))
    texts = call("list_transform", value, exp.Lambda(this=quoted, expressions=[exp.to_identifier("e")]))
    joined = call("array_to_string", texts, exp.Literal.string(","))
    return exp.DPipe(this=exp.DPipe(this=exp.Literal.string("{"), expression=joined), expression=exp.Literal.string("}"))


@contextmanager
def opened(folder: Path, task: Task) -> Iterator[Engine]:
    """A PostgreSQL in `folder`; a cancelled task also cancels what it computes."""
    with embedded_postgres(folder) as server, closing(server.connect()) as connection:
        with task.interruptible(connection.cancel):
            yield Postgres(connection, server.version)
