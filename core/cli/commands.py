"""One function a command: does the job through the workbench, prints what a person wants to see, returns the model."""

from __future__ import annotations

from argparse import Namespace
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from core.cli import told
from core.cli.console import Console
from core.cli.machine import Checks, Conversion, Written
from core.errors import ConfigError, DataError, UsageError
from core.models.advice import Workload
from core.models.drift import Drift
from core.models.pipeline import Sink
from core.models.profile import Profile
from core.models.source import Settings, Source
from core.store.files import named, need_writable, write_whole
from core.task import Task
from core.words import Msg, clock_time, msg, plural, size
from core.workbench import Workbench, advice, connect, ddl, demo, full, pipeline, privacy, profile, pushdown, report
from core.workbench.convert import convert as convert_one


def run_demo(wb: Workbench, args: Namespace, console: Console, task: Task) -> Written:
    made = demo.journey(wb, args.project_id, out_folder(args), args.lang, task)
    return _written(console, made.files)


def connect_test(wb: Workbench, args: Namespace, console: Console, task: Task) -> Checks:
    source = _one_source(wb, args)
    settings: Settings = dict(source.settings)
    if source.connection:
        settings = connect.settings_of(wb, source.connection)
    checks = connect.check(wb, source.kind, settings)
    for check in checks:
        took = clock_time(check.ms / 1000) if check.ms is not None else ""
        console.out(
            msg("{status:<8} {label}: {detail} {took}", status=check.status, label=check.label, detail=check.detail, took=took)
        )
        if check.fix is not None and check.status in ("fail", "warn"):
            console.out(msg("         {fix}", fix=check.fix))
    return Checks(source.kind, all(check.status != "fail" for check in checks), checks)


def take_profile(wb: Workbench, args: Namespace, console: Console, task: Task) -> Any:
    if args.in_place:
        return _profile_in_place(wb, args, console, task)
    found = privacy.shown(wb, args.project_id, _revealing(wb, args, profiled(wb, args, task)))
    for table in found.tables:
        told.table(console, table)
    told.relations(console, found)
    return found


def _profile_in_place(wb: Workbench, args: Namespace, console: Console, task: Task) -> Profile:
    """Profiles computed by the servers: their rows stay there."""
    sources = [source for text in args.sources for source in connect.sources_of(text)]
    if not sources:
        raise UsageError(
            msg("There is nothing to ask"),
            msg("--in-place asks a server for the profile of its tables."),
            msg("Name a table by its address, such as {example}.", example="postgresql://user@host/database/schema.table"),
        )
    found = pushdown.shown(pushdown.take(wb, args.project_id, sources, task))
    for table in found.tables:
        told.table(console, table)
        console.out(msg("computed by {kind}; about {size} came here", kind=table.computed, size=size(table.moved or 0)))
        if (changed := pushdown.moved(wb, args.project_id, table.name)) is not None:
            console.out(msg("Since the profile before"))
            print_drift(console, changed)
    told.relations(console, found)
    return found


def advise(wb: Workbench, args: Namespace, console: Console, task: Task) -> Any:
    said = Workload(args.access, args.latency, args.updates, args.rows_per_day, args.keep_days)
    advice.need_likely(said)
    profiled(wb, args, task)
    found = advice.set_workload(wb, args.project_id, said)
    header = (msg("Storage"), msg("Score"), msg("Size in a year"), msg("A month"))
    console.table(
        header,
        [
            (choice.storage, choice.score, size(choice.bytes), f"{advice.monthly(choice, found.prices)} {found.prices.currency}")
            for choice in found.choices
        ],
    )
    for reason in found.best.reasons:
        console.out(msg("  {points}  {because}", points=f"{reason.points:+d}", because=reason.because))
    return found


