"""Addresses of servers as a person writes them on one line. Secrets are never in them: they come from the environment.

postgresql://user@host:5432/database/schema.table       PGPASSWORD
clickhouse://user@host:8123/database/table              CLICKHOUSE_PASSWORD; clickhouses:// is encrypted
sc://host:15002/catalog.schema.table                    SPARK_CONNECT_AUTHENTICATE_TOKEN; with ;use_ssl=true behind it is encrypted
spark://host:7077/catalog.schema.table                  a standalone master; SPARK_WAREHOUSE is the folder of its tables
kafka://host:9092/topic                                 KAFKA_PASSWORD, KAFKA_USER; more brokers with commas; see `KAFKA`
s3://bucket/folder/*.parquet                            what AWS's own tools read: AWS_ACCESS_KEY_ID, AWS_ENDPOINT_URL, …
hdfs://user@namenode:9870/folder/*.parquet              WEBHDFS_TOKEN or WEBHDFS_PASSWORD; swebhdfs:// is encrypted
"""

from __future__ import annotations

import os
from urllib.parse import unquote, urlsplit

from connectors import registry
from connectors.far.files import FarFiles
from connectors.pg import address as postgres
from connectors.webhdfs.place import ENVIRONMENT
from core.errors import UsageError
from core.models.source import Settings, Source
from core.words import Msg, msg

CLICKHOUSE = {"clickhouse://": "off", "clickhouses://": "verify"}
S3 = "s3://"
KAFKA = "kafka://"
_KAFKA = {
    "security": "KAFKA_SECURITY_PROTOCOL",
    "mechanism": "KAFKA_SASL_MECHANISM",
    "user": "KAFKA_USER",
    "ca_file": "KAFKA_CA_FILE",
    "registry": "SCHEMA_REGISTRY_URL",
    "registry_user": "SCHEMA_REGISTRY_USER",
}
"""What the environment says of a Kafka beside its passwords; they are read where it is opened."""
HDFS = ("hdfs://", "webhdfs://", "swebhdfs://")
SPARK = {"sc://": "connect", "spark://": "master"}
SCHEMES = (*postgres.SCHEMES, *CLICKHOUSE, *SPARK, S3, *HDFS, KAFKA)


def sources(text: str) -> tuple[Source, ...]:
    """The tables that an address means: one, or all files that a pattern or a folder in S3 or HDFS means.

    Raises `UsageError` for what is not written as an address, `ConnectError` where nothing is there.
    """
    if text.startswith(S3):
        return _in_s3(text.removeprefix(S3))
    if text.startswith(HDFS):
        return _in_hdfs(text)
    if text.startswith(KAFKA):
        return (_kafka(text.removeprefix(KAFKA)),)
    if text.startswith(tuple(CLICKHOUSE)):
        return (_clickhouse(text),)
    if text.startswith(tuple(SPARK)):
        return (_spark(text),)
    return (postgres.source(text),)


_COMPLETED = {
    **dict.fromkeys(postgres.SCHEMES, ("postgres", "t")),
    **dict.fromkeys(CLICKHOUSE, ("default", "t")),
    **dict.fromkeys(SPARK, ("default.t",)),
    KAFKA: ("t",),
}
"""What stands for the database and the table where an address names a server alone."""


def server(text: str) -> Source:
    """The server that an address means, to test it: a database, a table or a topic may be named behind it, or not.

    Raises `UsageError` for what is not written as an address.
    """
    scheme, _, rest = text.partition("://")
    scheme += "://"
    if scheme == S3:
        return Source("s3", (*_s3_settings().items(), ("path", rest)), ())
    if scheme in HDFS:
        settings, path = _hdfs_settings(text)
        return Source("hdfs", (*settings.items(), ("path", path.strip("/") and f"/{path.lstrip('/')}")), ())
    address, mark, options = rest.partition(";" if scheme in SPARK else "?")
    host, *named = address.rstrip("/").split("/")
    path = [*named, *_COMPLETED[scheme][len(named) :]]
    found = sources(f"{scheme}{'/'.join((host, *path))}{mark}{options}")[0]
    return Source(found.kind, found.settings, ())


def _clickhouse(text: str) -> Source:
    try:
        url = urlsplit(text)
        host, port = url.hostname, url.port
    except ValueError as error:
        raise _not_an_address(msg("The server or its port is not written as one.")) from error
    if url.password or "password" in url.query:
        raise UsageError(
            msg("A password does not belong in an address"),
            msg("Addresses end up in logs and in the history of the shell."),
            msg("Leave it out and set CLICKHOUSE_PASSWORD, or save the connection in the browser."),
        )
    parts = [unquote(part) for part in url.path.strip("/").split("/")]
    if not host or len(parts) != 2 or not all(parts) or url.query or url.fragment:
        raise _not_an_address(msg("It must name the server, the database and the table, and nothing else."))
    settings: Settings = {"host": host, "user": unquote(url.username or "default"), "encryption": CLICKHOUSE[f"{url.scheme}://"]}
    settings |= {"port": port} if port else {}
    return Source("clickhouse", tuple(settings.items()), (parts[0], parts[1]))


