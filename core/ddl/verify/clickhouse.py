"""The proof on the embedded ClickHouse."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, ClassVar

import duckdb
from sqlglot import exp

from core.ddl.dialects.base import Named, Typed
from core.ddl.dialects.clickhouse import ClickHouse as Dialect
from core.ddl.kinds import element
from core.ddl.verify import values
from core.ddl.verify.compare import Field, document, text
from core.ddl.verify.engine import Answer, Engine, Refused, Table
from core.engines import duck
from core.engines.clickhouse import ClickHouse as Server
from core.engines.clickhouse import embedded_clickhouse
from core.engines.duck import call
from core.engines.errors import QueryError
from core.models.design import Index
from core.task import Task
from core.words import Msg, msg

NATIVE = {
    "TINYINT": "Int8", "SMALLINT": "Int16", "INTEGER": "Int32", "BIGINT": "Int64",
    "UTINYINT": "UInt8", "USMALLINT": "UInt16", "UINTEGER": "UInt32", "UBIGINT": "UInt64",
    "FLOAT": "Float32", "DOUBLE": "Float64", "BOOLEAN": "Bool",
}  # fmt: skip
"""Types that travel as they are. All others travel as text and are read by ClickHouse, as a person's own files would be."""

WORTH = 0.1
"""Share of granules that a skip index must leave out: it is read itself for every question, and written for every row."""

STAGE = "assay proof stage"


class ClickHouse(Engine):
    """ClickHouse, one statement at a time."""

    dialect: ClassVar[str] = Dialect.name

    def __init__(self, server: Server) -> None:
        self._server, self.version = server, f"ClickHouse {server.version}"
        self._grammar = Dialect()

    @contextmanager
    def _refusals(self) -> Iterator[None]:
        try:
            yield
        except QueryError as error:
            raise Refused(str(error).strip()) from error

    def _do(self, statement: exp.Expression) -> Any:
        with self._refusals():
            return self._server.query(statement.sql(dialect=self.dialect))

    def run(self, statements: Sequence[str]) -> None:
        with self._refusals():
            for statement in statements:
                self._server.command(statement)

    # Rows

    def load(self, table: Table, local: duckdb.DuckDBPyConnection) -> None:
        """Through a table in memory with the types of the data, as rows of another system would come."""
        self._do(exp.Drop(tables=[_stage()], kind="TABLE", exists=True))
        wires = [_wire(field) for field in table.fields]
        columns = [exp.ColumnDef(this=exp.to_identifier(f"c{n}"), kind=Dialect.type(wire)) for n, wire in enumerate(wires)]
        memory = exp.Properties(expressions=[exp.EngineProperty(this=exp.to_identifier("Memory"))])
        self._do(exp.Create(this=exp.Schema(this=_stage(), expressions=columns), kind="TABLE", properties=memory))
        sent = [exp.alias_(outgoing(duck.column(one.name), one), f"c{n}") for n, one in enumerate(table.fields)]
        rows = local.sql(duck.sql(exp.select(*sent).from_(table.drawn.name))).to_arrow_reader()
        with self._refusals():
            self._server.insert(STAGE, rows)
        types = [table.rendered.types[field.name] for field in table.fields]
        read = [incoming(exp.column(f"c{n}"), field, kind) for n, (field, kind) in enumerate(zip(table.fields, types))]
        names = [self._grammar.identifier(table.rendered.columns[field.name]) for field in table.fields]
        target = exp.Schema(this=self._grammar.table(table.rendered.name), expressions=names)
        self._do(exp.Insert(this=target, expression=exp.select(*read).from_(_stage())))
        self._do(exp.Drop(tables=[_stage()], kind="TABLE"))

    def read(self, table: Table, local: duckdb.DuckDBPyConnection, into: str) -> None:
        columns = [exp.Column(this=self._grammar.identifier(table.rendered.columns[field.name])) for field in table.fields]
        shown = [exp.alias_(returning(column, field), f"c{n}") for n, (column, field) in enumerate(zip(columns, table.fields))]
        rows = self._do(exp.select(*shown).from_(self._grammar.table(table.rendered.name)))
        local.from_arrow(rows).create(into)

    def settle(self, table: Table) -> None:
        """One part, as merges would leave it in time."""
        with self._refusals():
            self._server.command(f"OPTIMIZE TABLE {self._grammar.table(table.rendered.name).sql(dialect=self.dialect)} FINAL")

    # Plans

    def questions(self, table: Table, index: Index, local: duckdb.DuckDBPyConnection) -> Iterator[exp.Select]:
        rendered = table.rendered
        types = {name: Typed(kind) for name, kind in rendered.types.items()}
        named = Named(rendered.design, rendered.name, rendered.columns, rendered.indexes, types)
        for condition in self._conditions(named, table, index, local):
            yield exp.select("*").from_(self._grammar.table(rendered.name)).where(condition)

    def _conditions(self, named: Named, table: Table, index: Index, local: duckdb.DuckDBPyConnection) -> Iterator[exp.Expression]:
        name = index.columns[0]
        column, kind = self._grammar.column(named, name), named.types[name].text
        if index.kind == "skip_minmax":
            edges = [_value(edge, kind) for edge in values.a_while(local, table.drawn.name, name)]
            if edges:
                yield exp.and_(exp.GTE(this=column, expression=edges[0]), exp.LTE(this=column.copy(), expression=edges[1]))
        elif index.kind == "gin" and kind.startswith("Array"):
            for value in values.an_element(local, table.drawn.name, name):
                yield call("has", column.copy(), _value(value, kind.removeprefix("Array(").removesuffix(")")))
        elif index.kind == "gin":
            for word in values.words(local, table.drawn.name, name):
                yield call("hasToken", column.copy(), exp.Literal.string(word))
        else:
            for value in values.typical(local, table.drawn.name, (name,)):
                yield exp.EQ(this=column.copy(), expression=_value(value, kind))

    def ask(self, table: Table, index: Index, question: exp.Select) -> Answer:
        """Whether the index leaves out granules by itself: the others are switched off for the question."""
        name = table.rendered.indexes[index.name]
        others = [table.rendered.indexes[one.name] for one in table.rendered.design.indexes if one.name != index.name]
        alone = question.copy()
        if others:
            off = exp.Literal.string(", ".join(self._grammar.identifier(other).sql(dialect=self.dialect) for other in others))
            alone.set("settings", [exp.EQ(this=exp.column("ignore_data_skipping_indices"), expression=off)])
        query = alone.sql(dialect=self.dialect)
        with self._refusals():
            lines = self._server.query("EXPLAIN indexes = 1 " + query).column(0).to_pylist()
            plan = json.loads("".join(self._server.query("EXPLAIN json = 1, indexes = 1 " + query).column(0).to_pylist()))
        found = next((one for one in _indexes(plan[0]["Plan"]) if one.get("Name") == name), None)
        shown = question.sql(dialect=self.dialect, pretty=True)
        left_out, of = (found["Initial Granules"] - found["Selected Granules"], found["Initial Granules"]) if found else (0, 0)
        used = found is not None and left_out >= max(1, WORTH * of)
        return Answer(used, shown, "\n".join(lines), _why(found is not None, left_out, of))

    def drop(self, table: Table, index: Index) -> None:
        this = exp.Table(this=self._grammar.identifier(table.rendered.indexes[index.name]))
        action = exp.Drop(tables=[this], kind="INDEX")
        self._do(exp.Alter(this=self._grammar.table(table.rendered.name), kind="TABLE", actions=[action]))

    def bytes(self, table: Table) -> int:
        query = "SELECT sum(bytes_on_disk) AS b FROM system.parts WHERE active AND database = currentDatabase() AND table = {name:String}"
        with self._refusals():
            return int(self._server.query(query, {"name": table.rendered.name})["b"][0].as_py() or 0)


