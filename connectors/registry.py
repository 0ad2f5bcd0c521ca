"""Every kind of source, listed without importing any: a kind is imported the first time it is used."""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from pathlib import Path

from connectors.base import Connector
from core.errors import DataError, UnsupportedError, UsageError
from core.models.source import Kind, Settings
from core.words import Msg, msg


@dataclass(frozen=True, slots=True)
class Entry:
    """Where a kind lives, and what to say when its driver is missing."""

    place: str
    install: Msg


_WITH_ASSAY = msg("It comes with Assay: run the installation again.")
KINDS: dict[str, Entry] = {
    "csv": Entry("connectors.csv:Csv", _WITH_ASSAY),
    "parquet": Entry("connectors.parquet:Parquet", _WITH_ASSAY),
    "json": Entry("connectors.json:Json", _WITH_ASSAY),
    "xml": Entry("connectors.xml:Xml", _WITH_ASSAY),
    "excel": Entry("connectors.excel:Excel", msg("Install the package openpyxl.")),
    "postgres": Entry("connectors.postgres:Postgres", msg("Install the package psycopg2-binary.")),
    "s3": Entry("connectors.s3:S3", _WITH_ASSAY),
    "hdfs": Entry("connectors.hdfs:HDFS", _WITH_ASSAY),
    "clickhouse": Entry("connectors.clickhouse:ClickHouse", msg("Install the package clickhouse-connect.")),
    "spark": Entry(
        "connectors.spark:Spark", msg('Run make spark, or pip install "pyspark[connect]". A master (spark://) needs Java 17 too.')
    ),
    "kafka": Entry("connectors.kafka:Kafka", msg("Install the packages confluent-kafka and fastavro.")),
}


def names() -> tuple[str, ...]:
    """The kinds, in the order of the gallery."""
    return tuple(KINDS)


@cache
def connector(kind: str) -> type[Connector]:
    """The class of a kind. Raises `UsageError` for an unknown one, `UnsupportedError` where its driver is missing."""
    if kind not in KINDS:
        near = difflib.get_close_matches(kind, KINDS, n=3, cutoff=0.4) or list(KINDS)
        raise UsageError(
            msg("There is no kind of source {name}", name=kind),
            msg("Assay knows {names}.", names=", ".join(KINDS)),
            msg("Did you mean {near}?", near=", ".join(near)),
        )
    entry = KINDS[kind]
    module, _, name = entry.place.partition(":")
    try:
        return getattr(import_module(module), name)
    except ImportError as error:
        raise UnsupportedError(
            msg("{kind} cannot be used here", kind=kind),
            msg("A package it needs is not installed: {name}.", name=error.name or module),
            entry.install,
        ) from error


def kinds() -> tuple[Kind, ...]:
    """Every kind for the gallery, those that cannot be used here too, with what is missing."""
    return tuple(map(_kind, KINDS))


def _kind(name: str) -> Kind:
    try:
        found = connector(name)
    except UnsupportedError as error:
        return Kind(name, msg("{name}", name=name), error.why, (), frozenset(), missing=error.fix)
    suffixes = next((suffixes for suffixes, kind in _SUFFIXES.items() if kind == name), ())
    return Kind(name, found.label, found.about, found.fields, found.capabilities, group=found.group, suffixes=suffixes)


def open_connector(kind: str, settings: Settings) -> Connector:
    """A connector with its settings, not opened yet: use it in a `with`."""
    return connector(kind)(settings)


_SUFFIXES = {
    (".csv", ".tsv", ".txt"): "csv",
    (".parquet", ".pq"): "parquet",
    (".json", ".ndjson", ".jsonl"): "json",
    (".xml",): "xml",
    (".xlsx", ".xlsm"): "excel",
}


def kind_of_file(path: Path) -> str:
    """The kind that reads a file: by its first bytes where they tell, else by its name.

    Raises `DataError` where none does, `ConnectError` where nothing is there and the name does not tell either.
    """
    from connectors.files.place import fits, nothing_at, unreadable

    try:
        there = path.exists()
        if path.is_file() and _head(path) == b"PAR1":
            return "parquet"
    except OSError as error:  # a name that is too long, a folder that may not be entered
        raise unreadable(path, error) from error
    found = next((kind for suffixes, kind in _SUFFIXES.items() if fits(path, suffixes)), None)
    if found is None and not there:
        raise nothing_at(str(path))
    if found is None:
        raise _unknown(path.name)
    return found


def kind_of_name(name: str) -> str:
    """The kind that reads a file of this name. Raises `DataError` where none does."""
    from connectors.files.place import fits

    found = next((kind for suffixes, kind in _SUFFIXES.items() if fits(Path(name), suffixes)), None)
    if found is None:
        raise _unknown(name)
    return found


def _unknown(name: str) -> DataError:
    return DataError(
        msg("Assay does not know the kind of {name}", name=name),
        msg("Its suffix is none of {suffixes}.", suffixes=", ".join(s for group in _SUFFIXES for s in group)),
        msg("Rename it after what it holds, or choose the kind by hand."),
    )


def _head(path: Path) -> bytes:
    try:
        with path.open("rb") as opened:
            return opened.read(4)
    except OSError:
        return b""
