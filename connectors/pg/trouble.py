"""What the driver and the server complain about, as errors with a way out. None of them holds the password."""

from __future__ import annotations

import re

import psycopg2
from psycopg2 import errors as pg

from connectors.pg.place import Place
from core.errors import AssayError, ConnectError, DataError
from core.words import Msg, msg


class ServerStarting(ConnectError):
    """The server is up but takes no sessions yet, or is full: worth another attempt."""


class TlsTrouble(ConnectError):
    """The encryption the person asked for did not come about."""


def no_name(place: Place) -> ConnectError:
    return ConnectError(
        msg("The server {host} was not found", host=place.host),
        msg("No address is known for this name."),
        msg("Check the spelling of the host, and whether the network or VPN it belongs to is on."),
    )


def no_port(place: Place, error: OSError) -> ConnectError:
    if isinstance(error, ConnectionRefusedError):
        return ConnectError(
            msg("Nobody listens on {address}", address=place.address),
            msg("The machine answered that this port is closed."),
            msg("Check the port, and that PostgreSQL runs there and listens on this address (listen_addresses)."),
        )
    return ConnectError(
        msg("{address} cannot be reached", address=place.address),
        msg("The machine did not answer within {n} s.", n=round(place.timeout, 1))
        if isinstance(error, TimeoutError)
        else msg("The network said: {text}.", text=error.strerror or type(error).__name__),
        msg("Check the host and the port, the network or VPN, and the firewall in between."),
    )


def no_answer(place: Place) -> ConnectError:
    return ConnectError(
        msg("{address} accepts connections but does not answer", address=place.address),
        msg("Nothing came back within {n} s.", n=round(place.timeout, 1)),
        msg("Check that this port is PostgreSQL's, not another service's, and that the server is not overloaded."),
    )


# The start of a session has no SQLSTATE in the driver, only the server's words, in the language of the server. English and
# Russian are told apart; in any other language the server's own words are shown under a general heading.
_WORDS = (
    ("tls", re.compile(r"SSL|TLS|certificate|private key|сертификат", re.I)),
    (
        "starting",
        re.compile(r"starting up|shutting down|recovery mode|too many (clients|connections)|запускается|слишком много", re.I),
    ),
    ("database", re.compile(r'(database|база данных) "[^"]*" (does not exist|не существует)', re.I)),
    ("hba", re.compile(r"pg_hba\.conf", re.I)),
    ("auth", re.compile(r"password|authentication|role \"|парол|подлинност|роль \"", re.I)),
)


def stage(text: str) -> str:
    """What a refused session is about: `hba`, `database`, `auth`, `starting`, `tls`, or `other`."""
    if _WORDS[3][1].search(text):  # speaks of SSL and of the database too
        return "hba"
    return next((name for name, words in _WORDS if words.search(text)), "other")


def refused(place: Place, text: str) -> ConnectError:
    """The server ended the session before it began."""
    said = _words_of(place, text)
    match stage(text):
        case "starting":
            what = msg("{address} takes no more sessions just now", address=place.address)
            return ServerStarting(what, said, msg("Wait a moment and try again; close sessions that are not needed."))
        case "database":
            what = msg("There is no database {database} on {address}", database=place.database, address=place.address)
            return ConnectError(what, said, msg("Check the spelling: names of databases distinguish capitals."))
        case "hba":
            what = msg("{address} lets nobody in like this", address=place.address)
            return ConnectError(
                what, said, msg("Ask its administrator for a line in pg_hba.conf for this user, database and machine.")
            )
        case "auth":
            what = msg("{address} did not accept the user {user} with this password", address=place.address, user=place.user)
            return ConnectError(
                what, said, msg("Check the user and the password. A password that was changed must be entered anew.")
            )
        case "tls":
            what = msg("No encrypted connection to {address} with {mode}", address=place.address, mode=place.sslmode)
            return TlsTrouble(what, said, _tls_fix(text))
    return ConnectError(
        msg("{address} refused the session", address=place.address), said, msg("Check that this port is PostgreSQL's.")
    )


_TLS_FIXES = (
    # What libpq and OpenSSL say; libpq's own words come in the language of this machine, then the last fix is shown.
    (
        re.compile(r"root certificate file .* does not exist", re.I),
        msg("Name the file of the authority that signed the server's certificate in the field sslrootcert (or the word system)."),
    ),
    (
        re.compile(r"does not match host name", re.I),
        msg("Write the host as the certificate names it. If the certificate is of another server, do not go on."),
    ),
    (
        re.compile(r"certificate verify failed|self.signed", re.I),
        msg("The authority in sslrootcert did not sign this server's certificate: ask the administrator for the right file."),
    ),
    (
        re.compile(r"valid client certificate|certificate authentication failed|certificate required|handshake failure", re.I),
        msg("The server wants a client certificate for this user: name its file and its key in sslcert and sslkey."),
    ),
    (
        re.compile(r"unknown ca|bad certificate|unsupported certificate", re.I),
        msg("The server does not trust this client certificate: ask the administrator for one that it does."),
    ),
    (
        re.compile(r"private key", re.I),
        msg("Check that the key belongs to the certificate, has no password, and may be read by nobody else (chmod 600)."),
    ),
    (
        re.compile(r"does not support SSL", re.I),
        msg("Ask the administrator to turn on ssl, or choose sslmode prefer on a network you trust."),
    ),
)


def _tls_fix(text: str) -> Msg:
    found = next((fix for words, fix in _TLS_FIXES if words.search(text)), None)
    return found or msg("Choose another sslmode, or ask the administrator for the server's certificate.")


def _words_of(place: Place, text: str) -> object:
    """The server's own words without the driver's preface and without the password."""
    line = place.without_secret(text).strip().splitlines()
    words = re.sub(r"^.*?(FATAL|ВАЖНО|failed):\s*", "", line[0]).strip() if line else ""
    return msg("The server said: {text}", text=words[:300]) if words else msg("The server gave no reason that can be shown.")


def failed(place: Place, error: psycopg2.Error, name: str) -> AssayError:
    """A statement on the table `name` failed on a session that had begun."""
    said = _primary(place, error)
    if isinstance(error, (pg.UndefinedTable, pg.InvalidSchemaName)):
        return DataError(
            msg("There is no table {name}", name=name),
            msg("It was dropped or renamed, or its schema is not visible to {user}.", user=place.user),
            msg("Browse the connection again and pick the table anew."),
        )
    if isinstance(error, pg.InsufficientPrivilege):
        return ConnectError(
            msg("{user} may not use {name}", user=place.user, name=name),
            said,
            msg("Ask the administrator to grant it (GRANT), or connect as another user."),
        )
    if isinstance(error, pg.QueryCanceled):
        return ConnectError(
            msg("The server stopped working on {name}", name=name),
            said,
            msg("Try again. For a view, ask for a smaller one or for a longer statement_timeout."),
        )
    if error.pgcode is None or isinstance(error, (psycopg2.OperationalError, psycopg2.InterfaceError)):
        return ConnectError(
            msg("The connection to {address} broke off", address=place.address),
            said,
            msg("Check that the server is still running, and start again. Nothing half-done was kept."),
        )
    return DataError(
        msg("PostgreSQL refused {name}", name=name), said, msg("Change the data or the table accordingly, and start again.")
    )


def _primary(place: Place, error: psycopg2.Error) -> object:
    text = " ".join(part for part in (error.diag.message_primary, error.diag.message_detail) if part) or str(error)
    text = " ".join(place.without_secret(text).split())
    return msg("The server said: {text}", text=text[:500]) if text else msg("The server gave no reason that can be shown.")
