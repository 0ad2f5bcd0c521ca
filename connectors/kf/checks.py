"""*Test connection*: the lines of every server, and whether each broker is where it says, and the schema registry."""

from __future__ import annotations

import socket
import ssl
import time
from collections.abc import Callable

from connectors.far import line
from connectors.far.line import Address, Said
from connectors.kf import version
from connectors.kf.place import Place, place
from connectors.kf.registry import Schemas
from connectors.kf.session import Session, connect
from core.errors import AssayError, ConfigError, ConnectError
from core.models.source import Check, Settings
from core.words import msg, plural

STEPS = ("resolve", "reach", "tls", "auth", "brokers", "permissions", "version", "latency")


def checks(settings: Settings) -> tuple[Check, ...]:
    """All lines in order; what comes after a failed one is skipped. Never raises."""
    try:
        where = place(settings)
    except ConfigError as error:
        return line.not_complete(error, STEPS)
    return _Checks(where).run()


class _Checks:
    """One run against one place; all steps until the sign-in share its time limit."""

    def __init__(self, place: Place) -> None:
        self._place = place
        self._until = time.monotonic() + place.timeout
        self._first: Address = place.addresses[0]
        self._session: Session | None = None

    def run(self) -> tuple[Check, ...]:
        steps: dict[str, Callable[[], Said]] = {name: getattr(self, f"_{name}") for name in STEPS}
        if self._place.registry is not None:
            steps["registry"] = self._registry
        return line.run(steps)

    @property
    def _left(self) -> float:
        return max(0.5, self._until - time.monotonic())

    @property
    def _open(self) -> Session:
        assert self._session is not None  # the line before has signed in, or this one is skipped
        return self._session

    def _resolve(self) -> Said:
        return self._any(line.resolved)

    def _reach(self) -> Said:
        return self._any(line.reached)

    def _any(self, look: Callable[[Address, float], Said]) -> Said:
        """One server is enough to begin with; the others are told of."""
        fine: tuple[Address, Said] | None = None
        wrong: list[tuple[Address, AssayError]] = []
        for address in self._place.addresses:
            try:
                fine = fine or (address, look(address, self._left))
            except AssayError as error:
                wrong.append((address, error))
        if fine is None:
            raise wrong[0][1]
        self._first, (status, detail, fix) = fine
        if not wrong:
            return status, detail, fix
        names = ", ".join(address.name for address, _ in wrong)
        return "warn", msg("{detail} Not so {names}: {what}.", detail=detail, names=names, what=wrong[0][1].what), wrong[0][1].fix

    def _tls(self) -> Said:
        status, detail, fix = line.encrypted(self._first, self._left) if not self._place.secure else self._handshake()
        if status == "warn":
            fix = msg("Use it on a network you trust only, or choose SSL or SASL_SSL.")
        return status, detail, fix

    def _handshake(self) -> Said:
        try:
            with socket.create_connection((self._first.host, self._first.port), timeout=self._left) as plain:
                with self._context().wrap_socket(plain, server_hostname=self._first.host) as wrapped:
                    kind = wrapped.version() or "TLS"
        except OSError as error:
            raise line.no_tls(self._first.name, getattr(error, "verify_message", "") or error.strerror or "") from error
        return "ok", msg("{version}, and the server proved who it is.", version=kind), None

    def _context(self) -> ssl.SSLContext:
        context = ssl.create_default_context(cafile=self._place.ca_file or None)
        if self._place.cert_file:
            context.load_cert_chain(self._place.cert_file, self._place.key_file or None)
        return context

    def _auth(self) -> Said:
        self._session = connect(self._place)
        if not self._place.signs_in:
            return "ok", msg("No user and no password are asked for."), None
        return "ok", msg("As {user}, by {mechanism}.", user=self._place.user, mechanism=self._place.mechanism), None

    def _brokers(self) -> Said:
        """Messages come from the brokers by the names they give themselves, whatever servers one began with."""
        found = self._open.brokers()
        for host, port in found:
            try:
                line.reached(Address(host, port, False), min(self._left, 2.0))
            except AssayError as error:
                raise ConnectError(
                    msg("The broker {address} is not reached", address=f"{host}:{port}"),
                    msg("So it calls itself to its clients: {what}.", what=error.what),
                    msg(
                        "Ask its administrator to advertise a name that is known here (advertised.listeners), or add the name to your hosts file."
                    ),
                ) from error
        names = ", ".join(f"{host}:{port}" for host, port in found[:5])
        return "ok", plural("{n} broker: {names}.", "{n} brokers: {names}.", n=len(found), names=names), None

    def _permissions(self) -> Said:
        found = self._open.topics()
        if not found:
            return (
                "warn",
                msg("No topic is visible."),
                msg("Kafka shows topics only to those who may describe them: ask for an ACL."),
            )
        seen = self._open.bounds_of_all(dict(list(found.items())[:50]))
        if not seen:
            return (
                "warn",
                msg("Topics are visible, but none can be read."),
                msg("Ask the administrator for the right to read (an ACL)."),
            )
        return "ok", plural("{n} topic is visible.", "{n} topics are visible.", n=len(found)), None

    def _version(self) -> Said:
        try:
            known = version.level(self._first, self._context() if self._place.secure else None, self._left)
        except OSError:
            known = None
        name = version.release(known)
        if not name:
            return "ok", msg("The server does not say its version."), None
        if name.startswith(">"):
            return "ok", msg("Kafka, newer than {version}", version=name.removeprefix("> ")), None
        return "ok", msg("Kafka {version}", version=name), None

    def _latency(self) -> Said:
        return line.latency(self._open.round_trip)

    def _registry(self) -> Said:
        assert self._place.registry is not None
        schemas = Schemas(self._place.registry)
        try:
            count = schemas.subjects()
        finally:
            schemas.close()
        return "ok", plural("{n} subject with schemas.", "{n} subjects with schemas.", n=count), None
