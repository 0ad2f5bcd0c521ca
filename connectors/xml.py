"""XML: the element that repeats is the row; its attributes and children are the columns."""

from __future__ import annotations

import json
import re
import shutil
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import ClassVar

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
from lxml import etree
from sqlglot import exp

from connectors.base import Connector, Look
from connectors.files import encoding, place
from connectors.files.dialect import unique
from connectors.files.head import kept_as_text, weighed
from connectors.files.land import land_text, on_disk, out_of_disk
from core.engines.duck import column, duck, literal
from core.errors import DataError
from core.models.source import Check, Column, Field, Item, Landed
from core.task import Task
from core.words import Msg, msg, plural

SUFFIXES = (".xml",)
LOOK = 4 << 20
BATCH = 20_000
Row = dict[str, str]


class Xml(Connector):
    """XML, one table a file. Parts below a child, and children that repeat, are kept whole as JSON text.

    Entities, external files and DTDs are never read: a file that needs them is refused.
    """

    kind: ClassVar[str] = "xml"
    group = "files"
    label: ClassVar[Msg] = msg("XML")
    about: ClassVar[Msg] = msg("The element that repeats is the row: .xml")
    fields: ClassVar[tuple[Field, ...]] = (
        place.PATH,
        Field("record", msg("Element of a row"), help=msg("Found by itself when left empty.")),
    )
    capabilities: ClassVar[frozenset[str]] = frozenset({"read", "browse", "files", "weighed"})

    def open(self) -> None:
        self._files = place.files_of(self.settings, SUFFIXES)

    def check(self) -> tuple[Check, ...]:
        return place.checks(self.settings, SUFFIXES, self._describe)

    def browse(self, path: tuple[str, ...] = ()) -> tuple[Item, ...]:
        return place.items(self._files)

    def schema(self, path: tuple[str, ...]) -> tuple[Column, ...]:
        return tuple(Column(name, "VARCHAR") for name in self.preview(path, 50).column_names)

    def preview(self, path: tuple[str, ...], limit: int = 100) -> pa.Table:
        file = place.file_named(self._files, path)
        return _table(list(islice(_rows(file, self._record(file)), limit)))

    def look(self, path: tuple[str, ...], limit: int = 100) -> Look:
        file = place.file_named(self._files, path)
        record = self._record(file)
        rows = _table(list(islice(_rows(file, record), limit)))
        return weighed(rows, self._reading(record), kept_as_text(self.kept_text))

    def land(self, path: tuple[str, ...], folder: Path, task: Task) -> Landed:
        file = place.file_named(self._files, path)
        before, record, target = file.stat(), self._record(file), folder / "part-0.parquet"
        with on_disk(file):
            aside = Path(tempfile.mkdtemp(prefix="assay-", dir=folder.parent))
        try:
            with on_disk(file):
                names, count = _to_text(file, record, before.st_size, aside, task)
            if not names:
                raise _no_rows(file, record)
            with on_disk(file), _plain_errors(file), duck(task, spill=aside) as connection:
                landed = land_text(connection, _all(aside, names), unique(names), target, task, kept_as_text(self.kept_text))
        finally:
            shutil.rmtree(aside, ignore_errors=True)
            place.same_file(before, file)
        return Landed((str(target),), landed, count, target.stat().st_size, before.st_size, self._reading(record))

    def _reading(self, record: str) -> tuple[tuple[str, str, Msg], ...]:
        why = msg("as you said") if self.settings.get("record") else msg("the element that repeats most")
        return (("record", record, why),)

    def _record(self, file: Path) -> str:
        return str(self.settings.get("record") or "") or _find_record(file)

    def _describe(self, file: Path) -> Msg:
        record = self._record(file)
        width = len(next(iter(_rows(file, record)), {}))
        return plural("rows are <{record}> with {n} part", "rows are <{record}> with {n} parts", n=width, record=record)


