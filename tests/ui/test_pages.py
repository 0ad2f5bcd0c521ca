"""Every page by itself: on an empty workspace, on a project that has been through the journey, in both languages."""

import pytest
from streamlit.testing.v1 import AppTest

from app import session
from app.widgets.reading import reading_of
from core.models.advice import Workload
from core.task import Task
from core.workbench import Workbench, advice, connect, ddl, pipeline, profile, progress
from tests.unit.test_cli import CUSTOMERS, ORDERS, shop
from tests.unit.test_jobs import until

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
    app.button(key=f"undelete-{project}").click().run()
    assert [one.id for one in session.open_workbench().projects()] == [project]


def test_every_deleted_project_comes_back_also_where_its_name_was_taken(project):
    wb = session.open_workbench()
    other = wb.create_project("other").id
    app = opened("settings", project)
    app.button(key="delete-project").click().run()
    app.button(key="delete-project").click().run()
    assert wb.projects() == ()
    wb.create_project("other")
    app.button(key=f"undelete-{project}").click().run()
    app.button(key=f"undelete-{other}").click().run()
    assert not app.exception
    assert sorted(one.name for one in wb.projects()) == ["Shop & <b>Co</b>", "other", "other 2"]


def test_the_error_of_a_button_stands_beside_it_and_is_a_toast(project, tmp_path):
    app = opened("connect", project)
    app.text_input(key="path-text").set_value("   ")
    button(app, "Load").click().run()
    assert "No path is given" in app.error[0].value
    assert "No path is given" in app.toast[0].value
    drawn = list(flat(app.main))
    assert drawn.index(app.error[0]) > drawn.index(app.text_input(key="path-text"))
    assert "No path is given" not in said(app.run())


def flat(block):
    """What is drawn, from above."""
    for child in block.children.values():
        yield child
        if hasattr(child, "children"):
            yield from flat(child)


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


def finished(app, project, kind):
    """The page once the jobs of a kind are over."""
    wb = session.open_workbench()
    until(lambda: not [job for job in wb.jobs(project, active=True) if job.kind == kind])
    return app.run()


@pytest.mark.parametrize("page", ["profile", "advice", "ddl", "report"])
def test_a_page_says_that_the_profile_is_older_than_the_tables_and_profiles_again(page, project):
    wb = session.open_workbench()
    assert "older than the tables" not in said(opened(page, project))
    table = next(one for one in connect.tables(wb, project) if one.name == "customers")
    connect.remove(wb, table.id)
    app = opened(page, project)
    assert "older than the tables" in said(app)
    assert "removed: customers" in said(app)
    app.button(key="profile-again").click().run()
    assert "older than the tables" not in said(finished(app, project, "profile"))
    assert not app.exception


def test_a_page_says_so_when_no_table_is_left(project):
    wb = session.open_workbench()
    for table in connect.tables(wb, project):
        connect.remove(wb, table.id)
    for page in ("profile", "advice", "ddl", "report"):
        app = opened(page, project)
        assert "older than the tables" in said(app)
        assert app.button(key="old-connect")


def test_the_last_pipeline_can_be_brought_back_after_it_was_deleted(project):
    (name,) = pipeline.names(session.open_workbench(), project)
    opened("pipeline", project).button(key="delete-pipeline").click().run()
    app = opened("pipeline", project)
    app.button(key="undelete").click().run()
    assert pipeline.names(session.open_workbench(), project) == (name,)
    assert app.selectbox(key=f"pipeline-{project}").value == name


def test_a_run_that_ended_well_says_so_on_the_graph_with_the_place_of_its_result(project):
    app = opened("pipeline", project)
    app.button(key="run").click().run()
    finished(app, project, "run")
    assert any("done" in one.value for one in app.toast)
    assert "wrote" in said(app)
    app.run()
    assert not app.toast
    assert "wrote" in said(app)


def test_undo_and_redo_can_be_pressed_only_where_there_is_something_to_undo_or_redo(project):
    wb = session.open_workbench()
    (name,) = pipeline.names(wb, project)
    app = opened("pipeline", project)
    assert app.button(key="undo").disabled
    assert app.button(key="redo").disabled
    first = pipeline.get(wb, project, name)
    pipeline.save(wb, project, pipeline.edit.remove(first, first.nodes[-1].id))
    app.run()
    assert not app.button(key="undo").disabled
    app.button(key="undo").click().run()
    assert not app.button(key="redo").disabled


def test_a_step_is_added_into_the_line_and_a_sink_explains_why_nothing_follows_it(project):
    wb = session.open_workbench()
    (name,) = pipeline.names(wb, project)
    plan = pipeline.get(wb, project, name)
    sink = next(node for node in plan.nodes if node.step == "sink")
    app = opened("pipeline", project)
    app.session_state[f"selected-{project}-{name}"] = sink.input
    app.run()
    app.button(key="add-filter").click().run()
    assert ("filter", sink.id) in pipeline.edit.edges(pipeline.get(wb, project, name))
    app.session_state[f"selected-{project}-{name}"] = sink.id
    app.run()
    assert "Nothing comes after a sink" in said(app)


