"""The work of the DDL stage: look, design, write, prove."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path

import duckdb

from core.ddl import design, verify
from core.ddl.dialects import dialect, names
from core.ddl.dialects.base import Dialect, Rendered
from core.ddl.look import look
from core.ddl.together import Together
from core.ddl.verify import compare, prove
from core.ddl.verify.sample import Drawn, draw
from core.engines.duck import duck
from core.engines.errors import EngineError
from core.errors import UnsupportedError
from core.models.design import Ddl, Design, Proof, TableDesign
from core.models.profile import Profile
from core.task import Task
from core.words import Msg, msg


@dataclass(frozen=True, slots=True)
class _Ready:
    """What the engines wait for while they start."""

    tables: tuple[TableDesign, ...]
    drawn: Mapping[str, Drawn]


@dataclass(frozen=True, slots=True)
class _Outcome:
    """What became of one dialect: its DDL, and its proof or why there is none."""

    rendered: tuple[Rendered, ...]
    proof: Proof | None = None
    unproven: Msg | None = None


def make(profile: Profile, task: Task, *, prove: bool = True, folder: Path, dialects: tuple[str, ...] | None = None) -> Design:
    """Design the tables of a profile, write their DDL, and prove it on the engines that run here.

    `folder` is scratch space for engines. With `prove` the DDL is without the indexes that the planner did not use. An engine
    that cannot run here leaves a note on its DDL; one that refuses or dies leaves a proof that says so. Raises `ConfigError`
    for an unknown dialect and `Cancelled`.
    """
    chosen = [dialect(name) for name in dict.fromkeys(dialects or names())]
    with duck(task) as local:
        if prove:
            return _proven(profile, chosen, local, folder, task)
        tables = design.tables(profile, look(local, profile, task))
    return _assembled(tables, [_Outcome(one.render(tables)) for one in chosen])


def _assembled(tables: tuple[TableDesign, ...], outcomes: Sequence[_Outcome]) -> Design:
    return Design(
        tables=tables,
        ddl=tuple(ddl for outcome in outcomes for ddl in _ddl(outcome)),
        proofs=tuple(outcome.proof for outcome in outcomes if outcome.proof is not None),
    )


def _ddl(outcome: _Outcome) -> list[Ddl]:
    more = (outcome.unproven,) if outcome.unproven is not None else ()
    return [replace(one.ddl, notes=(*one.ddl.notes, *more)) for one in outcome.rendered]


def _proven(profile: Profile, chosen: Sequence[Dialect], local: duckdb.DuckDBPyConnection, folder: Path, task: Task) -> Design:
    """Engines start on threads of their own while the sample is taken; then each proves its dialect."""
    ready: Future[_Ready] = Future()
    compare.prepare(local)
    parts = Together(task.part(0.3, 1.0), len(chosen))
    with ThreadPoolExecutor(len(chosen), thread_name_prefix="assay-proof") as pool:
        running = []
        for number, one in enumerate(chosen):
            running.append(pool.submit(_one, one, prove.session(local), ready, folder / one.name, parts.task(number)))
        try:
            ready.set_result(_sampled(profile, local, task.part(0.0, 0.3)))
        except BaseException as error:
            ready.set_exception(error)
        outcomes = [future.result() for future in running]
    return _assembled(ready.result().tables, outcomes)


def _sampled(profile: Profile, local: duckdb.DuckDBPyConnection, task: Task) -> _Ready:
    tables = design.tables(profile, look(local, profile, task.part(0.0, 0.4)))
    return _Ready(tables, draw(local, profile, tables, task.part(0.4, 1.0)))


def _one(one: Dialect, local: duckdb.DuckDBPyConnection, ready: Future[_Ready], folder: Path, task: Task) -> _Outcome:
    """The outcome of one dialect."""
    opener = verify.opener(one.name)
    with ExitStack() as stack:
        stack.callback(local.close)
        stack.enter_context(task.interruptible(local.interrupt))
        version = verify.engine_name(one.name)
        try:
            if opener is None:
                raise _no_engine(one)
            engine = stack.enter_context(opener(folder, task))
            version = engine.version
            found = ready.result()
            rendered = one.render(found.tables)
            if not found.drawn:
                return _Outcome(rendered, unproven=msg("Not executed: the rows behind the profile are not here."))
            proof = prove.prove(engine, rendered, dict(found.drawn), local, task)
        except UnsupportedError as error:
            return _Outcome(
                one.render(ready.result().tables), unproven=msg("Not executed: {what}. {why}", what=error.what, why=error.why)
            )
        except EngineError as error:
            task.check()
            rendered = one.render(ready.result().tables)
            return _Outcome(rendered, prove.failed(one.name, version, rendered, str(error)))
        return _Outcome(one.render(found.tables, dropped(proof)), proof)


def _no_engine(one: Dialect) -> UnsupportedError:
    return UnsupportedError(
        msg("No engine of {dialect} runs here", dialect=one.name),
        msg("Assay has none of its own."),
        msg("Run the DDL on a server of yours."),
    )


def dropped(proof: Proof) -> frozenset[str]:
    """The indexes (names of the design) that a planner did not use."""
    return frozenset(index.index for table in proof.tables for index in table.indexes if index.status == "dropped")
