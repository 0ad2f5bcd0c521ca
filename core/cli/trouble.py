"""The last resort: an exception nobody foresaw, said as what / why / fix, with its traceback in a file."""

from __future__ import annotations

import os
import sys
import tempfile
import traceback
from collections.abc import Iterator

from core.errors import AssayError
from core.words import msg


def bug(error: BaseException) -> AssayError:
    """What to say of an exception that is a mistake in the program. Its message is left out everywhere: it may hold a secret."""
    what = msg("Something went wrong inside Assay")
    why = msg("This is a mistake in the program, not in what you did ({kind}).", kind=type(error).__name__)
    try:
        handle, file = tempfile.mkstemp(prefix="assay-trouble-", suffix=".log")
        with os.fdopen(handle, "w", encoding="utf-8", errors="backslashreplace") as log:
            log.writelines(_lines(error))
    except OSError:
        return AssayError(what, why, msg("Try again; if it stays, report it."))
    return AssayError(what, why, msg("Try again; if it stays, report it with the file {file}, which holds no data.", file=file))


def _lines(error: BaseException) -> Iterator[str]:
    yield f"Python {sys.version}\n"
    cause: BaseException | None = error
    seen: set[int] = set()
    while cause is not None and id(cause) not in seen:
        seen.add(id(cause))
        yield f"\n{type(cause).__module__}.{type(cause).__qualname__}\n"
        yield from traceback.format_tb(cause.__traceback__)
        cause = cause.__cause__ or cause.__context__
