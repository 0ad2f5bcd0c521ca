"""Objects of S3 and of what speaks it (MinIO, SeaweedFS, Ceph): CSV, JSON, Parquet and XML in buckets. Also a target."""

from __future__ import annotations

import configparser
import os
import re
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar
from urllib.parse import urlsplit

from pyarrow import fs

from connectors.far import line
from connectors.far.files import FORMAT, PATH, FarFiles
from connectors.far.system import Busy, FarSystem
from connectors.files.parts import NESTED
from core.errors import AssayError, ConfigError, ConnectError
from core.models.source import Check, Field, Settings
from core.words import Msg, msg, plural

SIGN_IN = ("keys", "profile", "anonymous", "environment")
SECONDS = 20.0  # for one answer of the server
DIAL = 5.0
REGION = "us-east-1"

_CODE = re.compile(r"AWS Error (\w+)")
_BUSY = {"SLOW_DOWN", "SERVICE_UNAVAILABLE", "INTERNAL_FAILURE", "THROTTLING", "REQUEST_TIMEOUT"}
_WHO = {
    "INVALID_ACCESS_KEY_ID",
    "SIGNATURE_DOES_NOT_MATCH",
    "INVALID_SIGNATURE",
    "UNRECOGNIZED_CLIENT",
    "INVALID_CLIENT_TOKEN_ID",
}
_GONE = {"NO_SUCH_BUCKET", "NO_SUCH_KEY", "RESOURCE_NOT_FOUND"}


@dataclass(frozen=True, slots=True)
class Place:
    """Where the settings point, and how to sign in there."""

    address: line.Address
    amazon: bool
    region: str
    sign_in: str
    access_key: str = ""
    secret_key: str = field(default="", repr=False)
    session_token: str = field(default="", repr=False)
    virtual: bool = False

    def without_secret(self, text: str) -> str:
        """A text of the driver or the server, or nothing of it where it repeats a secret."""
        return "" if any(secret and secret in text for secret in (self.secret_key, self.session_token)) else text


KEYS = ("sign_in", ("keys",))


