"""How the data changed between two profiles."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from core.words import Msg

Level = Literal["alert", "warning", "notice"]


@dataclass(frozen=True, slots=True)
class Shift:
    """One change: of a table, or of one of its columns. `measure` is what was weighed against `threshold`, where it was."""

    table: str
    column: str
    kind: str
    level: Level
    text: Msg
    measure: float | None = None
    threshold: float | None = None


@dataclass(frozen=True, slots=True)
class Band:
    """The same stretch of values (or the same value) in both profiles, as shares of the filled rows."""

    label: str
    before: float
    after: float


@dataclass(frozen=True, slots=True)
class Distribution:
    """The values of one column in both profiles.

    `psi` is the population stability index over `bands`, `ks` the greatest distance between the two distribution functions (None for
    categories), known to within `ks_error`: both are reckoned from histograms, whose bars do not say where in them the rows lie.
    """

    table: str
    column: str
    psi: float
    ks: float | None
    ks_error: float
    bands: tuple[Band, ...]


@dataclass(frozen=True, slots=True)
class Drift:
    """The changes from one profile to another, the gravest first, and the distributions that could be compared."""

    before: datetime
    after: datetime
    shifts: tuple[Shift, ...]
    distributions: tuple[Distribution, ...]

    @property
    def alerts(self) -> tuple[Shift, ...]:
        return tuple(one for one in self.shifts if one.level == "alert")

    @property
    def sound(self) -> bool:
        """Whether nothing changed that must be looked at."""
        return not self.alerts
