"""JSON objects as rows: which columns they have, with types that lose nothing.

DuckDB guesses types by all objects. What it guesses of text (dates, times, UUIDs) is taken back here, because its guess need not read back
as the text did; text is weighed cell by cell afterwards, the way the cells of a CSV are.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from pathlib import Path

import duckdb
from duckdb.sqltypes import DuckDBPyType
from sqlglot import exp

from connectors.files import encoding, members, place
from connectors.files.dialect import unique
from connectors.files.land import out_of_disk
from core.engines.duck import call, column, literal, name, sql
from core.errors import DataError
from core.task import Task
from core.words import Msg, msg

LOOK = 4 << 20
OBJECT, USUAL = 64_000_000, 16_000_000
"""Bytes an object may have. DuckDB takes four times that for each thread, so a file is read with the lesser until it holds a larger object."""
_largest = ContextVar("largest", default=USUAL)
EVERY = -1
DEEPEST = 128  # DuckDB's own
NUMBERS = {"DOUBLE", "HUGEINT"}
_NUMBERS = {"BIGINT", "UBIGINT", *NUMBERS}
_GUESSED = {
    "date",
    "time",
    "timestamp",
    "timestamp with time zone",
    "timestamp_s",
    "timestamp_ms",
    "timestamp_ns",
    "uuid",
    "null",
}


@dataclass(frozen=True, slots=True)
class Shape:
    """How the objects of a file become rows: `rows` for a FROM, and the type of each column.

    `numbers` are columns of numbers with points or many digits: they come as text and are weighed like the cells of a CSV.
    """

    rows: exp.Expression
    types: Mapping[str, str]
    numbers: frozenset[str] = frozenset()


def form_of(file: Path) -> str:
    """`array`, or `objects` one after another (NDJSON, or a single object). Raises `DataError` for what is neither."""
    head = encoding.head_of(file, LOOK)
    if head[:2] in (b"\xff\xfe", b"\xfe\xff") or b"\x00" in head[:4096]:
        raise no_json(file, msg("It is not UTF-8 text; JSON between systems is UTF-8 (RFC 8259)."))
    first = head.removeprefix(b"\xef\xbb\xbf").lstrip()[:1]
    if first == b"[":
        return "array"
    if first == b"{":
        return "objects"
    raise no_json(file, msg("It begins with neither an object nor an array of objects."))


@contextmanager
def large_objects(connection: duckdb.DuckDBPyConnection) -> Iterator[None]:
    """Read objects of up to `OBJECT` bytes, in one thread: two would not fit into the memory."""
    connection.execute("SET threads = 1")
    token = _largest.set(OBJECT)
    try:
        yield
    finally:
        _largest.reset(token)


def is_too_large(error: duckdb.Error) -> bool:
    """Whether an object was larger than what it may have."""
    return "maximum_object_size" in str(error)


def raw(file: Path, form: str) -> exp.Expression:
    """`read_json_objects(…)`: the text of each object in the column `json`."""
    return _reader("read_json_objects", file, {"format": exp.Literal.string(_format(file, form))})


def shape(
    connection: duckdb.DuckDBPyConnection,
    file: Path,
    form: str,
    sample: int,
    known: frozenset[str] = frozenset(),
    readable: bool = True,
) -> Shape:
    """The shape by the first `sample` objects, or by all of them. `known` are columns of numbers, some of them in quotes now; what is

    not to be `readable` whole may have JSON among its nested parts.

    Raises DuckDB's errors for what is not JSON.
    """
    found = _guess(connection, file, form, sample)
    numbers = frozenset(one for one, kind in found.items() if str(kind) in NUMBERS or one in known)
    types = {
        one: "VARCHAR" if one in numbers else _readable(settled(kind)) if readable else settled(kind)
        for one, kind in found.items()
    }
    if not types or _doubled(types):
        return _key_by_key(connection, file, raw(file, form), known)
    records = list(types) != ["json"] or _has_key_json(file)
    columns = exp.Struct(
        expressions=[
            exp.PropertyEQ(this=exp.Literal.string(one), expression=exp.Literal.string(kind)) for one, kind in types.items()
        ]
    )
    options = {"format": exp.Literal.string(_format(file, form)), "columns": columns, "records": _flag(records)}
    return Shape(_reader("read_json", file, options), types, numbers)


def _guess(connection: duckdb.DuckDBPyConnection, file: Path, form: str, sample: int) -> dict[str, DuckDBPyType]:
    """DuckDB's columns; none where it has no types for them."""
    options = {
        "format": exp.Literal.string(_format(file, form)),
        "sample_size": _number(sample),
        "map_inference_threshold": _number(-1),
        "convert_strings_to_integers": exp.false(),
    }
    try:
        found = connection.sql(sql(exp.select("*").from_(_reader("read_json", file, options))))
    except duckdb.NotImplementedException:
        # Keys inside that differ in capitals only cannot be a STRUCT.
        return {}
    return dict(zip(found.columns, found.types))


