"""Checks as YAML that a person keeps beside the data, edits, and hands to the command line.

checks:
- {table: orders, kind: between, columns: [amount], values: ['0', ''], most: 0.01}
dismissed:
- {table: orders, kind: filled, columns: [note]}
"""

from __future__ import annotations

from io import StringIO
from typing import Any

from pydantic import ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError
from ruamel.yaml.events import AliasEvent, CollectionEndEvent, CollectionStartEvent

from core.errors import ConfigError
from core.models.codec import from_plain, to_plain
from core.models.quality import Check, Checks, Rule
from core.profile.quality.exports.text import dump
from core.profile.quality.kinds import BY_NAME
from core.words import Msg, msg

LONGEST, DEEPEST = 1_000_000, 10


def to_yaml(checks: Checks) -> str:
    """The text of some checks; what is empty is left out."""
    kept = [_short(check.rule) | ({"most": check.most} if check.most else {}) for check in checks.kept]
    return dump({"checks": kept, "dismissed": [_short(rule) for rule in checks.dismissed]})


def _short(rule: Rule) -> dict[str, Any]:
    return {name: value for name, value in to_plain(rule).items() if value}


def read_yaml(text: str) -> Checks:
    """Checks from their YAML. Raises `ConfigError` that says which of them is wrong."""
    tree = _tree(text)
    kept = [_check(entry, place) for place, entry in enumerate(_list(tree, "checks"), 1)]
    dismissed = [_check(entry, place).rule for place, entry in enumerate(_list(tree, "dismissed"), 1)]
    return Checks(tuple(dict.fromkeys(kept)), tuple(dict.fromkeys(dismissed)))


def _tree(text: str) -> dict[str, Any]:
    if len(text) > LONGEST:
        raise _wrong(msg("It is longer than {n} characters.", n=LONGEST))
    depth = 0
    try:
        for event in YAML().parse(StringIO(text)):
            depth += isinstance(event, CollectionStartEvent) - isinstance(event, CollectionEndEvent)
            if isinstance(event, AliasEvent) or depth > DEEPEST:
                raise _wrong(msg("It holds an alias, or lists in lists in lists, which checks do not use."))
        tree = YAML(typ="safe").load(text)
    except (YAMLError, ValueError, RecursionError) as error:
        raise _wrong(
            msg("It is not YAML: {problem}", problem=str(getattr(error, "problem", "")) or type(error).__name__)
        ) from error
    if not isinstance(tree, dict) or not tree.keys() <= {"checks", "dismissed"}:
        raise _wrong(msg("It has no list named checks, or something beside checks and dismissed."))
    return tree


def _list(tree: dict[str, Any], name: str) -> list[Any]:
    found = tree.get(name) or []
    if not isinstance(found, list):
        raise _wrong(msg("{name} is not a list.", name=name))
    return found


def _check(entry: Any, place: int) -> Check:
    try:
        fields = dict(entry)
        most = from_plain(float, fields.pop("most", 0.0))
        for name in ("columns", "ref_columns", "values"):
            fields[name] = tuple(map(str, fields.get(name) or ()))
        if unknown := fields.keys() - Rule.__dataclass_fields__.keys():
            raise _wrong(
                msg("Check {n} has a field that is not known: {name}", n=place, name=", ".join(sorted(map(str, unknown))))
            )
        rule = from_plain(Rule, fields | {"value": str(fields.get("value", ""))})
    except (TypeError, ValueError, ValidationError) as error:
        raise _wrong(msg("Check {n} has no table or no kind, or a value that is not one.", n=place)) from error
    if rule.kind not in BY_NAME or not 0 <= most < 1:
        raise _wrong(
            msg("Check {n}: {kind} is no kind of rule, or its share of rows is not from 0 to 1.", n=place, kind=rule.kind),
            msg("Kinds: {names}.", names=", ".join(sorted(BY_NAME))),
        )
    return Check(rule, most)


def _wrong(why: Msg, fix: Msg | None = None) -> ConfigError:
    return ConfigError(
        msg("The file of checks cannot be read"),
        why,
        fix or msg("The page about profiles in the docs shows one; the tab Quality writes one."),
    )