def test_the_form_of_a_sink_asks_only_for_what_its_target_needs(project):
    wb = session.open_workbench()
    (name,) = pipeline.names(wb, project)
    sink = next(node for node in pipeline.get(wb, project, name).nodes if node.step == "sink")
    app = opened("pipeline", project)
    app.session_state[f"selected-{project}-{name}"] = sink.id
    app.run()
    key = f"{project}-{name}-{sink.id}-{pipeline.revision(wb, project, name)}"
    assert f"{key}-path" in {one.key for one in app.text_input}
    assert f"{key}-to-table" not in {one.key for one in app.text_input}
    app.selectbox(key=f"{key}-target").select("postgres").run()
    assert f"{key}-to-table" in {one.key for one in app.text_input}
    assert f"{key}-path" not in {one.key for one in app.text_input}


def test_going_on_from_connect_starts_the_profile(project):
    wb = session.open_workbench()
    connect.remove(wb, connect.tables(wb, project)[0].id)
    assert profile.stale(wb, project)
    app = opened("connect", project)
    app.button(key="next").click().run()
    assert app.title[0].value == "Profile"
    finished(app, project, "profile")
    assert not profile.stale(wb, project)


def test_a_link_to_a_project_that_is_not_there_says_so(project):
    app = opened("connect", "nowhere")
    assert "The project of this link is not there" in said(app)
    assert app.query_params["project"] == project
    assert "is not there" not in said(app.run())


def test_bringing_a_deleted_project_back_returns_to_it(project):
    session.open_workbench().create_project("other")
    app = opened("settings", project)
    app.button(key="delete-project").click().run()
    app.button(key=f"undelete-{project}").click().run()
    assert app.query_params["project"] == project
    assert app.selectbox(key="project-box").value == project


def test_a_name_that_cannot_be_stays_in_its_field(project):
    app = opened("connect", project)
    app.text_input(key="new-project-name").set_value("Shop & <b>Co</b>")
    next(one for one in app.button if one.label == "Create").click().run()
    assert "cannot have this name" in app.error[0].value
    assert app.text_input(key="new-project-name").value == "Shop & <b>Co</b>"
    app.text_input(key="new-project-name").set_value("Another")
    next(one for one in app.button if one.label == "Create").click().run()
    assert not app.text_input(key="new-project-name").value
    assert app.title[0].value == "Connect"


def test_prices_without_a_currency_are_refused(project):
    app = opened("settings", project)
    next(one for one in app.text_input if one.label == "Currency").set_value(" ")
    button(app, "Save the prices").click().run()
    assert "The currency is missing" in app.error[0].value
    assert advice.prices(session.open_workbench()).currency == "USD"


def test_a_file_is_read_again_as_the_person_says_and_the_table_keeps_it(tmp_path, project):
    wb = session.open_workbench()
    (tmp_path / "codes.csv").write_text("1;2,5\n3;4,5\n", encoding="utf-8")
    connect.land(wb, project, connect.sources_of(str(tmp_path / "codes.csv"))[0], Task())
    number = [one.name for one in connect.tables(wb, project)].index("codes")
    table = connect.tables(wb, project)[number]
    connect.read_as(wb, table.id, {"delimiter": ",", "header": "no"})
    until(lambda: not wb.jobs(project, active=True))
    again = connect.tables(wb, project)[number]
    assert len(again.landed.columns) == 2
    assert again.landed.rows == 2
    assert connect.land(wb, project, connect.sources_of(str(tmp_path / "codes.csv"))[0], Task()).source == again.source


@pytest.mark.parametrize(
    ("mark", "shown"),
    [
        ("%d.%m.%Y", "day.month.year"),
        ("%Y-%m-%dT%H:%M:%SZ", "year-month-day T hours:minutes:seconds Z"),
        ("decimal comma", "decimal comma"),
        ("%d.%m.%Y; NA, - = null", "day.month.year; NA, - = NULL"),
        ("True / False", "True / False"),
        ("decimal comma, thousands by space, unit ₽; - = null", "decimal comma, thousands by space, unit ₽; - = NULL"),
        ("", ""),
    ],
)
def test_how_a_column_was_read_is_said_in_words(mark, shown, monkeypatch):
    monkeypatch.setattr(session, "lang", lambda: "en")
    assert reading_of(mark) == shown


def test_someone_sent_from_an_address_that_is_no_page_is_told(project):
    app = AppTest.from_file(str(ROOT / "app" / "main.py"), default_timeout=60)
    app.query_params["lost"] = "nowhere"
    app.run()
    assert "There is no page nowhere" in app.error[0].value
    assert "lost" not in app.query_params


def test_a_pipeline_is_done_when_it_has_run_and_a_new_one_has_no_runs_of_the_one_before(project):
    with Workbench.open() as wb:
        assert not progress.done(wb, project)["pipeline"]
        name = pipeline.names(wb, project)[0]
        pipeline.run(wb, project, pipeline.get(wb, project, name), Task())
        assert progress.done(wb, project)["pipeline"]
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
