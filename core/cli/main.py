"""Parsing, and the frame every command runs in: a workbench, a task, errors as what / why / fix, exit codes."""

from __future__ import annotations

import argparse
import os
import signal
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import get_args

from core.cli import commands, drift, machine, quality
from core.cli.console import Console, ConsoleTask, mute
from core.cli.trouble import bug
from core.errors import AssayError, Cancelled, UsageError
from core.models.advice import Access, Latency
from core.store.files import named, need_writable, real
from core.words import LANGUAGES, msg, say
from core.workbench import Workbench, full, report
from core.workbench.quality import DIALECTS, TOOLS

FINE, SAID_NO, USED_WRONGLY, STOPPED = 0, 1, 2, 130


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit code."""
    args = _parser(language(argv)).parse_args(argv)
    console = Console(args.lang, args.quiet, results=args.json != "-")
    task = ConsoleTask(console)
    with _stopped_by_signals(task):
        try:
            return _run(args, console, task)
        except BrokenPipeError:
            mute()
            return FINE
        except AssayError as error:
            failed = error
        except Exception as error:  # a bug: shown as one, its traceback in a file
            failed = bug(error)
        task.done()
        _tell(failed, args, console)
        return STOPPED if isinstance(failed, Cancelled) else USED_WRONGLY if isinstance(failed, UsageError) else SAID_NO


def _run(args: argparse.Namespace, console: Console, task: ConsoleTask) -> int:
    if args.json and args.json != "-":
        _spare_what_is_read(args)
        need_writable(named(args.json))
    with _workbench(args) as wb:
        found = args.work(wb, args, console, task)
        task.done()
        if args.json:
            machine.write(args.json, found, args.lang)
        return SAID_NO if _said_no(found) else FINE


def _spare_what_is_read(args: argparse.Namespace) -> None:
    """Raise `UsageError` where the result would be written over a file that the command reads."""
    read = [
        *getattr(args, "sources", ()),
        *(getattr(args, one, None) for one in ("source", "pipeline", "checks", "before", "after")),
    ]
    target = named(args.json)
    if real(target) in {real(named(one)) for one in read if one}:
        args.json = None  # not even this error is written there
        raise UsageError(
            msg("--json names {file}, which the command reads", file=target.name),
            msg("The result would be written over it."),
            msg("Give --json another file, or - to print the result."),
        )


def _tell(failed: AssayError, args: argparse.Namespace, console: Console) -> None:
    console.error(failed)
    if args.json:
        try:
            machine.write(args.json, machine.Failure(failed.what, failed.why, failed.fix), args.lang)
        except (AssayError, BrokenPipeError):  # what stopped it has been said already
            if args.json == "-":
                mute()


@contextmanager
def _stopped_by_signals(task: ConsoleTask) -> Iterator[None]:
    """Ctrl-C, TERM and a terminal that closes stop the work, and everything is cleaned up; what was to be ignored stays so."""
    numbers = [getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)]
    previous = {number: signal.getsignal(number) for number in numbers}
    previous = {number: handler for number, handler in previous.items() if handler not in (signal.SIG_IGN, None)}
    for number in previous:
        signal.signal(number, task.on_signal)
    try:
        yield
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler)


def _said_no(found: object) -> bool:
    if isinstance(found, machine.Checks):
        return not found.ok
    return getattr(found, "sound", True) is False


@contextmanager
def _workbench(args: argparse.Namespace) -> Iterator[Workbench]:
    """The person's workspace with `--project` (or to test a saved connection), else one that is thrown away at the end."""
    if args.project or args.work is commands.connect_test:
        with Workbench.open() as wb:
            args.project_id = _project(wb, args.project) if args.project else ""
            yield wb
        return
    with Workbench.throwaway() as wb:
        args.project_id = wb.create_project(_title(args)).id
        yield wb


def _project(wb: Workbench, name: str) -> str:
    found = next((project.id for project in wb.projects() if name in (project.name, project.id)), None)
    if found is None:
        raise UsageError(
            msg("There is no project {name}", name=name),
            msg("This workspace has: {names}", names=", ".join(project.name for project in wb.projects()) or "—"),
            msg("Name one of these, or make it in the browser."),
        )
    return found


