"""Ways to write, and the keys of an upsert: what every target asks of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import pyarrow as pa

from connectors.base import MODES
from core.errors import ConfigError, DataError
from core.words import Msg, msg


def fitting(target: Msg | str, mode: str, keys: Sequence[str], schema: pa.Schema, modes: Sequence[str] = MODES) -> None:
    """Raise `ConfigError` for a mode that the target does not have, or keys that the rows do not."""
    if mode not in modes:
        raise ConfigError(
            msg("{mode} is no way to write", mode=mode),
            msg("{target} is written to by {modes}.", target=target, modes=", ".join(modes)),
            msg("Choose one of them in the sink."),
        )
    if mode == "upsert" and not keys:
        raise ConfigError(
            msg("An upsert needs keys"),
            msg("Nothing says which columns tell one row from another."),
            msg("Name the key columns in the sink."),
        )
    if missing := [key for key in keys if key not in schema.names]:
        raise ConfigError(
            msg("The key {name} is not among the columns", name=missing[0]),
            msg("The rows have {names}.", names=", ".join(schema.names)),
            msg("Choose key columns that the rows have."),
        )


def filled(batches: Iterable[pa.RecordBatch], keys: Sequence[str]) -> Iterator[pa.RecordBatch]:
    """The rows as they are. Raises `DataError` at the first that has no value in a key."""
    for batch in batches:
        for key in keys:
            if batch.column(key).null_count:
                raise DataError(
                    msg("The key {name} has no value in some rows", name=key),
                    msg("A row without its key cannot be told from others."),
                    msg("Filter these rows out before the sink, or choose other keys. Nothing was written."),
                )
        yield batch


def twice(keys: Sequence[str]) -> DataError:
    """Two of the rows to write have the same keys: which of them is to stay, nobody said."""
    return DataError(
        msg("Two rows have the same key ({keys})", keys=", ".join(keys)),
        msg("An upsert puts one row in the place of another; two for one place is one too many."),
        msg(
            "Aggregate or filter the rows before the sink so that each key comes once, or choose other keys. Nothing was written."
        ),
    )
