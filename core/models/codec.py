"""Any model to JSON and back, with its JSON Schema. One door, so that stored facts, `--json` files and reports agree."""

from __future__ import annotations

from functools import cache
from typing import Any, TypeVar

from pydantic import ConfigDict, TypeAdapter

T = TypeVar("T")


@cache
def _adapter(kind: Any) -> TypeAdapter:
    return TypeAdapter(kind)


def to_json(value: Any, kind: Any = None, *, indent: int | None = None) -> bytes:
    """`value` as UTF-8 JSON. `kind` is needed only where `value` is a tuple or a union of models."""
    return _adapter(kind or type(value)).dump_json(value, indent=indent)


def to_plain(value: Any, kind: Any = None) -> Any:
    """`value` as dicts, lists and JSON scalars."""
    return _adapter(kind or type(value)).dump_python(value, mode="json")


def from_json(kind: type[T] | Any, data: bytes | str) -> T:
    """A model from JSON. Raises `pydantic.ValidationError` where the text does not fit the model."""
    return _adapter(kind).validate_json(data)


def from_plain(kind: type[T] | Any, data: Any) -> T:
    """A model from dicts and lists (read from YAML, say). Raises `pydantic.ValidationError` where it does not fit."""
    return _adapter(kind).validate_python(data)


def schema(kind: Any) -> dict[str, Any]:
    """The JSON Schema (2020-12) of a model as `to_json` writes it."""
    return _adapter(kind).json_schema(mode="serialization")


STRICT = ConfigDict(extra="forbid")
