"""The page Connect by itself: gallery, forms, questions that can be cancelled, a look before loading."""

import threading

import pytest

from app import session
from connectors import registry
from core.words import msg
from core.workbench import connect
from tests.servers.tools import until
from tests.ui.test_pages import _home, button, opened, said

__all__ = ["_home"]


@pytest.fixture
def empty():
    return session.open_workbench().create_project("p").id


def cards(app):
    return {one.key for one in app.button if one.key in {f"kind-{kind}" for kind in registry.names()}}


def test_the_gallery_is_searched_and_says_when_nothing_fits(empty):
    app = opened("connect", empty)
    assert cards(app) == {f"kind-{kind}" for kind in registry.names()}
    app.text_input(key="kind-search").set_value(".ndjson").run()
    assert cards(app) == {"kind-json"}
    app.text_input(key="kind-search").set_value("zeppelin").run()
    assert not cards(app)
    assert "No kind of source fits" in said(app)


def test_a_kind_that_cannot_be_used_says_what_to_install(empty, monkeypatch):
    monkeypatch.setitem(registry.KINDS, "xml", registry.Entry("connectors.no_such:X", msg("Install the package X.")))
    registry.connector.cache_clear()
    try:
        app = opened("connect", empty)
        app.button(key="kind-xml").click().run()
        assert "Install the package X" in said(app).replace("\\", "")
    finally:
        registry.connector.cache_clear()


def test_a_form_says_at_each_field_what_is_wrong_and_sends_nothing(empty, monkeypatch):
    sent = []
    monkeypatch.setattr(connect, "check", lambda *args: sent.append(args))
    app = opened("connect", empty)
    app.button(key="kind-postgres").click().run()
    app.number_input(key="new-postgres-port").set_value(70_000).run()
    app.button(key="check-new-postgres").click().run()
    assert "from 1 to 65535" in said(app).replace("\\", "")
    assert "Nothing was sent" in said(app)
    assert not sent
    assert not app.exception


def test_fields_without_a_meaning_are_not_shown_and_a_saved_secret_is_never_filled_in(empty):
    saved = connect.save_connection(session.open_workbench(), "shop", "postgres", {"host": "h", "password": "s3cret"})
    app = opened("connect", empty)
    app.button(key="kind-clickhouse").click().run()
    shown = {one.key for one in app.text_input}
    assert "new-clickhouse-host" in shown
    assert "new-clickhouse-folder" not in shown
    app.selectbox(key="new-clickhouse-engine").set_value("embedded").run()
    shown = {one.key for one in app.text_input}
    assert "new-clickhouse-host" not in shown
    assert "new-clickhouse-folder" in shown
    app.button(key="all-kinds").click().run()
    app.button(key=f"use-{saved.id}").click().run()
    assert app.text_input(key=f"{saved.id}-postgres-host").value == "h"
    assert not app.text_input(key=f"{saved.id}-postgres-password").value


def test_a_test_of_a_connection_can_be_cancelled_while_it_hangs(empty, monkeypatch):
    hang = threading.Event()
    monkeypatch.setattr(connect, "check", lambda *args: hang.wait(60) and ())
    app = opened("connect", empty)
    app.button(key="kind-postgres").click().run()
    for field in ("database", "user"):
        app.text_input(key=f"new-postgres-{field}").set_value("x")
    app.button(key="check-new-postgres").click().run()
    app.button(key="stop-check-postgres").click().run()
    assert "Stopped" in said(app)
    hang.set()


def test_an_option_changes_the_rows_that_are_looked_at_and_goes_along_when_they_are_loaded(empty, tmp_path):
    wb = session.open_workbench()
    (tmp_path / "codes.csv").write_text("a;b;c\n1;2,5;3\n3;4,5;6\n", encoding="utf-8")
    app = opened("connect", empty)
    app.text_input(key="path-text").set_value(str(tmp_path / "codes.csv"))
    button(app, "Look first").click().run()
    until(lambda: "All of it: 2 rows" in said(app) or app.run() is None)
    app.text_input(key="options-typed-csv-delimiter").set_value(",").run()
    until(lambda: "as you said" in said(app) or app.run() is None)
    assert not connect.tables(wb, empty)
    app.button(key="load-typed").click().run()
    until(lambda: not wb.jobs(empty, active=True))
    (table,) = connect.tables(wb, empty)
    assert dict(table.source.settings)["delimiter"] == ","
    assert len(table.landed.columns) == 2


def test_a_forgotten_connection_comes_back(empty):
    wb = session.open_workbench()
    saved = connect.save_connection(wb, "shop", "postgres", {"host": "h", "password": "s3cret"})
    app = opened("connect", empty)
    app.button(key=f"forget-{saved.id}").click().run()
    assert connect.connections(wb) == ()
    app.button(key=f"remember-{saved.id}").click().run()
    assert connect.settings_of(wb, saved.id)["password"] == "s3cret"
