"""The errors a person can do something about: what failed, why, and how to fix it. Anything else that is raised is a bug."""

from __future__ import annotations

from core.words import Msg, msg, say


class AssayError(Exception):
    """An error with a way out. `what`, `why` and `fix` are messages; none of them may hold a secret.

    Raise the subclass that names the cause: `ConnectError` (something outside did not answer as it should), `ConfigError`
    (what the person set does not fit), `DataError` (the data said no), `UnsupportedError` (it cannot be done here).
    """

    def __init__(self, what: Msg | str, why: Msg | str, fix: Msg | str) -> None:
        self.what, self.why, self.fix = what, why, fix
        super().__init__(say(what))

    def lines(self, lang: str = "en") -> tuple[str, str, str]:
        """What, why and fix in one language."""
        return say(self.what, lang), say(self.why, lang), say(self.fix, lang)

    def __reduce__(self):
        return type(self), (self.what, self.why, self.fix)


class ConnectError(AssayError):
    """A server, file or network did not answer as it should."""


class ConfigError(AssayError):
    """A setting, name or file the person wrote does not fit."""


class UsageError(ConfigError):
    """What was asked for is wrong as such, whatever the data and the world say: the command line ends with 2."""


class DataError(AssayError):
    """The data cannot be read or does not hold what was asked of it."""


class UnsupportedError(AssayError):
    """It cannot be done with what is installed or in this place."""


class Cancelled(AssayError):
    """The person asked for the work to stop."""

    def __init__(self, *_: object) -> None:
        super().__init__(
            msg("Cancelled"),
            msg("The work was stopped before it finished."),
            msg("Nothing was changed. Start it again when you want it."),
        )
