"""Storage advice: from the profile and what the person says of the use to a ranking."""

from __future__ import annotations

from decimal import Decimal

from core.advice import DEFAULT_PRICES, advise
from core.errors import UsageError
from core.models.advice import Advice, Choice, Prices, Workload
from core.models.codec import from_plain, to_plain
from core.profile import usage
from core.profile.usage import Hints
from core.words import msg
from core.workbench import profile
from core.workbench.bench import Workbench

NAME = "all"
MOST = 10**15
"""Rows a day, and days, beyond which the figures of the advice would have more digits than are computed. An assumption."""


def workload(wb: Workbench, project: str) -> Workload:
    """What the person said of the use; everything `unknown` at first."""
    return wb.store.versions.get(project, "workload", NAME, Workload) or Workload()


def need_likely(said: Workload) -> None:
    """Raises `UsageError` for a growth or a retention that no storage could be weighed for."""
    for number in (said.rows_per_day, said.keep_days):
        if number is not None and not 0 <= number <= MOST:
            raise UsageError(
                msg("This number of rows or days is not a likely one"),
                msg("Rows a day and days to keep are whole numbers from 0 to {most}.", most=MOST),
                msg("Give a smaller number, or leave it out."),
            )


LONG = 100
"""Days from which the last tenth of a table's range tells of its growth: ten days at least (an assumption)."""


def growth(wb: Workbench, project: str) -> int | None:
    """New rows a day as the times in the tables tell: over the last tenth of each table's range, or all of one that is short. None where no

    table has a column of times.
    """
    taken = profile.latest(wb, project)
    lines = [table.timelines[0] for table in taken.tables if table.timelines] if taken else []
    return round(sum(line.recent_per_day if line.days >= LONG else line.per_day for line in lines)) or None


def hints(wb: Workbench, project: str) -> Hints:
    """What the servers of the tables counted of their use, as answers to what the advice asks."""
    taken = profile.latest(wb, project)
    return usage.hints(taken.tables if taken else ())


def set_workload(wb: Workbench, project: str, said: Workload) -> Advice:
    """Keep what the person said and work the advice out again. Raises `UsageError` for numbers that cannot be."""
    need_likely(said)
    wb.store.versions.put(project, "workload", NAME, said)
    return make(wb, project)


def prices(wb: Workbench) -> Prices:
    """The price list: the person's, or the assumptions Assay comes with."""
    kept = wb.store.settings.get("prices")
    return from_plain(Prices, kept) if kept else DEFAULT_PRICES


def set_prices(wb: Workbench, new: Prices) -> Prices:
    """Keep a price list. Raises `UsageError` where it does not say in what currency."""
    if not new.currency.strip():
        raise UsageError(
            msg("The currency is missing"),
            msg("A price without a currency says nothing."),
            msg("Write its short name, such as USD, EUR or RUB."),
        )
    wb.store.settings.put("prices", to_plain(new))
    return new


def make(wb: Workbench, project: str) -> Advice:
    """Work the advice out from the last profile and keep it. Raises `ConfigError` where there is no profile."""
    made = advise(profile.current(wb, project), workload(wb, project), prices(wb))
    if made != latest_kept(wb, project):
        wb.store.versions.put(project, "advice", NAME, made)
    return made


def latest_kept(wb: Workbench, project: str) -> Advice | None:
    return wb.store.versions.get(project, "advice", NAME, Advice)


def latest(wb: Workbench, project: str) -> Advice | None:
    """The advice on the last profile (worked out at once: it is cheap), or None where there is no profile."""
    return make(wb, project) if profile.latest(wb, project) is not None else None


def accept(wb: Workbench, project: str) -> None:
    """The person goes on with the advice as it is: keep what they took."""
    wb.store.versions.put(project, "accepted advice", NAME, make(wb, project))


def settled(wb: Workbench, project: str) -> bool:
    """Whether the person decided on the storage: they said how the data are read, or took the advice on the last profile."""
    return workload(wb, project).access != "unknown" or profile.newer(wb, project, "accepted advice", NAME)


def monthly(choice: Choice, prices: Prices) -> str:
    """The price of a month for a table of choices: what is less than a cent, and not free, says so."""
    cent = Decimal("0.01")
    free = not choice.bytes or not dict(prices.gb_month)[choice.storage]
    return f"{choice.monthly}" if free or choice.monthly >= cent else f"< {cent}"
