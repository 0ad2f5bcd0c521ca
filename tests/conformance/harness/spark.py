from __future__ import annotations

import pyarrow as pa
import pytest

from tests.conformance.harness.base import Harness as Base
from tests.conformance.harness.base import Place
from tests.servers.spark import TOKEN, Schema

_TYPES = {
    pa.int64(): "BIGINT", pa.string(): "STRING", pa.float64(): "DOUBLE", pa.date32(): "DATE", pa.bool_(): "BOOLEAN",
    pa.timestamp("us", "UTC"): "TIMESTAMP_LTZ", pa.timestamp("us"): "TIMESTAMP_NTZ",
}  # fmt: skip


class Harness(Base):
    kind = "spark"
    marks = (pytest.mark.server, pytest.mark.xdist_group("spark"), pytest.mark.timeout(900))  # five JVMs start for the first test
    secret = TOKEN

    @property
    def schema(self) -> Schema:
        return self.request.getfixturevalue("spark_schema")

    def put(self, rows: pa.Table) -> Place:
        columns = ", ".join(
            f"{_quoted(field.name)} {_TYPES.get(field.type) or f'DECIMAL({field.type.precision}, {field.type.scale})'}"
            for field in rows.schema
        )
        self.schema.run("DROP TABLE IF EXISTS @rows")
        self.schema.run(f"CREATE TABLE @rows ({columns}) USING parquet")
        if rows.num_rows:
            session = self.schema.server.session
            session.conf.set("spark.sql.timestampType", "TIMESTAMP_NTZ")  # a time without a zone is one without a zone
            session.createDataFrame(rows).coalesce(1).write.insertInto(f"`{self.schema.name}`.rows")
        assert self.schema.run("SELECT count(*) FROM @rows") == [(rows.num_rows,)]
        return Place(self.schema.settings, ("spark_catalog", self.schema.name, "rows"))

    def missing(self) -> Place:
        return Place(self.schema.settings, ("spark_catalog", self.schema.name, "gone"))

    def nowhere(self) -> Place:
        return Place({**self.schema.settings, "catalog": "no_such_catalog"}, ("no_such_catalog", self.schema.name, "rows"))

    def target(self) -> Place:
        return Place(self.schema.settings, ("spark_catalog", self.schema.name, "out"))

    def written(self, place: Place):
        tables = self.schema.tables()
        return tables, self.schema.run("SELECT * FROM @out ORDER BY 1, 2") if "out" in tables else None


def _quoted(name: str) -> str:
    return "`" + name.replace("`", "``") + "`"
