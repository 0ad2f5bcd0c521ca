from __future__ import annotations

import io
from typing import ClassVar

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.conformance.harness.base import Harness as Base
from tests.conformance.harness.base import Place
from tests.servers.s3 import SECRET, Bucket


class Harness(Base):
    """Parquet in a bucket; the other formats are read by the kinds that have a harness of their own."""

    kind = "s3"
    marks = (pytest.mark.server, pytest.mark.xdist_group("s3"))
    secret = SECRET
    types: ClassVar[dict[str, str]] = {}

    @property
    def bucket(self) -> Bucket:
        return self.request.getfixturevalue("bucket")

    def put(self, rows: pa.Table) -> Place:
        data = io.BytesIO()
        pq.write_table(rows, data)
        self.bucket.put("a folder/rows.parquet", data.getvalue())
        return Place(self.bucket.settings, (self.bucket.name, "a folder", "rows.parquet"))

    def missing(self) -> Place:
        return Place(self.bucket.settings, (self.bucket.name, "a folder", "gone.parquet"))

    def nowhere(self) -> Place:
        return Place({**self.bucket.settings, "path": "no-such-bucket"}, ())

    def target(self) -> Place:
        return Place(self.bucket.settings, (self.bucket.name, "out", "rows.parquet"))

    def written(self, place: Place):
        return self.bucket.files()
