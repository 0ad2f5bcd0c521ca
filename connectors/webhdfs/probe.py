"""The lines of *Test connection* of an HDFS behind the first three: who we are, what we may, a DataNode, the version."""

from __future__ import annotations

import socket
from contextlib import suppress
from urllib.parse import urlsplit

from connectors.far import line
from connectors.far.system import FarSystem
from connectors.webhdfs.client import DIAL, Client
from connectors.webhdfs.place import Place
from connectors.webhdfs.trouble import Trouble
from connectors.webhdfs.words import Denied, SafeMode, said
from core import guard
from core.errors import AssayError
from core.words import msg

LINES = ("resolve", "reach", "tls", "auth", "permissions", "write", "data", "version", "latency")
BEAN = "Hadoop:service=NameNode,name=NameNodeInfo"


def signed_in(place: Place, system: FarSystem) -> line.Said:
    """The NameNode answers us. What may be read is the next line."""
    with suppress(Denied):
        system.look("")
    if place.sign_in == "token":
        return "ok", msg("By a delegation token."), None
    if place.user:
        return "ok", msg("As {user}.", user=place.user), None
    return "ok", msg("Without a name, as the server's user for nobody."), None


def may_write(client: Client, system: FarSystem, folder: str) -> line.Said:
    """Asked, not tried: nothing is written. A source needs no such right, so its absence is no failure."""
    if bean(client).get("Safemode"):
        found = said(client.place, Trouble(("SafeModeException",), "", client.place.address.name), folder)
        return "warn", msg("No: the NameNode is in safe mode and changes nothing."), found.fix
    try:
        system.asked(folder, lambda: client.ask("GET", folder, "CHECKACCESS", fsaction="-wx"))
    except (Denied, SafeMode) as error:
        return (
            "warn",
            msg("No. {why}", why=error.why),
            msg("A source does not need it. For a target, ask for the right w on the folder."),
        )
    except AssayError as error:
        return (
            "warn",
            msg("It is not known. {why}", why=error.why),
            msg("A source does not need it. For a target, write something small first."),
        )
    return "ok", msg("Files may be written here."), None


def data_node(client: Client, system: FarSystem, folder: str) -> line.Said:
    """A DataNode that the NameNode would send us to can be reached. Asking where to write is the first half of a write: it makes nothing."""
    path = f"{folder}/.assay-probe".strip("/")
    try:
        url = system.asked(path, lambda: client.target(path, overwrite="false"))
    except (Denied, SafeMode):
        return "ok", msg("Not tried: nothing may be written here."), None
    to = urlsplit(url)
    node = line.Address(to.hostname or "", to.port or (443 if to.scheme == "https" else 80), to.scheme == "https")
    system.asked(path, lambda: _dialled(node))
    if client.place.gateway:
        return "ok", msg("Through the gateway."), None
    return "ok", msg("{node} is reached.", node=node.name), None


def _dialled(node: line.Address) -> None:
    try:
        line.reached(node, DIAL)
        return
    except AssayError as error:
        cause = error.__cause__
    kind = {socket.gaierror: "name", ConnectionRefusedError: "refused"}.get(type(cause), "silent")
    raise Trouble((kind,), "", node.name, data=True)


def version(client: Client) -> line.Said:
    found = str(bean(client).get("SoftwareVersion") or bean(client).get("Version") or "").split(",")[0]
    return "ok", msg("Hadoop {version}", version=found) if found else msg("The server does not tell its version."), None


def bean(client: Client) -> dict:
    """What the NameNode tells of itself, as far as it does."""
    try:
        return guard.bounded(lambda: client.jmx(BEAN), DIAL)
    except OSError:
        return {}
