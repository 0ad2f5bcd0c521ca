from __future__ import annotations

import io
from typing import ClassVar

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.conformance.harness.base import Harness as Base
from tests.conformance.harness.base import Place
from tests.servers.hdfs import TOKEN, Folder


class Harness(Base):
    """Parquet in a folder; the other formats are read by the kinds that have a harness of their own."""

    kind = "hdfs"
    marks = (pytest.mark.server, pytest.mark.xdist_group("hdfs"))
    secret = TOKEN
    types: ClassVar[dict[str, str]] = {}

    @property
    def there(self) -> Folder:
        return self.request.getfixturevalue("hdfs_folder")

    def put(self, rows: pa.Table) -> Place:
        data = io.BytesIO()
        pq.write_table(rows, data)
        self.there.put("a folder/rows.parquet", data.getvalue())
        return Place(self.there.settings, (self.there.name, "a folder", "rows.parquet"))

    def missing(self) -> Place:
        return Place(self.there.settings, (self.there.name, "a folder", "gone.parquet"))

    def nowhere(self) -> Place:
        return Place({**self.there.settings, "path": "no-such-folder"}, ())

    def target(self) -> Place:
        return Place(self.there.settings, (self.there.name, "out", "rows.parquet"))

    def written(self, place: Place):
        return self.there.files()
