"""What ClickHouse and the way to it complain about, as errors with a way out. None of them holds the password."""

from __future__ import annotations

from connectors.ch.place import Place
from connectors.ch.session import Broken, Refused
from core.errors import AssayError, ConnectError, DataError
from core.words import Msg, msg

AUTHENTICATION = (516, 192, 193, 194)
_RIGHTS = (497, 291, 164)
_GONE = (60, 81, 218)
_LIMITS = (159, 160, 241, 307, 396, 202, 394)


class TlsTrouble(ConnectError):
    """The encryption the person asked for did not come about."""


def failed(place: Place, error: Refused | Broken, name: str) -> AssayError:
    """A statement on `name` (a table, or the whole place) did not work."""
    return _broken(place, error) if isinstance(error, Broken) else _refused(place, error, name)


def _refused(place: Place, error: Refused, name: str) -> AssayError:
    said = _said(place, error.text)
    if error.code in AUTHENTICATION:
        return ConnectError(
            msg("{address} did not accept the user {user} with this password", address=place.address, user=place.user),
            said,
            msg("Check the user and the password. A password that was changed must be entered anew."),
        )
    if error.code in _RIGHTS:
        return ConnectError(
            msg("{user} may not use {name}", user=place.user, name=name),
            said,
            msg("Ask the administrator to grant it (GRANT), or connect as another user."),
        )
    if error.code in _GONE:
        return DataError(
            msg("There is no {name} on {address}", name=name, address=place.address),
            said,
            msg("Browse the connection again and pick the table anew; check the field database."),
        )
    if error.code in _LIMITS:
        return ConnectError(
            msg("The server stopped working on {name}", name=name),
            said,
            msg("Try again later, or ask for a higher limit of time, memory or queries for {user}.", user=place.user),
        )
    if error.code == 0:
        return ConnectError(
            msg("{address} does not answer as ClickHouse does", address=place.address),
            said,
            msg("Check that this is the HTTP port of ClickHouse (8123, or 8443 with encryption), not the native one (9000)."),
        )
    return DataError(
        msg("ClickHouse refused {name}", name=name), said, msg("Change the data or the table accordingly, and start again.")
    )


def _said(place: Place, text: str) -> Msg:
    text = " ".join(place.without_secret(text).split())
    return msg("The server said: {text}", text=text) if text else msg("The server gave no reason that can be shown.")


def _broken(place: Place, error: Broken) -> AssayError:
    match error.reason:
        case "locked":
            return ConnectError(
                msg("The folder {folder} is in use", folder=place.folder),
                msg("The embedded ClickHouse lets one program at a time open a folder."),
                msg("Wait until the other work on it is done, close the program that holds it, and try again."),
            )
        case "folder":
            return no_folder(place)
        case "tls":
            return TlsTrouble(
                msg("No encrypted connection to {address}", address=place.address),
                msg("The handshake failed: {text}", text=place.without_secret(error.text) or "TLS"),
                msg(
                    "Check that the port is the encrypted one (8443), and the certificate: give its file in ca_file, or choose trust."
                ),
            )
        case "silent":
            return ConnectError(
                msg("{address} does not answer", address=place.address),
                msg("Nothing came back in the time that is allowed for it."),
                msg("Check that this port is ClickHouse's, and that the server is not overloaded; then start again."),
            )
        case "refused":
            return ConnectError(
                msg("Nobody listens on {address}", address=place.address),
                msg("The machine answered that this port is closed."),
                msg("Check the port, and that ClickHouse runs there and listens on this address (listen_host)."),
            )
    return ConnectError(
        msg("The connection to {address} broke off", address=place.address),
        _said(place, error.text) if place.embedded else msg("The server ended it before the answer was whole."),
        msg("Check that the server is still running, and start again. Nothing half-done was kept."),
    )


def no_folder(place: Place) -> ConnectError:
    return ConnectError(
        msg("{folder} cannot be used", folder=place.folder),
        msg("It is no folder, or this program may not read and write in it."),
        msg("Choose a folder of your own. The embedded engine writes in it even when it only reads tables."),
    )
