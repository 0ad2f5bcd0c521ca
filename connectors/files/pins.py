"""What a person said of the columns of a file: types, the order of day and month, the decimal mark."""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from connectors.files.readings import DOUBLE, PLAIN, Reading, decimal
from core.errors import ConfigError, DataError
from core.models.source import Refusal, Settings
from core.words import Msg, msg

May = Callable[[Reading], bool]
_FAMILIES = {
    "text": (),
    "integer": ("BIGINT", "DECIMAL(38,0)"),
    "number": ("BIGINT", "DECIMAL", "DOUBLE"),
    "decimal": ("DECIMAL",),
    "double": ("DOUBLE",),
    "boolean": ("BOOLEAN",),
    "date": ("DATE",),
    "timestamp": ("TIMESTAMP",),
    "time": ("TIME",),
    "uuid": ("UUID",),
}
_SAME = {
    "varchar": "text", "string": "text", "bigint": "integer", "int": "integer", "float": "double", "bool": "boolean",
    "datetime": "timestamp", "timestamp with time zone": "timestamp", "timestamptz": "timestamp",
}  # fmt: skip
ORDERS = ("day first", "month first")
MARKS = ("decimal comma", "decimal point")
_DECIMAL = re.compile(r"(?:decimal|numeric)\((\d+), ?(\d+)\)", re.I)


@dataclass(frozen=True, slots=True)
class Pin:
    """A type a person chose for a column: its name, which readings it allows, and ones to offer besides those the cells suggest."""

    name: str
    may: May
    more: tuple[Reading, ...] = ()
    text: bool = False

    @property
    def empty(self) -> Reading | None:
        """The reading of a column with nothing in it."""
        return next((reading for reading in (*self.more, *PLAIN, DOUBLE) if self.may(reading)), None)


def pins_of(settings: Settings, columns: Sequence[str]) -> dict[str, Pin]:
    """The pins in the setting `types`: `column=type` parted by `;` or line ends, or a JSON object.

    Raises `ConfigError` for what is neither, a column that is not there, and a type that is none.
    """
    pins = {}
    for name, kind in _pairs(str(settings.get("types") or "").strip()):
        if name not in columns:
            near = difflib.get_close_matches(name, columns, n=3, cutoff=0.4) or list(columns)[:10]
            raise ConfigError(
                msg("There is no column {name} to give a type", name=name),
                msg("It may be spelled otherwise, or the file has changed."),
                msg("Nearest are: {names}. Correct the setting Types of columns.", names=", ".join(near)),
            )
        pins[name] = _pin(kind)
    return pins


def _pairs(said: str) -> list[tuple[str, str]]:
    if not said:
        return []
    if said.startswith("{"):
        try:
            found = json.loads(said)
        except ValueError as error:
            raise _no_types(said) from error
        return [(str(name), str(kind)) for name, kind in found.items()]
    pairs = [part.rpartition("=") for part in re.split(r"[;\n]", said) if part.strip()]
    if not all(sign for _, sign, _ in pairs):
        raise _no_types(said)
    return [(name.strip(), kind.strip()) for name, _, kind in pairs]


def _no_types(said: str) -> ConfigError:
    return ConfigError(
        msg("{said} does not say the types of columns", said=said[:100]),
        msg("A type is said as column=type, several of them parted by a semicolon, or all as a JSON object."),
        msg("For example: {example}", example="code=text; amount=DECIMAL(18,2); day=day first"),
    )


def _pin(kind: str) -> Pin:
    said = kind.lower()
    if exact := _DECIMAL.fullmatch(kind):
        digits, scale = int(exact[1]), int(exact[2])
        name = f"DECIMAL({digits},{scale})"
        more = (decimal(scale, digits, False), decimal(scale, digits, True)) if scale else ()
        return Pin(name, lambda reading: reading.type == name, more)
    if said in ORDERS:
        return Pin(kind, _only_dates(order_of(said)))
    if said in MARKS:
        allowed = marks_may(said)
        return Pin(kind, lambda reading: _is(reading, _FAMILIES["number"]) and allowed(reading))
    if "%" in kind:
        return Pin(kind, lambda reading: reading.read_as == kind)
    family = _SAME.get(said, said)
    if family not in _FAMILIES:
        raise ConfigError(
            msg("There is no type {name}", name=kind),
            msg(
                "Types are: {names}, or a form such as {form}.",
                names=", ".join((*_FAMILIES, "DECIMAL(18,2)", *ORDERS, *MARKS)),
                form="%d.%m.%Y",
            ),
            msg("Correct the setting Types of columns."),
        )
    kinds = _FAMILIES[family]
    more = (decimal(2, 18, False), decimal(2, 18, True)) if family == "decimal" else ()
    return Pin(kind, lambda reading: _is(reading, kinds), more, text=not kinds)


def _is(reading: Reading, kinds: Sequence[str]) -> bool:
    return any(reading.type == kind or reading.type.split("(")[0].split(" ")[0] == kind for kind in kinds)


def _only_dates(allowed: May) -> May:
    return lambda reading: reading.type.split(" ")[0] in ("DATE", "TIMESTAMP") and allowed(reading)


def order_of(said: str) -> May:
    """Which readings an order of day and month leaves: of those that may be meant either way, one."""
    wrong = "%m" if said == "day first" else "%d"
    return lambda reading: (
        not (reading.rivals and "%" in reading.read_as and reading.read_as.replace("%-", "%").startswith(wrong))
    )


def marks_may(said: str) -> May:
    """Which readings a decimal mark leaves of those of numbers: with a comma as the mark, a point parts thousands or nothing."""
    if said == "decimal point":
        return lambda reading: "decimal comma" not in reading.read_as
    return lambda reading: (
        not _is(reading, _FAMILIES["number"])
        or "decimal comma" in reading.read_as
        or ("thousands by comma" not in reading.read_as and (reading.type == "BIGINT" or reading.type.endswith(",0)")))
    )


def may_of(settings: Settings, pins: Mapping[str, Pin]) -> Callable[[str, Reading], bool]:
    """Which readings what a person said leaves to a column: the pin of the column, else what holds for the whole file."""
    said = [
        rule(str(settings.get(name) or "auto"))
        for name, rule in (("dates", order_of), ("numbers", marks_may))
        if str(settings.get(name) or "auto") != "auto"
    ]

    def may(column: str, reading: Reading) -> bool:
        pin = pins.get(column)
        if pin is not None and (pin.text or not pin.may(reading)):
            return False
        return (pin is not None and pin.name.lower() in (*ORDERS, *MARKS)) or all(allowed(reading) for allowed in said)

    return may


def cannot_be(column: str, pin: Pin, refused: Refusal | None, ambiguous: Sequence[str]) -> DataError:
    """The error for a column that cannot have the type a person chose without losing a cell."""
    why: Msg
    if ambiguous:
        why = msg("It can be read in more than one way: {readings}.", readings=", ".join(ambiguous))
        fix = msg("Say which: for example {example}.", example=f"{column}=day first")
    elif refused is not None:
        why = msg("Row {row} holds {cell}, which would be lost or changed.", row=refused.row, cell=refused.cell)
        fix = msg("Choose another type for the column, text for example, name the cell as null, or mend the file.")
    else:
        why = msg("No cell of it reads so.")
        fix = msg("Choose another type for the column, text for example.")
    return DataError(msg("The column {name} cannot be {type}", name=column, type=pin.name), why, fix)