def make_ddl(wb: Workbench, args: Namespace, console: Console, task: Task) -> Any:
    folder = out_folder(args) if args.out else None
    profiled(wb, args, task.part(0.0, 0.4))
    design = ddl.take(wb, args.project_id, task.part(0.4, 1.0), prove=not args.no_proof, dialects=tuple(args.dialect) or None)
    if folder:
        _written(
            console, [write_whole(folder / f"{name}.sql", design.script(name, args.lang).encode()) for name in design.dialects]
        )
    else:
        for name in design.dialects:
            console.out(f"-- {name}\n{design.script(name, args.lang)}")
    for proof in design.proofs:
        for table in proof.tables:
            text = (
                plural(
                    "-- {engine}: {table}: executed, {n} row loaded and read back equal",
                    "-- {engine}: {table}: executed, {n} rows loaded and read back equal",
                    n=table.rows_loaded,
                    engine=proof.engine,
                    table=table.table,
                )
                if table.executed and table.rows_equal
                else msg("-- {engine}: {table}: FAILED {error}", engine=proof.engine, table=table.table, error=table.error)
            )
            console.out(text)
    if not all(proof.passed for proof in design.proofs):
        raise DataError(
            msg("The DDL did not pass its proof"),
            msg("An engine refused a statement, or rows did not read back equal; the lines above say where."),
            msg("Report it with the data that caused it; the DDL must not be used as it is."),
        )
    return design


def check_pipeline(wb: Workbench, args: Namespace, console: Console, task: Task) -> Any:
    text = _pipeline_text(args.pipeline)
    plan, lines = pipeline.from_yaml(text), pipeline.lines(text)
    _landed(wb, args, task)
    checked = pipeline.check(wb, args.project_id, plan, base=named(args.out))
    for node in checked.nodes:
        columns = ", ".join(f"{column.name} {column.type}" for column in node.columns or ())
        console.out(msg("{node}: {columns}", node=node.id, columns=columns))
    for problem in checked.problems:
        where = msg("{file}, line {line}", file=Path(args.pipeline).name, line=lines.get(problem.node, 1))
        wrong = msg("The step {node} of {where} is wrong", node=problem.node, where=where)
        console.error(ConfigError(wrong if problem.node else msg("The pipeline is wrong"), problem.what, problem.fix))
    return checked


def run_pipeline(wb: Workbench, args: Namespace, console: Console, task: Task) -> Any:
    plan, base = _read_pipeline(args.pipeline), named(args.out)
    for node in plan.nodes:
        if isinstance(node, Sink) and node.target == "file" and node.path:
            need_writable(pipeline.file_of_sink(base, node))
    _landed(wb, args, task.part(0.0, 0.5))
    ran = pipeline.run(wb, args.project_id, plan, task.part(0.5, 1.0), base=base)
    console.table((msg("Node"), msg("Rows"), msg("Time")), [(node.id, node.rows, clock_time(node.seconds)) for node in ran.nodes])
    for node, place in ran.wrote:
        console.out(msg("{node} wrote {place}", node=node, place=place))
    return ran


def make_report(wb: Workbench, args: Namespace, console: Console, task: Task) -> Written:
    folder = out_folder(args)
    profiled(wb, args, task.part(0.0, 0.5))
    advice.make(wb, args.project_id)
    if not args.no_proof:
        ddl.take(wb, args.project_id, task.part(0.5, 0.9))
    ready = report.document(wb, args.project_id)
    formats = args.format or report.FORMATS
    return _written(
        console,
        [
            write_whole(folder / f"report.{format}", report.made(wb, args.project_id, ready, format, args.lang))
            for format in formats
        ],
    )


def convert(wb: Workbench, args: Namespace, console: Console, task: Task) -> Conversion:
    done = convert_one(wb, args.source, named(args.target), task, args.as_one, args.file_column or "", _settings(args))
    landed = done.landed
    console.out(plural("{n} row written to {place}", "{n} rows written to {place}", n=landed.rows, place=done.wrote))
    if landed.rejected:
        console.out(
            plural(
                "{n} row could not be placed; see --json for its line and reason",
                "{n} rows could not be placed; see --json for their lines and reasons",
                n=landed.rejected,
            )
        )
    return Conversion(done.name, landed.rows, landed, done.wrote)


def full_report(wb: Workbench, args: Namespace, console: Console, task: Task) -> full.FullReport:
    out = named(args.out)
    need_writable(out)
    args.as_one, args.file_column = False, ""
    tables = [table.name for table in profiled(wb, args, task.part(0.0, 0.3)).tables]
    if args.table is None and len(tables) > 1:
        raise UsageError(
            msg("Several tables were named"),
            msg("A full report is of one: {names}.", names=", ".join(tables)),
            msg("Choose one with --table."),
        )
    found = full.take(
        wb, args.project_id, args.table or tables[0], task.part(0.3, 1.0), rows=max(args.rows, 1), minimal=args.short, out=out
    )
    console.out(msg("{file}: {n} of {of} rows", file=found.file, n=found.rows, of=found.of_rows))
    return found


