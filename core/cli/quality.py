"""`quality`: the rules that nearly hold in the data, and the checks a person keeps."""

from __future__ import annotations

from argparse import Namespace
from pathlib import Path
from typing import Any

from core.cli.commands import out_folder, profiled, yaml_text
from core.cli.console import Console
from core.models.quality import Check, Checks, Quality, Result
from core.store.files import named, need_writable, write_whole
from core.task import Task
from core.words import Msg, msg, percent
from core.workbench import Workbench, quality


def check_quality(wb: Workbench, args: Namespace, console: Console, task: Task) -> Any:
    wanted = (
        quality.read_yaml(yaml_text(args.checks, msg("Check the path; checks are a YAML file in UTF-8.")))
        if args.checks
        else None
    )
    folder = out_folder(args) if args.export else None
    if args.save:
        need_writable(named(args.save))
    profiled(wb, args, task.part(0.0, 0.8))
    if wanted is not None:
        quality.set_checks(wb, args.project_id, wanted)
    found = quality.take(wb, args.project_id, task.part(0.8, 1.0))
    for table in dict.fromkeys(one.table for one in found.scores):
        of = [(one.dimension, percent(one.share)) for one in found.scores if one.table == table and not one.column]
        console.out(msg("{table}: {share}", table=table, share=percent(found.score(table))))
        console.table((msg("Dimension"), msg("Score")), of)
    told = [(one.rule.table, one.text, one.failed, one.checked, _verdict(one)) for one in found.results if one.failed or one.kept]
    if told:
        head = (msg("Table"), msg("Rule"), msg("Rows that break it"), msg("Of"), msg("Check"))
        console.table(head, told)
    for rule in found.lost:
        console.out(
            msg("A kept check speaks of what is not there: {table} {columns}", table=rule.table, columns=", ".join(rule.columns))
        )
    if folder:
        made = quality.export(wb, args.project_id, args.export, args.dialect, args.lang)
        for path, text in made.files:
            console.out(str(write_whole(_below(folder, path), text.encode())))
        for rule, why in made.left_out:
            console.out(msg("Left out: {table} {columns}: {why}", table=rule.table, columns=", ".join(rule.columns), why=why))
    if args.save:
        console.out(str(write_whole(named(args.save), quality.to_yaml(_saved(wb, args, found)).encode())))
    if (failed := quality.failure(found)) is not None:
        console.error(failed)
    return found


def _saved(wb: Workbench, args: Namespace, found: Quality) -> Checks:
    """The kept checks, or where none is kept all rules that hold: a first file to edit."""
    checks = quality.checks(wb, args.project_id)
    return checks if checks.kept else Checks(tuple(Check(one.rule) for one in found.results if one.holds), checks.dismissed)


def _verdict(one: Result) -> Msg | str:
    if not one.kept:
        return ""
    return msg("holds") if one.holds else msg("does not hold")


def _below(folder: Path, path: str) -> Path:
    made = folder / path
    made.parent.mkdir(parents=True, exist_ok=True)
    return made
