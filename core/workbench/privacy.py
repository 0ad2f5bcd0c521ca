"""Personal data: which columns hold it, and what a person chose to see of it."""

from __future__ import annotations

from collections.abc import Collection

import pyarrow as pa

from core.models import privacy
from core.models.privacy import Revealed
from core.models.profile import Profile
from core.profile import meaning
from core.profile.meaning import label
from core.workbench.bench import Workbench

__all__ = ["decided", "label", "masked", "personal", "reveal", "revealed", "shown"]

KIND, NAME = "reveal", "all"


def revealed(wb: Workbench, project: str) -> tuple[tuple[str, str], ...]:
    """The columns, as (table, column), whose personal values are shown."""
    kept = wb.store.versions.get(project, KIND, NAME, Revealed)
    return kept.columns if kept else ()


def reveal(wb: Workbench, project: str, table: str, columns: Collection[str], show: bool) -> None:
    """Show the values of personal columns from now on, or mask them again."""
    named = {(table, column) for column in columns}
    kept = [one for one in revealed(wb, project) if one not in named]
    wb.store.versions.put(project, KIND, NAME, Revealed(tuple(sorted([*kept, *named] if show else kept))))


def shown(wb: Workbench, project: str, profile: Profile) -> Profile:
    """A profile as it may be shown: values of personal columns masked but of those that were revealed."""
    return privacy.hidden(decided(wb, project, profile))


def decided(wb: Workbench, project: str, profile: Profile) -> Profile:
    """A profile with what a person decided on: revealed columns are not personal in it."""
    return privacy.decided(profile, revealed(wb, project))


def personal(wb: Workbench, project: str, rows: pa.Table, table: str = "") -> frozenset[str]:
    """The columns of some rows that are masked: by the last profile (of one table, or of any), and by the rows themselves."""
    from core.workbench import profile

    taken = profile.latest(wb, project)
    tables = [one for one in taken.tables if not table or one.name == table] if taken else []
    known = {column.name for one in tables for column in one.columns if column.personal}
    known |= meaning.personal_columns(rows)
    said = {column for of, column in revealed(wb, project) if not table or of == table}
    return frozenset(known - said) & frozenset(rows.column_names)


def masked(rows: pa.Table, columns: Collection[str]) -> pa.Table:
    """The rows with the values of some columns masked."""
    for number, name in enumerate(rows.column_names):
        if name in columns:
            values = [None if value is None else privacy.mask(str(value)) for value in rows.column(number).to_pylist()]
            rows = rows.set_column(number, name, pa.array(values, pa.string()))
    return rows
