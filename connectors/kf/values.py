"""What the values of messages are (JSON, Avro, CSV, text), found by the first of them, and the values as text for DuckDB."""

from __future__ import annotations

import csv
import json
from abc import ABC, abstractmethod
from collections.abc import Sequence
from pathlib import Path
from typing import ClassVar

import pyarrow as pa

from connectors.files.cells import ONE
from connectors.files.dialect import Dialect, sniff
from connectors.kf.place import Place
from connectors.kf.registry import HEAD, MAGIC, Schemas, Undecodable
from core.errors import ConfigError, DataError
from core.words import Msg, msg, plural

LOOK = 200  # messages that tell the format
VALUE = "value"
NOT_UTF8 = msg("it holds bytes that are not UTF-8")
Faults = dict[int, Msg | None]
"""Number of a value in its batch → why it cannot be read; None for a header, which is no row."""


class Values(ABC):
    """A format: `name`, how it was found, the text columns that come of a value. Nulls (tombstones) are left nulls."""

    name: ClassVar[str]
    columns: tuple[str, ...] = (VALUE,)
    evidence: Msg
    reading: tuple[tuple[str, str, Msg], ...] = ()

    @abstractmethod
    def texts(self, values: Sequence[bytes | None]) -> tuple[list[pa.Array], Faults]:
        """The columns of a batch of values, null where a value is a fault."""

    def close(self) -> None:
        """Give everything back."""


class Text(Values):
    name = "text"

    def __init__(self, evidence: Msg) -> None:
        self.evidence = evidence

    def texts(self, values: Sequence[bytes | None]) -> tuple[list[pa.Array], Faults]:
        raw = pa.array(values, pa.binary())
        try:
            return [raw.cast(pa.string())], {}
        except pa.ArrowInvalid:
            pass
        faults: Faults = {}
        return [pa.array([_decoded(number, value, faults) for number, value in enumerate(values)], pa.string())], faults


class Json(Text):
    """The text of objects. Whether they are objects is looked at by DuckDB, all at once."""

    name = "json"


class Avro(Values):
    """Records as the text of JSON objects: they become columns the way JSON does."""

    name = "avro"

    def __init__(self, evidence: Msg, schemas: Schemas) -> None:
        self.evidence, self.schemas = evidence, schemas

    def texts(self, values: Sequence[bytes | None]) -> tuple[list[pa.Array], Faults]:
        faults: Faults = {}
        found: list[str | None] = []
        for number, value in enumerate(values):
            try:
                found.append(None if value is None else self.schemas.text(value))
            except Undecodable as error:
                found.append(None)
                faults[number] = error.reason
        return [pa.array(found, pa.string())], faults

    def close(self) -> None:
        self.schemas.close()


class Csv(Values):
    """One row of cells a message. Messages that repeat the header are passed over, and counted."""

    name = "csv"

    def __init__(self, evidence: Msg, dialect: Dialect) -> None:
        self.evidence, self.columns, self.reading = evidence, dialect.columns, dialect.reading
        self._header, self._delimiter, self._options = list(dialect.header) or None, dialect.delimiter, _options(dialect)

    def texts(self, values: Sequence[bytes | None]) -> tuple[list[pa.Array], Faults]:
        faults: Faults = {}
        width = len(self.columns)
        rows = [self._cells(number, value, faults) for number, value in enumerate(values)]
        columns = [[row[at] if row else None for row in rows] for at in range(width)]
        return [pa.array(cells, pa.string()) for cells in columns], faults

    def _cells(self, number: int, value: bytes | None, faults: Faults) -> list[str] | None:
        text = _decoded(number, value, faults)
        if text is None:
            return None
        try:
            rows = self._rows(text)
        except csv.Error:
            faults[number] = msg("a quote in it is not closed where a cell ends")
            return None
        if rows and rows[0] == self._header:
            rows = rows[1:]
        if not rows and text.strip():
            faults[number] = None
        elif len(rows) != 1:
            faults[number] = plural(
                "it holds {n} row where one is expected", "it holds {n} rows where one is expected", n=len(rows)
            )
        elif len(rows[0]) != len(self.columns):
            faults[number] = plural(
                "it has {n} cell where {width} are expected",
                "it has {n} cells where {width} are expected",
                n=len(rows[0]),
                width=len(self.columns),
            )
        else:
            return rows[0]
        return None

    def _rows(self, text: str) -> list[list[str]]:
        text = text.replace(self._delimiter, self._options["delimiter"])
        return [row for row in csv.reader(text.splitlines(keepends=True), strict=True, **self._options) if row]


