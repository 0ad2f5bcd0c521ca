from __future__ import annotations

from datetime import UTC
from typing import ClassVar

import pyarrow as pa
import pytest

from tests.conformance.harness.base import Harness as Base
from tests.conformance.harness.base import Place
from tests.servers.clickhouse_http import PASSWORD, House

_TYPES = {
    pa.int64(): "Int64", pa.string(): "String", pa.float64(): "Float64", pa.date32(): "Date32", pa.bool_(): "Bool",
    pa.timestamp("us", "UTC"): "DateTime64(6, 'Asia/Tokyo')", pa.timestamp("us"): "DateTime64(6, 'UTC')",
}  # fmt: skip


class Harness(Base):
    kind = "clickhouse"
    marks = (pytest.mark.server,)
    secret = PASSWORD
    types: ClassVar[dict[str, str]] = {"local": "TIMESTAMP WITH TIME ZONE"}  # every time of ClickHouse is a moment

    @property
    def house(self) -> House:
        return self.request.getfixturevalue("house")

    def put(self, rows: pa.Table) -> Place:
        columns = ", ".join(
            f"{_quoted(field.name)} Nullable({_TYPES.get(field.type) or f'Decimal({field.type.precision}, {field.type.scale})'})"
            for field in rows.schema
        )
        self.house.run(f"CREATE OR REPLACE TABLE @rows ({columns}) ENGINE = MergeTree ORDER BY tuple()")
        if rows.num_rows:
            self.house.server.client.insert_arrow(f"{self.house.name}.rows", rows)
        assert self.house.run("SELECT count() AS n FROM @rows") == [{"n": rows.num_rows}]
        return Place(self.house.settings, (self.house.name, "rows"))

    def missing(self) -> Place:
        return Place(self.house.settings, (self.house.name, "gone"))

    def nowhere(self) -> Place:
        return Place({**self.house.settings, "database": "no_such_database"}, (self.house.name, "rows"))

    def target(self) -> Place:
        return Place(self.house.settings, (self.house.name, "out"))

    def written(self, place: Place):
        tables = self.house.run("SELECT name FROM system.tables WHERE database = {d:String} ORDER BY name", d=self.house.name)
        rows = self.house.run("SELECT * FROM @out ORDER BY 1") if {"name": "out"} in tables else None
        return tables, rows

    def reads(self, name: str, value):
        return value.replace(tzinfo=UTC) if name == "local" and value else value


def _quoted(name: str) -> str:
    return "`" + name.replace("\\", "\\\\").replace("`", "\\`") + "`"
