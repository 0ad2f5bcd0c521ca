"""Nested parts on the page Connect: what each way costs, and a button that reads the file so."""

from __future__ import annotations

import json

import pytest

from app import session
from core.task import Task
from core.workbench import connect
from tests.ui.test_pages import button, opened, said
from tests.unit.test_jobs import until


@pytest.fixture(autouse=True)
def _home(tmp_path, monkeypatch):
    monkeypatch.setenv("ASSAY_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("ASSAY_SECRETS", "file")
    yield
    session.close_workbench()


def test_the_costs_are_shown_and_a_button_makes_the_tables(tmp_path):
    file = tmp_path / "orders.json"
    file.write_text(json.dumps([{"id": n, "lines": [{"sku": "a"}, {"sku": "b"}]} for n in range(3)]))
    wb = session.open_workbench()
    project = wb.create_project("p").id
    connect.land(wb, project, connect.sources_of(str(file))[0], Task())
    app = opened("connect", project)
    button(app, "Show what each way to read them costs").click().run()
    assert not app.exception
    assert "Measured on the first 3 rows" in said(app)
    button(app, "Read it so: tables with keys").click().run()
    assert not app.exception
    until(lambda: len(connect.tables(wb, project)) == 2)
    assert [(one.name, one.landed.rows) for one in connect.tables(wb, project)] == [("orders", 3), ("orders_lines", 6)]
    assert dict(connect.tables(wb, project)[0].source.settings)["nested"] == "tables"
