"""What the suite needs to know of a kind, and the table of every hard value that each of them carries."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from math import isnan
from pathlib import Path
from typing import Any, ClassVar

import pyarrow as pa
import pytest

from connectors import registry
from connectors.base import Connector
from core.models.source import Settings

Path_ = tuple[str, ...]
TEXTS = [
    "", None, "Привет, мир", "😀 𝒳 e\u0301", 'a "quoted" b', "line\nnext", "a\r\nb", "  spaces  ", "NULL", "\\N", ",;|\t'", "日本語",
]  # fmt: skip
N = len(TEXTS)


def _filled(*values: Any) -> list[Any]:
    """The values, then nulls and the first value again up to the length of the table."""
    return [*values, None, *[values[0]] * (N - len(values) - 1)]


HARD = pa.table(
    {
        "id": pa.array(range(1, N + 1), pa.int64()),
        "text": pa.array(TEXTS, pa.string()),
        "code": pa.array(_filled("007", "0", "00"), pa.string()),
        "long": pa.array(_filled(9223372036854775807, -9223372036854775808, 9007199254740993), pa.int64()),
        "big": pa.array(_filled(Decimal(2**64 + 1), Decimal(-(10**37)), Decimal(10**38 - 1)), pa.decimal128(38, 0)),
        "money": pa.array(_filled(Decimal("0.10"), Decimal("-12345678901.99"), Decimal("5.00")), pa.decimal128(15, 2)),
        "x": pa.array(_filled(0.1, 1e300, -2.5e-300, 0.30000000000000004, 123456.789), pa.float64()),
        "odd": pa.array(_filled(1.5, float("nan"), float("inf"), 0.25, 2.0, 3.75, 4.5), pa.float64()),
        "day": pa.array(_filled(date(2024, 2, 29), date(1, 1, 1), date(9999, 12, 31)), pa.date32()),
        "at": pa.array(
            _filled(datetime(2024, 2, 29, 23, 59, 59, 999999, UTC), datetime(1969, 12, 31, tzinfo=UTC)), pa.timestamp("us", "UTC")
        ),
        "local": pa.array(_filled(datetime(2024, 2, 29, 23, 59, 59, 5), datetime(1900, 1, 1)), pa.timestamp("us")),
        "yes": pa.array(_filled(True, False), pa.bool_()),
        "имя \"q'": pa.array(_filled("ё"), pa.string()),
        "nothing": pa.array([None] * N, pa.string()),
    }
)


def same(one: Any, other: Any) -> bool:
    """Whether two values are one: numbers by value, so that 5 is 5.00, and NaN is itself."""
    if isinstance(one, float) and isinstance(other, float) and isnan(one):
        return isnan(other)
    if isinstance(one, bool) or isinstance(other, bool) or one is None or other is None:
        return one is other
    if isinstance(one, int | Decimal | float) and isinstance(other, int | Decimal | float):
        # By the shortest text where one is a float: 0.1 in a file is 0.1, and no binary neighbour of it.
        return Decimal(str(one)) == Decimal(str(other))
    return one == other


@dataclass
class Place:
    """Settings and path of something in a source."""

    settings: Settings
    path: Path_


class Harness(ABC):
    """A kind in a test. `types` are the types in which `HARD` lands, as far as they differ from DuckDB's for the Arrow ones;

    `reads` changes a value to what the kind can carry of it. `empty_columns` is false where a column without values is not there,
    `columns_in_rows` true where without rows there are no columns either.
    """

    kind: ClassVar[str]
    marks: ClassVar[tuple] = ()
    types: ClassVar[dict[str, str]] = {}
    secret: ClassVar[str] = ""
    appends: ClassVar[bool] = True
    replaces: ClassVar[bool] = True
    upserts: ClassVar[bool] = True
    empty_columns: ClassVar[bool] = True
    columns_in_rows: ClassVar[bool] = False

    def __init__(self, folder: Path, request: pytest.FixtureRequest) -> None:
        self.folder, self.request = folder, request

    def open(self, place: Place) -> Connector:
        return registry.open_connector(self.kind, place.settings)

    @abstractmethod
    def put(self, rows: pa.Table) -> Place:
        """Make a source with these rows, by other means than the connector."""

    @abstractmethod
    def missing(self) -> Place:
        """Something that is not there."""

    @abstractmethod
    def nowhere(self) -> Place:
        """A place that cannot even be opened."""

    def target(self) -> Place | None:
        """A target that does not exist yet; None for a kind that is a source only."""
        return None

    def written(self, place: Place) -> Any:
        """What is at a target now, and anything that a write may have left beside it: to compare before and after."""
        raise NotImplementedError

    def reads(self, name: str, value: Any) -> Any:
        return value


TYPES = {
    "id": "BIGINT", "text": "VARCHAR", "code": "VARCHAR", "long": "BIGINT", "big": "DECIMAL(38,0)", "money": "DECIMAL(15,2)",
    "x": "DOUBLE", "odd": "DOUBLE", "day": "DATE", "at": "TIMESTAMP WITH TIME ZONE", "local": "TIMESTAMP", "yes": "BOOLEAN",
    "имя \"q'": "VARCHAR", "nothing": "VARCHAR",
}  # fmt: skip