def settled(kind: DuckDBPyType) -> str:
    """The type to read as: what DuckDB made of text is text again, and what Parquet does not have is what it has."""
    if kind.id == "struct":
        return f"STRUCT({', '.join(f'{sql(name(part))} {settled(child)}' for part, child in kind.children)})"
    if kind.id == "list":
        return settled(kind.children[0][1]) + "[]"
    if kind.id in _GUESSED:
        return "VARCHAR"
    # Parquet has no HUGEINT; DuckDB would write it as DOUBLE.
    return "DECIMAL(38,0)" if kind.id in ("hugeint", "uhugeint") else str(kind)


def _readable(kind: str) -> str:
    """JSON for a nested type with JSON inside: Parquet would keep that part as a text, which could not be told from a string."""
    return "JSON" if re.search(r"\bJSON\b", re.sub(r'"[^"]*"', "", kind)) else kind


def _doubled(types: Mapping[str, str]) -> bool:
    """Whether DuckDB may have renamed a key, because two differ in capitals only."""
    lower = {one.lower() for one in types}
    return any(re.sub(r"_\d+$", "", one).lower() in lower for one in types if re.search(r"_\d+$", one))


def _key_by_key(connection: duckdb.DuckDBPyConnection, file: Path, objects: exp.Expression, known: frozenset[str]) -> Shape:
    """Keys that differ in capitals only: each is taken out of the raw text. Nested parts and mixtures stay JSON.

    Raises `DataError` for an object that has a key twice.
    """
    given = call("json_keys", column("json"))
    twice = exp.NEQ(this=call("len", given), expression=call("len", call("list_distinct", given.copy())))
    doubled = connection.execute(sql(exp.select(given.copy()).from_(objects).where(twice).limit(1))).fetchone()
    if doubled:
        raise _twice(file, next(key for key in doubled[0] if doubled[0].count(key) > 1))
    listed = exp.alias_(call("unnest", given.copy()), "k")
    keys = [key for (key,) in connection.execute(sql(exp.select(listed).distinct().from_(objects))).fetchall()]
    keys.sort(key=lambda key: (key.lower(), key))
    asked = [call("json_group_structure", call("json_extract", column("json"), _pointer(key))) for key in keys]
    kinds = connection.execute(sql(exp.select(*asked).from_(objects))).fetchall()[0]
    names = unique(keys)
    taken = [_taken(key, str(kind).strip('"')) for key, kind in zip(keys, kinds)]
    parts = [exp.alias_(value, shown, quoted=True) for shown, (value, _) in zip(names, taken)]
    numbers = frozenset(shown for shown, kind in zip(names, kinds) if str(kind).strip('"') in _NUMBERS or shown in known)
    return Shape(
        exp.select(*parts).from_(objects).subquery("t"), {shown: kind for shown, (_, kind) in zip(names, taken)}, numbers
    )


def _taken(key: str, kind: str) -> tuple[exp.Expression, str]:
    """The value of a key, and its type: scalars of one kind as text, or truth; anything else as JSON, in which null is null."""
    text = call("json_extract_string", column("json"), _pointer(key))
    if kind == "BOOLEAN":
        return exp.cast(text, kind), kind
    if kind in _NUMBERS or kind in ("VARCHAR", "NULL"):
        return text, "VARCHAR"
    return exp.Nullif(this=call("json_extract", column("json"), _pointer(key)), expression=exp.Literal.string("null")), "JSON"


def _pointer(key: str) -> exp.Expression:
    """The JSON pointer of a key (RFC 6901)."""
    return exp.Literal.string("/" + key.replace("~", "~0").replace("/", "~1"))


def _has_key_json(file: Path) -> bool:
    """Whether the only column `json` is a key of that name, and not DuckDB's word for what is no object."""
    return bool(re.match(rb'[\s\[]*\{\s*"json"\s*:', encoding.head_of(file, 4096).removeprefix(b"\xef\xbb\xbf")))


def _reader(function: str, file: Path, options: Mapping[str, exp.Expression]) -> exp.Expression:
    more = {"maximum_object_size": _number(_largest.get()), "compression": exp.Literal.string(encoding.packing(file))}
    arguments = [exp.EQ(this=exp.to_identifier(key), expression=setting) for key, setting in {**options, **more}.items()]
    return exp.Anonymous(this=function, expressions=[literal(file), *arguments])


