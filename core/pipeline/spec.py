"""Pipelines as YAML that a person reads and writes."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import fields, is_dataclass
from io import StringIO
from typing import Any

from pydantic import ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.events import AliasEvent, CollectionEndEvent, CollectionStartEvent, Event, ScalarEvent
from ruamel.yaml.scalarstring import DoubleQuotedScalarString

from core.errors import ConfigError
from core.models.codec import from_plain
from core.models.pipeline import Pipeline
from core.pipeline.steps import STEPS
from core.words import Msg, msg

_FIX = msg("The page about pipelines in the docs shows every step with its fields.")
LONGEST, DEEPEST = 1_000_000, 20


def read_yaml(text: str) -> Pipeline:
    """A pipeline from its YAML. Raises `ConfigError` that names the line and the field.

    Aliases, deep nesting, tags and merge keys are refused: a pipeline needs none of them.
    """
    if len(text) > LONGEST:
        raise _wrong(msg("It is longer than {n} characters.", n=LONGEST))
    yaml = YAML(typ="rt")
    try:
        _refuse_what_is_not_needed(yaml.parse(text))
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


def _refuse_what_is_not_needed(events: Iterator[Event]) -> None:
    """What is cheap to write and dear to read, while it is read (aliases unfold to gigabytes, nesting costs its square), and what makes

    a value of something else: a tag (`!!bool`), a merge key (`<<`).
    """
    depth = 0
    for event in events:
        depth += isinstance(event, CollectionStartEvent) - isinstance(event, CollectionEndEvent)
        if isinstance(event, AliasEvent):
            raise _wrong(msg("It holds an alias (*name), which pipelines do not use."))
        if depth > DEEPEST:
            raise _wrong(msg("It is nested more than {n} levels deep.", n=DEEPEST))
        if getattr(event, "tag", None) is not None:
            raise _wrong(
                msg(
                    "Line {line} holds the tag {tag}, which pipelines do not use.",
                    line=_line(event),
                    tag=str(event.tag).replace("tag:yaml.org,2002:", "!!"),
                )
            )
        if isinstance(event, ScalarEvent) and event.value == "<<" and not event.style:
            raise _wrong(msg("Line {line} holds a merge key (<<), which pipelines do not use.", line=_line(event)))


def _line(event: Event) -> int:
    return event.start_mark.line + 1


def to_yaml(pipeline: Pipeline) -> str:
    """The YAML of a pipeline: fields that hold their default are left out, places of the editor come last.

    `read_yaml` gives back the same pipeline, letter for letter. ruamel.yaml writes some text without quotes that it reads as something
    else (`: a`, a line of its own kind inside): a pipeline with such text has all of its text in quotes, control characters escaped.
    """
    plain = _dumped(pipeline, _quoted)
    return plain if _reads_back(plain, pipeline) else _dumped(pipeline, _all_quoted)


def _reads_back(text: str, pipeline: Pipeline) -> bool:
    try:
        return read_yaml(text) == pipeline
    except ConfigError:
        return False


def _dumped(pipeline: Pipeline, quote: Callable[[Any], Any]) -> str:
    out: dict[str, Any] = {
        "name": quote(pipeline.name),
        "version": pipeline.version,
        "nodes": _short(pipeline.nodes, quote),
    }
    if pipeline.layout:
        out["layout"] = {quote(node): list(place) for node, place in pipeline.layout.items()}
    yaml = YAML()
    # No line is folded: where it is, two spaces inside a text become one.
    yaml.width, yaml.default_flow_style, yaml.allow_unicode = 10 * LONGEST, None, True
    yaml.indent(mapping=2, sequence=4, offset=2)
    stream = StringIO()
    yaml.dump(out, stream)
    return stream.getvalue()


def _short(value: Any, quote: Callable[[Any], Any]) -> Any:
    """A model as YAML would have a person write it: without the fields that hold their default, `id` and `step` first."""
    if isinstance(value, tuple):
        return [_short(item, quote) for item in value]
    if not is_dataclass(value):
        return {quote(key): quote(text) for key, text in value.items()} if isinstance(value, dict) else quote(value)
    every = {one.name: _short(getattr(value, one.name), quote) for one in fields(value)}
    kept = {one.name: every[one.name] for one in fields(value) if one.default != getattr(value, one.name)}
    first = {key: every[key] for key in ("id", "step") if key in every}
    return {**first, **kept} or every


def _quoted(value: Any) -> Any:
    """Text that begins with a question mark, in quotes: ruamel.yaml writes `{where: ?0}` without them, and cannot read it."""
    return _all_quoted(value) if isinstance(value, str) and value.startswith("?") else value


def _all_quoted(value: Any) -> Any:
    return DoubleQuotedScalarString(value) if isinstance(value, str) else value


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
        elif part in STEPS:
            continue
        names.append(str(part))
    return _wrong(msg("Line {line}, {field}: {problem}", line=line, field=".".join(names) or "—", problem=first["msg"]))
