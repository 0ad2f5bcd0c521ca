from __future__ import annotations

import csv
from typing import Any, ClassVar

import pyarrow as pa

from tests.conformance.harness.files import FileTarget


class Harness(FileTarget):
    kind = "csv"
    suffix = ".csv"
    appends = False
    upserts = False
    types: ClassVar = {"money": "DECIMAL(18,2)", "odd": "DOUBLE"}

    def write(self, rows: pa.Table, file) -> None:
        """By Python's own writer, but for null: an empty text is quoted, a null is not."""
        with file.open("w", encoding="utf-8", newline="") as out:
            csv.writer(out).writerow(rows.column_names)
            for row in zip(*(column.to_pylist() for column in rows.columns)):
                out.write(",".join(map(_cell, row)) + "\r\n")


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, str):
        return '"' + value.replace('"', '""') + '"'
    return str(value).lower() if isinstance(value, bool) else str(value)
