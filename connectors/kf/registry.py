"""A schema registry, by the API of Confluent's, and values in its wire format: a zero byte, the number of a schema in four, then the data."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any
from urllib.parse import quote
from uuid import UUID

import fastavro
import urllib3

from connectors.kf.place import Registry
from core import guard
from core.errors import AssayError, ConnectError, DataError
from core.words import Msg, msg

TIMEOUT = 5.0
MAGIC = 0
HEAD = 5


class Slow(ConnectError):
    """The registry is busy: worth another attempt."""


class Undecodable(Exception):
    """A value that cannot be read: why."""

    def __init__(self, reason: Msg) -> None:
        super().__init__(reason.text)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Schema:
    """A schema as fastavro reads by it; None for text that is JSON. `kinds` says of its columns which are `decimal`, `float` or `text`."""

    parsed: Any
    record: bool
    kinds: Mapping[str, str] = field(default_factory=dict)


class Schemas:
    """The schemas of a registry, each asked for once."""

    def __init__(self, registry: Registry) -> None:
        self.registry = registry
        self._known: dict[int, Schema | Undecodable] = {}
        https = {"ca_certs": registry.ca_file} if registry.ca_file and registry.url.startswith("https") else {}
        self._pool = urllib3.PoolManager(timeout=TIMEOUT, retries=False, **https)

    def close(self) -> None:
        self._pool.clear()

    def subjects(self) -> int:
        """How many subjects there are. Raises `ConnectError`."""
        return len(self._get("/subjects"))

    def columns(self, kind: str) -> frozenset[str]:
        """The columns that are of a kind (see `Schema`) in every schema so far that has them."""
        schemas = [one for one in self._known.values() if isinstance(one, Schema)]
        names = {name for one in schemas for name, said in one.kinds.items() if said == kind}
        return frozenset(name for name in names if all(one.kinds.get(name, kind) == kind for one in schemas))

    @property
    def used(self) -> tuple[int, ...]:
        return tuple(sorted(self._known))

    def text(self, value: bytes) -> str:
        """A value in wire format as the text of a JSON object. Raises `Undecodable`; `ConnectError` where the registry does not answer."""
        if len(value) < HEAD or value[0] != MAGIC:
            raise Undecodable(msg("it does not begin like a value with a schema"))
        schema = self._schema(int.from_bytes(value[1:HEAD], "big"))
        if schema.parsed is None:
            return _utf8(value[HEAD:])
        body = io.BytesIO(value[HEAD:])
        try:
            found = fastavro.schemaless_reader(body, schema.parsed, None)
        except Exception as error:  # whatever bytes make it stumble over
            raise Undecodable(
                msg("it does not fit its schema: {error}", error=f"{type(error).__name__} {error}"[:200])
            ) from error
        if body.read(1):
            raise Undecodable(msg("it is longer than its schema says"))
        return json.dumps(found if schema.record else {"value": found}, default=_plain, ensure_ascii=False)

    def _schema(self, number: int) -> Schema:
        if number not in self._known:
            self._known[number] = self._asked(number)
        known = self._known[number]
        if isinstance(known, Undecodable):
            raise known
        return known

    def _asked(self, number: int) -> Schema | Undecodable:
        try:
            said = self._get(f"/schemas/ids/{number}")
        except DataError:
            return Undecodable(msg("the registry does not know its schema {n}", n=str(number)))
        kind = said.get("schemaType", "AVRO")
        if kind == "JSON":
            return Schema(None, True)
        if kind != "AVRO":
            return Undecodable(msg("its schema is {kind}, which is not read", kind=str(kind)))
        named: dict[str, Any] = {}
        try:
            self._refer(said, named)
            raw = json.loads(said["schema"])
            parsed = fastavro.parse_schema(raw, named_schemas=named)
        except (ValueError, KeyError, TypeError, fastavro.schema.SchemaParseException, fastavro.schema.UnknownType) as error:
            return Undecodable(msg("its schema {n} cannot be used: {error}", n=str(number), error=str(error)[:200]))
        record = isinstance(raw, dict) and raw.get("type") in ("record", "error")
        return Schema(parsed, record, _kinds(raw) if record else {})

    def _refer(self, said: dict, named: dict[str, Any]) -> None:
        """Parse what a schema refers to before itself."""
        for one in said.get("references") or ():
            other = self._get(f"/subjects/{quote(one['subject'], safe='')}/versions/{int(one['version'])}")
            self._refer(other, named)
            fastavro.parse_schema(json.loads(other["schema"]), named_schemas=named)

    def _get(self, path: str) -> Any:
        """What the registry answers. Raises `DataError` for what it does not know, `ConnectError` for the rest."""
        return guard.call(
            f"schema registry {self.registry.url}", lambda left: self._once(path, left), timeout=2 * TIMEOUT, transient=(Slow,)
        )

    def _once(self, path: str, seconds: float) -> Any:
        url = self.registry.url
        headers = {"Accept": "application/vnd.schemaregistry.v1+json, application/json"}
        if self.registry.user:
            headers |= urllib3.make_headers(
                basic_auth=f"{self.registry.user}:{self.registry.password}".encode().decode("latin-1")
            )
        try:
            answer = self._pool.request("GET", url + path, headers=headers, timeout=min(TIMEOUT, seconds))
        except urllib3.exceptions.HTTPError as error:
            raise _no_answer(url, error) from error
        if answer.status == 404:
            raise DataError(
                msg("The schema registry does not know {path}", path=path),
                msg("It was deleted, or this is another registry."),
                msg("Check the address of the registry."),
            )
        if answer.status != 200:
            raise _refused(url, answer.status)
        try:
            return json.loads(answer.data)
        except ValueError as error:
            raise _refused(url, answer.status) from error


def _no_answer(url: str, error: Exception) -> ConnectError:
    return ConnectError(
        msg("The schema registry {url} does not answer", url=url),
        msg("The connection failed: {error}.", error=type(error).__name__),
        msg("Check its address, and the network or VPN it belongs to."),
    )


def _refused(url: str, status: int) -> AssayError:
    if status in (401, 403):
        return ConnectError(
            msg("The schema registry {url} did not accept the user and the password", url=url),
            msg("It answered with the status {status}.", status=str(status)),
            msg("Check the user and the password of the registry; they are others than those of the brokers."),
        )
    kind = Slow if status in (429, 500, 502, 503, 504) else ConnectError
    return kind(
        msg("{url} does not answer like a schema registry", url=url),
        msg("It answered with the status {status}.", status=str(status)),
        msg("Check its address: it is that of the API, as in http://registry.example.org:8081."),
    )


def _utf8(value: bytes) -> str:
    try:
        return value.decode()
    except UnicodeDecodeError as error:
        raise Undecodable(msg("it holds bytes that are not UTF-8")) from error


def _kinds(schema: dict) -> dict[str, str]:
    """What the fields of a record are, alone or beside null."""
    return {one["name"]: _kind(one.get("type")) for one in schema.get("fields", ())}


def _kind(said: Any) -> str:
    kinds = [one for one in (said if isinstance(said, list) else [said]) if one != "null"]
    if len(kinds) != 1:
        return ""
    one = kinds[0] if isinstance(kinds[0], dict) else {"type": kinds[0]}
    if logical := one.get("logicalType"):
        return "decimal" if logical == "decimal" else ""
    names = {"float": "float", "double": "float", "string": "text", "bytes": "text", "fixed": "text", "enum": "text"}
    return names.get(str(one.get("type")), "")


def _plain(value: Any) -> str:
    """A value that JSON has no word for as text: times in ISO 8601, bytes in hexadecimal digits, decimals digit for digit."""
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, UUID):
        return str(value)
    raise TypeError(type(value).__name__)
