"""Pipelines as YAML that a person reads and writes."""

from __future__ import annotations

import math
from io import StringIO
from typing import Any

from pydantic import ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.events import AliasEvent

from core.errors import ConfigError
from core.models.codec import from_plain, to_plain
from core.models.pipeline import Pipeline
from core.words import Msg, msg

_FIX = msg("The page about pipelines in the docs shows every step with its fields.")
LONGEST = 1_000_000


def read_yaml(text: str) -> Pipeline:
    """A pipeline from its YAML. Raises `ConfigError` that names the line and the field.

    Aliases are refused: a pipeline needs none, and a few lines of them unfold to gigabytes.
    """
    if len(text) > LONGEST:
        raise _wrong(msg("It is longer than {n} characters.", n=LONGEST))
    yaml = YAML(typ="rt")
    try:
        if any(isinstance(event, AliasEvent) for event in yaml.parse(text)):
            raise _wrong(msg("It holds an alias (*name), which pipelines do not use."))
        tree = YAML(typ="rt").load(text)
    except MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 0
        raise _wrong(
            msg("Line {line} is not YAML: {problem}", line=line, problem=error.problem or error.context or "")
        ) from error
    except (YAMLError, RecursionError, ValueError) as error:
        raise _wrong(msg("It is not YAML: {problem}", problem=type(error).__name__)) from error
    if not isinstance(tree, dict):
        raise _wrong(msg("It has no name and no nodes."))
    try:
        return from_plain(Pipeline, _plain(tree))
    except ValidationError as error:
        raise _does_not_fit(tree, error) from error


def to_yaml(pipeline: Pipeline) -> str:
    """The YAML of a pipeline: fields that hold their default are left out, places of the editor come last."""
    defaults = {"version": 1}
    plain = to_plain(pipeline)
    nodes = [_short(node, one) for node, one in zip(plain["nodes"], pipeline.nodes)]
    out: dict[str, Any] = {"name": plain["name"], **defaults, "nodes": nodes}
    if plain["layout"]:
        out["layout"] = {node: list(place) for node, place in plain["layout"].items()}
    yaml = YAML()
    yaml.width, yaml.default_flow_style, yaml.allow_unicode = 110, None, True
    yaml.indent(mapping=2, sequence=4, offset=2)
    stream = StringIO()
    yaml.dump(out, stream)
    return stream.getvalue()


def _short(plain: dict[str, Any], node: Any) -> dict[str, Any]:
    """A node with `id` and `step` first, without what it would have anyway. The names of derived columns are no fields."""
    fields = type(node).__dataclass_fields__
    kept = {
        key: value if key == "columns" and isinstance(value, dict) else _bare(value)
        for key, value in plain.items()
        if fields[key].default != getattr(node, key)
    }
    return {"id": plain["id"], "step": plain["step"], **{key: value for key, value in kept.items() if key not in ("id", "step")}}


_DEFAULTS = {
    "column": "",
    "descending": False,
    "nulls_first": False,
    "share": None,
    "frame": None,
    "partition_by": [],
    "order_by": [],
    "offset": 1,
}


def _bare(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _bare(item) for key, item in value.items() if key not in _DEFAULTS or item != _DEFAULTS[key]}
    return [_bare(item) for item in value] if isinstance(value, list) else value


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {_plain(str(key)): _plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        raise _wrong(msg("It holds a number that is not finite."))
    if isinstance(value, str) and any("\ud800" <= letter <= "\udfff" for letter in value):
        raise _wrong(msg("It holds half a character (a lone surrogate)."))
    return str(value) if isinstance(value, str) else value


def _wrong(why: Msg) -> ConfigError:
    return ConfigError(msg("This is not a pipeline"), why, _FIX)


def _does_not_fit(tree: Any, error: ValidationError) -> ConfigError:
    """The first thing that does not fit, with its line. A discriminated union names the step in the path: it is not in the text."""
    first = error.errors()[0]
    place, line, names = tree, tree.lc.line + 1, []
    for part in first["loc"]:
        if isinstance(place, dict) and part in place:
            line, place = place.lc.key(part)[0] + 1, place[part]
        elif isinstance(place, list) and isinstance(part, int) and part < len(place):
            line, place = place.lc.item(part)[0] + 1, place[part]
        elif part in ("source", "filter", "derive", "join", "aggregate", "window", "sort", "sink"):
            continue
        names.append(str(part))
    return _wrong(msg("Line {line}, {field}: {problem}", line=line, field=".".join(names) or "—", problem=first["msg"]))