def _spark(text: str) -> Source:
    address, *options = text.split(";")
    try:
        url = urlsplit(address)
        host, port = url.hostname, url.port
    except ValueError as error:
        raise _not_of_spark(msg("The server or its port is not written as one.")) from error
    if url.password or "token" in text.lower().replace(url.path.lower(), ""):
        raise UsageError(
            msg("A token does not belong in an address"),
            msg("Addresses end up in logs and in the history of the shell."),
            msg("Leave it out and set SPARK_CONNECT_AUTHENTICATE_TOKEN, or save the connection in the browser."),
        )
    path = tuple(unquote(part) for part in url.path.strip("/").split("."))
    strange = url.query or url.fragment or url.username or any(one not in ("use_ssl=true", "use_ssl=false") for one in options)
    if not host or not 2 <= len(path) <= 3 or not all(path) or strange:
        raise _not_of_spark(msg("It must name the server, the catalogue, the schema and the table, and nothing else."))
    settings: Settings = {"address": SPARK[f"{url.scheme}://"], "host": host}
    settings |= {"port": port} if port else {}
    settings |= {"encryption": "verify"} if "use_ssl=true" in options else {}
    warehouse = os.environ.get("SPARK_WAREHOUSE")
    settings |= {"warehouse": warehouse} if warehouse and url.scheme == "spark" else {}
    return Source("spark", tuple(settings.items()), path if len(path) == 3 else ("spark_catalog", *path))


def _not_of_spark(why: Msg) -> UsageError:
    return UsageError(
        msg("This is not the address of a table"),
        why,
        msg("Write sc://host:15002/spark_catalog.default.orders, or spark://host:7077/…."),
    )


def _kafka(text: str) -> Source:
    servers, _, topic = text.partition("/")
    parts = [unquote(part) for part in topic.split("/")]
    if ":" in servers.rpartition("@")[0]:
        raise UsageError(
            msg("A password does not belong in an address"),
            msg("Addresses end up in logs and in the history of the shell."),
            msg("Leave it out and set KAFKA_PASSWORD, or save the connection in the browser."),
        )
    if not servers or "@" in servers or not all(parts) or len(parts) > 2 or "?" in text or "#" in text:
        raise UsageError(
            msg("This is not the address of a topic"),
            msg("It must name the brokers and the topic, and nothing else but a partition."),
            msg("Write kafka://host:9092/topic, and the user as KAFKA_USER."),
        )
    said = {name: os.environ.get(variable) for name, variable in _KAFKA.items()}
    settings: Settings = {"servers": servers, **{name: value for name, value in said.items() if value}}
    if "user" in settings:
        settings = {"security": "SASL_PLAINTEXT", **settings}
    return Source("kafka", tuple(settings.items()), tuple(parts))


def _in_s3(path: str) -> tuple[Source, ...]:
    return _files("s3", _s3_settings(), path)


def _s3_settings() -> Settings:
    said = {
        "endpoint": os.environ.get("AWS_ENDPOINT_URL_S3") or os.environ.get("AWS_ENDPOINT_URL"),
        "region": os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION"),
    }
    return {"sign_in": "environment", **{name: value for name, value in said.items() if value}}


def _in_hdfs(text: str) -> tuple[Source, ...]:
    settings, path = _hdfs_settings(text)
    if not path.strip("/"):
        raise _no_file()
    return _files("hdfs", settings, path)


def _no_file() -> UsageError:
    return UsageError(
        msg("This is not the address of a file or a folder"),
        msg("It must name the server and a path on it."),
        msg("Write hdfs://user@namenode:9870/folder/*.parquet."),
    )


def _hdfs_settings(text: str) -> tuple[Settings, str]:
    """The part behind the server is a path as it is: `?` and `#` belong to it. `user@` may be left out (HADOOP_USER_NAME, as in Hadoop's own tools)."""
    scheme, _, rest = text.partition("://")
    server, _, path = rest.partition("/")
    who, _, where = server.rpartition("@")
    if ":" in who:
        raise UsageError(
            msg("A password does not belong in an address"),
            msg("Addresses end up in logs and in the history of the shell."),
            msg("Leave it out and set WEBHDFS_PASSWORD, or save the connection in the browser."),
        )
    if not where:
        raise _no_file()
    sign_in = next((way for way, variable in ENVIRONMENT.items() if os.environ.get(variable)), "user")
    settings: Settings = {"address": f"{scheme}://{where}", "sign_in": sign_in}
    if user := unquote(who) or os.environ.get("HADOOP_USER_NAME"):
        settings["user"] = user
    return settings, path


def _files(kind: str, settings: Settings, path: str) -> tuple[Source, ...]:
    """The files that a path means in a place."""
    with registry.open_connector(kind, {**settings, "path": path}) as place:
        assert isinstance(place, FarFiles)
        return tuple(Source(kind, tuple(settings.items()), item.path) for item in place.files())


def _not_an_address(why: Msg) -> UsageError:
    return UsageError(msg("This is not the address of a table"), why, msg("Write clickhouse://user@host:8123/database/table."))
