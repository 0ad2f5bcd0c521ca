"""The proof of one dialect: make the tables, load the sample, read it back, ask the planner about every index."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

import duckdb
from sqlglot import exp

from core.ddl.dialects.base import Rendered
from core.ddl.kinds import plain_list
from core.ddl.verify.compare import Field, Form, differences
from core.ddl.verify.engine import Engine, Refused, Table
from core.ddl.verify.sample import Drawn
from core.engines.duck import sql
from core.models.design import Index, IndexProof, Proof, TableProof
from core.models.types import family
from core.task import Task
from core.words import Msg, msg


@dataclass(slots=True)
class _State:
    """How far a table is."""

    table: Table
    proof: TableProof
    seconds: float = 0.0
    indexes: list[IndexProof] = field(default_factory=list)


def prove(
    engine: Engine, rendered: Sequence[Rendered], drawn: dict[str, Drawn], local: duckdb.DuckDBPyConnection, task: Task
) -> Proof:
    """The proof of tables on a running engine. A table that the engine refuses is reported, not raised; `EngineError` is raised."""
    states = [
        _State(_table(one, drawn[one.design.name]), _not_yet(one.design.name)) for one in rendered if one.design.name in drawn
    ]
    for number, state in enumerate(states):
        task.at(
            0.2 * number / len(states), msg("{engine}: creating {table}", engine=engine.version, table=state.table.rendered.name)
        )
        _attempt(state, lambda state=state: engine.run(state.table.rendered.ddl.statements))
    _load(engine, states, local, task)
    for number, state in enumerate(states):
        share = 0.4 + 0.6 * number / len(states)
        task.at(
            share,
            msg("{engine}: reading {table} back, asking the planner", engine=engine.version, table=state.table.rendered.name),
        )
        if state.proof.executed:
            _attempt(state, lambda state=state: _finish(engine, state, local))
    proofs = tuple(replace(state.proof, indexes=tuple(state.indexes), seconds=state.seconds) for state in states)
    return Proof(engine.dialect, engine.version, proofs, sum(state.table.drawn.rows for state in states))


def failed(dialect: str, name: str, rendered: Sequence[Rendered], error: str) -> Proof:
    """The proof of an engine that died or did not start: no table was executed."""
    return Proof(dialect, name, tuple(replace(_not_yet(one.design.name), error=error) for one in rendered), 0)


def _not_yet(table: str) -> TableProof:
    return TableProof(table, executed=False, rows_loaded=0, rows_equal=False)


def _attempt(state: _State, work: Callable[[], None]) -> bool:
    """Do a step of a table; what the engine refuses is written down. Whether it went well."""
    began = time.perf_counter()
    try:
        work()
    except Refused as refusal:
        state.proof = replace(state.proof, executed=False, error=str(refusal))
        return False
    else:
        state.proof = replace(state.proof, executed=True)
        return True
    finally:
        state.seconds += time.perf_counter() - began


def _load(engine: Engine, states: Sequence[_State], local: duckdb.DuckDBPyConnection, task: Task) -> None:
    """Load all tables, parents first. What is checked only at the end may fail for all of them."""
    try:
        with engine.loading():
            for number, state in enumerate(states):
                task.at(
                    0.2 + 0.2 * number / len(states),
                    msg("{engine}: loading {table}", engine=engine.version, table=state.table.rendered.name),
                )
                if state.proof.executed and _attempt(state, lambda state=state: engine.load(state.table, local)):
                    state.proof = replace(state.proof, rows_loaded=state.table.drawn.rows)
    except Refused as refusal:
        for state in states:
            state.proof = replace(state.proof, executed=False, rows_loaded=0, error=state.proof.error or str(refusal))


def _finish(engine: Engine, state: _State, local: duckdb.DuckDBPyConnection) -> None:
    table = state.table
    back = f"{table.drawn.name}_{engine.dialect}"
    engine.read(table, local, back)
    found = differences(local, table.drawn.name, back, table.fields)
    local.execute(sql(exp.Drop(tables=[exp.to_table(back)], kind="TABLE")))
    found = engine.explained(table, local, found)
    state.proof = replace(state.proof, rows_equal=not found, differences=found)
    engine.settle(table)
    for index in table.rendered.design.indexes:
        proof = _index(engine, table, index, local)
        state.indexes.append(proof)
        if proof.status == "dropped":
            engine.drop(table, index)
    state.proof = replace(state.proof, bytes=engine.bytes(table))


def _index(engine: Engine, table: Table, index: Index, local: duckdb.DuckDBPyConnection) -> IndexProof:
    """Ask the planner; the first question that it answers with the index keeps it."""
    answer = None
    for question in engine.questions(table, index, local):
        answer = engine.ask(table, index, question)
        if answer.used:
            return IndexProof(index.name, "kept", answer.query, answer.plan, answer.because)
    if answer is None:
        return IndexProof(index.name, "not tried", "", "", msg("The sample holds no value to ask about."))
    if index.kind == "unique":
        return IndexProof(index.name, "kept", answer.query, answer.plan, _enforces(answer.because))
    return IndexProof(index.name, "dropped", answer.query, answer.plan, answer.because)


def _enforces(because: Msg) -> Msg:
    return msg("It keeps the values unique. {because}", because=because)


def _table(rendered: Rendered, drawn: Drawn) -> Table:
    fields = tuple(_field(rendered, column.name, drawn.types[column.name]) for column in rendered.design.columns)
    return Table(rendered, drawn, fields)


def _field(rendered: Rendered, name: str, type_name: str) -> Field:
    kind = rendered.types[name]
    form: Form = "plain"
    if plain_list(type_name) and (kind.endswith("[]") or kind.startswith("Array(")):
        form = "list"
    elif family(type_name) in ("json", "nested"):
        form = "document"
    return Field(name, type_name, form, exact=form == "document" and kind != "jsonb")


def session(connection: duckdb.DuckDBPyConnection) -> duckdb.DuckDBPyConnection:
    """A connection of its own for a thread, on the same tables and with the same settings."""
    local = connection.cursor()
    local.execute("SET TimeZone = 'UTC'")
    return local