def _options(dialect: Dialect) -> dict:
    escapes = bool(dialect.quote) and dialect.escape != dialect.quote
    return {
        "delimiter": dialect.delimiter if len(dialect.delimiter) == 1 else ONE,
        "quotechar": dialect.quote or None,
        "quoting": csv.QUOTE_MINIMAL if dialect.quote else csv.QUOTE_NONE,
        "doublequote": not escapes,
        "escapechar": dialect.escape if escapes else None,
    }


def _decoded(number: int, value: bytes | None, faults: Faults) -> str | None:
    try:
        return None if value is None else value.decode()
    except UnicodeDecodeError:
        faults[number] = NOT_UTF8
        return None


def values_of(place: Place, topic: str, values: Sequence[bytes | None]) -> Values:
    """The format that the settings say, or that the first values of a topic are in.

    Raises `ConfigError` for Avro without a registry, `DataError` where the first values are no CSV and it was asked for.
    """
    sample = [value for value in values if value is not None][:LOOK]
    said = place.reading.format
    evidence = msg("as you said")
    if said == "auto":
        said, evidence = _found(place, topic, sample)
    if said == "avro":
        if place.registry is None:
            raise _no_registry(topic)
        return Avro(evidence, Schemas(place.registry))
    if said == "csv":
        return _csv(topic, sample, evidence)
    return (Json if said == "json" else Text)(evidence)


def _found(place: Place, topic: str, sample: list[bytes]) -> tuple[str, Msg]:
    if not sample:
        return "text", msg("there is no value to tell by")
    framed = sum(len(value) > HEAD and value[0] == MAGIC for value in sample)
    if 2 * framed > len(sample):
        if place.registry is None:
            raise _no_registry(topic)
        return "avro", plural(
            "{n} of {all} values begins with the number of a schema",
            "{n} of {all} values begin with the number of a schema",
            n=framed,
            all=len(sample),
        )
    objects = sum(map(_is_object, sample))
    if 2 * objects >= len(sample):
        return "json", plural("{n} of {all} values is an object", "{n} of {all} values are objects", n=objects, all=len(sample))
    share, delimiter = _even(sample)
    if delimiter:
        return "csv", msg("{share} % of the first values fall into equally many cells", share=round(100 * share))
    return "text", msg("the first values are neither objects nor rows of cells")


def _is_object(value: bytes) -> bool:
    try:
        return value.lstrip()[:1] == b"{" and isinstance(json.loads(value), dict)
    except (ValueError, RecursionError):
        return False


def _even(sample: list[bytes]) -> tuple[float, str]:
    """How many of the values have as many cells as the most, and the delimiter for which that are the most; "" where text is likelier.

    Texts have commas too, now one and now three: nine of ten values must agree on two cells or more, and three values at least.
    """
    best = (0.0, "")
    if len(sample) < 3:
        return best
    for delimiter in (b",", b";", b"\t", b"|"):
        widths = [value.count(delimiter) for value in sample]
        common = max(set(widths), key=widths.count)
        if common and (share := widths.count(common) / len(widths)) >= 0.9:
            best = max(best, (share, delimiter.decode()))
    return best


def _csv(topic: str, sample: list[bytes], evidence: Msg) -> Csv:
    texts = [value.decode("utf-8", "replace").strip("\r\n") for value in sample]
    dialect = sniff(Path(topic), "\n".join(texts) + "\n", True, {})
    return Csv(evidence, dialect)


def _no_registry(topic: str) -> ConfigError | DataError:
    return ConfigError(
        msg("The values of {topic} need a schema registry", topic=topic),
        msg("They are Avro: each begins with the number of its schema, and the registry that knows it is not named."),
        msg("Fill in the address of the schema registry, or choose another format of the values."),
    )
