"""What Spark and the way to it complain about, as errors with a way out. None of them holds the token."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

from connectors.far.line import unreachable
from connectors.sp.place import Place
from core.errors import AssayError, ConnectError, DataError
from core.task import Task
from core.words import Msg, msg

_GONE = ("TABLE_OR_VIEW_NOT_FOUND", "SCHEMA_NOT_FOUND", "CATALOG_NOT_FOUND", "NO_SUCH_NAMESPACE", "PATH_NOT_FOUND")
_RIGHTS = ("PERMISSION_DENIED", "INSUFFICIENT_PERMISSIONS", "AccessControlException", "AccessDenied")


class Refused(Exception):
    """Spark answered with an error: its condition (`TABLE_OR_VIEW_NOT_FOUND`; empty where it has none) and its words."""

    def __init__(self, condition: str, text: str) -> None:
        super().__init__(condition, text)
        self.condition, self.text = condition, text


class Broken(Exception):
    """There was no answer, or it broke off: `reason` is one of `refused silent tls token ended alien`."""

    def __init__(self, reason: str, text: str = "") -> None:
        super().__init__(reason, text)
        self.reason, self.text = reason, text


def understood(error: Exception) -> Refused | Broken | None:
    """An exception of pyspark or gRPC in these two words; None for one that is a mistake of ours."""
    import grpc
    from pyspark.errors import PySparkException

    code = error.code() if isinstance(error, grpc.RpcError) else getattr(error, "_grpc_status_code", None)
    text = str(error.details() if isinstance(error, grpc.Call) else error)
    if isinstance(error, TimeoutError):
        return Broken("silent")
    if isinstance(error, ValueError) and "closed" in text:
        return Broken("ended")
    if not isinstance(error, grpc.RpcError | PySparkException):
        return None
    condition = (error.getCondition() or "") if isinstance(error, PySparkException) else ""
    if (not condition or condition == "RESPONSE_ALREADY_RECEIVED") and (broken := _broken_off(code, text)):
        return broken
    return Refused(condition, _words(text))


def _broken_off(code: object, text: str) -> Broken | None:
    import grpc

    codes = grpc.StatusCode
    if code == codes.UNAUTHENTICATED:
        return Broken("token")
    if code == codes.DEADLINE_EXCEEDED:
        return Broken("silent")
    if code == codes.UNIMPLEMENTED or "Trying to connect an http1" in text or "status: 404" in text:
        return Broken("alien")
    if "RESPONSE_ALREADY_RECEIVED" in text:
        return Broken("ended")
    if code in (codes.UNAVAILABLE, codes.CANCELLED):
        low = text.lower()
        if "ssl" in low or "tls" in low or "certificate" in low:
            return Broken("tls", _words(text))
        if "refused" in low:
            return Broken("refused")
        return Broken("silent" if "timeout" in low or "keepalive" in low or "settings frame" in low else "ended")
    return None


def _words(text: str) -> str:
    """Without the trace of the server, the state of SQL and the plan behind."""
    text = re.split(r"\n\s*JVM stacktrace|\nDriver stacktrace|\n\s+at |; *line \d+ pos|;\n'", text)[0]
    text = re.sub(r"^\([\w.$]+\) ", "", text)
    return " ".join(text.split())[:500]


@contextmanager
def told(place: Place, name: str, task: Task | None = None) -> Iterator[None]:
    """What goes wrong with `name` inside as an `AssayError`; `Cancelled` where it comes from the person's wish to stop."""
    try:
        yield
    except (Refused, Broken) as error:
        if task is not None:
            task.check()
        raise failed(place, error, name) from error


def failed(place: Place, error: Refused | Broken, name: str) -> AssayError:
    """A statement on `name` (a table, or the whole place) did not work."""
    return _broken(place, error) if isinstance(error, Broken) else _refused(place, error, name)


def _refused(place: Place, error: Refused, name: str) -> AssayError:
    said = _said(place, error.text)
    if error.condition.startswith(_GONE):
        return DataError(
            msg("There is no {name} on {address}", name=name, address=place.address),
            said,
            msg("Browse the connection again and pick the table anew; check the field catalog."),
        )
    if "maxResultSize" in error.text:
        return ConnectError(
            msg("{name} is larger than this Spark hands out at once", name=name),
            said,
            msg("Have spark.driver.maxResultSize set higher (0: no limit), or read a part of it by the field query."),
        )
    if any(one in error.condition or one in error.text for one in _RIGHTS):
        return ConnectError(
            msg("{name} may not be used", name=name),
            said,
            msg("Ask the administrator to grant it, or connect with another token."),
        )
    if error.condition.startswith("OPERATION_CANCELED"):
        return ConnectError(
            msg("The server stopped working on {name}", name=name), said, msg("Somebody cancelled it there. Start it again.")
        )
    return DataError(
        msg("Spark refused {name}", name=name), said, msg("Change the data or the table accordingly, and start again.")
    )


def _said(place: Place, text: str) -> Msg:
    text = place.without_secret(text)
    return msg("The server said: {text}", text=text) if text else msg("The server gave no reason that can be shown.")


def _broken(place: Place, error: Broken) -> AssayError:
    match error.reason:
        case "token":
            return ConnectError(
                msg("{address} did not accept the token", address=place.address),
                msg("The server asks for a token, and this is not it.") if place.token else msg("The server asks for a token."),
                msg("Check the field token. Whoever runs the server set it (spark.connect.authenticate.token)."),
            )
        case "alien":
            return ConnectError(
                msg("{address} does not answer as Spark Connect does", address=place.address),
                msg("Something else listens there."),
                msg("Check that this is the port of the Connect server (usually 15002), not the master's or a web page's."),
            )
        case "tls":
            return ConnectError(
                msg("No encrypted connection to {address}", address=place.address),
                msg("The handshake failed: {text}", text=place.without_secret(error.text)[:200] or "TLS"),
                msg("Check that the port is the encrypted one, and the certificate: give the file of who signed it in ca_file."),
            )
        case "refused" | "silent":
            return unreachable(place.address, refused=error.reason == "refused")
    return ConnectError(
        msg("The connection to {address} broke off", address=place.address),
        msg("The server ended it before the answer was whole."),
        msg("Check that the server is still running, and start again. Nothing half-done was kept."),
    )
