"""Where the Spark is, from the settings of the form: a Connect server, or the master of a standalone cluster."""

from __future__ import annotations

import ipaddress
import os
from dataclasses import dataclass, field, replace

from connectors.settings import choice, port
from core.errors import ConfigError
from core.models.source import Settings
from core.words import msg

USUAL_PORT = msg("Spark Connect usually listens on 15002, a standalone master on 7077.")

ADDRESSES = ("connect", "master")
ENCRYPTION = ("off", "verify")
PORTS = {"connect": 15002, "master": 7077}
WEB_PORT = 8080
CATALOG = "spark_catalog"
TIMEOUT = 30.0  # seconds until a session stands; a driver of our own has `DRIVER` seconds
DRIVER = 180.0


@dataclass(frozen=True, slots=True)
class Place:
    """A Spark. `query` is a SELECT to be read as a table; `warehouse` and `metastore` are of a master, whose catalogue is not its own."""

    host: str
    port: int
    master: bool = False
    web_port: int = WEB_PORT
    token: str = field(default="", repr=False)
    encryption: str = "off"
    ca_file: str = ""
    catalog: str = ""
    query: str = ""
    warehouse: str = ""
    metastore: str = ""
    timeout: float = TIMEOUT

    @property
    def address(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{host}:{self.port}"

    @property
    def secure(self) -> bool:
        return self.encryption != "off"

    @property
    def here(self) -> bool:
        """Whether it is on this machine, as far as its name tells."""
        try:
            return ipaddress.ip_address(self.host).is_loopback
        except ValueError:
            return self.host == "localhost"

    def without_secret(self, text: str) -> str:
        """A text of the driver or the server, or nothing of it where it repeats the token."""
        return "" if self.token and self.token in text else text

    def driver(self, port: int, token: str) -> Place:
        """The same, reached through a driver on this machine."""
        return replace(self, host="127.0.0.1", port=port, token=token, encryption="off")


def place(settings: Settings) -> Place:
    """The place the settings name. Raises `ConfigError` for one that cannot be."""
    names = ("address", "host", "encryption", "ca_file", "catalog", "query", "warehouse", "metastore")
    text = {name: str(settings.get(name) or "").strip() for name in names}
    kind = choice("address", text["address"] or "connect", ADDRESSES)
    if not text["host"]:
        raise ConfigError(
            msg("The connection is not complete"),
            msg("The field {name} is empty.", name="host"),
            msg("Fill in the field {name}.", name="host"),
        )
    if any(mark in text["host"] for mark in "/@?#; ") or text["host"].count(":") == 1:
        raise ConfigError(
            msg("{host} is not the name of a server", host=text["host"].rsplit("@", 1)[-1].partition(";")[0]),
            msg("The field host holds a name or an address alone, without sc:// and without a port."),
            msg("Write the name into host, the number behind the colon into port."),
        )
    found = Place(
        host=text["host"].strip("[]"),
        port=port(settings.get("port") or PORTS[kind], USUAL_PORT),
        master=kind == "master",
        web_port=port(settings.get("web_port") or WEB_PORT, USUAL_PORT),
        token=str(settings.get("token") or os.environ.get("SPARK_CONNECT_AUTHENTICATE_TOKEN") or "") if kind == "connect" else "",
        encryption=choice("encryption", text["encryption"] or "off", ENCRYPTION) if kind == "connect" else "off",
        **{name: text[name] for name in ("ca_file", "catalog", "query", "warehouse", "metastore")},
    )
    if found.token and not found.secure and not found.here:
        raise ConfigError(
            msg("A token is not sent over a line that is not encrypted"),
            msg("Anybody on the way to {host} could read it.", host=found.host),
            msg("Choose encryption verify, or leave the token out."),
        )
    if not found.token.isascii() or not found.token.isprintable():
        raise ConfigError(
            msg("This is no token"),
            msg("It holds signs that cannot be sent: a token is of plain letters, digits and signs."),
            msg("Copy it again from where it was given to you."),
        )
    return found
