"""Columns as the server sent them to the Arrow types they are to have here, every value checked."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

from connectors.ch.types import as_bytes


class Misfit(Exception):
    """A value does not fit the type: `row` from 0 in the batch, the value as text, and the type it refused."""

    def __init__(self, column: int, row: int, cell: str, wanted: str) -> None:
        super().__init__(column, row, cell, wanted)
        self.column, self.row, self.cell, self.wanted = column, row, cell, wanted


def settled(batch: pa.RecordBatch, schema: pa.Schema) -> pa.RecordBatch:
    """The batch with the types of `schema`. Raises `Misfit` for the first column with a value that would change."""
    arrays = []
    for place, (array, field) in enumerate(zip(batch.columns, schema)):
        try:
            arrays.append(_settle(array, field.type))
        except pa.ArrowInvalid as error:
            raise _misfit(place, array, field.type) from error
    return pa.RecordBatch.from_arrays(arrays, schema=schema)


def _settle(array: pa.Array, kind: pa.DataType) -> pa.Array:
    if array.type == kind and not _has_text(kind):
        return array
    if isinstance(array.type, pa.BaseExtensionType):
        array = array.storage
    if kind == pa.uuid():
        return pa.ExtensionArray.from_storage(kind, array.cast(pa.binary()).cast(pa.binary(16)))
    if kind == pa.json_():
        return pa.ExtensionArray.from_storage(kind, _settle(array, pa.string()))
    if pa.types.is_timestamp(kind) and _is_text(array.type):
        return _moment(array, kind)
    if pa.types.is_decimal128(kind) and _is_text(array.type):
        return _whole(array.cast(pa.string()), kind)
    if pa.types.is_string(kind) and pa.types.is_decimal(array.type):
        return array.cast(kind)
    # ClickHouse's texts are any bytes, and it may send them as text unchecked: as bytes first, so that the way back is checked.
    array = array.cast(as_bytes(kind)).cast(kind)
    if pa.types.is_map(kind):
        _unique_keys(array)
    return array


def _whole(text: pa.Array, kind: pa.Decimal128Type) -> pa.Array:
    """Text of integers of any length. Arrow 26 takes -2**127, which has 39 digits, for a decimal of 38: the digits are counted here."""
    if pc.any(pc.greater(pc.utf8_length(pc.utf8_ltrim(text, "-")), kind.precision)).as_py():
        raise pa.ArrowInvalid("too many digits")
    return text.cast(kind)


def _moment(array: pa.Array, kind: pa.DataType) -> pa.Array:
    """Text with more than six digits of a second: taken where those behind the sixth are zeros."""
    text = array.cast(pa.string())
    rest = pc.utf8_rtrim(pc.utf8_slice_codeunits(text, 26), "0")
    if pc.any(pc.not_equal(rest, "")).as_py():
        raise pa.ArrowInvalid("finer than microseconds")
    return pc.utf8_slice_codeunits(text, 0, 26).cast(pa.timestamp(kind.unit)).cast(kind)


def _unique_keys(array: pa.MapArray) -> None:
    parents = pc.list_parent_indices(
        array.cast(pa.list_(pa.struct([("key", array.type.key_type), ("value", array.type.item_type)])))
    )
    start, end = array.offsets[0].as_py(), array.offsets[-1].as_py()
    pairs = pa.table({"p": parents, "k": array.keys[start:end] if len(array.keys) != len(parents) else array.keys})
    if pairs.group_by(["p", "k"]).aggregate([]).num_rows < pairs.num_rows:
        raise pa.ArrowInvalid("a key comes twice")


def _is_text(kind: pa.DataType) -> bool:
    return pa.types.is_string(kind) or pa.types.is_binary(kind)


def _has_text(kind: pa.DataType) -> bool:
    return as_bytes(kind) != kind


def _misfit(place: int, array: pa.Array, kind: pa.DataType) -> Misfit:
    """Which row it was: the smallest slice that fails, by halves."""
    low, high = 0, len(array)
    while high - low > 1:
        middle = (low + high) // 2
        try:
            _settle(array.slice(low, middle - low), kind)
        except pa.ArrowInvalid:
            high = middle
        else:
            low = middle
    if isinstance(array.type, pa.BaseExtensionType):
        array = array.storage
    value = array.slice(low, 1).cast(as_bytes(array.type))[0].as_py() if len(array) else None
    shown = value.decode("utf-8", "backslashreplace") if isinstance(value, bytes) else str(value)
    return Misfit(place, low, shown[:100], str(kind))
