"""Every page by itself: on an empty workspace, on a project that has been through the journey, in both languages."""

import pytest
from streamlit.testing.v1 import AppTest

from app import session
from core.models.advice import Workload
from core.task import Task
from core.workbench import Workbench, advice, connect, ddl, pipeline, profile
from tests.unit.test_cli import CUSTOMERS, ORDERS, shop

PAGES = ("connect", "profile", "advice", "ddl", "pipeline", "report", "health", "settings")
ROOT = session.Path(__file__).resolve().parents[2]

__all__ = ["shop"]


@pytest.fixture(autouse=True)
def _home(tmp_path, monkeypatch):
    monkeypatch.setenv("ASSAY_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("ASSAY_SECRETS", "file")
    yield
    session.close_workbench()


@pytest.fixture
def project(tmp_path, shop):
    """A project with two tables that has been profiled, designed without proof, and has a pipeline."""
    (shop / "hostile.csv").write_text('"<b>*x*</b>",id\n"$a$ [l](http://x) :red[r] `c`",1\n:material/home:,2\n', encoding="utf-8")
    with Workbench.open() as wb:
        made = wb.create_project("Shop & <b>Co</b>").id
        for source in connect.sources_of(str(shop)):
            connect.land(wb, made, source, Task())
        profile.take(wb, made, Task())
        advice.make(wb, made)
        ddl.take(wb, made, Task(), prove=False)
        pipeline.suggest(wb, made)
    return made


def opened(page, project=None):
    """The app on one page, run once."""
    app = AppTest.from_file(str(ROOT / "app" / "main.py"), default_timeout=60)
    if project:
        app.query_params["project"] = project
    app.run()
    if page != "connect":
        app.switch_page(str(ROOT / "pages" / f"{page}.py")).run()
    return app


def button(app, label):
    return next(one for one in app.button if one.label == label)


def said(app):
    """All prose of the page."""
    return "\n".join(
        one.value for one in [*app.markdown, *app.caption, *app.title, *app.subheader, *app.warning, *app.error, *app.info]
    )


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("language", ["en", "ru"])
def test_a_page_opens_on_an_empty_workspace_and_says_what_to_do(page, language):
    session.open_workbench().language = language
    app = opened(page)
    assert not app.exception
    assert app.title[0].value
    if page not in ("health", "settings"):
        assert app.button, "a way on"


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("language", ["en", "ru"])
def test_a_page_opens_on_a_finished_project(page, language, project):
    session.open_workbench().language = language
    app = opened(page, project)
    assert not app.exception
    assert not app.error


def test_text_from_data_is_shown_as_text(project):
    app = opened("profile", project)
    app.segmented_control[0].set_value("hostile").run()
    assert not app.exception
    assert "\\<b\\>" in said(app)
    assert "<b>*x*" not in said(app)


def test_what_is_said_of_the_use_is_kept_and_changes_the_advice(project):
    app = opened("advice", project)
    app.selectbox(key=f"workload-access-{project}").select("events").run()
    assert "Kafka" in said(app)
    assert advice.workload(session.open_workbench(), project) == Workload(access="events")
    again = opened("advice", project)
    assert again.selectbox(key=f"workload-access-{project}").value == "events"


def test_a_project_can_be_deleted_and_brought_back(project):
    app = opened("settings", project)
    app.button(key="delete-project").click().run()
    assert not app.exception
    assert session.open_workbench().projects() == ()
    app.button(key="undo-delete").click().run()
    assert [one.id for one in session.open_workbench().projects()] == [project]


def test_a_table_can_be_removed_and_brought_back(project):
    wb = session.open_workbench()
    table = connect.tables(wb, project)[0]
    app = opened("connect", project)
    app.button(key=f"remove-{table.id}").click().run()
    assert table.name not in [one.name for one in connect.tables(wb, project)]
    app.button(key=f"restore-{table.id}").click().run()
    assert table.name in [one.name for one in connect.tables(wb, project)]


def test_yaml_that_is_no_pipeline_is_refused_and_the_old_one_stays(project):
    wb = session.open_workbench()
    (name,) = pipeline.names(wb, project)
    before = pipeline.get(wb, project, name)
    app = opened("pipeline", project)
    app.session_state["pipeline-tab"] = "YAML"
    app.run()
    app.text_area[0].set_value("name: x\nnodes:\n  - {id: a, step: nonsense}")
    button(app, "Apply").click().run()
    assert "This is not a pipeline" in app.error[0].value
    assert pipeline.get(wb, project, name) == before


def test_a_pipeline_is_undone_and_redone(project):
    wb = session.open_workbench()
    (name,) = pipeline.names(wb, project)
    first = pipeline.get(wb, project, name)
    pipeline.save(wb, project, pipeline.edit.remove(first, first.nodes[-1].id))
    app = opened("pipeline", project)
    app.button(key="undo").click().run()
    assert pipeline.get(wb, project, name) == first
    app.button(key="redo").click().run()
    assert pipeline.get(wb, project, name) != first


def test_a_new_pipeline_is_the_one_shown(project):
    app = opened("pipeline", project)
    app.text_input(key="new-pipeline-name").set_value("mine")
    button(app, "Create").click().run()
    assert app.selectbox(key=f"pipeline-{project}").value == "mine"
    app.text_input(key="new-pipeline-name").set_value("mine")
    button(app, "Create").click().run()
    assert "cannot have this name" in app.error[0].value
    assert app.selectbox(key=f"pipeline-{project}").value == "mine"


def test_each_answer_to_the_advice_is_kept(project):
    for shown, kept in (("yes", True), ("no", False), ("unknown", None)):
        app = opened("advice", project)
        app.selectbox(key=f"workload-updates-{project}").set_value(shown).run()
        assert advice.workload(session.open_workbench(), project).updates is kept


def test_a_missing_file_is_an_error_box_with_a_way_out(project, tmp_path):
    app = opened("connect", project)
    app.text_input(key="path-text").set_value(str(tmp_path / "nothing.csv"))
    button(app, "Load").click().run()
    for _ in range(200):
        if app.error:
            break
        app.run()
    assert "What to do" in app.error[0].value
    assert not app.exception


def test_the_language_of_the_settings_wins():
    session.open_workbench().language = "ru"
    assert "Настройки" in opened("settings").title[0].value


def test_the_rows_of_the_sample_files_are_what_the_tests_think():
    assert ORDERS.count("\n") == 201
    assert CUSTOMERS.count("\n") == 6


@pytest.mark.parametrize("page", ["advice", "ddl", "report"])
def test_a_page_that_rests_on_an_earlier_profile_says_so_and_takes_a_new_one(project, page):
    assert "since they were profiled" not in said(opened(page, project))
    with Workbench.open() as wb:
        connect.remove(wb, connect.tables(wb, project)[0].id)
    app = opened(page, project)
    assert not app.exception
    assert "since they were profiled" in said(app)
    button(app, "Profile again").click().run()
    assert not app.exception
    assert session.open_workbench().jobs(project)[0].kind == "profile"


def test_a_pipeline_is_done_when_it_has_run_and_a_new_one_has_no_runs_of_the_one_before(project):
    with Workbench.open() as wb:
        assert not wb.progress_of(project)["pipeline"]
        name = pipeline.names(wb, project)[0]
        pipeline.run(wb, project, pipeline.get(wb, project, name), Task())
        assert wb.progress_of(project)["pipeline"]
    assert "Last run" in said(opened("pipeline", project))
    with Workbench.open() as wb:
        pipeline.delete(wb, project, name)
        made = pipeline.create(wb, project, name)
        assert pipeline.last_run(wb, project, name) is None
        assert not pipeline.runs(wb, project, name)
        assert pipeline.undo(wb, project, name) is None, "what it was called before is not its past"
        added, _ = pipeline.edit.new(made, "sink", made.nodes[0].id)
        pipeline.run(wb, project, added, Task())
        assert len(pipeline.runs(wb, project, name)) == 1


def test_the_last_pipeline_that_was_deleted_can_be_brought_back(project):
    app = opened("pipeline", project)
    button(app, "Delete").click().run()
    back = next(one for one in app.button if one.label.startswith("Bring "))
    back.click().run()
    assert not app.exception
    assert button(app, "Run")
