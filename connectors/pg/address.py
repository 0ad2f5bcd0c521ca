"""The address of a table, as a person writes it on one line: `postgresql://user@host:5432/database/schema.table`."""

from __future__ import annotations

from urllib.parse import parse_qsl, unquote, urlsplit

from connectors.pg.place import FILES, SSL_MODES
from core.errors import UsageError
from core.models.source import Source, Value
from core.words import Msg, msg

SCHEMES = ("postgresql://", "postgres://")
PARAMETERS = ("host", "port", "user", "sslmode", *FILES)
"""What may be said behind the question mark, in libpq's words; the first three where the address does not say them."""


def source(text: str) -> Source:
    """The table an address means. Raises `UsageError`, which never repeats the address: a password may be in it."""
    try:
        url = urlsplit(text)
        host, port = url.hostname, url.port
        given = parse_qsl(url.query, keep_blank_values=True)
    except ValueError as error:  # a port that is none, a bracket that is not closed
        raise _not_an_address(msg("The server or its port is not written as one.")) from error
    if url.password or any(name == "password" for name, _ in given):
        raise UsageError(
            msg("A password does not belong in an address"),
            msg("Addresses end up in logs and in the history of the shell."),
            msg("Leave it out and set PGPASSWORD, or save the connection in the browser."),
        )
    if url.fragment:
        raise _not_an_address(msg("It holds a # that is not part of a name."))
    settings: dict[str, Value] = {"host": host or "", "port": 5432 if port is None else port}
    if url.username:
        settings["user"] = unquote(url.username)
    settings |= _parameters(given)
    parts = [unquote(part) for part in url.path.strip("/").split("/")]
    if len(parts) != 2 or not all(parts) or not settings["host"]:
        raise UsageError(
            msg("The address of the table is not complete"),
            msg("It must name the server, the database and the table."),
            msg("Write postgresql://user@host:5432/database/schema.table and give the password in PGPASSWORD."),
        )
    schema, _, table = parts[1].rpartition(".")
    return Source("postgres", tuple({**settings, "database": parts[0]}.items()), (schema or "public", table))


def _parameters(given: list[tuple[str, str]]) -> dict[str, Value]:
    """What is said behind the question mark. Raises `UsageError` for what would otherwise be left out in silence."""
    for name, value in given:
        if not name.isidentifier():  # not repeated: a password with a ? in it ends up here
            raise _not_an_address(msg("What follows the question mark is not written as name=value."))
        if name not in PARAMETERS:
            raise UsageError(
                msg("An address of Assay has no parameter {name}", name=name),
                msg("It would have been left out, and the connection would be another than the one you asked for."),
                msg("Leave it out. These are known: {names}.", names=", ".join(PARAMETERS)),
            )
        if name == "port" and not (value.isascii() and value.isdecimal() and len(value) <= 5 and 0 < int(value) < 65_536):
            raise _not_an_address(msg("The server or its port is not written as one."))
        if name == "sslmode" and value not in SSL_MODES:
            raise UsageError(
                msg("{mode} is not a way to encrypt", mode=value),
                msg("PostgreSQL knows {modes}.", modes=", ".join(SSL_MODES)),
                msg("Choose one of them."),
            )
    return {name: int(value) if name == "port" else value for name, value in given}


def _not_an_address(why: Msg) -> UsageError:
    return UsageError(
        msg("This is not the address of a table"),
        why,
        msg(
            "Write postgresql://user@host:5432/database/schema.table; %23 stands for # in a name, brackets go round an IPv6 address."
        ),
    )
