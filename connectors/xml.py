"""XML: the element that repeats is the row; its attributes and children are the columns."""

from __future__ import annotations

import json
import shutil
import tempfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import ClassVar

import pyarrow as pa
import pyarrow.parquet as pq
from lxml import etree
from sqlglot import exp

from connectors.base import Connector
from connectors.files import encoding, place
from connectors.files.land import land_text
from core.engines.duck import duck
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
    label: ClassVar[Msg] = msg("XML")
    about: ClassVar[Msg] = msg("The element that repeats is the row: .xml")
    fields: ClassVar[tuple[Field, ...]] = (
        place.PATH,
        Field("record", msg("Element of a row"), help=msg("Found by itself when left empty.")),
    )
    capabilities: ClassVar[frozenset[str]] = frozenset({"read", "browse", "files"})

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
        rows: list[Row] = []
        for row in _rows(file, self._record(file)):
            rows.append(row)
            if len(rows) == limit:
                break
        return _table(rows)

    def land(self, path: tuple[str, ...], folder: Path, task: Task) -> Landed:
        file = place.file_named(self._files, path)
        before, record, target = file.stat(), self._record(file), folder / "part-0.parquet"
        aside = Path(tempfile.mkdtemp(prefix="assay-", dir=folder.parent))
        try:
            columns, count = _to_text(file, record, before.st_size, aside, task)
            if not count:
                raise DataError(
                    msg("{name} has no element {record}", name=file.name, record=record),
                    msg("Not one row was found in it."),
                    msg("Name the element of a row in the settings of the file."),
                )
            with duck(task, spill=aside) as connection:
                landed = land_text(connection, _all(aside), columns, target, task)
        finally:
            shutil.rmtree(aside, ignore_errors=True)
            place.same_file(before, file)
        reading = (("record", record, msg("the element that repeats most")),)
        return Landed((str(target),), landed, count, target.stat().st_size, before.st_size, reading)

    def _record(self, file: Path) -> str:
        return str(self.settings.get("record") or "") or _find_record(file)

    def _describe(self, file: Path) -> Msg:
        record = self._record(file)
        width = len(next(iter(_rows(file, record)), {}))
        return plural("rows are <{record}> with {n} part", "rows are <{record}> with {n} parts", n=width, record=record)


def _events(file: Path, events: tuple[str, ...]) -> Iterator[tuple[str, etree._Element]]:
    """Events of the streaming parser, with what could harm switched off. Raises `DataError` for what is not well-formed."""
    try:
        with encoding.open_bytes(file) as opened:
            parser = etree.iterparse(
                opened,
                events=events,
                resolve_entities=False,
                no_network=True,
                load_dtd=False,
                huge_tree=False,
                remove_comments=True,
                remove_pis=True,
            )
            for event, element in parser:
                if isinstance(element, etree._Entity):
                    raise _refused(file)
                yield event, element
            if parser.root is not None and _has_entities(parser.root.getroottree()):
                raise _refused(file)
    except etree.XMLSyntaxError as error:
        text = str(error)
        if "ntity" in text or "amplification" in text:
            raise _refused(file) from error
        raise DataError(
            msg("{name} is not well-formed XML", name=file.name),
            msg("The parser said: {error}", error=text.removesuffix(f" ({file}, line {error.lineno})")[:300]),
            msg("Check how it was made: it may be cut off, or not XML at all."),
        ) from error
    except (EOFError, OSError) as error:
        raise place.unreadable(file, error if isinstance(error, OSError) else OSError(str(error))) from error


def _has_entities(tree) -> bool:
    dtd = tree.docinfo.internalDTD
    return dtd is not None and any(True for _ in dtd.iterentities())


def _refused(file: Path) -> DataError:
    return DataError(
        msg("{name} defines entities, and Assay does not read those", name=file.name),
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
    """The rows, one at a time; what has been read is freed at once."""
    for _, element in _events(file, ("end",)):
        if _local(element.tag) == record:
            yield _row(element)
            element.clear()
            while element.getprevious() is not None and element.getparent() is not None:
                del element.getparent()[0]


def _row(element: etree._Element) -> Row:
    row = {_local(name): value for name, value in element.attrib.items()}
    children: dict[str, list[etree._Element]] = {}
    for child in element:
        if isinstance(child.tag, str):
            children.setdefault(_local(child.tag), []).append(child)
    for name, found in children.items():
        key = name if name not in row else f"{name}_element"
        if len(found) == 1 and not len(found[0]) and not found[0].attrib:
            if found[0].text is not None:
                row[key] = found[0].text
        else:
            whole = [_plain(child) for child in found]
            row[key] = json.dumps(whole[0] if len(whole) == 1 else whole, ensure_ascii=False)
    text = (element.text or "").strip()
    if text:
        row["text" if "text" not in row else "text_element"] = text
    return row


def _plain(element: etree._Element):
    """An element as JSON: text where it is only text, else an object of its attributes and children."""
    if not len(element) and not element.attrib:
        return element.text
    found: dict[str, object] = {f"@{_local(name)}": value for name, value in element.attrib.items()}
    for child in element:
        if isinstance(child.tag, str):
            name, value = _local(child.tag), _plain(child)
            if name in found:
                held = found[name]
                found[name] = [*held, value] if isinstance(held, list) else [held, value]
            else:
                found[name] = value
    if (text := (element.text or "").strip()) and (len(element) or element.attrib):
        found["#text"] = text
    return found


def _table(rows: list[Row]) -> pa.Table:
    names = list(dict.fromkeys(name for row in rows for name in row))
    return pa.table({name: pa.array([row.get(name) for row in rows], pa.string()) for name in names})


def _to_text(file: Path, record: str, total: int, aside: Path, task: Task) -> tuple[list[str], int]:
    """All rows as text, in Parquet pieces whose columns may differ; returns the columns in order of appearance and the row count."""
    names: dict[str, None] = {}
    rows: list[Row] = []
    count = 0

    def flush() -> None:
        if rows:
            table = _table(rows)
            names.update(dict.fromkeys(table.column_names))
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


def _all(aside: Path) -> exp.Expression:
    files = exp.array(*(exp.Literal.string(str(piece)) for piece in sorted(aside.glob("*.parquet"))))
    return exp.Anonymous(
        this="read_parquet", expressions=[files, exp.EQ(this=exp.to_identifier("union_by_name"), expression=exp.true())]
    )
