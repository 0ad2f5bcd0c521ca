"""The dialects: one file each, which holds only what is different there. Its name is the file's, the registry's and sqlglot's.

To add one: write `core/ddl/dialects/<name>.py` with a class that extends `base.Dialect`, add it to `_PLACES`, and give it an
engine in `core/ddl/verify` where there is one. `tests/conformance/test_dialects.py` takes it from there.
"""

from __future__ import annotations

from difflib import get_close_matches
from importlib import import_module

from core.ddl.dialects.base import Dialect
from core.errors import ConfigError
from core.words import msg

_PLACES = {
    "postgres": "core.ddl.dialects.postgres:Postgres",
    "clickhouse": "core.ddl.dialects.clickhouse:ClickHouse",
}


def names() -> tuple[str, ...]:
    """The names of all dialects, without importing them."""
    return tuple(_PLACES)


def dialect(name: str) -> Dialect:
    """The dialect of this name. Raises `ConfigError` that names the nearest ones where there is none."""
    if name not in _PLACES:
        near = get_close_matches(name, _PLACES, n=3, cutoff=0.3) or list(_PLACES)
        raise ConfigError(
            msg("There is no dialect {name}", name=name),
            msg("Assay writes DDL for {names}.", names=", ".join(_PLACES)),
            msg("Did you mean {near}?", near=", ".join(near)),
        )
    module, _, kind = _PLACES[name].partition(":")
    return getattr(import_module(module), kind)()
