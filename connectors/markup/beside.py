"""The check of a large file by expat in a process of its own: see `keeper`."""

from __future__ import annotations

import codecs
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from connectors.files import encoding
from connectors.markup import keeper
from connectors.markup.checked import FIRST, is_utf8

LEAST = 32 << 20
"""Bytes from which on a second process pays for its start: one of a second's work here, of which expat is a fourth. An assumption."""


class Check:
    """A check that runs. It is killed when the `with` is left."""

    def __init__(self, file: Path, offset: int) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-I", keeper.__file__, str(file.absolute()), str(offset)],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )

    def passed(self, waiting: Callable[[], None]) -> bool:
        """Whether the file is well-formed. Until that is known, `waiting` is called ten times a second, and may raise."""
        while True:
            try:
                return self._process.wait(0.1) == 0
            except subprocess.TimeoutExpired:
                waiting()

    def __enter__(self) -> Check:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.stdin.close()
        self._process.wait()


def check(file: Path) -> Check | None:
    """A check of a file that is large and plain UTF-8; None for all others, and where no process can be started."""
    try:
        if file.stat().st_size < LEAST or encoding.packing(file) != "none":
            return None
        with file.open("rb") as opened:
            head = opened.read(FIRST)
        return Check(file, len(codecs.BOM_UTF8) if head.startswith(codecs.BOM_UTF8) else 0) if is_utf8(file, head) else None
    except OSError:
        return None
