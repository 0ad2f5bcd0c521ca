"""Settings as a person or a saved connection gives them, checked the same way for every server."""

from __future__ import annotations

from collections.abc import Sequence

from core.errors import ConfigError
from core.words import Msg, msg


def choice(name: str, value: str, choices: Sequence[str]) -> str:
    """`value`, or `ConfigError` where the field does not take it."""
    if value not in choices:
        raise ConfigError(
            msg("{value} does not fit the field {name}", value=value, name=name),
            msg("It takes one of {choices}.", choices=", ".join(choices)),
            msg("Choose one of them."),
        )
    return value


def port(value: object, usual: Msg) -> int:
    """The number of a port, or `ConfigError` with what is `usual` there."""
    try:
        number = int(str(value))
    except ValueError:
        number = 0
    if not 0 < number < 65536:
        raise ConfigError(msg("{value} is not a port", value=str(value)), msg("A port is a whole number from 1 to 65535."), usual)
    return number
