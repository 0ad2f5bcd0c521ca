"""Storage advice: from the profile and what the person says of the use to a ranking."""

from __future__ import annotations

from decimal import Decimal

from core.advice import DEFAULT_PRICES, advise
from core.models.advice import Advice, Choice, Prices, Workload
from core.models.codec import from_plain, to_plain
from core.workbench import profile
from core.workbench.bench import Workbench

NAME = "all"


def workload(wb: Workbench, project: str) -> Workload:
    """What the person said of the use; everything `unknown` at first."""
    return wb.store.versions.get(project, "workload", NAME, Workload) or Workload()


def set_workload(wb: Workbench, project: str, said: Workload) -> Advice:
    """Keep what the person said and work the advice out again."""
    wb.store.versions.put(project, "workload", NAME, said)
    return make(wb, project)


def prices(wb: Workbench) -> Prices:
    """The price list: the person's, or the assumptions Assay comes with."""
    kept = wb.store.settings.get("prices")
    return from_plain(Prices, kept) if kept else DEFAULT_PRICES


def set_prices(wb: Workbench, new: Prices) -> None:
    wb.store.settings.put("prices", to_plain(new))


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


def monthly(choice: Choice, prices: Prices) -> str:
    """The price of a month for a table of choices: what is less than a cent, and not free, says so."""
    cent = Decimal("0.01")
    free = not choice.bytes or not dict(prices.gb_month)[choice.storage]
    return f"{choice.monthly}" if free or choice.monthly >= cent else f"< {cent}"
