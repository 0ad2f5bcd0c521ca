from __future__ import annotations

from typing import Any, ClassVar

import pyarrow as pa
import pytest

from tests.conformance.harness.base import Harness as Base
from tests.conformance.harness.base import Place
from tests.conformance.harness.json import Harness as Json
from tests.conformance.harness.json import value_of
from tests.servers.kafka import PASSWORD, Topic


class Harness(Base):
    """Values that are JSON, in a topic with one partition: rows have an order there. What the message says beside them has tests of its own."""

    kind = "kafka"
    marks = (pytest.mark.server, pytest.mark.xdist_group("kafka"))
    secret = PASSWORD
    replaces = False
    columns_in_rows = True
    types: ClassVar[dict[str, str]] = {"money": "DECIMAL(18,2)", "odd": "DECIMAL(18,2)"}

    @property
    def topic(self) -> Topic:
        return self.request.getfixturevalue("topic")

    @property
    def settings(self) -> dict:
        return {**self.topic.settings, "columns": "value", "format": "json"}

    def reads(self, name: str, value: Any) -> Any:
        return Json.reads(self, name, value)

    def put(self, rows: pa.Table) -> Place:
        self.topic.put(_object(row) for row in rows.to_pylist())
        return Place(self.settings, (self.topic.name,))

    def missing(self) -> Place:
        return Place(self.settings, ("gone",))

    def nowhere(self) -> Place:
        return Place({**self.settings, "password": "wrong"}, (self.topic.name,))

    def target(self) -> Place:
        return Place({**self.settings, "rows": "latest of each key"}, (f"{self.topic.name}.out",))

    def written(self, place: Place):
        server, name = self.topic.server, place.path[0]
        topics = [one for one in server.topics() if one.startswith(self.topic.name)]
        return topics, Topic(server, name).messages() if name in topics else None


def _object(row: dict) -> str:
    return "{" + ", ".join(f"{value_of(key)}: {value_of(value)}" for key, value in row.items()) + "}"
