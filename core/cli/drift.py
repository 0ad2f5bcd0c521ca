"""`drift`: what changed between two data sets, or between the last two profiles of a project."""

from __future__ import annotations

from argparse import Namespace
from dataclasses import replace

from core.cli.commands import print_drift, profiled
from core.cli.console import Console
from core.errors import ConfigError, UsageError
from core.models.drift import Drift
from core.models.profile import Profile
from core.task import Task
from core.words import msg
from core.workbench import Workbench, drift


def compare(wb: Workbench, args: Namespace, console: Console, task: Task) -> Drift:
    """Compare; an alert ends the command with 1."""
    found = _of_project(wb, args) if args.project else _of_sources(wb, args, task)
    print_drift(console, found)
    return found


def _of_project(wb: Workbench, args: Namespace) -> Drift:
    if args.before or args.after:
        raise UsageError(
            msg("A project and other data are not compared"),
            msg("With --project the last two profiles of that project are compared."),
            msg("Leave the sources out, or leave --project out."),
        )
    when = drift.earlier(wb, args.project_id)
    if not when:
        raise ConfigError(
            msg("There is nothing to compare with"),
            msg("This project has been profiled once, or not at all."),
            msg("Load the data again when it has changed, and profile it."),
        )
    return drift.since(wb, args.project_id, when[0])


def _of_sources(wb: Workbench, args: Namespace, task: Task) -> Drift:
    if not args.before or not args.after:
        raise UsageError(
            msg("There is nothing to compare"),
            msg("Two data sets are compared: an earlier one and a later one."),
            msg("Name two files, folders or addresses, or give --project NAME."),
        )
    before = _profile(wb, args, args.before, "before", task.part(0.0, 0.5))
    after = _profile(wb, args, args.after, "after", task.part(0.5, 1.0))
    if len(before.tables) == len(after.tables) == 1:
        after = _called(after, before.tables[0].name)
    return drift.between(wb, args.project_id, before, after)


def _profile(wb: Workbench, args: Namespace, source: str, name: str, task: Task) -> Profile:
    args.project_id, args.sources = wb.create_project(name).id, [source]
    return profiled(wb, args, task)


def _called(found: Profile, name: str) -> Profile:
    """The profile of one table under another name: two files that are compared have two names."""
    return replace(found, tables=(replace(found.tables[0], name=name),))
