"""What is wrong with one step, and how to mend it."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

from core.words import Msg, msg


class Fault(Exception):
    """A step that cannot be compiled: `what` is wrong and how to `fix` it. The check turns it into a `Problem`."""

    def __init__(self, what: Msg, fix: Msg) -> None:
        self.what, self.fix = what, fix
        super().__init__(what.text)


def near(name: str, known: Iterable[str]) -> str:
    """The known names most like `name` (all of them, up to ten, where none is), for a fix."""
    names = list(known)
    folded = {one.casefold(): one for one in names}
    found = [folded[one] for one in difflib.get_close_matches(name.casefold(), folded, n=3, cutoff=0.5)]
    return ", ".join(found or names[:10]) or "—"


def no_column(name: str, known: Iterable[str]) -> Fault:
    """A column that the input does not have."""
    if not name:
        return Fault(msg("A column is missing."), msg("Choose one of {names}.", names=near(name, known)))
    return Fault(msg("There is no column {name} in its input.", name=name), msg("Did you mean {names}?", names=near(name, known)))
