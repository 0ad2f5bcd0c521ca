"""Where the HDFS is, from the settings of the form, and how to sign in there."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from urllib.parse import SplitResult, urlsplit

from connectors.far.line import Address
from core.errors import ConfigError
from core.models.source import Settings
from core.words import Msg, msg

SIGN_IN = ("user", "token", "password")
FIELDS = ("address", "path", "sign_in", "user", "token", "password", "data_host", "ca_file")
ROOT = "/webhdfs/v1"
PORTS = {"http": 9870, "https": 9871}  # hdfs-default.xml of Hadoop 3: dfs.namenode.http-address, dfs.namenode.https-address
SAME = {"hdfs": "http", "webhdfs": "http", "swebhdfs": "https"}  # Hadoop's own names of the two
ENVIRONMENT = {"token": "WEBHDFS_TOKEN", "password": "WEBHDFS_PASSWORD"}


@dataclass(frozen=True, slots=True)
class Place:
    """A NameNode, or a gateway before it. `root` is what every path begins with there; `data_host` stands in for the DataNodes' names."""

    address: Address
    root: str = ROOT
    sign_in: str = "user"
    user: str = ""
    token: str = field(default="", repr=False)
    password: str = field(default="", repr=False)
    data_host: str = ""

    @property
    def origin(self) -> str:
        host = f"[{self.address.host}]" if ":" in self.address.host else self.address.host
        return f"{'https' if self.address.secure else 'http'}://{host}:{self.address.port}"

    @property
    def gateway(self) -> bool:
        """Whether this is a door before the NameNode rather than itself."""
        return self.root != ROOT

    def without_secret(self, text: str) -> str:
        """A text of the server, or nothing of it where it repeats a secret."""
        return "" if any(secret and secret in text for secret in (self.token, self.password)) else text


def place_of(settings: Settings) -> Place:
    """The place the settings name. Raises `ConfigError` for one that cannot be."""
    text = {name: str(settings.get(name) or "").strip() for name in FIELDS}
    _needed("address", text["address"])
    sign_in = text["sign_in"] or "user"
    if sign_in not in SIGN_IN:
        raise ConfigError(
            msg("{value} does not fit the field {name}", value=sign_in, name="sign_in"),
            msg("It takes one of {choices}.", choices=", ".join(SIGN_IN)),
            msg("Choose one of them."),
        )
    secrets = {name: text[name] or os.environ.get(variable, "") for name, variable in ENVIRONMENT.items() if name == sign_in}
    for name, value in secrets.items():
        _needed(name, value)
    address, root = _address(text["address"], text["ca_file"])
    if sign_in == "password":
        _needed("user", text["user"])
        _encrypted(address)
    return Place(address, root, sign_in, text["user"], data_host=text["data_host"], **secrets)


def _address(given: str, ca_file: str) -> tuple[Address, str]:
    try:
        url = urlsplit(given if "://" in given else f"http://{given}")
        port = url.port
    except ValueError as error:
        raise _no_address(given, msg("The host or its port is not written as one.")) from error
    scheme = SAME.get(url.scheme, url.scheme)
    if scheme not in PORTS or not url.hostname or url.query or url.fragment or url.username or url.password:
        raise _no_address(given, msg("It is written http://host:port or https://host:port, without a user in it."))
    address = Address(url.hostname, port or PORTS[scheme], scheme == "https", ca_file)
    return address, _root(url)


def _root(url: SplitResult) -> str:
    path = url.path.rstrip("/")
    return path if path.endswith(ROOT) else f"{path}{ROOT}"


def _no_address(given: str, why: Msg) -> ConfigError:
    return ConfigError(
        msg("{value} is not the address of a NameNode", value=given.rsplit("@", 1)[-1].split("?")[0]),
        why,
        msg(
            "Write http://namenode:9870, or https://gateway:8443/gateway/default for a gateway; the folder goes into the field path."
        ),
    )


def _encrypted(address: Address) -> None:
    """Basic sends the password as it is."""
    if not address.secure:
        raise ConfigError(
            msg("A password is sent over an encrypted line only"),
            msg("{address} is not encrypted: everybody on the way could read the password.", address=address.name),
            msg("Write the address with https://, or sign in in another way."),
        )


def _needed(name: str, value: str) -> None:
    if not value:
        raise ConfigError(
            msg("The connection is not complete"),
            msg("The field {name} is empty.", name=name),
            msg("Fill in the field {name}, or choose another way to sign in.", name=name),
        )
