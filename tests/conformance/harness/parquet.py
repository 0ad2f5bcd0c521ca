from __future__ import annotations

import pyarrow as pa
import pyarrow.parquet as pq

from tests.conformance.harness.files import FileTarget


class Harness(FileTarget):
    kind = "parquet"
    suffix = ".parquet"

    def write(self, rows: pa.Table, file) -> None:
        pq.write_table(rows, file)
