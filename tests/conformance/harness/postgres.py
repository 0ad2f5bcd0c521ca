from __future__ import annotations

from contextlib import closing

import pyarrow as pa
import pytest
from psycopg2 import sql
from psycopg2.extras import execute_values

from tests.conformance.harness.base import Harness as Base
from tests.conformance.harness.base import Place
from tests.servers.postgres import PASSWORD, Database

_TYPES = {
    pa.int64(): "bigint", pa.string(): "text", pa.float64(): "double precision", pa.date32(): "date", pa.bool_(): "boolean",
    pa.timestamp("us", "UTC"): "timestamptz", pa.timestamp("us"): "timestamp",
}  # fmt: skip


class Harness(Base):
    kind = "postgres"
    marks = (pytest.mark.server,)
    secret = PASSWORD

    @property
    def database(self) -> Database:
        return self.request.getfixturevalue("database")

    def put(self, rows: pa.Table) -> Place:
        columns = [
            sql.SQL("{} {}").format(
                sql.Identifier(field.name),
                sql.SQL(_TYPES.get(field.type) or f"numeric({field.type.precision}, {field.type.scale})"),
            )
            for field in rows.schema
        ]
        self.database.run(sql.SQL("CREATE TABLE rows ({})").format(sql.SQL(", ").join(columns)))
        with (
            closing(self.database.server.connect(dbname=self.database.name)) as connection,
            connection,
            connection.cursor() as cursor,
        ):
            execute_values(cursor, "INSERT INTO rows VALUES %s", list(zip(*(column.to_pylist() for column in rows.columns))))
        return Place(self.database.settings, ("public", "rows"))

    def missing(self) -> Place:
        return Place(self.database.settings, ("public", "gone"))

    def nowhere(self) -> Place:
        return Place({**self.database.settings, "database": "no_such_database"}, ("public", "rows"))

    def target(self) -> Place:
        return Place(self.database.settings, ("public", "out"))

    def written(self, place: Place):
        if not self.database.run("SELECT to_regclass('public.out') IS NOT NULL")[0][0]:
            return None, self.database.run("SELECT count(*) FROM pg_class")
        return self.database.run("SELECT * FROM out ORDER BY 1"), self.database.run("SELECT count(*) FROM pg_class")
