"""Pipelines: kept, checked, previewed and run."""

from __future__ import annotations

import posixpath
from collections.abc import Container, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow as pa

from connectors import registry
from connectors.files.write import no_append
from core import pipeline as stage
from core.errors import AssayError, ConfigError, UsageError
from core.models.pipeline import CheckedPipeline, Pipeline, Problem, RunResult, Sink, Source
from core.models.source import Settings
from core.pipeline import edit, to_yaml
from core.pipeline.steps.sink import OF_FILES
from core.store.files import named, real
from core.task import Task
from core.words import msg, plural
from core.workbench import connect, profile
from core.workbench.bench import Workbench

KIND = "pipeline"


def from_yaml(text: str) -> Pipeline:
    """A pipeline from its YAML. Raises `ConfigError` that names the line and the field."""
    return stage.read_yaml(text)


lines = stage.lines
"""Step → its line in the YAML."""


# Keeping


def names(wb: Workbench, project: str) -> tuple[str, ...]:
    """The pipelines of a project, the first made first."""
    return wb.store.versions.names(project, KIND)


def get(wb: Workbench, project: str, name: str) -> Pipeline:
    """Raises `ConfigError` where there is none of this name."""
    found = wb.store.versions.get(project, KIND, name, Pipeline)
    if found is None:
        raise ConfigError(
            msg("There is no pipeline {name}", name=name),
            msg("It was removed or renamed."),
            msg("Choose another one, or make a new one."),
        )
    # One that made room for another of its name is still called in its text as it was.
    return replace(found, name=name)


def removed(wb: Workbench, project: str) -> tuple[str, ...]:
    """The pipelines that `restore` brings back, the last deleted first."""
    return wb.store.versions.removed(project, KIND)


def revision(wb: Workbench, project: str, name: str) -> int:
    """The number of the version at the head: it changes with every change, undo and redo."""
    version = wb.store.versions.made_at(project, KIND, name)
    return version.number if version else 0


def create(wb: Workbench, project: str, name: str) -> Pipeline:
    """A new pipeline that reads the first table. Raises `ConfigError` for a name that is empty or taken."""
    name = name.strip()
    if not name or name in names(wb, project):
        raise ConfigError(
            msg("The pipeline cannot have this name"),
            msg("A name is not empty and no two pipelines of a project share one."),
            msg("Choose another name."),
        )
    _make_room(wb, project, name)
    first = next((table.name for table in connect.tables(wb, project) if table.landed), "")
    made = edit.new(Pipeline(name, ()), "source", first)[0]
    save(wb, project, made)
    return made


def _make_room(wb: Workbench, project: str, name: str) -> None:
    """Give a deleted pipeline of this name another one, with its runs: a new pipeline must not inherit its versions, nor end it."""
    gone = wb.store.versions.removed(project, KIND)
    if name in gone:
        free = _free(name, {*gone, *names(wb, project), *wb.store.versions.names(project, "run")})
        wb.store.versions.rename(project, KIND, name, free)
        wb.store.versions.rename(project, "run", name, free)


def _free(name: str, taken: Container[str]) -> str:
    """The name, or the first of name_2, name_3, … that is not taken."""
    return next(one for one in (name, *(f"{name}_{n}" for n in range(2, 10**6))) if one not in taken)


def save(wb: Workbench, project: str, pipeline: Pipeline) -> None:
    """Keep a new version (nothing happens when it equals the last one)."""
    if wb.store.versions.get(project, KIND, pipeline.name, Pipeline) != pipeline:
        wb.store.versions.put(project, KIND, pipeline.name, pipeline)


def undo(wb: Workbench, project: str, name: str) -> Pipeline | None:
    """Go back one version; None where there is no older one."""
    return get(wb, project, name) if wb.store.versions.move(project, KIND, name, -1) else None


def redo(wb: Workbench, project: str, name: str) -> Pipeline | None:
    """Go forward one version; None where there is no newer one."""
    return get(wb, project, name) if wb.store.versions.move(project, KIND, name, +1) else None


