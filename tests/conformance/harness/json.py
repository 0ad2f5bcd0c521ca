from __future__ import annotations

import json
from datetime import date, datetime
from decimal import Decimal
from math import isfinite
from typing import Any, ClassVar

import pyarrow as pa

from tests.conformance.harness.files import FileTarget


class Harness(FileTarget):
    kind = "json"
    columns_in_rows = True
    suffix = ".ndjson"
    appends = False
    upserts = False
    types: ClassVar = {"money": "DECIMAL(18,2)", "odd": "DECIMAL(18,2)"}

    def reads(self, name: str, value: Any) -> Any:
        """JSON has neither NaN nor Infinity (RFC 8259): whoever writes it writes null."""
        return None if isinstance(value, float) and not isfinite(value) else value

    def write(self, rows: pa.Table, file) -> None:
        with file.open("w", encoding="utf-8", newline="") as out:
            for row in rows.to_pylist():
                out.write("{" + ", ".join(f"{json.dumps(key)}: {value_of(value)}" for key, value in row.items()) + "}\n")


def value_of(value: Any) -> str:
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, float) and not isfinite(value):
        return "null"
    return json.dumps(value.isoformat() if isinstance(value, date | datetime) else value)
