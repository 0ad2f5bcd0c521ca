"""What a server's counts say of how its tables are used."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from core.models.profile import TableProfile
from core.models.source import Activity
from core.profile.usage import hints, told
from core.words import say


def table(activity: Activity | None) -> TableProfile:
    return TableProfile("t", 1, 1, 1, (), activity=activity)


@pytest.mark.parametrize(
    ("scans", "lookups", "access"),
    [
        (2, 1, None),
        (19, 0, None),
        (20, 0, "analytics"),
        (3, 30, "lookups"),
        (3, 29, "mixed"),
        (30, 3, "analytics"),
        (40, 40, "mixed"),
    ],
)
def test_reads_of_one_kind_tell_of_access(scans: int, lookups: int, access: str | None) -> None:
    found = hints([table(Activity(scans=scans, lookups=lookups)), table(None)]).access
    assert (found[0] if found else None) == access


@pytest.mark.parametrize(
    ("activity", "updates"),
    [
        (Activity(1000, 0, 0), False),
        (Activity(1000, 5, 4), False),
        (Activity(1000, 5, 5), True),
        (Activity(0, 0, 0), None),
        (Activity(rewrites=0), None),
        (Activity(rewrites=3), True),
    ],
)
def test_changes_tell_of_updates(activity: Activity, updates: bool | None) -> None:
    found = hints([table(activity)]).updates
    assert (found[0] if found else None) is updates


def test_no_counts_no_hints() -> None:
    assert hints([table(None)]) == hints([])
    assert hints([]).access is hints([]).updates is None


def test_only_what_was_counted_is_told() -> None:
    lines = [say(one) for one in told(Activity(5, 1, 0, scans=3, lookups=7))]
    assert lines == ["5 rows inserted, 1 updated, 0 deleted", "3 reads of the whole table, 7 through an index"]
    moment = datetime(2026, 11, 2, 10, 5, tzinfo=UTC)
    assert [say(one) for one in told(Activity(rewrites=2, changed=moment))] == [
        "2 statements that change rows",
        "written last 2026-11-02 10:05 UTC",
    ]
