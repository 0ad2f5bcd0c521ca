"""Where the server is and who asks, from the settings of the form."""

from __future__ import annotations

import os
from dataclasses import dataclass, field

from connectors.settings import port
from core.errors import ConfigError
from core.models.source import Settings
from core.words import msg

USUAL_PORT = msg("PostgreSQL's usual port is 5432.")

FILES = {"sslrootcert": msg("the CA certificate"), "sslcert": msg("the client certificate"), "sslkey": msg("the client key")}
"""Files of TLS, in libpq's words. `sslrootcert` may also be `system`: the authorities that the system trusts."""
SSL_MODES = ("prefer", "disable", "allow", "require", "verify-ca", "verify-full")
TIMEOUT = 5.0  # seconds until a session stands, all steps together


@dataclass(frozen=True, slots=True)
class Place:
    """A database on a server. `host` is a name, an address or, with a leading slash, the folder of a Unix socket."""

    host: str
    port: int
    database: str
    user: str
    password: str = field(default="", repr=False)
    sslmode: str = "prefer"
    schema: str = ""
    timeout: float = 5.0
    sslrootcert: str = ""
    sslcert: str = ""
    sslkey: str = ""

    @property
    def local(self) -> bool:
        return self.host.startswith("/")

    @property
    def address(self) -> str:
        return self.host if self.local else f"{self.host}:{self.port}"

    def without_secret(self, text: str) -> str:
        """A text of the driver or the server, or nothing of it where it repeats the password."""
        return "" if self.password and self.password in text else text


def place(settings: Settings) -> Place:
    """The place the settings name. Raises `ConfigError` for one that cannot be."""
    text = {name: str(settings.get(name) or "").strip() for name in ("host", "database", "user", "sslmode", "schema")}
    for name, label in (("host", msg("the server")), ("database", msg("the database")), ("user", msg("the user"))):
        if not text[name]:
            raise ConfigError(
                msg("The connection is not complete"),
                msg("Nothing says what {label} is.", label=label),
                msg("Fill in the field {name}.", name=name),
            )
    mode = text["sslmode"] or "prefer"
    if mode not in SSL_MODES:
        raise ConfigError(
            msg("{mode} is not a way to encrypt", mode=mode),
            msg("PostgreSQL knows {modes}.", modes=", ".join(SSL_MODES)),
            msg("Choose one of them in the field sslmode."),
        )
    return Place(
        text["host"],
        port(settings.get("port") or 5432, USUAL_PORT),
        text["database"],
        text["user"],
        str(settings.get("password") or ""),
        mode,
        text["schema"],
        TIMEOUT,
        **_files(settings),
    )


def _files(settings: Settings) -> dict[str, str]:
    """The files of TLS. libpq goes on without a client certificate that is not there, and is refused for another reason."""
    files = {name: str(settings.get(name) or "").strip() for name in FILES}
    for name, path in files.items():
        if not path or (name == "sslrootcert" and path == "system"):
            continue
        files[name] = path = os.path.expanduser(path)
        if not os.access(path, os.R_OK) or os.path.isdir(path):
            raise ConfigError(
                msg("{file} cannot be read", file=path),
                msg("It is to be {label} of the connection.", label=FILES[name]),
                msg("Check the path in the field {name}, and that you may read the file.", name=name),
            )
    if bool(files["sslcert"]) != bool(files["sslkey"]):
        raise ConfigError(
            msg("The client certificate is not complete"),
            msg("A certificate needs its key, and a key its certificate."),
            msg("Fill in both fields, sslcert and sslkey, or neither."),
        )
    return files
