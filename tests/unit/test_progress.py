"""What is done of the journey is what exists for the tables as they are; what became of the tables since a profile is told by name."""

import pytest

from core.models.advice import Workload
from core.models.design import Proof
from core.task import Task
from core.workbench import Workbench, advice, connect, ddl, pipeline, profile, progress, report

ORDERS = "id,customer,total\n" + "".join(f"{n},{n % 5 + 1},{n}.50\n" for n in range(1, 51))
CUSTOMERS = "id,name\n" + "".join(f"{n},c{n}\n" for n in range(1, 6))


@pytest.fixture
def shop(tmp_path, monkeypatch):
    """(workbench, project, folder): two tables, profiled."""
    monkeypatch.setenv("ASSAY_SECRETS", "file")
    folder = tmp_path / "shop"
    folder.mkdir()
    (folder / "orders.csv").write_text(ORDERS, encoding="utf-8")
    (folder / "customers.csv").write_text(CUSTOMERS, encoding="utf-8")
    with Workbench.open(tmp_path / "home") as wb:
        made = wb.create_project("shop").id
        for source in connect.sources_of(str(folder)):
            connect.land(wb, made, source, Task())
        profile.take(wb, made, Task())
        yield wb, made, folder


def done(wb, project):
    return [step for step, is_done in progress.done(wb, project).items() if is_done]


def table(wb, project, name):
    return next(one for one in connect.tables(wb, project) if one.name == name)


def load_again(wb, project):
    connect.reload_work(wb, Task(), {"table": table(wb, project, "orders").id})


def test_a_step_is_not_done_because_its_page_was_opened(shop):
    wb, project, _ = shop
    advice.latest(wb, project)
    pipeline.suggest(wb, project)
    report.shown(wb, project, "en")
    ddl.take(wb, project, Task(), prove=False)
    assert done(wb, project) == ["connect", "profile"]
    assert progress.unlocked(wb, project) == set(progress.STEPS)


def test_storage_is_done_when_the_person_said_how_the_data_are_read_or_took_the_advice(shop):
    wb, project, _ = shop
    advice.set_workload(wb, project, Workload(access="events"))
    assert "advice" in done(wb, project)
    advice.set_workload(wb, project, Workload())
    assert "advice" not in done(wb, project)
    advice.accept(wb, project)
    assert "advice" in done(wb, project)
    load_again(wb, project)
    profile.take(wb, project, Task())
    assert "advice" not in done(wb, project), "taken on an earlier profile"


def test_a_pipeline_is_done_when_it_has_run_and_a_report_when_it_was_handed_out(shop):
    wb, project, _ = shop
    pipeline.run(wb, project, pipeline.suggest(wb, project), Task())
    assert "pipeline" in done(wb, project)
    report.render(wb, project, "md", "en")
    assert "report" in done(wb, project)
    pipeline.delete(wb, project, pipeline.names(wb, project)[0])
    assert "pipeline" not in done(wb, project)


def test_ddl_is_done_when_every_proof_passed_on_this_profile(shop):
    wb, project, _ = shop
    design = ddl.take(wb, project, Task(), prove=False)
    wb.store.versions.put(project, "ddl", ddl.NAME, type(design)(design.tables, design.ddl, (Proof("postgres", "x", (), 0),)))
    assert "ddl" in done(wb, project)
    load_again(wb, project)
    profile.take(wb, project, Task())
    assert "ddl" not in done(wb, project)


def test_nothing_after_connect_is_done_once_a_table_is_gone_and_all_is_again_when_it_is_back(shop):
    wb, project, _ = shop
    advice.accept(wb, project)
    gone = table(wb, project, "orders").id
    connect.remove(wb, gone)
    assert done(wb, project) == ["connect"]
    connect.restore(wb, gone)
    assert done(wb, project) == ["connect", "profile", "advice"]


def test_what_became_of_the_tables_since_the_profile_is_told_by_name(shop):
    wb, project, folder = shop
    assert profile.changes(wb, project) == profile.Changes()
    (folder / "extra.csv").write_text("a\n1\n", encoding="utf-8")
    connect.land(wb, project, connect.sources_of(str(folder / "extra.csv"))[0], Task())
    connect.land(wb, project, connect.sources_of(str(folder / "orders.csv"))[0], Task())
    connect.rename(wb, table(wb, project, "customers").id, "clients")
    assert profile.changes(wb, project) == profile.Changes((), ("extra",), ("orders",), (("customers", "clients"),))
    connect.remove(wb, table(wb, project, "orders").id)
    assert profile.changes(wb, project).removed == ("orders",)


def test_a_project_without_a_profile_has_no_changes_to_tell(tmp_path):
    with Workbench.open(tmp_path / "home") as wb:
        made = wb.create_project("new").id
        assert profile.changes(wb, made) is None
        assert progress.unlocked(wb, made) == {"connect"}