def _events(file: Path, events: tuple[str, ...], tag: str | None = None) -> Iterator[tuple[str, etree._Element]]:
    """Events of the streaming parser, with what could harm switched off. Raises `DataError` for what is not well-formed."""
    try:
        with encoding.open_bytes(file) as opened:
            parser = etree.iterparse(
                opened,
                events=events,
                tag=tag,
                resolve_entities=False,
                no_network=True,
                load_dtd=False,
                huge_tree=False,
                remove_comments=True,
                remove_pis=True,
            )
            for number, (event, element) in enumerate(parser):
                if not number and _has_entities(element.getroottree()):
                    raise _refused(file)
                yield event, element
            if parser.root is not None and _has_entities(parser.root.getroottree()):
                raise _refused(file)
    except etree.XMLSyntaxError as error:
        # The log of this parser: that of the error is everyone's, and its own message may be "no element found".
        logged = [entry.message for entry in parser.error_log]
        raise _not_xml(file, logged[-1] if logged and "no element found" in str(error.msg) else str(error.msg)) from error
    except encoding.BROKEN as error:
        raise encoding.broken(file, error) from error


def _not_xml(file: Path, said: str) -> DataError:
    if re.search(r"Entity '|entity (reference )?loop|amplification", said):
        return _refused(file)
    if "Resource limit" in said or "XML_PARSE_HUGE" in said:
        return DataError(
            msg("{name} holds a text or a depth beyond the limit", name=file.name),
            msg("A text may have 10 MB and elements may lie 256 deep: more has been used to bring readers down."),
            msg("Write the file with smaller parts, or as JSON."),
        )
    return DataError(
        msg("{name} is not well-formed XML", name=file.name),
        msg("The parser said: {error}", error=said[:300]),
        msg("Check how it was made: it may be cut off, or not XML at all."),
    )


def _no_rows(file: Path, record: str) -> DataError:
    return DataError(
        msg("{name} has no element {record} with anything in it", name=file.name, record=record),
        msg("Not one row was found."),
        msg("Name the element of a row in the settings of the file."),
    )


@contextmanager
def _plain_errors(file: Path) -> Iterator[None]:
    """DuckDB reads only what this module wrote: where it fails, the disk is full."""
    try:
        yield
    except duckdb.IOException as error:
        raise out_of_disk(error) or place.unreadable(file, OSError(None, str(error).split("\n")[0][:200])) from error


def _has_entities(tree) -> bool:
    dtd = tree.docinfo.internalDTD
    return dtd is not None and any(True for _ in dtd.iterentities())


def _refused(file: Path) -> DataError:
    return DataError(
        msg("{name} uses entities, and Assay does not read those", name=file.name),
        msg("Entities can make a small file huge, or pull in other files of this machine."),
        msg("Write the file without a DTD, with the text in place of the entities."),
    )


def _local(tag: str) -> str:
    return tag.rpartition("}")[2]


def _find_record(file: Path) -> str:
    """The element of a row: the shallowest name that repeats among its siblings, by the first {LOOK} bytes."""
    seen: Counter[tuple[int, str]] = Counter()
    depth, parents = 0, []
    for number, (event, element) in enumerate(_events(file, ("start", "end"))):
        if event == "start":
            seen[(depth, _local(element.tag))] += 1
            parents.append(element)
            depth += 1
        else:
            depth -= 1
            parents.pop()
            element.clear()
        if number > 40_000:
            break
    levels = sorted({level for level, _ in seen if level > 0})
    for level in levels:
        name, count = max(((name, count) for (at, name), count in seen.items() if at == level), key=lambda pair: pair[1])
        if count > 1:
            return name
    root = next((name for level, name in seen if level == 0), "")
    children = [name for level, name in seen if level == 1]
    return children[0] if len(children) == 1 else root


def _rows(file: Path, record: str) -> Iterator[Row]:
    """The rows, one at a time; what has been read is freed at once. An element inside another of its name is a part of that."""
    depth = 0
    for event, element in _events(file, ("start", "end"), f"{{*}}{record}"):
        depth += 1 if event == "start" else -1
        if event == "end" and not depth:
            try:
                yield _row(element)
            except _Entity as error:
                raise _refused(file) from error
            element.clear()
            while element.getprevious() is not None and element.getparent() is not None:
                del element.getparent()[0]


