"""A message that is not yet in any language."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Union


@dataclass(frozen=True, slots=True)
class Msg:
    """English text with `{name}` places, the arguments for them, and the plural form where the text counts something.

    `args` is a tuple of pairs so that a message is hashable and compares by value. When `many` is given, the argument `n`
    chooses between `text` (one) and `many` by the plural rule of the reader's language.
    """

    text: str
    args: tuple[tuple[str, Arg], ...] = ()
    many: str | None = None


Arg = Union[int, float, str, Msg]


def msg(text: str, /, **args: Arg) -> Msg:
    """A message. The first argument must be a literal: the catalogue is extracted from the source."""
    return Msg(text, tuple(args.items()))


def plural(one: str, many: str, /, n: int, **args: Arg) -> Msg:
    """A message that counts: `plural("{n} row", "{n} rows", n=3)`. Both texts must be literals."""
    return Msg(one, (("n", n), *args.items()), many)


def size(count: int) -> Msg:
    """Bytes as people read them, in powers of 1,000 (SI)."""
    if abs(count) >= 10**12:
        return msg("{n} TB", n=count / 10**12)
    if abs(count) >= 10**9:
        return msg("{n} GB", n=count / 10**9)
    if abs(count) >= 10**6:
        return msg("{n} MB", n=count / 10**6)
    if abs(count) >= 10**3:
        return msg("{n} KB", n=count / 10**3)
    return plural("{n} byte", "{n} bytes", n=count)


def percent(share: float) -> Msg:
    """A share between 0 and 1 as a percentage with at most two decimals; a share that is small but not 0 never reads "0 %"."""
    value = share * 100
    if 0 < value < 0.01:
        return msg("< 0.01 %")
    if 99.99 < value < 100:
        return msg("> 99.99 %")
    return msg("{n} %", n=round(value, 2))


def clock_time(seconds: float) -> Msg:
    """A duration as people read it: milliseconds under a second, then seconds, then minutes and seconds."""
    if seconds < 1:
        return msg("{n} ms", n=round(seconds * 1000))
    if seconds < 90:
        return msg("{n} s", n=round(seconds, 1))
    return msg("{minutes} min {seconds} s", minutes=int(seconds // 60), seconds=int(seconds % 60))
