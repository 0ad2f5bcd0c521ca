"""A profile of tables that did not change is the one there is."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from core.task import Task
from core.workbench import Workbench, connect, profile


@pytest.fixture
def opened(tmp_path: Path) -> Iterator[tuple[Workbench, str, Path]]:
    file = tmp_path / "data.csv"
    file.write_text("id,n\n1,2\n2,3\n")
    with Workbench.open(tmp_path / "home") as wb:
        project = wb.create_project("p").id
        connect.land(wb, project, connect.sources_of(str(file))[0], Task())
        yield wb, project, file


def test_unchanged_tables_are_answered_from_the_store(opened: tuple[Workbench, str, Path], monkeypatch) -> None:
    wb, project, _ = opened
    first = profile.take(wb, project, Task())
    monkeypatch.setattr(profile, "compute", None)
    assert profile.take(wb, project, Task()) == first


def test_a_table_that_was_loaded_again_is_profiled_again(opened: tuple[Workbench, str, Path]) -> None:
    wb, project, file = opened
    profile.take(wb, project, Task())
    file.write_text("id,n\n1,2\n2,3\n3,4\n")
    (table,) = connect.tables(wb, project)
    connect.reload_work(wb, Task(), {"table": table.id})
    assert profile.take(wb, project, Task()).rows == 3


def test_a_profile_with_other_figures_is_not_answered_with(opened: tuple[Workbench, str, Path]) -> None:
    wb, project, _ = opened
    old = profile.take(wb, project, Task())
    wb.store.versions.put(project, "profile", profile.NAME, replace(old, edition=1))
    again = profile.take(wb, project, Task())
    assert again.edition == old.edition
    assert again.taken_at >= old.taken_at
