"""Drift: the profiles that were kept of a project, and what changed between two of them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from core.errors import ConfigError
from core.models.drift import Drift
from core.models.profile import Profile
from core.profile.drift import compare
from core.words import msg
from core.workbench import privacy, profile
from core.workbench.bench import Workbench

MOST = 30
"""Earlier profiles that are offered."""


@dataclass(frozen=True, slots=True)
class _When:
    """Of a profile only when it was taken."""

    taken_at: datetime


def earlier(wb: Workbench, project: str) -> tuple[datetime, ...]:
    """When the profiles before the last one were taken, the newest first."""
    taken = wb.store.versions.history(project, "profile", profile.NAME, _When, limit=MOST + 1)
    return tuple(one.taken_at for one in taken[1:])


def since(wb: Workbench, project: str, taken_at: datetime) -> Drift:
    """What changed from the profile of that time to the last one, personal values masked. Raises `ConfigError` where it is not kept any more."""
    found = wb.store.versions.history(project, "profile", profile.NAME, Profile, limit=MOST + 1)
    before = next((one for one in found if one.taken_at == taken_at), None)
    if before is None:
        raise ConfigError(
            msg("This profile is not kept any more"),
            msg("The last {n} profiles of a project can be compared.", n=MOST),
            msg("Choose another one."),
        )
    return between(wb, project, before, profile.current(wb, project))


def between(wb: Workbench, project: str, before: Profile, after: Profile) -> Drift:
    """What changed between two profiles."""
    return compare(privacy.decided(wb, project, before), privacy.decided(wb, project, after))
