"""*Test connection*, line by line. A master has lines of its own: its workers, and the driver that is started for it."""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Callable
from contextlib import suppress

from connectors.far import line
from connectors.sp import catalog
from connectors.sp.driver import Driver, start
from connectors.sp.place import Place, place
from connectors.sp.session import Session
from connectors.sp.trouble import Broken, told
from core import guard
from core.errors import ConfigError, ConnectError
from core.models.source import Check, Settings
from core.words import msg, plural

DIAL = 5.0
WORK_SECONDS = 90.0  # a first piece of work may have to start executors
PAGE_BYTES = 4 * 2**20
OLDEST = (4, 0)
LABELS = {**{name: line.LABELS[name] for name in line.USUAL}, "work": msg("Work done")}
MASTER_LABELS = {
    "resolve": LABELS["resolve"],
    "reach": LABELS["reach"],
    "tls": LABELS["tls"],
    "workers": msg("Workers"),
    "driver": msg("Driver started"),
    "permissions": LABELS["permissions"],
    "version": LABELS["version"],
    "latency": LABELS["latency"],
    "work": LABELS["work"],
}


def checks(settings: Settings) -> tuple[Check, ...]:
    """All lines in order; what comes after a failed one is skipped. Never raises."""
    try:
        where = place(settings)
        if where.query:
            catalog.query(where)
    except ConfigError as error:
        labels = MASTER_LABELS if settings.get("address") == "master" else LABELS
        return line.not_complete(error, tuple(labels), labels)
    run = _Run(where)
    try:
        return run.all()
    finally:
        run.close()


class _Run:
    """One run against one place."""

    def __init__(self, where: Place) -> None:
        self._place = where
        self._session: Session | None = None
        self._driver: Driver | None = None

    def all(self) -> tuple[Check, ...]:
        where = self._place
        address = line.Address(where.host, where.port, where.secure, where.ca_file)
        steps: dict[str, Callable[[], line.Said]] = {
            "resolve": lambda: line.resolved(address, DIAL),
            "reach": lambda: line.reached(address, DIAL),
            "tls": lambda: line.encrypted(address, DIAL),
            "workers": self._workers,
            "driver": self._started,
            "auth": self._signed_in,
            "permissions": self._may_read,
            "work": self._work,
            "version": self._version,
            "latency": lambda: line.latency(lambda: self._ask("SELECT 1 AS one")),
        }
        labels = MASTER_LABELS if where.master else LABELS
        return line.run({name: steps[name] for name in labels}, labels)

    def close(self) -> None:
        if self._session is not None:
            self._session.close()
        if self._driver is not None:
            self._driver.close()

    def _ask(self, query: str, seconds: float = 60.0) -> list[dict]:
        assert self._session is not None  # the line before has opened it, or this one is skipped
        with told(self._place, self._place.address):
            return self._session.rows(query, seconds)

    def _workers(self) -> line.Said:
        page = f"http://{self._place.host}:{self._place.web_port}/json/"
        try:
            found = guard.bounded(lambda: _page(page), DIAL)
            workers = [one for one in found["workers"] if one["state"] == "ALIVE"]
            free = sum(one["cores"] - one["coresused"] for one in workers)
        except (OSError, ValueError, KeyError, TypeError):
            return "warn", msg("The master's page does not answer on port {port}.", port=self._place.web_port), _SAY_PORT
        if not workers:
            raise ConnectError(
                msg("The master has no workers"),
                msg("Whatever is asked of it would wait for ever."),
                msg("Start a worker for it (start-worker.sh spark://{address}).", address=self._place.address),
            )
        said = plural("{n} worker, {free} cores free.", "{n} workers, {free} cores free.", n=len(workers), free=free)
        return ("ok", said, None) if free else ("warn", said, msg("Others use all cores: work waits until they are done."))

    def _started(self) -> line.Said:
        self._driver = start(self._place)
        with told(self._place, self._place.address):
            self._session = Session(self._driver.place, self._place.timeout)
        return "ok", msg("A driver runs on this machine."), None

    def _signed_in(self) -> line.Said:
        with told(self._place, self._place.address):
            self._session = Session(self._place, self._place.timeout)
        user = self._ask("SELECT current_user() AS name")[0]["name"]
        if self._place.token:
            return "ok", msg("As {user}, with the token.", user=user), None
        return "ok", msg("As {user}, without a token.", user=user), None

    def _may_read(self) -> line.Said:
        assert self._session is not None
        where, session = self._place, self._session
        if where.query:
            columns = len(_told(where, lambda: session.schema(catalog.query(where)).fields))
            return "ok", plural("The query gives {n} column.", "The query gives {n} columns.", n=columns), None
        home = where.catalog or catalog.CATALOG
        schemas = catalog.schemas(where, session, home)
        if not schemas:
            return "warn", msg("No schema is visible."), msg("Check the field catalog, and the rights of this user.")
        return "ok", plural("{n} schema can be read.", "{n} schemas can be read.", n=len(schemas)), None

    def _work(self) -> line.Said:
        """A piece of work for the executors, which a question to the catalogue is not."""
        try:
            assert self._session is not None
            self._session.rows("SELECT count(*) AS n FROM range(0, 4, 1, 2)", WORK_SECONDS)
        except Broken as error:
            if error.reason != "silent":
                with told(self._place, self._place.address):
                    raise
            raise ConnectError(
                msg("Nobody did the work"),
                msg("Spark took a query and no executor has run it."),
                msg("Check that the cluster has workers with free cores and enough memory for an executor."),
            ) from error
        return "ok", msg("Executors answer."), None

    def _version(self) -> line.Said:
        assert self._session is not None
        version = msg("Spark {version}", version=self._session.version)
        with suppress(ValueError):
            if tuple(int(part) for part in self._session.version.split(".")[:2]) < OLDEST:
                return "warn", version, msg("Assay is tried with Spark 4.3: versions before 4.0 may refuse what it asks.")
        return "ok", version, None


_SAY_PORT = msg("Give the port of the master's web page in web_port, to see whether workers are there.")


def _told(where: Place, ask: Callable[[], object]):
    with told(where, "query"):
        return ask()


def _page(address: str) -> dict:
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(address, timeout=DIAL) as answer:
        return json.loads(answer.read(PAGE_BYTES))