def can_move(wb: Workbench, project: str, name: str) -> tuple[bool, bool]:
    """Whether there is something to undo, and something to redo."""
    return wb.store.versions.reach(project, KIND, name)


def add(pipeline: Pipeline, kind: str, after: str, column: str = "", *, branch: bool = False) -> tuple[Pipeline, str]:
    """A new step after another (for a source: of a table); returns the pipeline and the id of the step.

    It goes into the line: what read the step before it reads the new one. As a `branch`, and for a sink, which gives no rows on, the
    others stay as they are.
    """
    made, node = edit.new(pipeline, kind, after, column)
    followers = (
        [] if branch or kind in ("source", "sink") else [reader for before, reader in edit.edges(pipeline) if before == after]
    )
    if not followers:
        return made, node
    for reader in dict.fromkeys(followers):
        made = edit.disconnect(made, after, reader)
    for reader in followers:
        made = edit.connect(made, node, reader)
    return _shifted(made, after, node), node


def _shifted(pipeline: Pipeline, after: str, node: str) -> Pipeline:
    """The new step beside the one it reads, and all that comes behind it one place on."""
    behind, places = {node}, edit.placed(pipeline)
    for _ in pipeline.nodes:
        behind |= {reader for before, reader in edit.edges(pipeline) if before in behind}
    moved = {one: (places[one][0] + edit.STEP_X, places[one][1]) for one in behind}
    return replace(pipeline, layout={**places, **moved, node: (places[after][0] + edit.STEP_X, places[after][1])})


def delete(wb: Workbench, project: str, name: str) -> None:
    """Take a pipeline away with its runs; `restore` brings them back."""
    for kind in (KIND, "run"):
        wb.store.versions.remove(project, kind, name)


def restore(wb: Workbench, project: str, name: str) -> None:
    for kind in (KIND, "run"):
        wb.store.versions.restore(project, kind, name)


def suggest(wb: Workbench, project: str) -> Pipeline:
    """A starting pipeline worked out from the profile, saved under a free name."""
    made = stage.suggest(profile.current(wb, project))
    free = _free(made.name, names(wb, project))
    _make_room(wb, project, free)
    made = replace(made, name=free)
    save(wb, project, made)
    return made


# Checking and looking


def check(wb: Workbench, project: str, pipeline: Pipeline, *, base: Path | None = None) -> CheckedPipeline:
    """The pipeline bound to the tables of the project: columns of every node, and what is wrong, with the places its sinks write to.

    Relative paths of file sinks lie under `base`, as in `run`.
    """
    bound = _bound(wb, project, pipeline)
    folder = base or wb.store.workspace.out(project)
    return replace(bound, problems=(*bound.problems, *_sink_problems(wb, project, bound, folder)))


def _bound(wb: Workbench, project: str, pipeline: Pipeline) -> CheckedPipeline:
    tables = {table.name: table.landed.schema for table in connect.tables(wb, project) if table.landed}
    return stage.check(pipeline, tables)


def _sink_problems(wb: Workbench, project: str, bound: CheckedPipeline, folder: Path) -> Iterator[Problem]:
    """What the world says of the sinks that the stage found nothing wrong with."""
    nodes, wrong = bound.pipeline.nodes, {problem.node for problem in bound.problems}
    if nodes and not any(isinstance(node, Sink) for node in nodes):
        yield Problem("", msg("It writes nothing: it has no sink."), msg("Add a sink after the last step."))
    sinks = [node for node in nodes if isinstance(node, Sink) and node.id not in wrong]
    for sink in sinks:
        for rule in (_connection_is_known, _appends_to_a_table, _spares_sources):
            try:
                rule(wb, project, sink, folder)
            except AssayError as error:
                yield Problem(sink.id, msg("{what}. {why}", what=error.what, why=error.why), error.fix)
                break
    yield from _shared_files(sinks, folder)


