"""Where the Kafka is and how its messages are to be read, from the settings of the form."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

from connectors.far.line import Address
from connectors.settings import choice
from core.errors import ConfigError
from core.models.source import Settings
from core.words import msg

SECURITY = ("PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL")
MECHANISMS = ("PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512")
FORMATS = ("auto", "json", "csv", "avro", "text")
STARTS = ("beginning", "last", "since")
ROWS = ("every message", "latest of each key")
COLUMNS = ("value and message", "value")
PORT = 9092
LAST = 10_000
TIMEOUT = 6.0  # seconds until a broker has answered, all steps together


@dataclass(frozen=True, slots=True)
class Registry:
    """A schema registry."""

    url: str
    user: str = ""
    password: str = field(default="", repr=False)
    ca_file: str = ""


@dataclass(frozen=True, slots=True)
class Reading:
    """Which messages are rows, and how their values become columns. `since` is milliseconds of the epoch, for the start `since`."""

    format: str = "auto"
    start: str = "beginning"
    last: int = LAST
    since: int = 0
    latest: bool = False
    message: bool = True


@dataclass(frozen=True, slots=True)
class Place:
    """A Kafka: its bootstrap servers, how one signs in there, the registry of its schemas."""

    servers: tuple[tuple[str, int], ...]
    security: str = "PLAINTEXT"
    mechanism: str = "PLAIN"
    user: str = ""
    password: str = field(default="", repr=False)
    ca_file: str = ""
    cert_file: str = ""
    key_file: str = ""
    registry: Registry | None = None
    reading: Reading = Reading()
    timeout: float = TIMEOUT

    @property
    def secure(self) -> bool:
        return self.security.endswith("SSL")

    @property
    def signs_in(self) -> bool:
        return self.security.startswith("SASL")

    @property
    def address(self) -> str:
        return ", ".join(f"{host}:{port}" for host, port in self.servers)

    @property
    def addresses(self) -> tuple[Address, ...]:
        return tuple(Address(host, port, self.secure, self.ca_file) for host, port in self.servers)

    @property
    def config(self) -> dict[str, Any]:
        """What every client of librdkafka is given. It holds the password: it goes into a client and nowhere else."""
        found: dict[str, Any] = {
            "bootstrap.servers": ",".join(f"[{host}]:{port}" if ":" in host else f"{host}:{port}" for host, port in self.servers),
            "security.protocol": self.security,
            "client.id": "assay",
            "socket.connection.setup.timeout.ms": 5_000,
            "reconnect.backoff.ms": 100,
            "reconnect.backoff.max.ms": 1_000,
            "log_level": 4,
        }
        if self.signs_in:
            found |= {"sasl.mechanism": self.mechanism, "sasl.username": self.user, "sasl.password": self.password}
        files = {"ssl.ca.location": self.ca_file, "ssl.certificate.location": self.cert_file, "ssl.key.location": self.key_file}
        return found | {key: file for key, file in files.items() if self.secure and file}

    def without_secret(self, text: str) -> str:
        """A text of the driver or the server, or nothing of it where it repeats a password."""
        secrets = (self.password, self.registry.password if self.registry else "")
        return "" if any(secret and secret in text for secret in secrets) else text


def place(settings: Settings) -> Place:
    """The place the settings name. Raises `ConfigError` for one that cannot be."""
    names = ("servers", "security", "mechanism", "user", "ca_file", "cert_file", "key_file")
    text = {name: str(settings.get(name) or "").strip() for name in names}
    found = Place(
        servers=_servers(text["servers"]),
        security=choice("security", text["security"] or "PLAINTEXT", SECURITY),
        mechanism=choice("mechanism", text["mechanism"] or "PLAIN", MECHANISMS),
        user=text["user"],
        password=str(settings.get("password") or os.environ.get("KAFKA_PASSWORD") or ""),
        ca_file=text["ca_file"],
        cert_file=text["cert_file"],
        key_file=text["key_file"],
        registry=_registry(settings, text["ca_file"]),
        reading=_reading(settings),
    )
    if found.signs_in and not found.user:
        raise _empty("user")
    for name in ("ca_file", "cert_file", "key_file") if found.secure else ():
        if text[name] and not os.access(text[name], os.R_OK):
            raise ConfigError(
                msg("{file} cannot be read", file=text[name]),
                msg("The field {name} names a file that is not there, or that this program may not read.", name=name),
                msg("Check the path."),
            )
    return found


def _servers(text: str) -> tuple[tuple[str, int], ...]:
    parts = [part.strip() for part in text.replace(";", ",").split(",") if part.strip()]
    if not parts:
        raise _empty("servers")
    return tuple(_server(part) for part in parts)


def _server(text: str) -> tuple[str, int]:
    try:
        url = urlsplit(f"//{text}")
        host, port = url.hostname, url.port
    except ValueError:
        host, port = None, None
    if not host or "@" in text or any(mark in text for mark in "/?# "):
        raise ConfigError(
            msg("{text} is not the address of a server", text=text.rsplit("@", 1)[-1]),
            msg("A server is a name and a port; several are set apart by commas."),
            msg("Write it as broker.example.org:9092."),
        )
    return host, port or PORT


def _registry(settings: Settings, ca_file: str) -> Registry | None:
    url = str(settings.get("registry") or "").strip().rstrip("/")
    if not url:
        return None
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname or "@" in parts.netloc:
        raise ConfigError(
            msg("The address of the schema registry is not one"),
            msg("It begins with http:// or https://, and holds neither user nor password."),
            msg("Write it as http://registry.example.org:8081; user and password have fields of their own."),
        )
    password = str(settings.get("registry_password") or os.environ.get("SCHEMA_REGISTRY_PASSWORD") or "")
    return Registry(url, str(settings.get("registry_user") or "").strip(), password, ca_file)


def _reading(settings: Settings) -> Reading:
    start = choice("start", str(settings.get("start") or "beginning"), STARTS)
    since = str(settings.get("since") or "").strip()
    if start == "since" and not since:
        raise _empty("since")
    return Reading(
        format=choice("format", str(settings.get("format") or "auto"), FORMATS),
        start=start,
        last=_count(settings.get("last") or LAST),
        since=_time(since) if since and start == "since" else 0,
        latest=choice("rows", str(settings.get("rows") or ROWS[0]), ROWS) == ROWS[1],
        message=choice("columns", str(settings.get("columns") or COLUMNS[0]), COLUMNS) == COLUMNS[0],
    )


def _time(text: str) -> int:
    try:
        found = datetime.fromisoformat(text)
    except ValueError as error:
        raise ConfigError(
            msg("{text} is not a time", text=text),
            msg("The field {name} takes a day, or a day and a time; without a zone it is UTC.", name="since"),
            msg("Write it as 2024-02-29 or 2024-02-29T13:45:00+03:00."),
        ) from error
    return int((found if found.tzinfo else found.replace(tzinfo=UTC)).timestamp() * 1000)


def _count(value: object) -> int:
    try:
        count = int(str(value))
    except ValueError:
        count = 0
    if count < 1:
        raise ConfigError(
            msg("{value} does not fit the field {name}", value=str(value), name="last"),
            msg("It takes a whole number from 1."),
            msg("Write how many of the last messages are to be read."),
        )
    return count


def _empty(name: str) -> ConfigError:
    return ConfigError(
        msg("The connection is not complete"),
        msg("The field {name} is empty.", name=name),
        msg("Fill in the field {name}.", name=name),
    )
