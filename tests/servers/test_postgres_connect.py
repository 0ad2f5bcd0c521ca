"""*Test connection* and browsing, against a real PostgreSQL."""

from __future__ import annotations

import socket
import threading
from typing import Any

import pytest

from connectors.pg import place
from connectors.postgres import Postgres
from core.errors import ConfigError, ConnectError
from core.words import say
from tests.servers.hard_table import HARD_DUCK, HARD_PATH
from tests.servers.postgres import PASSWORD, Database
from tests.servers.tools import without_password

pytestmark = pytest.mark.server


def statuses(database: Database, /, **changes: Any) -> dict[str, str]:
    checks = Postgres({**database.settings, **changes}).check()
    for check in checks:
        assert check.status in ("ok", "skipped") or check.fix is not None
        assert PASSWORD not in say(check.detail)
    return {check.name: check.status for check in checks}


def test_a_good_connection_passes_every_check_in_order(database: Database):
    database.run("CREATE TABLE t (a int)")
    checks = Postgres(database.settings).check()
    assert [check.name for check in checks] == ["resolve", "reach", "tls", "auth", "permissions", "version", "latency"]
    assert {check.status for check in checks} == {"ok"}
    assert all(check.ms is not None for check in checks)


def test_a_wrong_password_fails_at_the_sign_in_alone(database: Database):
    found = statuses(database, password="not it")
    assert (found["reach"], found["auth"], found["permissions"]) == ("ok", "fail", "skipped")


def test_a_port_nobody_listens_on_fails_at_the_port(database: Database):
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        found = statuses(database, port=closed.getsockname()[1])
    assert (found["resolve"], found["reach"], found["auth"]) == ("ok", "fail", "skipped")


def test_an_unknown_host_fails_at_the_name(database: Database):
    found = statuses(database, host="no-such-host.invalid")
    assert found["resolve"] == "fail"
    assert {status for name, status in found.items() if name != "resolve"} == {"skipped"}


def test_a_missing_database_fails_at_the_sign_in_and_is_named(database: Database):
    assert statuses(database, database="nowhere")["auth"] == "fail"
    with pytest.raises(ConnectError) as caught:
        Postgres({**database.settings, "database": "nowhere"}).open()
    assert "no database nowhere" in without_password(caught.value)


def test_encryption_that_is_not_to_be_had_fails_before_the_sign_in(database: Database):
    found = statuses(database, sslmode="require")
    assert (found["reach"], found["tls"], found["auth"]) == ("ok", "fail", "skipped")


def test_tables_that_may_not_be_read_fail_at_the_rights(database: Database):
    database.run("CREATE TABLE t (a int); CREATE ROLE poor LOGIN PASSWORD 'poor one'")
    try:
        assert statuses(database, user="poor", password="poor one")["permissions"] == "fail"
        with pytest.raises(ConnectError) as caught:
            Postgres({**database.settings, "user": "poor", "password": "poor one"}).preview(("public", "t"))
        assert "may not use" in str(caught.value)
    finally:
        database.run("DROP ROLE poor")


def test_settings_that_do_not_fit_are_a_failed_check_not_a_crash(database: Database):
    assert statuses(database, port="many")["resolve"] == "fail"
    assert statuses(database, user="")["resolve"] == "fail"
    with pytest.raises(ConfigError):
        Postgres({**database.settings, "sslmode": "perhaps"}).open()


@pytest.mark.parametrize("mode", ["prefer", "disable"])
def test_a_server_that_accepts_and_never_answers_is_given_up_in_time(database: Database, mode: str, monkeypatch):
    monkeypatch.setattr(place, "TIMEOUT", 2.0)
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        settings = {**database.settings, "port": silent.getsockname()[1], "sslmode": mode}
        assert [check.name for check in Postgres(settings).check() if check.status == "fail"] == [
            "tls" if mode == "prefer" else "auth"
        ]
        with pytest.raises(ConnectError) as caught:
            Postgres(settings).open()
    assert "does not answer" in without_password(caught.value)


