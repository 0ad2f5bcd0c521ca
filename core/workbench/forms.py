"""What a person filled into the form of a kind: which fields matter, and what is wrong with each, before anything is sent."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from connectors.files import place
from core.errors import AssayError
from core.models.source import Field, Settings, Value
from core.store.files import named
from core.words import Msg, msg


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with one field."""

    field: str
    text: Msg


def applies(fields: Iterable[Field], field: Field, values: Settings) -> bool:
    """Whether a field has a meaning with these values: it does where what it depends on does, and has one of the values named."""
    if field.only is None:
        return True
    name, wanted = field.only
    master = next((one for one in fields if one.name == name), None)
    if master is None:
        return True
    return _value(master, values) in wanted and applies(fields, master, values)


def fitting(fields: Iterable[Field], values: Settings) -> Settings:
    """The settings without empty ones and without those of fields that have no meaning here."""
    fields = tuple(fields)
    known = {field.name: field for field in fields}
    return {
        name: value
        for name, value in values.items()
        if value not in (None, "") and (name not in known or applies(fields, known[name], values))
    }


def faults(fields: Iterable[Field], values: Settings) -> tuple[Fault, ...]:
    """What is wrong, field by field; fields without a meaning here are not looked at."""
    fields = tuple(fields)
    found = ((field, _fault(field, values.get(field.name))) for field in fields if applies(fields, field, values))
    return tuple(Fault(field.name, text) for field, text in found if text is not None)


def _value(field: Field, values: Settings) -> Value | None:
    value = values.get(field.name)
    return field.default if value in (None, "") else value


def _fault(field: Field, value: Value | None) -> Msg | None:
    if value in (None, ""):
        return msg("Fill this in.") if field.required else None
    if field.kind == "int":
        return _out_of_range(field, value)
    if field.kind == "choice" and field.choices and value not in field.choices:
        return msg("Choose one of {choices}.", choices=", ".join(field.choices))
    return _no_path(str(value)) if field.kind == "path" else None


def _out_of_range(field: Field, value: Value) -> Msg | None:
    try:
        number = int(value)
    except ValueError:
        return msg("This is no whole number.")
    low, high = field.least, field.most
    if (low is None or number >= low) and (high is None or number <= high):
        return None
    if low is not None and high is not None:
        return msg("A whole number from {low} to {high}.", low=str(low), high=str(high))
    return msg("At least {low}.", low=str(low)) if low is not None else msg("At most {high}.", high=str(high))


def _no_path(text: str) -> Msg | None:
    try:
        path = named(text)
        if path.exists() or place.matching(path):
            return None
    except AssayError as error:
        return msg("{why}", why=error.why)
    except OSError as error:
        return msg("The system said: {error}", error=error.strerror or type(error).__name__)
    return msg("Nothing on this machine has this path, or fits the pattern.")