class S3(FarFiles):
    """A path is (bucket, folder, …, object)."""

    kind: ClassVar[str] = "s3"
    label: ClassVar[Msg] = msg("S3")
    about: ClassVar[Msg] = msg("Files in buckets of S3, MinIO and the like: CSV, JSON, Parquet and XML. Also a target.")
    fields: ClassVar[tuple[Field, ...]] = (
        Field("endpoint", msg("Endpoint"), example="https://minio.example.org:9000", help=msg("Empty: Amazon's, of the region.")),
        Field("region", msg("Region"), example="eu-central-1", help=msg("Empty: us-east-1, which most others than Amazon take.")),
        PATH,
        Field(
            "sign_in",
            msg("Sign in with"),
            "choice",
            default="keys",
            choices=SIGN_IN,
            help=msg("profile reads ~/.aws; environment takes what this machine gives (AWS_… variables, a role of the machine)."),
        ),
        Field("access_key", msg("Access key"), only=KEYS),
        Field("secret_key", msg("Secret key"), "secret", only=KEYS),
        Field("session_token", msg("Session token"), "secret", help=msg("Only with keys that expire."), only=KEYS, advanced=True),
        Field(
            "profile",
            msg("Profile"),
            example="default",
            help=msg("Its name in ~/.aws/credentials."),
            only=("sign_in", ("profile",)),
        ),
        Field(
            "style",
            msg("Bucket in"),
            "choice",
            default="path",
            choices=("path", "host"),
            help=msg("path is address/bucket; host is bucket.address, which Amazon prefers."),
            advanced=True,
        ),
        Field(
            "ca_file",
            msg("Certificate file"),
            "path",
            help=msg("Who signed the server's certificate, if not a public authority."),
            advanced=True,
        ),
        FORMAT,
        NESTED,
    )

    def check(self) -> tuple[Check, ...]:
        try:
            place = place_of(self.settings)
        except ConfigError as error:
            return line.not_complete(error)
        system = self._connect()
        start = self._pattern.split("/")[0] if self._pattern else ""
        return line.run(
            {
                "resolve": lambda: line.resolved(place.address, DIAL),
                "reach": lambda: line.reached(place.address, DIAL),
                "tls": lambda: line.encrypted(place.address, DIAL),
                "auth": lambda: _signed_in(place, system, start),
                "permissions": lambda: self._may_read(system),
                "version": lambda: ("ok", msg("S3, {region}", region=place.region), None),
                "latency": lambda: line.latency(lambda: system.inside(start)),
            }
        )

    def _may_read(self, system: FarSystem) -> line.Said:
        pattern = self._pattern
        found = system.matching(pattern) if pattern and self._many else self._top_of(system)
        if not found and pattern and system.look(pattern) is None:
            raise self._nothing_at(pattern)
        if not found:
            return (
                "warn",
                msg("Nothing is visible."),
                msg("Name a bucket in the path: not everyone who may read one may list them all."),
            )
        return "ok", plural("{n} entry is visible.", "{n} entries are visible.", n=len(found)), None

    def _top_of(self, system: FarSystem):
        return system.inside(self._pattern)

    def _connect(self) -> FarSystem:
        place = place_of(self.settings)
        options = {
            "region": place.region,
            "scheme": "https" if place.address.secure else "http",
            "connect_timeout": DIAL,
            "request_timeout": SECONDS,
            "force_virtual_addressing": place.virtual,
            "retry_strategy": fs.AwsDefaultS3RetryStrategy(max_attempts=1),  # the guard tries again
            "background_writes": False,
        }
        options |= {} if place.amazon else {"endpoint_override": place.address.name}
        options |= {"tls_ca_file_path": place.address.ca_file} if place.address.ca_file else {}
        if place.sign_in == "anonymous":
            options["anonymous"] = True
        elif place.access_key:
            options |= {"access_key": place.access_key, "secret_key": place.secret_key}
            options |= {"session_token": place.session_token} if place.session_token else {}
        return FarSystem(
            f"s3://{place.address.name}", fs.S3FileSystem(**options), lambda error, path: _said(place, error, path), SECONDS
        )


def place_of(settings: Settings) -> Place:
    """The place the settings name. Raises `ConfigError` for one that cannot be."""
    text = {name: str(settings.get(name) or "").strip() for name in (one.name for one in S3.fields)}
    sign_in = _choice("sign_in", text["sign_in"] or "keys", SIGN_IN)
    region = text["region"]
    keys = {"access_key": text["access_key"], "secret_key": text["secret_key"], "session_token": text["session_token"]}
    if sign_in == "keys":
        for name in ("access_key", "secret_key"):
            _needed(name, keys[name])
    elif sign_in == "profile":
        keys, found = _profile(text["profile"] or "default")
        region = region or found
    else:
        keys = dict.fromkeys(keys, "")
    region = region or REGION
    virtual = _choice("style", text["style"] or "path", ("path", "host")) == "host"
    return Place(
        _address(text["endpoint"], region, text["ca_file"]), not text["endpoint"], region, sign_in, virtual=virtual, **keys
    )


def _address(endpoint: str, region: str, ca_file: str) -> line.Address:
    given = endpoint or f"https://s3.{region}.amazonaws.com"
    url = urlsplit(given if "://" in given else f"https://{given}")
    try:
        port = url.port
    except ValueError:
        port = -1
    secure = url.scheme == "https"
    if url.scheme not in ("http", "https") or not url.hostname or port == -1 or url.path.strip("/") or url.username or url.query:
        raise ConfigError(
            msg("{value} is not the address of a server", value=endpoint.rsplit("@", 1)[-1]),
            msg("It is written https://host or https://host:port, without a bucket behind it."),
            msg("Write the bucket into the field {name}.", name="path"),
        )
    return line.Address(url.hostname, port or (443 if secure else 80), secure, ca_file)


