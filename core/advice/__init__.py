"""The advice stage: which of five storages fits the data, and why.

advise(profile, workload, prices)          # -> core.models.advice.Advice

A storage starts at 50 points. Each rule in `rules.RULES` reads the facts of one subject (a table, or the data set as a whole) and
may give points for or against a storage, with the facts it read; the score is the sum, kept between 0 and 100. No rule knows
another, none measures anything: trials on real engines come later and add rules of the same shape. `cost` projects size and price.
"""

from __future__ import annotations

from core.advice.cost import DEFAULT_PRICES, HORIZON_DAYS, costs
from core.advice.facts import Subject, data_set, of_table
from core.advice.roles import ROLES
from core.advice.rules import RULES
from core.models.advice import STORAGES, Advice, Choice, Prices, Reason, Storage, TableAdvice, Workload
from core.models.profile import Profile

__all__ = ["DEFAULT_PRICES", "advise"]

BASE = 50


def advise(profile: Profile, workload: Workload, prices: Prices = DEFAULT_PRICES) -> Advice:
    """Rank the storages for the data set as a whole and for each table. Pure and quick: no rows are read."""
    whole = _ranked(data_set(profile), workload, prices)
    tables = tuple(TableAdvice(table.name, _ranked(of_table(profile, table), workload, prices)) for table in profile.tables)
    return Advice(whole, tables, workload, prices, HORIZON_DAYS)


def _ranked(subject: Subject, workload: Workload, prices: Prices) -> tuple[Choice, ...]:
    said: dict[Storage, list[Reason]] = {storage: [] for storage in STORAGES}
    for rule in RULES:
        for storage, points, because, facts in rule(subject, workload):
            said[storage].append(Reason(rule.__name__, points, because, facts))
    choices = [_choice(storage, reasons, subject, workload, prices) for storage, reasons in said.items()]
    # Scores that were cut at 0 or 100 are told apart by the points behind them; a full tie keeps the order of STORAGES.
    return tuple(sorted(choices, key=lambda choice: -sum(reason.points for reason in choice.reasons)))


def _choice(storage: Storage, reasons: list[Reason], subject: Subject, workload: Workload, prices: Prices) -> Choice:
    score = min(max(BASE + sum(reason.points for reason in reasons), 0), 100)
    size, monthly = costs(storage, subject, workload, prices)
    heaviest = tuple(sorted(reasons, key=lambda reason: -abs(reason.points)))
    return Choice(storage, ROLES[storage], score, heaviest, size, monthly)