def sql(wb: Workbench, project: str, pipeline: Pipeline, node: str | None = None) -> str:
    """The SQL of the whole pipeline, or up to one node."""
    return stage.sql(_bound(wb, project, pipeline), node)


def preview(wb: Workbench, project: str, pipeline: Pipeline, node: str, limit: int = 100) -> pa.Table:
    """The first rows that a node gives."""
    return stage.preview(_bound(wb, project, pipeline), _files(wb, project, pipeline), node, Task(), limit)


def _files(wb: Workbench, project: str, pipeline: Pipeline) -> dict[str, tuple[str, ...]]:
    read = {node.table for node in pipeline.nodes if isinstance(node, Source)}
    return {table.name: connect.files_of(table) for table in connect.tables(wb, project) if table.landed and table.name in read}


# Running


def start(wb: Workbench, project: str, name: str) -> str:
    """Start a job that runs a pipeline; returns its id."""
    get(wb, project, name)
    return wb.submit("run", project, msg("Run {name}", name=name), {"project": project, "name": name})


def work(wb: Workbench, task: Task, args: dict[str, Any]) -> list[list[str]]:
    result = run(wb, args["project"], get(wb, args["project"], args["name"]), task)
    return [list(pair) for pair in result.wrote]


def run(wb: Workbench, project: str, pipeline: Pipeline, task: Task, *, base: Path | None = None) -> RunResult:
    """Run now and keep the result. Relative paths of file sinks lie under `base` (the project's `out` folder by default)."""
    folder = base or wb.store.workspace.out(project)
    checked = check(wb, project, pipeline, base=folder)
    if not checked.sound:
        first = checked.problems[0]
        raise ConfigError(
            plural("The pipeline has {n} problem", "The pipeline has {n} problems", n=len(checked.problems)),
            msg("{node}: {what}", node=first.node or pipeline.name, what=first.what),
            first.fix,
        )

    def write(sink: Sink, batches: Iterator[pa.RecordBatch], schema: pa.Schema, part: Task) -> str:
        return _write(wb, sink, batches, schema, part, folder)

    result = stage.run(checked, _files(wb, project, pipeline), write, task, clock=wb.store.clock, spill=wb.store.workspace.spill)
    wb.store.versions.put(project, "run", pipeline.name, result)
    return result


# What a sink must be. Each raises the `AssayError` that the run would meet.


def _connection_is_known(wb: Workbench, project: str, sink: Sink, folder: Path) -> None:
    if sink.target != "file":
        _place(wb, sink)


def _appends_to_a_table(wb: Workbench, project: str, sink: Sink, folder: Path) -> None:
    if sink.target in OF_FILES and sink.mode != "replace" and kind_written(Path(sink.path)) != "parquet":
        raise no_append(Path(sink.path))


def _spares_sources(wb: Workbench, project: str, sink: Sink, folder: Path) -> None:
    read = {file for table in connect.tables(wb, project) for file in connect.files_read(table.source)}
    if sink.target == "file" and real(file_of_sink(folder, sink)) in read:
        raise ConfigError(
            msg("{node} would write over {file}", node=sink.id, file=Path(sink.path).name),
            msg("A table of the project was read from this file: its rows could not be read again."),
            msg("Give the sink another path."),
        )


def _shared_files(sinks: list[Sink], folder: Path) -> Iterator[Problem]:
    """Sinks whose paths differ and lead to one file; those with one path are known to the stage."""
    written: dict[Path, Sink] = {}
    for sink in sinks:
        if sink.target != "file":
            continue
        other = written.setdefault(real(file_of_sink(folder, sink)), sink)
        if other is not sink and sink.mode == "replace" and posixpath.normpath(other.path) != posixpath.normpath(sink.path):
            yield Problem(
                sink.id,
                msg(
                    "{node} and {other} write to one file: both paths lead to {file}.",
                    node=sink.id,
                    other=other.id,
                    file=Path(sink.path).name,
                ),
                msg("Give the sink another path."),
            )


