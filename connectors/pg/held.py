"""What only the values tell: nulls where the table takes none, times finer and texts longer than a column keeps.

PostgreSQL would stop at the first, round the second and cut spaces off the third without a word.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

import pyarrow as pa
import pyarrow.compute as pc

from connectors.clash import nulls, values_misfit
from connectors.pg.types import PgType
from core.words import Msg, msg

_TICKS = {"s": 0, "ms": 3, "us": 6, "ns": 9}
SHOWN = 100  # characters of a value in an error


def held(
    name: str, batches: Iterable[pa.RecordBatch], columns: Mapping[str, PgType], required: frozenset[str]
) -> Iterator[pa.RecordBatch]:
    """The rows as they are. Raises `DataError` at the first batch with values the table would refuse or change; it names every column."""
    for batch in batches:
        problems = [
            problem
            for title, array in zip(batch.schema.names, batch.columns)
            if (problem := _problem(title, array, columns[title], title in required))
        ]
        if problems:
            raise values_misfit(name, problems)
        yield batch


def _problem(title: str, array: pa.Array, there: PgType, required: bool) -> Msg | None:
    if required and array.null_count:
        return nulls(title, array.null_count)
    if (digits := there.fraction) is not None and (finer := _finer(array, digits)):
        return msg(
            "{column} holds {value}, and the column there keeps {n} digits of a second: round it before the sink, or widen it there",
            column=title,
            value=finer,
            n=digits,
        )
    if (length := there.length) is not None and (longer := _longer(array, length)):
        return msg(
            "{column} holds “{value}”, and the column there takes {n} characters: cut it before the sink, or make it text there",
            column=title,
            value=longer,
            n=length,
        )
    return None


def _finer(array: pa.Array, digits: int) -> str | None:
    """The first time with more digits behind the second."""
    if not (pa.types.is_timestamp(array.type) or pa.types.is_time(array.type)) or _TICKS[array.type.unit] <= digits:
        return None
    step = 10 ** (_TICKS[array.type.unit] - digits)
    ticks = array.cast(pa.int32() if array.type.bit_width == 32 else pa.int64())
    return _first(array, pc.not_equal(pc.multiply(pc.divide(ticks, step), step), ticks))


def _longer(array: pa.Array, length: int) -> str | None:
    if not (pa.types.is_string(array.type) or pa.types.is_large_string(array.type)):
        return None
    return _first(array, pc.greater(pc.utf8_length(array), length))


def _first(array: pa.Array, which: pa.Array) -> str | None:
    if not pc.any(which).as_py():
        return None
    return str(array.filter(which)[0].cast(pa.string()).as_py())[:SHOWN]