def _landed(wb: Workbench, args: Namespace, task: Task) -> None:
    """Land the sources that were named; with `--project` and none named, the project is taken as it is."""
    if args.file_column and not args.as_one:
        raise UsageError(
            msg("--file-column has a meaning only with --as-one"),
            msg("Without it each file is a table of its own, and the table has the name of its file."),
            msg("Give --as-one too, or leave it out."),
        )
    said = _settings(args)
    sources = [source for text in args.sources for source in connect.sources_of(text, args.as_one, args.file_column or "", said)]
    if not sources and not args.project:
        raise UsageError(
            msg("There is nothing to read"),
            msg("Neither a source nor a saved project was named."),
            msg("Name files, a folder or a postgresql:// address, or give --project NAME."),
        )
    for text in args.sources:
        if note := connect.left_out(text):
            task.note(note)
    for number, source in enumerate(sources):
        connect.land(wb, args.project_id, source, task.part(number / len(sources), (number + 1) / len(sources)))


def _revealing(wb: Workbench, args: Namespace, found: Profile) -> Profile:
    """The profile, after the columns of `--reveal` were noted. Raises `UsageError` for one that is not there."""
    for said in args.reveal or ():
        table, _, column = said.rpartition(".")
        known = [f"{one.name}.{each.name}" for one in found.tables for each in one.columns]
        if said not in known:
            raise UsageError(
                msg("There is no column {column} to reveal", column=said),
                msg(
                    "The columns nearest to it: {names}",
                    names=", ".join(get_close_matches(said, known, n=3, cutoff=0.3) or known[:3]),
                ),
                msg("Write it as TABLE.COLUMN."),
            )
        privacy.reveal(wb, args.project_id, table, (column,), True)
    return found


def profiled(wb: Workbench, args: Namespace, task: Task) -> Any:
    _landed(wb, args, task.part(0.0, 0.5))
    if args.sources or profile.stale(wb, args.project_id):
        return profile.take(wb, args.project_id, task.part(0.5, 1.0))
    return profile.current(wb, args.project_id)


def _one_source(wb: Workbench, args: Namespace) -> Source:
    """What `connect test` is asked about: a saved connection, a kind with settings, or a path or address."""
    saved = wb.store.connections.named(args.source)
    if saved is not None:
        return Source(saved.kind, saved.settings, (), saved.id)
    if args.set or args.source in {kind.name for kind in connect.kinds()}:
        settings = tuple(_setting(text) for text in args.set)
        connect.need_fields(args.source, dict(settings))
        return Source(args.source, settings, ())
    return connect.server_of(args.source)


def _settings(args: Namespace) -> Settings:
    """What `--set` says of how files are read."""
    return dict(_setting(text) for text in getattr(args, "set", ()))


def _setting(text: str) -> tuple[str, str | int]:
    name, equals, value = text.partition("=")
    if not equals:
        raise UsageError(
            msg("{text} is not a setting", text=name),
            msg("A setting has a name and a value."),
            msg("Write --set name=value."),
        )
    return name, int(value) if name == "port" and value.isascii() and value.isdecimal() else value


def _read_pipeline(path: str) -> Any:
    return pipeline.from_yaml(_pipeline_text(path))


def _pipeline_text(path: str) -> str:
    return yaml_text(path, msg("Check the path; a pipeline is a YAML file in UTF-8."))


def yaml_text(path: str, fix: Msg) -> str:
    """The text of a file that a person wrote. Raises `DataError`."""
    try:
        return named(path).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(
            msg("{path} cannot be read", path=path),
            msg("The system said: {error}", error=getattr(error, "strerror", None) or type(error).__name__),
            fix,
        ) from error


def print_drift(console: Console, found: Drift) -> None:
    """The changes by their weight."""
    lines = [(one.level, one.table, one.column, one.text) for one in found.shifts]
    if lines:
        console.table((msg("Weight"), msg("Table"), msg("Column"), msg("What changed")), lines)
    else:
        console.out(msg("Nothing changed that is worth a word."))


def _written(console: Console, files: Any) -> Written:
    for file in files:
        console.out(str(file))
    return Written(tuple(str(file) for file in files))


def out_folder(args: Namespace) -> Path:
    """The folder of `--out`, once it is known that it can be written to: before any work is done for it."""
    folder = named(args.out)
    need_writable(folder, folder=True)
    return folder
