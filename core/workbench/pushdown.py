"""Tables that stay on their server: their profiles, computed there, and kept with the project."""

from __future__ import annotations

import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from core.engines.duck import duck
from core.errors import UnsupportedError
from core.models import privacy as private
from core.models.profile import ColumnProfile, TableProfile
from core.models.source import Column, Landed, LandedColumn, Source
from core.profile import meaning
from core.profile import pushdown as there
from core.profile.patterns import patterns
from core.task import Task
from core.words import msg
from core.workbench import landing
from core.workbench.bench import Workbench

KIND = "pushdown"
SAMPLE = 1_000
"""Rows that come here all the same: what the values mean, and their shapes, is told by them."""

KINDS = ("postgres", "clickhouse", "spark")
"""Servers that can be asked."""


def start(wb: Workbench, project: str, sources: tuple[Source, ...]) -> str:
    """Start a job that profiles tables where they are; returns its id."""
    args = {"project": project, "sources": [landing.plain(source) for source in sources]}
    return wb.submit("pushdown", project, msg("Profile on the server"), args)


def work(wb: Workbench, task: Task, args: dict[str, Any]) -> None:
    sources = [landing.source_of(item) for item in args["sources"]]
    for place, source in enumerate(sources):
        take(wb, args["project"], source, task.part(place / len(sources), (place + 1) / len(sources)))


def take(wb: Workbench, project: str, source: Source, task: Task) -> TableProfile:
    """Profile a table where it is and keep the result. Raises `UnsupportedError` for a kind that cannot be asked, and what asking raises."""
    name = ".".join(source.path)
    if source.kind not in KINDS:
        raise UnsupportedError(
            msg("{name} cannot be profiled where it is", name=name),
            msg("Only servers that speak SQL can count for themselves: {kinds}.", kinds=", ".join(KINDS)),
            msg("Load the table; its profile is taken here then."),
        )
    with landing.opened(wb, source) as opened:
        sample = opened.preview(source.path, SAMPLE)
        server = opened.asked(source.path, task)  # type: ignore[attr-defined]
        try:
            found = there.profile(name, opened.schema(source.path), server, task, wb.store.clock())
        finally:
            server.close()
    found = _meant(found, sample, task)
    wb.store.versions.put(project, KIND, name, found)
    return found


def known(wb: Workbench, project: str) -> bool:
    """Whether there is such a profile."""
    return bool(wb.store.versions.names(project, KIND))


def kept(wb: Workbench, project: str) -> tuple[TableProfile, ...]:
    """The profiles that were computed on servers, personal values masked."""
    found = (wb.store.versions.get(project, KIND, name, TableProfile) for name in wb.store.versions.names(project, KIND))
    return tuple(shown(one) for one in found if one is not None)


def forget(wb: Workbench, project: str, name: str) -> None:
    wb.store.versions.remove(project, KIND, name)


def shown(found: TableProfile) -> TableProfile:
    """The profile as it may be shown: values of personal columns masked."""
    return private.hidden_table(found)


def _meant(found: TableProfile, sample: pa.Table, task: Task) -> TableProfile:
    """The profile with what a sample says of meanings and shapes, and the bytes of the sample counted as moved."""
    with tempfile.TemporaryDirectory(prefix="assay-sample-") as folder, duck(task) as local:
        file = Path(folder) / "sample.parquet"
        pq.write_table(sample, file)
        by_name = {column.name: column for column in found.columns if column.name in sample.column_names}
        described = {
            line[0]: line[1]
            for line in local.execute("DESCRIBE SELECT * FROM read_parquet($file)", {"file": str(file)}).fetchall()
        }
        small = tuple(
            replace(one, type=described[one.name], rows=sample.num_rows, nulls=sample.column(one.name).null_count)
            for one in by_name.values()
        )
        landed = Landed(
            (str(file),),
            tuple(LandedColumn(Column(one.name, one.type)) for one in small),
            sample.num_rows,
            file.stat().st_size,
            0,
        )
        meanings = {one.name: one.meanings for one in meaning.recognise(local, landed, small, task)}
    columns = tuple(replace(one, meanings=meanings.get(one.name, ()), **_shapes(one, sample)) for one in found.columns)
    return replace(found, columns=columns, moved=(found.moved or 0) + sample.nbytes)


def _shapes(one: ColumnProfile, sample: pa.Table) -> dict[str, Any]:
    """The masks of the texts of the sample."""
    if one.length_max is None or one.name not in sample.column_names:
        return {}
    counts = [(pair["values"], pair["counts"]) for pair in sample.column(one.name).drop_null().value_counts().to_pylist()]
    return {"patterns": patterns([(str(value), count) for value, count in counts]), "patterns_sampled": sample.num_rows}
