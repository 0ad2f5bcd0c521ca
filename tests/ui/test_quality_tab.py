"""The tab Quality: rules are counted, kept, changed, dismissed, added and taken elsewhere."""

from __future__ import annotations

import pytest

from app import session
from core.models.quality import Rule
from core.task import Task
from core.workbench import connect, profile, quality
from tests.ui.test_pages import button, opened, said


@pytest.fixture(autouse=True)
def _home(tmp_path, monkeypatch):
    monkeypatch.setenv("ASSAY_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("ASSAY_SECRETS", "file")
    yield
    session.close_workbench()


@pytest.fixture
def project(tmp_path) -> str:
    """A project with a profiled table of which one cell is empty."""
    lines = [f"{n},{'' if n == 50 else 'ABC'[n % 3]},{n * 3 % 71}" for n in range(200)]
    (tmp_path / "orders.csv").write_text("\n".join(["id,state,amount", *lines]) + "\n")
    wb = session.open_workbench()
    made = wb.create_project("p").id
    connect.land(wb, made, connect.sources_of(str(tmp_path / "orders.csv"))[0], Task())
    profile.take(wb, made, Task())
    quality.take(wb, made, Task())
    return made


def tab(project: str):
    app = opened("profile", project)
    app.session_state["profile-tab"] = "Quality"
    app.run()
    assert not app.exception
    return app


def rules(project: str) -> list[tuple[str, float]]:
    return [(check.rule.kind, check.most) for check in quality.checks(session.open_workbench(), project).kept]


def test_a_rule_is_kept_changed_and_taken_back(project):
    app = tab(project)
    assert "1 rule is broken" in said(app)
    button(app, "Keep as a check").click().run()
    assert not app.exception
    assert rules(project) == [("filled", 0.0)]
    assert "1 does not hold" in said(app)
    (most,) = [box for box in app.number_input if box.key.startswith("most-")]
    most.set_value(1.0).run()
    button(app, "Change").click().run()
    assert rules(project) == [("filled", 0.01)]
    assert "All hold." in said(app)
    button(app, "Take back").click().run()
    assert rules(project) == []
    assert "1 rule is broken" in said(app)


def test_a_rule_is_dismissed_and_brought_back(project):
    app = tab(project)
    button(app, "Never again").click().run()
    assert "0 rules are broken" in said(app)
    button(app, "Bring back").click().run()
    assert not app.exception
    assert "1 rule is broken" in said(app)


def test_a_rule_of_ones_own_is_added_and_a_wrong_one_is_told(project):
    app = tab(project)
    app.selectbox("rule-kind").select("condition").run()
    app.text_input("rule-condition").input("amout < 50").run()
    button(app, "Add").click().run()
    assert not app.exception
    assert any("amount" in error.value for error in app.error)
    assert rules(project) == []
    app.text_input("rule-condition").input("amount < 50").run()
    button(app, "Add").click().run()
    assert not app.exception
    assert rules(project) == [("condition", 0.0)]
    found = quality.latest(session.open_workbench(), project)
    assert found.results[0].failed == sum(n * 3 % 71 >= 50 for n in range(200))


def test_rows_that_break_a_rule_are_one_click_away(project):
    app = tab(project)
    button(app, "Show these rows").click().run()
    assert not app.exception
    assert [list(frame.value["id"]) for frame in app.dataframe if "id" in frame.value][-1] == [50]


@pytest.mark.parametrize(
    "rule",
    [
        Rule("orders", "between", ("state",), values=("1", "2")),
        Rule("nothing", "filled", ("id",)),
        Rule("orders", "matches", ("state",), "["),
    ],
)
def test_what_cannot_be_asked_leaves_the_checks_alone(project, rule):
    from core.errors import ConfigError

    with pytest.raises(ConfigError):
        quality.add(session.open_workbench(), project, rule)
    assert rules(project) == []


def test_checks_survive_their_file(project):
    wb = session.open_workbench()
    quality.add(wb, project, Rule("orders", "between", ("amount",), values=("0", "")), 0.05)
    quality.dismiss(wb, project, Rule("orders", "filled", ("state",)))
    before = quality.checks(wb, project)
    text = quality.to_yaml(before)
    quality.set_checks(wb, project, quality.read_yaml("checks: []"))
    assert not quality.checks(wb, project).kept
    quality.set_checks(wb, project, quality.read_yaml(text))
    assert quality.checks(wb, project) == before


def test_what_changed_since_an_earlier_profile_is_shown(project, tmp_path):
    app = opened("profile", project)
    app.session_state["profile-tab"] = "Drift"
    app.run()
    assert "There is one profile so far" in said(app)
    lines = [f"{n},{'AB'[n % 2]},{n * 3 % 71 + 40}" for n in range(200)]
    (tmp_path / "orders.csv").write_text("\n".join(["id,state,amount", *lines]) + "\n")
    wb = session.open_workbench()
    connect.reload_work(wb, Task(), {"table": connect.tables(wb, project)[0].id})
    profile.take(wb, project, Task())
    app = opened("profile", project)
    app.session_state["profile-tab"] = "Drift"
    app.run()
    assert not app.exception
    shown = app.dataframe[0].value
    assert {"amount", "state"} == set(shown[(shown["What changed"].str.contains("PSI")) & (shown["Weight"] == "alert")]["Column"])
