"""Columns of a wide table are filtered; the growth that the data tells is taken with a click."""

from __future__ import annotations

import pytest

from app import session
from core.task import Task
from core.workbench import advice, connect, profile
from tests.ui.test_pages import button, opened


@pytest.fixture(autouse=True)
def _home(tmp_path, monkeypatch):
    monkeypatch.setenv("ASSAY_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("ASSAY_SECRETS", "file")
    yield
    session.close_workbench()


@pytest.fixture
def project(tmp_path) -> str:
    head = ",".join(["id", "day", *(f"n{place}" for place in range(25))])
    lines = [f"{n},2026-01-{n % 30 + 1:02},{'' if n == 3 else n % 7}," + ",".join("5" for _ in range(24)) for n in range(300)]
    (tmp_path / "wide.csv").write_text("\n".join([head, *lines]) + "\n")
    wb = session.open_workbench()
    made = wb.create_project("p").id
    connect.land(wb, made, connect.sources_of(str(tmp_path / "wide.csv"))[0], Task())
    profile.take(wb, made, Task())
    return made


def columns(app) -> list[str]:
    return next(list(frame.value["Column"]) for frame in app.dataframe if "Distinct" in frame.value)


def test_columns_are_filtered_by_what_is_known_of_them(project):
    app = opened("profile", project)
    assert len(columns(app)) == 27
    (only,) = [group for group in app.button_group if group.key == "only-wide"]
    only.set_value(["with empty cells"]).run()
    assert not app.exception
    assert columns(app) == ["n0"]
    only.set_value(["times"]).run()
    assert columns(app) == ["day"]
    only.set_value(["unique", "times"]).run()
    assert not app.exception
    assert "or is of these kinds" in " ".join(caption.value for caption in app.caption)


def test_the_growth_of_the_data_is_offered_and_taken(project):
    wb = session.open_workbench()
    grown = advice.growth(wb, project)
    assert grown is not None
    assert 5 <= grown <= 20  # 300 rows over 30 days, the last of them not fuller than the others
    app = opened("advice", project)
    button(app, f"{grown} a day, say the times in your data").click().run()
    assert not app.exception
    assert advice.workload(wb, project).rows_per_day == grown
