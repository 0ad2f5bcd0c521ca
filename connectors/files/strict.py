"""What RFC 8259 does not allow and DuckDB's reader does: NaN, Infinity, a comma behind the last member, an array without an end. And numbers

of many digits.

One pass over the raw bytes: what is outside of strings has an even number of quotes before it. It runs beside DuckDB's pass for the types,
which lets go of Python's lock.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from connectors.files import encoding
from connectors.files.numbers import LONG, exact
from core.task import Task
from core.words import Msg, msg, plural

_LOOSE = re.compile(rb",\s*[\]}]|[nN][aA][nN]|[iI][nN][fF]")
_LONG = re.compile(LONG.encode())
# What neither pattern is looked for in: most of a file. Without its space, and each digit a 0, it tells by a search for fixed bytes.
_SPACE = b" \t\n\r\v\f"
_ZEROS = bytes.maketrans(b"123456789.", b"0" * 10)
_BUT_BRACKETS = bytes(one for one in range(256) if one not in b"{}[]")
_MAYBE_LOOSE = (b",]", b",}", b"N", b"i", b"I", b"na", b"nA")
_MAYBE_LONG = (b"0" * 16, b"0e", b"0E")


@dataclass(slots=True)
class Scan:
    """What was found: the first thing that is no JSON with its line, and whether a number would not arrive as it is (see `exact`)."""

    loose: Msg | None = None
    inexact: bool = False
    inexact_mixed: bool = False


def scan(file: Path, task: Task | None = None) -> Scan:
    """Look at all of a file; ends at the first thing that is no JSON."""
    found, line, depth = Scan(), 1, 0
    for outside in _outside(file):
        if task is not None:
            task.check()
        packed = outside.translate(_ZEROS, _SPACE)
        if any(sign in packed for sign in _MAYBE_LOOSE) and (bad := _LOOSE.search(outside)):
            found.loose = _why(bad[0], line + outside[: bad.start()].count(b"\n"))
            return found
        if not found.inexact and any(sign in packed for sign in _MAYBE_LONG):
            for token in _LONG.finditer(outside):
                text = token[0].decode()
                if not exact(text, True):
                    found.inexact_mixed = True
                    if not exact(text):
                        found.inexact = True
                        break
        line += outside.count(b"\n")
        brackets = packed.translate(None, _BUT_BRACKETS)
        depth += brackets.count(b"{") + brackets.count(b"[") - brackets.count(b"}") - brackets.count(b"]")
    if depth > 0:
        found.loose = plural(
            "The file is cut off: at its end {n} bracket is open.",
            "The file is cut off: at its end {n} brackets are open.",
            n=depth,
        )
    return found


def _outside(file: Path) -> Iterator[bytes]:
    """What stands outside of strings, a `"` in place of each; numbers and words are never cut in two."""
    held = b""
    with encoding.open_bytes(file) as opened:
        while chunk := opened.read(encoding.CHUNK):
            held += chunk
            whole = held[: len(held) - _loose_end(held)]
            rest = held[len(whole) :]
            plain = whole.replace(b"\\\\", b"").replace(b'\\"', b"") if b"\\" in whole else whole
            signs = np.frombuffer(plain, np.uint8)
            # From a quote that opens up to the one that closes, the count of quotes is odd.
            inside = np.bitwise_xor.accumulate((signs == 34).view(np.uint8))
            outside = signs[inside == 0].tobytes()
            if len(inside) and inside[-1]:
                held = b'"' + rest  # what the string holds is of no interest
                yield outside
            else:
                # The chunk ends outside of a string: what may go on stays for the next.
                last = plain[plain.rfind(b'"') + 1 :]
                keep = len(last) - len(re.split(rb"[\s,:\[\]{}](?=[^\s,:\[\]{}]*\Z)", last[-200:])[-1])
                keep = max(keep, 0) if len(last) > 200 or keep else 0
                trailing = _trailing(last[:keep])
                held = last[keep - trailing :] + rest if keep else last + rest
                yield outside[: len(outside) - len(last) + keep - trailing]
    if held and held[:1] != b'"':
        yield held


def _loose_end(held: bytes) -> int:
    """How many backslashes at the end may belong to what comes next."""
    return (len(held) - len(held.rstrip(b"\\"))) % 2


def _trailing(text: bytes) -> int:
    """The length of a comma at the end with the space behind it: whether a bracket follows is not known yet."""
    return len(text) - len(text.rstrip().removesuffix(b",")) if text.rstrip().endswith(b",") else 0


def _why(found: bytes, line: int) -> Msg:
    if found[:1] == b",":
        return msg("Line {line}: a comma stands before the closing bracket.", line=line)
    return msg("Line {line}: NaN and Infinity are no numbers of JSON.", line=line)