def test_something_that_is_no_postgresql_is_said_to_be_that(database: Database):
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()

        def hang_up_on_everybody() -> None:
            while True:
                try:
                    caller, _ = other.accept()
                except OSError:
                    return
                caller.close()

        threading.Thread(target=hang_up_on_everybody, daemon=True).start()
        assert statuses(database, port=other.getsockname()[1])["auth"] == "fail"
        other.shutdown(socket.SHUT_RDWR)


def test_no_error_of_connecting_holds_the_password(database: Database):
    for changes in (
        {"user": "nobody"},
        {"database": "x"},
        {"port": 1},
        {"host": "no-such-host.invalid"},
        {"sslmode": "verify-full"},
    ):
        with pytest.raises(ConnectError) as caught:
            Postgres({**database.settings, **changes}).open()
        without_password(caught.value)
    assert PASSWORD not in repr(Postgres(database.settings).place)


def test_schemas_and_tables_are_listed_with_estimates(database: Database):
    database.run(
        'CREATE SCHEMA "s p"; CREATE TABLE "s p"."a""b" AS SELECT generate_series(1, 1000) AS n; ANALYZE "s p"."a""b";'
        'CREATE TABLE "s p".never (n int); INSERT INTO "s p".never VALUES (1); CREATE VIEW "s p".v AS SELECT 1 AS one'
    )
    with Postgres(database.settings) as source:
        assert [item.name for item in source.browse()] == ["public", "s p"]
        items = {item.name: item for item in source.browse(("s p",))}
    assert (items['a"b'].kind, items['a"b'].rows, items['a"b'].rows_exact) == ("table", 1000, False)
    assert items['a"b'].bytes > 8192
    assert items["never"].rows is None
    assert (items["v"].kind, items["v"].rows, items["v"].bytes) == ("view", None, None)


def test_a_partitioned_table_stands_for_its_partitions(database: Database):
    database.run(
        "CREATE TABLE p (d int) PARTITION BY RANGE (d); CREATE TABLE p1 PARTITION OF p FOR VALUES FROM (0) TO (10);"
        "CREATE TABLE p2 PARTITION OF p FOR VALUES FROM (10) TO (20) PARTITION BY RANGE (d);"
        "CREATE TABLE p21 PARTITION OF p2 FOR VALUES FROM (10) TO (20); INSERT INTO p SELECT generate_series(0, 19); ANALYZE p"
    )
    with Postgres(database.settings) as source:
        (item,) = source.browse(("public",))
    assert (item.name, item.rows, item.kind) == ("p", 20, "table")
    assert item.bytes >= 2 * 8192


def test_only_the_schema_of_the_settings_is_listed(database: Database):
    database.run("CREATE SCHEMA mine")
    with Postgres({**database.settings, "schema": "mine"}) as source:
        assert [item.path for item in source.browse()] == [("mine",)]


def test_columns_tell_type_nulls_and_comment(hard: Database):
    hard.run('COMMENT ON COLUMN "ha""rd Ё"."a b" IS \'что это\'')
    with Postgres(hard.settings) as source:
        columns = {column.name: column for column in source.schema(HARD_PATH)}
    assert list(columns) == list(HARD_DUCK)
    assert (columns["a b"].nullable, columns["a b"].comment) == (False, "что это")
    assert (columns["p"].type, columns["p"].source_type) == ("DECIMAL(6,2)", "list_price")
    assert (columns["ad"].type, columns["ad"].source_type) == ("TIMESTAMP WITH TIME ZONE[]", "timestamp with time zone[]")
    later = {"Sum": "VARCHAR", "tens": "VARCHAR", "mo": "VARCHAR"}
    assert {name: column.type for name, column in columns.items()} == {**HARD_DUCK, **later}
