"""Quality: the rules a profile suggests and those a person keeps, counted over the rows it was taken of."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from core.errors import ConfigError, DataError
from core.models.quality import Check, Checks, Quality, Rule
from core.profile.quality import assess, revised
from core.profile.quality.exports import DIALECTS, TOOLS, Exported, zipped
from core.profile.quality.exports import export as exported
from core.profile.quality.kinds import BY_NAME
from core.profile.quality.written import read_yaml, to_yaml
from core.task import Task
from core.words import Msg, msg, plural
from core.workbench import profile
from core.workbench.bench import Workbench
from core.workbench.rules import BY_HAND, sound

__all__ = [
    "BY_HAND", "DIALECTS", "TOOLS", "Exported", "add", "bring_back", "checks", "dismiss", "export", "failure", "forget", "keep", "latest", "read_yaml", "said", "set_checks", "start", "take", "to_yaml", "work", "zipped",
]  # fmt: skip

KIND, NAME = "checks", "all"


def start(wb: Workbench, project: str) -> str:
    """Start a job that counts what breaks the rules; returns its id. Raises `ConfigError` where there is no profile."""
    profile.current(wb, project)
    return wb.submit("quality", project, msg("Quality"), {"project": project})


def work(wb: Workbench, task: Task, args: dict[str, Any]) -> None:
    take(wb, args["project"], task)


def take(wb: Workbench, project: str, task: Task) -> Quality:
    """Count now and keep the result. Raises `ConfigError` where there is no profile."""
    taken = profile.current(wb, project)
    found = assess(taken, checks(wb, project), task, now=wb.store.clock(), spill=wb.store.workspace.spill)
    wb.store.versions.put(project, "quality", NAME, found)
    return found


def latest(wb: Workbench, project: str) -> Quality | None:
    """What was counted of the profile there is; None where that has not been done."""
    found = wb.store.versions.get(project, "quality", NAME, Quality)
    taken = profile.latest(wb, project)
    return found if found is not None and taken is not None and found.profiled_at == taken.taken_at else None


def failure(found: Quality) -> DataError | None:
    """The error of kept checks that do not hold, for where a run must not go on."""
    if not found.failed_checks:
        return None
    first = found.failed_checks[0]
    about = {"table": first.rule.table, "rule": first.text}
    if first.error:
        why = msg("{table}: {rule}. It cannot be counted: {error}", error=first.error, **about)
    else:
        why = msg("{table}: {rule}. {failed} of {checked} rows do not.", failed=first.failed, checked=first.checked, **about)
    return DataError(
        plural("{n} kept check does not hold", "{n} kept checks do not hold", n=len(found.failed_checks)),
        why,
        msg("Look at the rows that break it, mend the data, or let more rows break it, or take the check back."),
    )


def said(rule: Rule) -> Msg:
    """A rule in words."""
    return BY_NAME[rule.kind].said(rule)


# What a person makes of the rules


def checks(wb: Workbench, project: str) -> Checks:
    """The kept checks and the dismissed rules."""
    return wb.store.versions.get(project, KIND, NAME, Checks) or Checks()


def set_checks(wb: Workbench, project: str, wanted: Checks) -> None:
    """Put other checks in the place of those there are. Raises `ConfigError` for one that cannot be asked of the profiled tables."""
    taken = profile.current(wb, project)
    asked = tuple(replace(check, rule=sound(taken, check.rule)) for check in wanted.kept)
    _change(wb, project, lambda _: Checks(asked, wanted.dismissed))


def keep(wb: Workbench, project: str, rule: Rule, most: float = 0.0) -> None:
    """Keep a rule as a check that every run counts, or change how large a share of its rows (0 to 1) may break it."""

    def kept(found: Checks) -> Checks:
        one = Check(rule, most)
        if any(check.rule == rule for check in found.kept):
            return replace(found, kept=tuple(one if check.rule == rule else check for check in found.kept))
        return replace(found, kept=(*found.kept, one))

    _change(wb, project, kept)


def add(wb: Workbench, project: str, rule: Rule, most: float = 0.0) -> None:
    """Keep a rule that a person wrote. Raises `ConfigError` where it cannot be asked."""
    keep(wb, project, sound(profile.current(wb, project), rule), most)


def forget(wb: Workbench, project: str, rule: Rule) -> None:
    """Keep a check no longer; its rule may be found again."""
    _change(wb, project, lambda found: replace(found, kept=tuple(check for check in found.kept if check.rule != rule)))


def dismiss(wb: Workbench, project: str, rule: Rule) -> None:
    """Never find a rule again."""
    _change(
        wb,
        project,
        lambda found: Checks(
            tuple(check for check in found.kept if check.rule != rule), (*(one for one in found.dismissed if one != rule), rule)
        ),
    )


def bring_back(wb: Workbench, project: str, rule: Rule) -> None:
    """Find a dismissed rule again."""
    _change(wb, project, lambda found: replace(found, dismissed=tuple(one for one in found.dismissed if one != rule)), (rule,))


def export(wb: Workbench, project: str, tool: str, dialect: str, lang: str) -> Exported:
    """The kept checks, or where none is kept all rules that were found, as files of another tool.

    Raises `ConfigError` where nothing was counted yet.
    """
    found = latest(wb, project)
    if found is None:
        raise ConfigError(
            msg("There are no checks yet"), msg("The quality of these tables was not checked."), msg("Check the quality first.")
        )
    kept = tuple(one for one in found.results if one.kept) or found.results
    return exported(tool, [Check(one.rule, one.most) for one in kept], profile.current(wb, project), dialect, lang)


def _change(wb: Workbench, project: str, change: Callable[[Checks], Checks], back: tuple[Rule, ...] = ()) -> None:
    """Change the checks, and what was counted with them."""
    wanted, found = change(checks(wb, project)), latest(wb, project)
    if found is not None:
        counted = revised(found, profile.current(wb, project), wanted, Task(), now=wb.store.clock(), back=back)
        wb.store.versions.put(project, "quality", NAME, counted)
    wb.store.versions.put(project, KIND, NAME, wanted)
