"""Tables that stay on their server: their profiles, computed there, and kept with the project."""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from contextlib import closing
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from time import perf_counter
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from sqlglot import exp

from connectors.base import Connector
from core.engines.duck import duck
from core.errors import UnsupportedError
from core.models import privacy as private
from core.models.drift import Drift
from core.models.profile import ColumnProfile, ForeignKey, Profile, TableProfile
from core.models.source import Column, Item, Landed, LandedColumn, Source
from core.profile import meaning
from core.profile import pushdown as there
from core.profile.drift import compare
from core.profile.patterns import patterns
from core.task import Task
from core.words import msg
from core.workbench import landing
from core.workbench.bench import Workbench

KIND = "server-profile"
SAMPLE = 1_000
"""Rows that come here all the same: what the values mean, and their shapes, is told by them."""

KINDS = ("postgres", "clickhouse", "spark")
"""Servers that can be asked."""

PLACE = ("host", "port", "database", "folder")
"""The settings that tell which server it is: two of them may hold a table of the same path."""


def start(wb: Workbench, project: str, sources: tuple[Source, ...]) -> str:
    """Start a job that profiles tables where they are; returns its id."""
    args = {"project": project, "sources": [landing.plain(source) for source in sources]}
    return wb.submit("pushdown", project, msg("Profile on the server"), args)


def work(wb: Workbench, task: Task, args: dict[str, Any]) -> None:
    take(wb, args["project"], [landing.source_of(item) for item in args["sources"]], task)


def take(wb: Workbench, project: str, sources: Sequence[Source], task: Task) -> Profile:
    """Profile tables where they are, seek relations between those of one server, and keep what is found.

    Raises `UnsupportedError` for a kind that cannot be asked, and what asking raises.
    """
    for source in sources:
        if source.kind not in KINDS:
            raise UnsupportedError(
                msg("{name} cannot be profiled where it is", name=_name(source)),
                msg("Only servers that speak SQL can count for themselves: {kinds}.", kinds=", ".join(KINDS)),
                msg("Load the table; its profile is taken here then."),
            )
    begun, found = wb.store.clock(), {}
    servers = _by_server(sources)
    for place, one in enumerate(servers):
        found |= _one_server(wb, one, begun, task.part(place / len(servers), (place + 1) / len(servers)))
    _keep(wb, project, found)
    called = _called(wb.store.versions.names(project, KIND))
    return _together(found, called, begun, (wb.store.clock() - begun).total_seconds())


def _name(source: Source) -> str:
    return ".".join(source.path)


def _by_server(sources: Sequence[Source]) -> list[list[Source]]:
    """The sources of each server, as far as their settings tell that it is one."""
    servers: dict[tuple, list[Source]] = {}
    for source in dict.fromkeys(sources):
        servers.setdefault((source.kind, source.settings, source.connection), []).append(source)
    return list(servers.values())


def _one_server(wb: Workbench, sources: Sequence[Source], begun: datetime, task: Task) -> dict[str, Profile]:
    """The profile of each table, with the keys by which it refers to others, by the name under which it is kept."""
    tables: list[TableProfile] = []
    keys: tuple[ForeignKey, ...] = ()
    started = perf_counter()
    with landing.opened(wb, sources[0]) as opened:
        server_name = ":".join(str(opened.settings[part]) for part in PLACE if opened.settings.get(part))
        places: dict[str, exp.Expression] = {}
        for number, source in enumerate(sources):
            part = task.part(0.8 * number / len(sources), 0.8 * (number + 1) / len(sources))
            known = _item(opened, source.path)  # before it is asked: our own reads are counted too
            with closing(opened.asked(source.path, part)) as server:  # type: ignore[attr-defined]
                found = there.profile(_name(source), opened.schema(source.path), server, part, wb.store.clock())
                places[_name(source)] = server.table
            found = _meant(found, opened.preview(source.path, SAMPLE), part)
            tables.append(replace(found, source_bytes=known.bytes or 0, activity=known.activity) if known else found)
        if len(tables) > 1 or any(one.keys for one in tables):
            with closing(opened.asked(sources[0].path, task)) as server:  # type: ignore[attr-defined]
                keys = there.together(server, places, tables, task.part(0.8, 1))
    seconds = perf_counter() - started
    return {
        f"{table.name}@{server_name}": Profile((table,), tuple(key for key in keys if key.table == table.name), begun, seconds)
        for table in tables
    }


def _item(opened: Connector, path: tuple[str, ...]) -> Item | None:
    """What the server says of the table: its bytes, and its counts of how it is used."""
    return next((one for one in opened.browse(path[:-1]) if one.path == path), None)


def _keep(wb: Workbench, project: str, found: Mapping[str, Profile]) -> None:
    """Keep each table with its keys, also those it is known to have to tables that were not asked now."""
    for name, one in found.items():
        server = name.rpartition("@")[2]
        before = wb.store.versions.get(project, KIND, name, Profile)
        others = [key for key in before.foreign_keys if f"{key.references}@{server}" not in found] if before else []
        wb.store.versions.put(project, KIND, name, replace(one, foreign_keys=(*one.foreign_keys, *others)))


def _together(found: Mapping[str, Profile], called: Mapping[str, str], taken_at: datetime, seconds: float) -> Profile:
    """The profiles of tables, by the names they are kept under, as one: each table under the name it is called by."""
    tables = tuple(replace(one.tables[0], name=called[name]) for name, one in found.items())
    keys = [
        replace(key, table=called[name], references=called[there_too])
        for name, one in found.items()
        for key in one.foreign_keys
        if (there_too := f"{key.references}@{name.rpartition('@')[2]}") in found
    ]
    return Profile(tables, tuple(sorted(keys, key=lambda key: -key.confidence)), taken_at, seconds)


def _called(kept_as: Iterable[str]) -> dict[str, str]:
    """What tables are called, by the names they are kept under: their path, with the server where another has a table of the same path."""
    paths = {name: name.rpartition("@")[0] for name in kept_as}
    several = Counter(paths.values())
    return {name: path if several[path] == 1 else name for name, path in paths.items()}


def _kept_as(wb: Workbench, project: str, called: str) -> str:
    names = _called(wb.store.versions.names(project, KIND))
    return next((name for name, known_as in names.items() if known_as == called), called)


def known(wb: Workbench, project: str) -> bool:
    """Whether there is such a profile."""
    return bool(wb.store.versions.names(project, KIND))


def kept(wb: Workbench, project: str) -> Profile:
    """The profiles that were computed on servers and the relations between them, personal values masked."""
    names = wb.store.versions.names(project, KIND)
    found = {name: one for name in names if (one := wb.store.versions.get(project, KIND, name, Profile)) is not None}
    taken_at = max((one.taken_at for one in found.values()), default=wb.store.clock())
    return shown(_together(found, _called(names), taken_at, sum(one.seconds for one in found.values())))


def moved(wb: Workbench, project: str, name: str) -> Drift | None:
    """What changed in a table on a server since the profile before its last one, personal values masked; None for the first."""
    last = wb.store.versions.history(project, KIND, _kept_as(wb, project, name), Profile, limit=2)
    return compare(last[1], last[0]) if len(last) > 1 else None


def forget(wb: Workbench, project: str, name: str) -> None:
    wb.store.versions.remove(project, KIND, _kept_as(wb, project, name))


def shown(found: Profile) -> Profile:
    """The profiles as they may be shown: values of personal columns masked."""
    return private.hidden(found)


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
