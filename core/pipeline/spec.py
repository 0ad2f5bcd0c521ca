"""Pipelines as YAML that a person reads and writes."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import fields, is_dataclass
from io import StringIO
from typing import Any, get_args

from pydantic import ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.events import AliasEvent, CollectionEndEvent, CollectionStartEvent, Event, ScalarEvent
from ruamel.yaml.scalarstring import DoubleQuotedScalarString

from core.errors import ConfigError
from core.models.codec import from_plain
from core.models.pipeline import Pipeline, Step
from core.pipeline.faults import near
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
    except ValueError as error:
        raise _wrong(
            msg("Line {line} holds a value that looks like a date or a number and is none.", line=_odd_value(text)),
            msg("Write it in quotes."),
        ) from error
    except (YAMLError, RecursionError) as error:
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


def _odd_value(text: str) -> int:
    """The line of the first value that YAML cannot make what it takes it for, such as the date 2024-13-45."""
    for event in YAML().parse(text):
        if isinstance(event, ScalarEvent) and not event.style:
            try:
                YAML(typ="rt").load(event.value)
            except MarkedYAMLError:
                continue  # a text that is none by itself
            except ValueError:
                return _line(event)
    return 0


def lines(text: str) -> dict[str, int]:
    """Step → the line its id stands in. Of a text that `read_yaml` accepts."""
    nodes = YAML(typ="rt").load(text).get("nodes") or []
    return {str(node["id"]): node.lc.key("id")[0] + 1 for node in nodes}


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


def _wrong(why: Msg, fix: Msg = _FIX) -> ConfigError:
    return ConfigError(msg("This is not a pipeline"), why, fix)


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
    problem, fix = _in_words(first)
    return _wrong(msg("Line {line}, {field}: {problem}", line=line, field=".".join(names) or "—", problem=problem), fix)


_FIELDS = {one.__dataclass_fields__["step"].default: [field.name for field in fields(one)] for one in get_args(get_args(Step)[0])}
"""Step → its fields."""

_KINDS = {
    "string": msg("a text"),
    "int": msg("a whole number"),
    "float": msg("a number"),
    "bool": msg("true or false"),
    "tuple": msg("a list"),
    "dict": msg("names with values"),
    "model": msg("names with values"),
    "dataclass": msg("names with values"),
}
"""What pydantic's errors begin with, in words a person writing YAML has."""


def _in_words(first: Any) -> tuple[Msg | str, Msg]:
    """What pydantic found, in our words, and what to do."""
    kind, context = first["type"], first.get("ctx", {})
    if kind == "union_tag_invalid":
        return msg("there is no step {name}", name=str(context["tag"])), _near(str(context["tag"]), STEPS)
    if kind == "union_tag_not_found":
        return msg("it does not say which step it is"), msg("Give it a field step, one of {names}.", names=", ".join(STEPS))
    if kind == "missing":
        return msg("it is missing"), msg("Add it. The page about pipelines in the docs shows every step with its fields.")
    if kind == "unexpected_keyword_argument":
        step = next((part for part in reversed(first["loc"][:-1]) if part in STEPS), None)
        return msg("there is no such field"), _near(str(first["loc"][-1]), _FIELDS[step]) if step else _FIX
    if kind == "literal_error":
        known = [one.strip(" '") for one in re.split(r",| or ", str(context["expected"]))]
        return msg("{value} is none of its values", value=str(first["input"])), _near(str(first["input"]), known)
    wanted = _KINDS.get(kind.split("_")[0])
    return (msg("it is not {kind}", kind=wanted), _FIX) if wanted else (first["msg"], _FIX)


def _near(name: str, known: Iterable[str]) -> Msg:
    return msg("Did you mean {names}?", names=near(name, known))