def _title(args: argparse.Namespace) -> str:
    sources = getattr(args, "sources", None) or [getattr(args, "source", "") or "nycflights13"]
    return Path(sources[0]).stem.encode(errors="replace").decode().strip()[:80].strip() or "data"


def language(argv: Sequence[str] | None = None) -> str:
    """The language, looked up before parsing so that the help is in it: `--lang`, else the one of the environment."""
    words = list(sys.argv[1:] if argv is None else argv)
    for number, word in enumerate(words):
        given = (
            word[7:] if word.startswith("--lang=") else words[number + 1] if word == "--lang" and number + 1 < len(words) else ""
        )
        if given in LANGUAGES:
            return given
    wanted = (os.environ.get("LC_ALL") or os.environ.get("LC_MESSAGES") or os.environ.get("LANG") or "")[:2]
    return wanted if wanted in LANGUAGES else LANGUAGES[0]


def _parser(lang: str) -> argparse.ArgumentParser:
    def t(text) -> str:
        return say(text, lang).replace("%", "%%")

    def given(text: str) -> str:
        """An argument that says something: an empty one is most often a variable of a script that was never set."""
        if not text.strip():
            raise argparse.ArgumentTypeError(say(msg("it must not be empty"), lang))
        return text

    def count(text: str) -> int:
        if not (text.isascii() and text.isdecimal() and len(text) < 1000):
            raise argparse.ArgumentTypeError(say(msg("it must be a whole number"), lang))
        return int(text)

    parser = argparse.ArgumentParser(
        prog="python -m core", description=t(msg("From data you have never seen to a decision you can defend."))
    )
    common = argparse.ArgumentParser(add_help=False)
    common.add_argument("--json", type=given, metavar="FILE", help=t(msg("also write the result as JSON to FILE (- for stdout)")))
    common.add_argument("--lang", choices=LANGUAGES, default=lang, help=t(msg("language of texts and reports")))
    common.add_argument("--quiet", action="store_true", help=t(msg("no progress")))
    common.add_argument("--project", type=given, metavar="NAME", help=t(msg("work on this saved project")))
    named = argparse.ArgumentParser(add_help=False)
    named.add_argument(
        "sources",
        nargs="*",
        type=given,
        metavar="SOURCE",
        help=t(msg("files, folders, globs or postgresql://user@host/database/schema.table")),
    )
    how = argparse.ArgumentParser(add_help=False)
    how.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help=t(msg("how files are read, such as delimiter=; or nested=tables")),
    )
    together = argparse.ArgumentParser(add_help=False)
    together.add_argument(
        "--as-one",
        action="store_true",
        help=t(msg("the files of a folder or a glob are one table: the same columns, types settled over all")),
    )
    together.add_argument(
        "--file-column",
        type=given,
        metavar="NAME",
        help=t(msg("with --as-one: a column that names the file of each row")),
    )
    add = parser.add_subparsers(dest="command", required=True, metavar="COMMAND").add_parser

    def command(name: str, work: Callable, about, *parents: argparse.ArgumentParser) -> argparse.ArgumentParser:
        made = add(name, help=t(about), description=t(about), parents=[common, *parents])
        made.set_defaults(work=work)
        return made

    demo = command("demo", commands.run_demo, msg("the whole journey on the sample"))
    demo.add_argument("--out", type=given, default="out", metavar="DIR")
    connect = add("connect", help=t(msg("test a connection"))).add_subparsers(dest="what", required=True, metavar="test")
    test = connect.add_parser("test", parents=[common], help=t(msg("separate checks, each with a fix")))
    test.add_argument("source", type=given, help=t(msg("a path, an address, a saved connection, or a kind with --set")))
    test.add_argument("--set", action="append", default=[], metavar="NAME=VALUE")
    test.set_defaults(work=commands.connect_test)
    taken = command("profile", commands.take_profile, msg("every column over all rows, keys and relations"), named, together, how)
    reveal = msg("show the values of a column that holds personal data")
    taken.add_argument("--reveal", action="append", default=[], metavar="TABLE.COLUMN", help=t(reveal))
    taken.add_argument("--in-place", action="store_true", help=t(msg("let the server compute it: its rows stay there")))
    about = msg("rules that nearly hold in the data, the rows that break them, and the checks you keep")
    good = command("quality", quality.check_quality, about, named, together, how)
    good.add_argument(
        "--checks", type=given, metavar="FILE", help=t(msg("a YAML file of checks to keep; exit code 1 where one does not hold"))
    )
    good.add_argument("--save", type=given, metavar="FILE", help=t(msg("write the kept checks, or the rules that hold, as YAML")))
    good.add_argument(
        "--export", choices=tuple(TOOLS), help=t(msg("write the kept checks (or all rules) for another tool into --out"))
    )
    good.add_argument("--dialect", choices=DIALECTS, default="duckdb", help=t(msg("the database they run in there")))
    good.add_argument("--out", type=given, default="out", metavar="DIR")
    whole = command(
        "full-report",
        commands.full_report,
        msg("the full statistical report of fg-data-profiling on some rows of a table"),
        named,
        how,
    )
    whole.add_argument("--table", type=given, metavar="NAME", help=t(msg("the table, where there are several")))
    whole.add_argument("--rows", type=count, default=full.ROWS, metavar="N", help=t(msg("rows at most: they are held in memory")))
    whole.add_argument("--short", action="store_true", help=t(msg("no correlations or interactions")))
    whole.add_argument("--out", type=given, default="full-report.html", metavar="FILE")
    moved = command(
        "drift", drift.compare, msg("what changed between two data sets, or since the last profile of a project"), together, how
    )
    moved.add_argument(
        "before", nargs="?", type=given, metavar="BEFORE", help=t(msg("the earlier data: a file, a folder, a glob or an address"))
    )
    moved.add_argument("after", nargs="?", type=given, metavar="AFTER", help=t(msg("the later data")))
    advise = command("advise", commands.advise, msg("which storage fits, and why"), named, together)
    advise.add_argument("--access", choices=get_args(Access), default="unknown")
    advise.add_argument("--latency", choices=get_args(Latency), default="unknown")
    advise.add_argument("--updates", action=argparse.BooleanOptionalAction, default=None)
    advise.add_argument("--rows-per-day", type=count, metavar="N")
    advise.add_argument("--keep-days", type=count, metavar="N")
    ddl = command("ddl", commands.make_ddl, msg("table definitions, executed on real engines"), named, together)
    ddl.add_argument("--dialect", action="append", default=[], choices=commands.ddl.DIALECTS)
    ddl.add_argument("--no-proof", action="store_true", help=t(msg("do not execute them")))
    ddl.add_argument("--out", type=given, metavar="DIR", help=t(msg("write one .sql file a dialect here instead of printing")))
    for name, work, about in (
        ("check", commands.check_pipeline, msg("whether a pipeline fits the data")),
        ("run", commands.run_pipeline, msg("run a pipeline")),
    ):
        made = command(name, work, about, together)
        made.add_argument("pipeline", type=given, metavar="PIPELINE.yaml")
        made.add_argument("sources", nargs="*", type=given, metavar="SOURCE")
        made.add_argument("--out", type=given, default=".", metavar="DIR", help=t(msg("folder for relative paths of sinks")))
    made = command("report", commands.make_report, msg("the Data Analysis report"), named, together)
    made.add_argument("--format", action="append", default=[], choices=report.FORMATS)
    made.add_argument("--out", type=given, default="out", metavar="DIR")
    made.add_argument("--no-proof", action="store_true", help=t(msg("leave the DDL out")))
    convert = command("convert", commands.convert, msg("read any source and write it as CSV, Parquet or NDJSON"), together, how)
    convert.add_argument("source", type=given, metavar="SRC")
    convert.add_argument("target", type=given, metavar="DST")
    return parser
