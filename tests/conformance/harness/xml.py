from __future__ import annotations

from typing import ClassVar

import pyarrow as pa
from lxml import etree

from tests.conformance.harness.files import FileHarness


class Harness(FileHarness):
    kind = "xml"
    columns_in_rows = True
    suffix = ".xml"
    empty_columns = False
    types: ClassVar = {"money": "DECIMAL(18,2)"}

    def write(self, rows: pa.Table, file) -> None:
        root = etree.Element("rows")
        for row in rows.to_pylist():
            element = etree.SubElement(root, "row")
            for name, value in row.items():
                if value is not None:
                    etree.SubElement(element, _name(name)).text = str(value).lower() if isinstance(value, bool) else str(value)
        etree.ElementTree(root).write(file, encoding="utf-8", xml_declaration=True)


def _name(name: str) -> str:
    """XML's names have neither spaces nor quotes."""
    return name.replace(" ", "_").replace('"', "").replace("'", "")
