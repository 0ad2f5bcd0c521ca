"""Where the ClickHouse is, from the settings of the form: a server over HTTP, or a folder that the embedded engine opens."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path

from connectors.settings import choice, port
from core.errors import ConfigError
from core.models.source import Settings
from core.words import msg

USUAL_PORT = msg("ClickHouse usually answers HTTP on 8123 and HTTPS on 8443.")

ENGINES = ("server", "embedded")
ENCRYPTION = ("off", "verify", "trust")
TIMEOUT = 5.0  # seconds until a session stands, all steps together
SERVICE_PORTS = {"off": 8123, "verify": 8443, "trust": 8443}


@dataclass(frozen=True, slots=True)
class Place:
    """A ClickHouse. `folder` is the data of the embedded engine, empty for a server; `database` narrows what is shown."""

    host: str = ""
    port: int = 0
    user: str = "default"
    password: str = field(default="", repr=False)
    database: str = ""
    encryption: str = "off"
    ca_file: str = ""
    folder: str = ""
    timeout: float = TIMEOUT

    @property
    def embedded(self) -> bool:
        return bool(self.folder)

    @property
    def address(self) -> str:
        return self.folder or f"{self.host}:{self.port}"

    @property
    def secure(self) -> bool:
        return self.encryption != "off"

    def without_secret(self, text: str) -> str:
        """A text of the driver or the server, or nothing of it where it repeats the password."""
        return "" if self.password and self.password in text else text


def place(settings: Settings) -> Place:
    """The place the settings name. Raises `ConfigError` for one that cannot be."""
    names = ("engine", "host", "database", "user", "encryption", "ca_file", "folder")
    text = {name: str(settings.get(name) or "").strip() for name in names}
    if choice("engine", text["engine"] or "server", ENGINES) == "embedded":
        _needed("folder", text["folder"])
        return Place(folder=os.path.abspath(Path(text["folder"]).expanduser()), database=text["database"])
    _needed("host", text["host"])
    encryption = choice("encryption", text["encryption"] or "off", ENCRYPTION)
    if any(mark in text["host"] for mark in "/@?# ") or text["host"].count(":") == 1:
        raise ConfigError(
            msg("{host} is not the name of a server", host=text["host"].rsplit("@", 1)[-1]),
            msg("The field host holds a name or an address alone, without http:// and without a port."),
            msg("Write the name into host, the number behind the colon into port."),
        )
    return Place(
        host=text["host"].strip("[]"),
        port=port(settings.get("port") or SERVICE_PORTS[encryption], USUAL_PORT),
        user=text["user"] or "default",
        password=str(settings.get("password") or os.environ.get("CLICKHOUSE_PASSWORD") or ""),
        database=text["database"],
        encryption=encryption,
        ca_file=text["ca_file"],
    )


def _needed(name: str, value: str) -> None:
    if not value:
        raise ConfigError(
            msg("The connection is not complete"),
            msg("The field {name} is empty.", name=name),
            msg("Fill in the field {name}.", name=name),
        )