def _format(file: Path, form: str) -> str:
    if form == "array":
        return "array"
    head = encoding.head_of(file, LOOK)
    if head.startswith(b"\xef\xbb\xbf"):
        return "unstructured"  # DuckDB passes over the mark there only
    try:
        return "newline_delimited" if isinstance(json.loads(head.lstrip().split(b"\n", 1)[0]), dict) else "unstructured"
    except (ValueError, RecursionError):
        return "unstructured"


def _number(value: int) -> exp.Expression:
    return exp.Literal.number(value) if value >= 0 else exp.Neg(this=exp.Literal.number(-value))


def _flag(value: bool) -> exp.Expression:
    return exp.true() if value else exp.false()


def list_of(file: Path, key: str, folder: Path, task: Task, most: int | None) -> tuple[Path, tuple[str, ...]]:
    """A copy of a list inside the object that a file is, and the other keys. Raises `DataError` where there is none of this name.

    Where only the first `most` elements are wanted, those in the head of the file are enough.
    """
    if most is not None and (head := members.cut_head(file, key, folder, most)) is not None:
        return head, ()
    try:
        return members.cut_out(file, key, folder, task)
    except KeyError as error:
        known = ", ".join(members.lists(file)) or "—"
        raise DataError(
            msg("{name} has no list {key} of objects", name=file.name, key=key),
            msg("Lists of objects inside its object are: {names}.", names=known),
            msg("Name one of them, or a full stop for the object itself."),
        ) from error
    except members.DoubledKey as error:
        raise _twice(file, str(error)) from error
    except ValueError as error:
        raise no_json(file, msg("The reader said: {error}", error=str(error)[:300])) from error


@contextmanager
def plain_errors(file: Path) -> Iterator[None]:
    """DuckDB's words about malformed JSON in ours."""
    try:
        yield
    except (duckdb.InterruptException, duckdb.OutOfMemoryException):
        raise
    except duckdb.Error as error:
        if not file.exists():
            raise place.unreadable(file, FileNotFoundError(2, "No such file or directory")) from error
        raise out_of_disk(error) or _not_json(file, error) from error


def _not_json(file: Path, error: Exception) -> DataError:
    said = str(error)
    if "maximum_object_size" in said:
        return DataError(
            msg("{name} holds an object that is too large", name=file.name),
            msg("A row is one object, and it may have {n} bytes.", n=OBJECT),
            msg("If the rows are a list inside one object, write that list alone, or one object a line."),
        )
    if doubled := re.search(r'has duplicate key "(.*)"', said):
        at = re.search(r"record/value (\d+)", said)
        return _twice(file, doubled[1], int(at[1]) if at else None)
    if "maximum recursion depth" in said:
        return DataError(
            msg("{name} is nested beyond the limit", name=file.name),
            msg("Objects and lists may lie {n} deep: more has been used to bring readers down.", n=DEEPEST),
            msg("Write the file with fewer levels."),
        )
    if wrong := re.search(r"Malformed JSON .*?at byte (\d+) in (?:record/value|line) (\d+): ([^\n.]*)", said):
        # DuckDB counts the record that it was about to read: one more than there are.
        record = max(int(wrong[2]) - 1, 1)
        return no_json(
            file, msg("Malformed at byte {byte} of record {record}: {error}.", byte=int(wrong[1]), record=record, error=wrong[3])
        )
    if encoding.packing(file) != "none" and isinstance(error, duckdb.IOException):
        return encoding.broken(file, EOFError())
    text = re.sub(r'(in file )?"?[^"\s]*' + re.escape(file.name) + r'"?,? ?', "", said.split("\n")[0])
    text = re.sub(r"^\w[\w ]* Error: ", "", text).split(" Try ")[0]
    return no_json(file, msg("The reader said: {error}", error=text[:300]))


def _twice(file: Path, key: str, record: int | None = None) -> DataError:
    what = msg("{name} has an object with the key {key} twice", name=file.name, key=key)
    if record is not None:
        what = msg("{name} has an object with the key {key} twice, in record {n}", name=file.name, key=key, n=record)
    return DataError(
        what,
        msg("Which of the two values is meant cannot be known (RFC 8259 leaves it open), and one of them would be lost."),
        msg("Give the second value a key of its own, or make a list of the two."),
    )


def no_json(file: Path, why: Msg) -> DataError:
    return DataError(
        msg("{name} is not valid JSON", name=file.name),
        why,
        msg("Check how it was made; a JSON file holds an array of objects, or one object a line."),
    )