def _row(element: etree._Element) -> Row:
    """Attributes, children and text of an element. A child that is there and empty is an empty text, one that is not there is null."""
    row: Row = {}
    for name, value in element.attrib.items():
        row[_free(row, _local(name))] = value
    children: dict[str, list[etree._Element]] = {}
    for child in _children(element):
        children.setdefault(_local(child.tag), []).append(child)
    for name, found in children.items():
        key = name if name not in row else f"{name}_element"
        if len(found) == 1 and not len(found[0]) and not found[0].attrib:
            row[key] = found[0].text or ""
        else:
            whole = [_plain(child) for child in found]
            row[key] = json.dumps(whole[0] if len(whole) == 1 else whole, ensure_ascii=False)
    if text := _own_text(element):
        row["text" if "text" not in row else "text_element"] = text
    return row


class _Entity(Exception):
    """An entity stands where text should."""


def _children(element: etree._Element) -> Iterator[etree._Element]:
    """The elements in an element. Comments and instructions never get here; what else is no element is an entity."""
    for child in element:
        if not isinstance(child.tag, str):
            raise _Entity
        yield child


def _free(row: Row, name: str) -> str:
    """The name, numbered where two namespaces have it."""
    number, free = 2, name
    while free in row:
        number, free = number + 1, f"{name}_{number}"
    return free


def _own_text(element: etree._Element) -> str:
    """The text between the children, put together."""
    return " ".join(part.strip() for part in (element.text, *(child.tail for child in element)) if part and part.strip())


def _plain(element: etree._Element):
    """An element as JSON: text where it is only text, else an object of its attributes and children."""
    if not len(element) and not element.attrib:
        return element.text or ""
    found: dict[str, object] = {}
    for name, value in element.attrib.items():
        _add(found, f"@{_local(name)}", value)
    for child in _children(element):
        _add(found, _local(child.tag), _plain(child))
    text = _own_text(element) if len(element) else element.text
    if text:
        found["#text"] = text
    return found


def _add(found: dict[str, object], name: str, value: object) -> None:
    if name in found:
        held = found[name]
        found[name] = [*held, value] if isinstance(held, list) else [held, value]
    else:
        found[name] = value


def _table(rows: list[Row]) -> pa.Table:
    names = list(dict.fromkeys(name for row in rows for name in row))
    return pa.table({name: pa.array([row.get(name) for row in rows], pa.string()) for name in names})


def _to_text(file: Path, record: str, total: int, aside: Path, task: Task) -> tuple[list[str], int]:
    """All rows as text, in Parquet pieces; returns the columns in order of appearance and the row count.

    The columns of a piece are numbered, not named: two names that differ in capitals only would be one column for DuckDB.
    """
    names: dict[str, int] = {}
    rows: list[Row] = []
    count = 0

    def flush() -> None:
        if rows:
            for row in rows:
                for name in row:
                    names.setdefault(name, len(names))
            columns = {str(number): pa.array([row.get(name) for row in rows], pa.string()) for name, number in names.items()}
            # Elements with nothing in them are rows too: a column of nulls keeps their number.
            table = pa.table({"row": pa.nulls(len(rows), pa.bool_()), **columns})
            pq.write_table(table, aside / f"{count:012}.parquet", compression="snappy")
            rows.clear()
            task.at(min(0.5, count / (count + 200_000)), msg("Reading {name}: {n} rows so far", name=file.name, n=count))

    for row in _rows(file, record):
        rows.append(row)
        count += 1
        if len(rows) == BATCH:
            flush()
    flush()
    return list(names), count


def _all(aside: Path, names: list[str]) -> exp.Expression:
    """The pieces as one table with the names."""
    files = exp.array(*map(literal, sorted(aside.glob("*.parquet"))))
    pieces = exp.Anonymous(
        this="read_parquet", expressions=[files, exp.EQ(this=exp.to_identifier("union_by_name"), expression=exp.true())]
    )
    named = [exp.alias_(column(str(number)), name, quoted=True) for number, name in enumerate(unique(names))]
    return exp.select(*named).from_(pieces).subquery("t")