def _stage() -> exp.Table:
    return exp.to_table(exp.to_identifier(STAGE, quoted=True))


def _indexes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield from plan.get("Indexes", ())
    for child in plan.get("Plans", ()):
        yield from _indexes(child)


def _why(read: bool, left_out: int, of: int) -> Msg:
    if not read:
        return msg("The planner does not read it.")
    if not left_out:
        return msg("It leaves out none of {granules} granules.", granules=of)
    return msg("It leaves out {skipped} of {granules} granules.", skipped=left_out, granules=of)


def _value(value: str, kind: str) -> exp.Expression:
    """A literal of the column's type, without what only columns have."""
    plain = kind
    for wrapper in ("LowCardinality(", "Nullable("):
        plain = plain.removeprefix(wrapper).removesuffix(")") if plain.startswith(wrapper) else plain
    value = value.removesuffix("+00") if "Date" in plain else value
    return exp.Cast(this=exp.Literal.string(value), to=Dialect.type(plain))


# Ways there and back


def _wire(field: Field) -> str:
    """The type in which a column travels."""
    if field.form == "list":
        return "Array(Nullable(String))"
    return f"Nullable({NATIVE.get(field.type, 'String')})"


def outgoing(value: exp.Expression, field: Field) -> exp.Expression:
    """A value as it is sent: as it is, as its text, or as the texts of its elements."""
    if field.form == "list":
        return call("list_transform", value, _each(lambda element: _text(element, element_type(field))))
    if field.form == "document":
        return document(value)
    return value if field.type in NATIVE else _text(value, field.type)


def element_type(field: Field) -> str:
    return element(field.type)


def _each(change: Callable[[exp.Expression], exp.Expression]) -> exp.Lambda:
    return exp.Lambda(this=change(exp.column("e")), expressions=[exp.to_identifier("e")])


def _text(value: exp.Expression, kind: str) -> exp.Expression:
    if kind == "BLOB":
        return call("hex", value)
    if kind == "TIMESTAMP WITH TIME ZONE":
        # the session is in UTC: without the zone it is the moment there
        return call("regexp_replace", text(value), exp.Literal.string(r"\+00(?::00)*$"), exp.Literal.string(""))
    return text(value)


def incoming(value: exp.Expression, field: Field, kind: str) -> exp.Expression:
    """The ClickHouse expression that reads what was sent."""
    if field.form == "list" and element_type(field) == "BLOB":
        return call("arrayMap", _each(lambda one: call("unhex", one)), value)
    if field.type == "BLOB":
        return call("unhex", value)
    return exp.Cast(this=value, to=Dialect.type(kind))


def returning(column: exp.Expression, field: Field) -> exp.Expression:
    """The ClickHouse expression that hands a value back as text."""
    if field.form == "list":
        return call("toJSONString", call("arrayMap", _each(lambda one: _shown(one, element_type(field))), column))
    return _shown(column, field.type)


def _shown(value: exp.Expression, kind: str) -> exp.Expression:
    if kind == "BLOB":
        return call("concat", exp.Literal.string("\\x"), call("hex", value))
    return exp.Cast(this=value, to=Dialect.type("Nullable(String)"))


@contextmanager
def opened(folder: Path, task: Task) -> Iterator[Engine]:
    """A ClickHouse in `folder`; a cancelled task ends its process."""
    with embedded_clickhouse(folder, task) as server:
        yield ClickHouse(server)
