"""The first lines of *Test connection* for a place with an address: its name, its port, its encryption."""

from __future__ import annotations

import ipaddress
import socket
import ssl
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from core import guard
from core.errors import AssayError, ConnectError
from core.models.source import Check
from core.words import Msg, clock_time, msg

LABELS = {
    "resolve": msg("Name found"),
    "reach": msg("Server reached"),
    "tls": msg("Encryption"),
    "auth": msg("Signed in"),
    "permissions": msg("May read"),
    "write": msg("May write"),
    "data": msg("DataNode"),
    "version": msg("Version"),
    "latency": msg("Latency"),
    "brokers": msg("Brokers reached"),
    "registry": msg("Schema registry"),
}
USUAL = ("resolve", "reach", "tls", "auth", "permissions", "version", "latency")
SLOW_MS = 150.0
Said = tuple[str, Msg, Msg | None]
"""Status, detail, and the fix where there is something to mend."""


@dataclass(frozen=True, slots=True)
class Address:
    """Where a server listens; `ca_file` is who signed its certificate, if no public authority did."""

    host: str
    port: int
    secure: bool
    ca_file: str = ""

    @property
    def name(self) -> str:
        return f"{self.host}:{self.port}"


def run(steps: dict[str, Callable[[], Said]], labels: Mapping[str, Msg] = LABELS) -> tuple[Check, ...]:
    """Every step in order, those after one that failed are skipped. A step raises `AssayError` to fail."""
    lines: list[Check] = []
    for name, step in steps.items():
        if any(line.status == "fail" for line in lines):
            lines.append(Check(name, labels[name], "skipped", msg("Not tried.")))
            continue
        started = time.monotonic()
        try:
            status, detail, fix = step()
        except AssayError as error:
            status, detail, fix = "fail", msg("{what}. {why}", what=error.what, why=error.why), error.fix
        lines.append(Check(name, labels[name], status, detail, fix, 1000 * (time.monotonic() - started)))
    return tuple(lines)


def not_complete(error: AssayError, steps: Sequence[str] = USUAL, labels: Mapping[str, Msg] = LABELS) -> tuple[Check, ...]:
    """All lines where the settings themselves do not fit."""

    def fail() -> Said:
        raise error

    return run(dict.fromkeys(steps, fail), labels)


def resolved(address: Address, seconds: float) -> Said:
    found = _addresses(address, seconds)
    return "ok", msg("{host} is {addresses}.", host=address.host, addresses=", ".join(found)), None


def _addresses(address: Address, seconds: float) -> tuple[str, ...]:
    try:
        found = guard.bounded(lambda: socket.getaddrinfo(address.host, address.port, type=socket.SOCK_STREAM), seconds)
    except (OSError, UnicodeError) as error:
        raise unknown(address.host) from error
    return tuple(dict.fromkeys(str(one[4][0]) for one in found))


def unknown(host: str) -> ConnectError:
    """No such name."""
    return ConnectError(
        msg("The server {host} was not found", host=host),
        msg("No address is known for this name."),
        msg("Check the spelling of the host, and whether the network or VPN it belongs to is on."),
    )


def reached(address: Address, seconds: float) -> Said:
    _dialled(address, seconds).close()
    return "ok", msg("Something listens on {address}.", address=address.name), None


def _dialled(address: Address, seconds: float) -> socket.socket:
    try:
        return socket.create_connection((address.host, address.port), timeout=seconds)
    except OSError as error:
        raise unreachable(address.name, refused=isinstance(error, ConnectionRefusedError)) from error


def unreachable(name: str, *, refused: bool) -> ConnectError:
    """Nobody listens there, or no answer came."""
    if refused:
        return ConnectError(
            msg("Nobody listens on {address}", address=name),
            msg("The machine answered that this port is closed."),
            msg("Check the port, and that the server runs there and listens on this address."),
        )
    return ConnectError(
        msg("{address} does not answer", address=name),
        msg("Nothing came back in the time that is allowed for it."),
        msg("Check the address, the network or VPN it belongs to, and that the server is not overloaded; then start again."),
    )


def encrypted(address: Address, seconds: float) -> Said:
    if not address.secure:
        if all(ipaddress.ip_address(one.split("%")[0]).is_loopback for one in _addresses(address, seconds)):
            return "ok", msg("Not encrypted, and does not leave this machine."), None
        return "warn", msg("Not encrypted."), msg("Use it on a network you trust only, or an address with https://.")
    try:
        context = ssl.create_default_context(cafile=address.ca_file or None)
        with _dialled(address, seconds) as line, context.wrap_socket(line, server_hostname=address.host) as wrapped:
            version = wrapped.version() or "TLS"
    except OSError as error:
        raise no_tls(address.name, getattr(error, "verify_message", "") or error.strerror or "") from error
    return "ok", msg("{version}, and the server proved who it is.", version=version), None


def no_tls(name: str, said: str) -> ConnectError:
    return ConnectError(
        msg("No encrypted connection to {address}", address=name),
        msg("The handshake failed: {text}", text=said[:200] or "TLS"),
        msg("Check that the port is the encrypted one, and the certificate: give the file of who signed it in ca_file."),
    )


def latency(ask: Callable[[], object]) -> Said:
    """The middle of three round trips."""
    took = []
    for _ in range(3):
        started = time.monotonic()
        ask()
        took.append(time.monotonic() - started)
    detail = msg("{time} for a round trip.", time=clock_time(sorted(took)[1]))
    if sorted(took)[1] * 1000 > SLOW_MS:
        return "warn", detail, msg("Large files will take long over this line.")
    return "ok", detail, None
