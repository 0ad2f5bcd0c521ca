from __future__ import annotations

from typing import Any, ClassVar

import openpyxl
import pyarrow as pa

from tests.conformance.harness.base import Place
from tests.conformance.harness.files import FileHarness

_AS_TEXT = ("long", "big", "odd", "day", "at", "local")


class Harness(FileHarness):
    """Excel keeps numbers as doubles, days from 1900 on, no zones and no empty text: what it cannot hold is text in its cells."""

    kind = "excel"
    suffix = ".xlsx"
    types: ClassVar[dict[str, str]] = {**dict.fromkeys((*_AS_TEXT, "money"), "VARCHAR"), "x": "DOUBLE"}

    def write(self, rows: pa.Table, file) -> None:
        book = openpyxl.Workbook(write_only=True)
        sheet = book.create_sheet("rows")
        sheet.append(rows.column_names)
        for row in rows.to_pylist():
            sheet.append([_cell(name, value) for name, value in row.items()])
        book.save(file)

    def put(self, rows: pa.Table) -> Place:
        place = super().put(rows)
        return Place(place.settings, (*place.path, "rows"))

    def missing(self) -> Place:
        place = super().missing()
        return Place(place.settings, (*place.path, "rows"))

    def reads(self, name: str, value: Any) -> Any:
        if value == "":
            return None
        if name == "x" and value is not None:
            return float(f"{value:.15g}")  # the digits that Excel, and openpyxl for it, writes
        return str(value) if value is not None and name in (*_AS_TEXT, "money") else value


def _cell(name: str, value: Any) -> Any:
    return value if value is None or name not in (*_AS_TEXT, "money") else str(value)