def last_run(wb: Workbench, project: str, name: str) -> RunResult | None:
    """The newest finished run of a pipeline; None where it has not run."""
    return wb.store.versions.get(project, "run", name, RunResult)


def runs(wb: Workbench, project: str, name: str | None = None) -> tuple[RunResult, ...]:
    """Finished runs, the newest first."""
    chosen = [one for one in wb.store.versions.names(project, "run") if name in (None, one)]
    found = [run for one in chosen for run in wb.store.versions.history(project, "run", one, RunResult)]
    return tuple(sorted(found, key=lambda run: run.started, reverse=True))


def _write(wb: Workbench, sink: Sink, batches: Iterator[pa.RecordBatch], schema: pa.Schema, task: Task, folder: Path) -> str:
    if sink.target == "file":
        return write_file(file_of_sink(folder, sink), batches, schema, sink.mode, task, sink.keys)
    settings, path = _place(wb, sink)
    with registry.open_connector(sink.target, settings) as target:
        return target.write(path, batches, schema, sink.mode, task, sink.keys)


def file_of_sink(folder: Path, sink: Sink) -> Path:
    """The file of a sink: `~` is the home folder, as it is in the path of a source; a relative path lies under `folder`.

    Raises `UsageError` where the path can be none.
    """
    return folder / named(sink.path)


def write_file(
    file: Path, batches: Iterator[pa.RecordBatch], schema: pa.Schema, mode: str, task: Task, keys: tuple[str, ...] = ()
) -> str:
    """Write rows to a file whose suffix names the format. Raises `UsageError` for a suffix that is no format."""
    kind = kind_written(file)
    # Not opened first: opening a file kind means finding the file, and this one need not exist yet.
    return registry.open_connector(kind, {"path": str(file)}).write((file.name,), batches, schema, mode, task, keys)


def kind_written(file: Path) -> str:
    """The kind that writes a file of this name. Raises `UsageError` where none does."""
    kind = {".parquet": "parquet", ".csv": "csv", ".ndjson": "json", ".jsonl": "json"}.get(file.suffix.lower())
    if kind is None:
        raise UsageError(
            msg("The format of {name} is not known", name=file.name),
            msg("The suffix of the file names the format."),
            msg("End the name in .parquet, .csv or .ndjson."),
        )
    return kind


def _place(wb: Workbench, sink: Sink) -> tuple[Settings, tuple[str, ...]]:
    """The settings of a sink's connection and the path in it. Raises `ConfigError` for a connection that is not there."""
    saved = wb.store.connections.named(sink.connection)
    if saved is None or saved.kind != sink.target:
        raise ConfigError(
            msg("There is no saved connection {name} of the kind {kind}", name=sink.connection or "—", kind=sink.target),
            msg("The sink {node} writes through it.", node=sink.id),
            msg("Save one under this name in the Connect step, or choose another one in the sink."),
        )
    settings = connect.settings_of(wb, saved.id)
    if sink.target in OF_FILES:
        return settings, tuple(part for part in sink.path.split("/") if part)
    if sink.target == "kafka":
        return settings, (sink.table,)
    schema, _, table = sink.table.rpartition(".")
    if sink.target == "spark":
        catalog, _, schema = schema.rpartition(".")
        return settings, (catalog or str(settings.get("catalog") or "spark_catalog"), schema or "default", table)
    usual = "public" if sink.target == "postgres" else str(settings.get("database") or "default")
    return settings, (schema or usual, table)


__all__ = [
    "add",
    "can_move",
    "check",
    "create",
    "delete",
    "edit",
    "file_of_sink",
    "from_yaml",
    "get",
    "kind_written",
    "last_run",
    "lines",
    "names",
    "preview",
    "redo",
    "removed",
    "restore",
    "revision",
    "run",
    "runs",
    "save",
    "sql",
    "start",
    "suggest",
    "to_yaml",
    "undo",
    "work",
    "write_file",
]
