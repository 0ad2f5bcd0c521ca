"""Arrow batches on their way to ClickHouse: what it has no Arrow type for becomes text, and what it would change in silence is refused."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.compute as pc
from sqlglot import exp

from connectors.ch.fit import FROM_TEXT
from connectors.ch.types import ChType
from connectors.clash import nulls, values_misfit
from core.engines.duck import column, name, sql
from core.errors import DataError
from core.models.types import family
from core.words import msg

_EPOCH = date(1970, 1, 1)
_NARROW = (datetime(1900, 1, 1, tzinfo=UTC), datetime(2299, 12, 31, 23, 59, 59, 999999, UTC))
_WIDE = (datetime(1, 1, 1, tzinfo=UTC), datetime(9999, 12, 31, 23, 59, 59, 999999, UTC))
_SECONDS = (datetime(1970, 1, 1, tzinfo=UTC), datetime(2106, 2, 7, 6, 28, 15, tzinfo=UTC))
_NANO = (datetime(1900, 1, 1, tzinfo=UTC), datetime(2262, 4, 11, 23, 47, 16, tzinfo=UTC))
_DAYS = (_EPOCH, date(2149, 6, 6))
_UNITS = {"s": 0, "ms": 3, "us": 6, "ns": 9}
_RAW = ("VARCHAR", "BLOB", "JSON")


def types_of(connection: duckdb.DuckDBPyConnection, schema: pa.Schema) -> dict[str, str]:
    """Column name → DuckDB type, as DuckDB reads the Arrow schema."""
    plain = pa.schema([field.with_type(_plain(field.type)) if pa.types.is_float16(field.type) else field for field in schema])
    relation = connection.from_arrow(plain.empty_table())
    return dict(zip(schema.names, (str(kind) for kind in relation.types)))


class Outgo:
    """Turns batches into what an insert sends: `types` are DuckDB's, `targets` the ClickHouse types of the same columns.

    `wide` says whether the server's dates reach from the year 1 to 9999 (from version 26 on) or from 1900 to 2299.
    """

    def __init__(
        self,
        connection: duckdb.DuckDBPyConnection,
        schema: pa.Schema,
        types: Mapping[str, str],
        targets: Mapping[str, ChType],
        wide: bool,
        table: str,
    ) -> None:
        self._connection, self._targets, self._table = connection, targets, table
        self._moments = _WIDE if wide else _NARROW
        self._texts = {title: kind for title, kind in types.items() if _becomes_text(kind, targets[title].bare)}
        self._schema = pa.schema(
            [(field.name, pa.string() if field.name in self._texts else _plain(field.type)) for field in schema]
        )

    def reader(self, batches: Iterator[pa.RecordBatch]) -> pa.RecordBatchReader:
        """The rows to send, batch by batch as they are consumed. Raises `DataError` for a value that would not arrive as it is."""
        return _Reader(self._schema, (self._sent(batch) for batch in batches))

    def _sent(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        self._refuse_nulls(batch)
        for title, array in zip(batch.schema.names, batch.columns):
            self._refuse(title, array)
        if self._texts:
            batch = self._as_texts(batch)
        return pa.RecordBatch.from_arrays(
            [array if array.type == field.type else array.cast(field.type) for array, field in zip(batch.columns, self._schema)],
            schema=self._schema,
        )

    def _as_texts(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        values = [exp.alias_(_text(column(title), kind), name(title)) for title, kind in self._texts.items()]
        self._connection.register("batch", pa.Table.from_batches([batch]).select(list(self._texts)))
        texts = self._connection.sql(sql(exp.select(*values).from_("batch"))).to_arrow_table()
        self._connection.unregister("batch")
        arrays = [
            texts[title].combine_chunks().cast(pa.string()) if title in self._texts else array
            for title, array in zip(batch.schema.names, batch.columns)
        ]
        arrays = [one.chunk(0) if isinstance(one, pa.ChunkedArray) else one for one in arrays]
        return pa.RecordBatch.from_arrays(arrays, names=batch.schema.names)

    def _refuse_nulls(self, batch: pa.RecordBatch) -> None:
        """All columns with nulls that take none, at once."""
        problems = [
            nulls(title, array.null_count)
            for title, array in zip(batch.schema.names, batch.columns)
            if array.null_count and not self._targets[title].nullable and self._targets[title].bare.name != "JSON"
        ]
        if problems:
            raise values_misfit(self._table, problems)

    def _refuse(self, title: str, array: pa.Array) -> None:
        target = self._targets[title]
        if isinstance(array.type, pa.ListType):
            self._targets_of_list(title, array, target.bare)
        elif pa.types.is_timestamp(array.type) or pa.types.is_date(array.type):
            self._refuse_times(title, array, target.bare)

    def _targets_of_list(self, title: str, array: pa.Array, bare: ChType) -> None:
        if bare.name == "Array" and pa.types.is_temporal(array.type.value_type):
            self._refuse_times(title, array.flatten(), bare.inner.bare)

    def _refuse_times(self, title: str, array: pa.Array, bare: ChType) -> None:
        if bare.name not in ("Date", "Date32", "DateTime", "DateTime64"):
            return
        digits = int(bare.args[0]) if bare.name == "DateTime64" else 0
        if pa.types.is_timestamp(array.type) and _UNITS[array.type.unit] > digits:
            _refuse_finer(title, array, digits)
        bounds: tuple[Any, Any] = {"Date": _DAYS, "DateTime": _SECONDS}.get(bare.name) or (_NANO if digits > 8 else self._moments)
        if pa.types.is_date(array.type):
            bounds = tuple(one.date() if isinstance(one, datetime) else one for one in bounds)
            low, high = ((one - _EPOCH).days for one in bounds)
            numbers = array.cast(pa.date32()).cast(pa.int32())
        else:
            scale = 10 ** _UNITS[array.type.unit]
            low, high = (int((one - _SECONDS[0]).total_seconds()) * scale for one in bounds)
            low, high = (
                max(low, -(2**63)),
                min(high + scale - 1, 2**63 - 1),
            )  # what 64 bits of nanoseconds cannot say is not there
            numbers = array.cast(pa.int64())
        outside = pc.fill_null(pc.or_(pc.less(numbers, low), pc.greater(numbers, high)), False)
        if pc.any(outside).as_py():
            why = msg(
                "{column} holds times outside of what {type} keeps ({low} to {high})",
                column=title,
                type=bare.name,
                low=str(bounds[0]),
                high=str(bounds[1]),
            )
            raise _refused(title, why, _shown(array, outside))


def _refuse_finer(title: str, array: pa.Array, digits: int) -> None:
    step = 10 ** (_UNITS[array.type.unit] - digits)
    numbers = array.cast(pa.int64())
    finer = pc.fill_null(pc.not_equal(pc.multiply(pc.divide(numbers, step), step), numbers), False)
    if pc.any(finer).as_py():
        why = msg("{column} holds times finer than the column there keeps", column=title)
        raise _refused(title, why, _shown(array, finer))


def _shown(array: pa.Array, which: pa.Array) -> str:
    return str(array.filter(which)[0].cast(pa.string()).as_py())


def _refused(title: str, what: object, value: str) -> DataError:
    return DataError(
        what,
        msg("{value} would be changed without a word.", value=value),
        msg(
            "Cast or fill the column {column} before the sink, or give the table a type that holds it. Nothing was written.",
            column=title,
        ),
    )


class _Reader:
    """What `pa.RecordBatchReader` is to the sessions, without a thread or a buffer in between, so that errors go out as they are."""

    def __init__(self, schema: pa.Schema, batches: Iterator[pa.RecordBatch]) -> None:
        self.schema, self._batches = schema, batches

    def __iter__(self) -> Iterator[pa.RecordBatch]:
        return self._batches


def _becomes_text(kind: str, target: ChType) -> bool:
    if kind in _RAW:
        return False
    return target.name == "String" or target.name in FROM_TEXT or (family(kind) == "integer" and "HUGEINT" in kind)


def _plain(kind: pa.DataType) -> pa.DataType:
    """Texts of any layout as one; a column of nothing but nulls as text; half floats, which ClickHouse has not, as floats."""
    if pa.types.is_null(kind) or pa.types.is_large_string(kind) or kind == pa.string_view() or kind == pa.json_():
        return pa.string()
    if pa.types.is_large_binary(kind) or kind == pa.binary_view():
        return pa.binary()
    if pa.types.is_dictionary(kind):
        return _plain(kind.value_type)
    return pa.float32() if pa.types.is_float16(kind) else kind


def _text(value: exp.Expression, kind: str) -> exp.Expression:
    if family(kind) == "nested":
        whole = exp.cast(exp.func("to_json", value, dialect="duckdb"), "VARCHAR")
        return exp.case().when(value.copy().is_(exp.null()), exp.null()).else_(whole)
    return exp.cast(value, "VARCHAR")
