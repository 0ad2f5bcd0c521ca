"""Pipelines: kept, checked, previewed and run."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa

from connectors import registry
from core import pipeline as stage
from core.errors import ConfigError, UsageError
from core.models.pipeline import CheckedPipeline, Pipeline, RunResult, Sink, Source
from core.models.source import Settings
from core.pipeline import edit, to_yaml
from core.task import Task
from core.words import msg, plural
from core.workbench import connect, profile
from core.workbench.bench import Workbench

KIND = "pipeline"


def from_yaml(text: str) -> Pipeline:
    """A pipeline from its YAML. Raises `ConfigError` that names the line and the field."""
    return stage.read_yaml(text)


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
    return found


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
    first = next((table.name for table in connect.tables(wb, project) if table.landed), "")
    made = edit.new(Pipeline(name, ()), "source", first)[0]
    save(wb, project, made)
    return made


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


def delete(wb: Workbench, project: str, name: str) -> None:
    """Take a pipeline away; `restore` brings it back."""
    wb.store.versions.remove(project, KIND, name)


def restore(wb: Workbench, project: str, name: str) -> None:
    wb.store.versions.restore(project, KIND, name)


def suggest(wb: Workbench, project: str) -> Pipeline:
    """A starting pipeline worked out from the profile, saved under a free name."""
    made = stage.suggest(profile.current(wb, project))
    free, number = made.name, 2
    while free in names(wb, project):
        free, number = f"{made.name}_{number}", number + 1
    made = Pipeline(free, made.nodes, made.version, made.layout)
    save(wb, project, made)
    return made


# Checking and looking


def check(wb: Workbench, project: str, pipeline: Pipeline) -> CheckedPipeline:
    """The pipeline bound to the tables of the project: columns of every node, and what is wrong."""
    tables = {table.name: table.landed.schema for table in connect.tables(wb, project) if table.landed}
    return stage.check(pipeline, tables)


def sql(wb: Workbench, project: str, pipeline: Pipeline, node: str | None = None) -> str:
    """The SQL of the whole pipeline, or up to one node."""
    return stage.sql(check(wb, project, pipeline), node)


def preview(wb: Workbench, project: str, pipeline: Pipeline, node: str, limit: int = 100) -> pa.Table:
    """The first rows that a node gives."""
    return stage.preview(check(wb, project, pipeline), _files(wb, project, pipeline), node, Task(), limit)


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
    checked = check(wb, project, pipeline)
    if not checked.sound:
        first = checked.problems[0]
        raise ConfigError(
            plural("The pipeline has {n} problem", "The pipeline has {n} problems", n=len(checked.problems)),
            msg("{node}: {what}", node=first.node or pipeline.name, what=first.what),
            first.fix,
        )
    folder = base or wb.store.workspace.out(project)
    _spare_sources(wb, project, pipeline, folder)

    def write(sink: Sink, batches: Iterator[pa.RecordBatch], schema: pa.Schema, part: Task) -> str:
        return _write(wb, sink, batches, schema, part, folder)

    result = stage.run(checked, _files(wb, project, pipeline), write, task, clock=wb.store.clock, spill=wb.store.workspace.spill)
    wb.store.versions.put(project, "run", pipeline.name, result)
    return result


def _spare_sources(wb: Workbench, project: str, pipeline: Pipeline, folder: Path) -> None:
    """Raise `ConfigError` for a sink that would write over a file that a table of the project was read from."""
    read = {connect.file_of(table.source) for table in connect.tables(wb, project)}
    for node in pipeline.nodes:
        if isinstance(node, Sink) and node.target == "file" and (folder / node.path).resolve() in read:
            raise ConfigError(
                msg("{node} would write over {file}", node=node.id, file=Path(node.path).name),
                msg("A table of the project was read from this file: its rows could not be read again."),
                msg("Give the sink another path."),
            )


def runs(wb: Workbench, project: str, name: str | None = None) -> tuple[RunResult, ...]:
    """Finished runs, the newest first."""
    chosen = (name,) if name else wb.store.versions.names(project, "run")
    found = [run for one in chosen for run in wb.store.versions.history(project, "run", one, RunResult)]
    return tuple(sorted(found, key=lambda run: run.started, reverse=True))


def _write(wb: Workbench, sink: Sink, batches: Iterator[pa.RecordBatch], schema: pa.Schema, task: Task, folder: Path) -> str:
    if sink.target == "postgres":
        place, path = _postgres(wb, sink)
        with registry.open_connector("postgres", place) as target:
            return target.write(path, batches, schema, sink.mode, task)
    return write_file(folder / sink.path, batches, schema, sink.mode, task)


def write_file(file: Path, batches: Iterator[pa.RecordBatch], schema: pa.Schema, mode: str, task: Task) -> str:
    """Write rows to a file whose suffix names the format. Raises `UsageError` for a suffix that is no format."""
    kind = kind_written(file)
    # Not opened first: opening a file kind means finding the file, and this one need not exist yet.
    return registry.open_connector(kind, {"path": str(file)}).write((file.name,), batches, schema, mode, task)


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


def _postgres(wb: Workbench, sink: Sink) -> tuple[Settings, tuple[str, str]]:
    saved = wb.store.connections.named(sink.connection)
    if saved is None:
        raise ConfigError(
            msg("There is no saved connection {name}", name=sink.connection or "—"),
            msg("The sink {node} writes to PostgreSQL through it.", node=sink.id),
            msg("Save a PostgreSQL connection under this name in the Connect step, or choose another one in the sink."),
        )
    schema, _, table = sink.table.rpartition(".")
    return connect.settings_of(wb, saved.id), (schema or "public", table)


__all__ = [
    "check",
    "create",
    "delete",
    "edit",
    "from_yaml",
    "get",
    "kind_written",
    "names",
    "preview",
    "redo",
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