def _profile(name: str) -> tuple[dict[str, str], str]:
    """The keys and the region of a profile. The files are AWS's: docs.aws.amazon.com, "Configuration and credential file settings"."""
    home = Path(os.environ.get("AWS_SHARED_CREDENTIALS_FILE") or Path.home() / ".aws" / "credentials")
    config = Path(os.environ.get("AWS_CONFIG_FILE") or Path.home() / ".aws" / "config")
    said = configparser.ConfigParser(interpolation=None)
    try:
        said.read([home, config], encoding="utf-8")
    except (configparser.Error, OSError, UnicodeDecodeError) as error:
        raise ConfigError(
            msg("The profile {name} cannot be read", name=name),
            msg("The files in ~/.aws are not written as they should be."),
            msg("Mend them, or sign in with keys."),
        ) from error
    found = {**dict(_section(said, f"profile {name}")), **dict(_section(said, name))}
    if not found.get("aws_access_key_id"):
        raise ConfigError(
            msg("There is no profile {name} with keys", name=name),
            msg("Neither {one} nor {other} has it.", one=str(home), other=str(config)),
            msg("Choose another profile, or sign in with keys."),
        )
    keys = {
        "access_key": found["aws_access_key_id"],
        "secret_key": found.get("aws_secret_access_key", ""),
        "session_token": found.get("aws_session_token", ""),
    }
    return keys, found.get("region", "")


def _section(said: configparser.ConfigParser, name: str):
    return said.items(name) if said.has_section(name) else ()


def _needed(name: str, value: str) -> None:
    if not value:
        raise ConfigError(
            msg("The connection is not complete"),
            msg("The field {name} is empty.", name=name),
            msg("Fill in the field {name}, or choose another way to sign in.", name=name),
        )


def _choice(name: str, value: str, choices: tuple[str, ...]) -> str:
    if value not in choices:
        raise ConfigError(
            msg("{value} does not fit the field {name}", value=value, name=name),
            msg("It takes one of {choices}.", choices=", ".join(choices)),
            msg("Choose one of them."),
        )
    return value


def _signed_in(place: Place, system: FarSystem, start: str) -> line.Said:
    if place.sign_in == "anonymous":
        return "ok", msg("Without signing in."), None
    who = place.access_key or msg("what the environment gives")
    with suppress(Denied):  # who it is was accepted: what may be read is the next line
        system.inside(start)
    return "ok", msg("As {user}.", user=who), None


class Denied(ConnectError):
    """Signed in, and not allowed."""


def _said(place: Place, error: Exception, path: str) -> AssayError:
    """An exception of the driver in our words. Raises `Busy` for what passes by itself."""
    text = str(error)
    found = _CODE.search(text)
    code = found[1] if found else ""
    where = f"{place.address.name}/{path}".rstrip("/")
    if code in _BUSY:
        raise Busy(code) from error
    if code in _GONE or isinstance(error, FileNotFoundError):
        return ConnectError(
            msg("There is nothing at {path}", path=where),
            msg("No file or folder has this path there, or none fits the pattern."),
            msg("Check the spelling (capitals count), and browse the connection from its top."),
        )
    if code in _WHO:
        return ConnectError(
            msg("{address} did not accept these keys", address=place.address.name),
            msg("The server said: {text}", text=code.lower().replace("_", " ")),
            msg("Check the access key and the secret key; a session token is needed with keys that expire."),
        )
    if code in ("ACCESS_DENIED", "EXPIRED_TOKEN") or isinstance(error, PermissionError):
        return Denied(
            msg("{path} may not be read or written", path=where),
            msg("The server said: {text}", text=(code or "ACCESS_DENIED").lower().replace("_", " ")),
            msg("Ask for the right (s3:ListBucket, s3:GetObject, s3:PutObject), or sign in as somebody else."),
        )
    if "SSL" in text or "TLS" in text:
        return line.no_tls(place.address.name, re.sub(r".*(SSL|TLS)", r"\1", text)[:100])
    if code == "NETWORK_CONNECTION" or isinstance(error, TimeoutError):
        return line.unreachable(place.address.name, refused="Could not connect" in text)
    return ConnectError(
        msg("{path} could not be used", path=where),
        msg("The server said: {text}", text=place.without_secret(" ".join(text.split()))[:200] or code),
        msg("Check the endpoint, the region and the path."),
    )
