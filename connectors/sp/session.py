"""A session with Spark, spoken by Spark Connect: questions, statements, rows as Arrow, and an end to all of it within a second."""

from __future__ import annotations

import logging
import os
import threading
import time
import uuid
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from typing import Any, TypeVar

import pyarrow as pa
from sqlglot import exp

from connectors.sp.place import Place
from connectors.sp.trouble import Broken, understood
from core import guard

PATIENCE = 120.0  # seconds that a question to the catalogue may take: the first one starts the metastore
LONG = 24 * 3600.0  # seconds of a statement that moves rows; a server that is gone is noticed by its missing pings before
GRACE = 0.4  # seconds between asking the server to stop and leaving it
SETTINGS = {
    "spark.sql.session.timeZone": "UTC",  # moments are shown in UTC
    "spark.sql.ansi.enabled": "true",  # what does not fit a type is an error, no null
    "spark.sql.storeAssignmentPolicy": "ANSI",
    "spark.sql.timestampType": "TIMESTAMP_LTZ",
    "spark.sql.timeType.enabled": "true",
    "spark.sql.parquet.outputTimestampType": "TIMESTAMP_MICROS",
    "spark.sql.execution.arrow.useLargeVarTypes": "false",
}
Result = TypeVar("Result")


class Session:
    """A usable connection. Each method raises `Refused` or `Broken`; `interrupt` ends whatever runs, from any thread."""

    def __init__(self, place: Place, seconds: float) -> None:
        self._place, self.alive = place, True
        self._asked: float | None = None
        self._id = str(uuid.uuid4())
        self._spark = _spark(place, self._id)
        try:
            self.version = self.ask(lambda: self._spark.version, seconds)
            for name, value in SETTINGS.items():
                self.setting(name, value)
        except BaseException:
            self._leave()
            raise

    def setting(self, name: str, value: str) -> None:
        """Set it for this session. What the server does not know or let change stays as it is."""
        with suppress(_pyspark_error()):
            self._bounded(lambda: self._spark.conf.set(name, value), PATIENCE)

    def ask(self, question: Callable[[], Result], seconds: float = PATIENCE) -> Result:
        """What `question()` returns, a call of pyspark. After `seconds` the session is given up."""
        try:
            return self._bounded(question, seconds)
        except Exception as error:
            if isinstance(error, TimeoutError):
                self._leave()
            raise self._said(error) from error

    def _bounded(self, question: Callable[[], Result], seconds: float) -> Result:
        return guard.call(
            f"spark {self._place.address}", lambda left: guard.bounded(question, left), timeout=seconds, retry=guard.ONCE
        )

    def _said(self, error: Exception) -> Exception:
        found = understood(error)
        if isinstance(found, Broken):
            self.alive = False
        return found or error

    def frame(self, query: exp.Expression | str) -> Any:
        """The DataFrame of a query, not run yet."""
        text = query if isinstance(query, str) else sql(query)
        return self.ask(lambda: self._spark.sql(text))

    def rows(self, query: exp.Expression | str, seconds: float = PATIENCE) -> list[dict[str, Any]]:
        """The rows of a small result."""
        text = query if isinstance(query, str) else sql(query)
        return self.ask(lambda: [row.asDict() for row in self._spark.sql(text).collect()], seconds)

    def command(self, statement: exp.Expression | str) -> None:
        """Run a statement without a result, however long it takes."""
        text = statement if isinstance(statement, str) else sql(statement)
        self.ask(lambda: self._spark.sql(text).collect(), LONG)

    def schema(self, query: exp.Expression | str) -> Any:
        """The columns of a query as pyspark's StructType, without running it."""
        frame = self.frame(query)
        return self.ask(lambda: frame.schema)

    def files(self, table: exp.Table) -> frozenset[str]:
        """The files that a table is made of now: a session remembers those that it saw first."""
        self.command(f"REFRESH TABLE {sql(table)}")
        frame = self.frame(exp.select("*").from_(table))
        return frozenset(self.ask(frame.inputFiles))

    def view(self, name: str, rows: pa.Table) -> None:
        """Rows as a temporary view in one partition, of this session alone."""
        self.ask(lambda: self._spark.createDataFrame(rows).coalesce(1).createOrReplaceTempView(name), LONG)

    def shaped(self, query: exp.Expression | str, values: Sequence[exp.Expression], limit: int | None) -> Any:
        """A DataFrame of these values of a query, whose columns are `t.c0`, `t.c1`, … in them: its own names may come twice."""
        frame, texts = self.frame(query), [sql(value) for value in values]
        found = self.ask(lambda: frame.toDF(*[f"c{n}" for n in range(len(texts))]).alias("t").selectExpr(*texts))
        return found if limit is None else found.limit(limit)

    def stream(self, frame: Any, seconds: float = LONG) -> Iterator[pa.Table]:
        """The rows of a DataFrame as they come, in bounded memory: pieces of some megabytes.

        pyspark's public ways hold the whole result (toArrow) or make Python rows of it (toLocalIterator, some ten times slower).
        What `toLocalIterator` itself stands on is used here; a test says so when a new version changes it.
        """
        until = time.monotonic() + seconds
        pieces = iter(self._spark.client.to_table_as_iterator(frame._plan.to_proto(self._spark.client), {}))
        watch = threading.Timer(seconds, self._leave)
        watch.daemon = True
        watch.start()
        try:
            for piece in pieces:
                if isinstance(piece, pa.Table):
                    yield piece
        except Exception as error:
            if time.monotonic() >= until:
                raise Broken("silent") from error
            raise self._said(error) from error
        finally:
            watch.cancel()
            pieces.close()  # type: ignore[attr-defined]

    def interrupt(self) -> None:
        """Ask the server to stop all that runs in this session, and leave it where that does not help at once."""
        self.alive = False
        if self._asked is None:
            self._asked = time.monotonic()
            threading.Thread(target=self._ask_to_stop, daemon=True, name="assay-spark-stop").start()
        elif time.monotonic() - self._asked > GRACE:
            self._leave()

    def _ask_to_stop(self) -> None:
        """On a line of its own, which may wait for a server that is busy while the other line is left."""
        with suppress(Exception):
            second = _spark(self._place, self._id)
            try:
                second.interruptAll()
            finally:
                second.client.close()

    def _leave(self) -> None:
        """Close the line at once: whatever waits for an answer ends."""
        self.alive = False
        with suppress(Exception):
            self._spark.client.close()

    def close(self) -> None:
        if self.alive:
            with suppress(Exception):
                guard.bounded(self._spark.stop, 5.0)
        self._leave()


def sql(expression: exp.Expression) -> str:
    return expression.sql(dialect="spark")


def _pyspark_error() -> type[Exception]:
    from pyspark.errors import PySparkException

    return PySparkException


def _spark(place: Place, session: str) -> Any:
    os.environ.setdefault("GRPC_VERBOSITY", "NONE")  # read once, when gRPC is imported; it would write to the terminal
    from pyspark.sql.connect.client import DefaultChannelBuilder
    from pyspark.sql.connect.client.retries import DefaultPolicy
    from pyspark.sql.connect.session import SparkSession

    warnings.filterwarnings("ignore", message=r"\[RETRIES_EXCEEDED\]")
    for noisy in ("SQLQueryContextLogger", "DataFrameQueryContextLogger", "pyspark.sql.connect.logging"):
        logging.getLogger(noisy).disabled = True  # they write every error with its whole query to the terminal
    spark = SparkSession(_channel(place, session, DefaultChannelBuilder))
    spark.client.set_retry_policies([DefaultPolicy(max_retries=2, max_backoff=1000)])
    return spark


def _channel(place: Place, session: str, base: type) -> Any:
    """How the line is made: with the CA of the form, and a token in clear on this machine only (`place` sees to that)."""
    import grpc

    class Channel(base):  # type: ignore[misc, valid-type]
        token = None
        secure = place.secure

        def toChannel(self) -> grpc.Channel:
            if not place.secure:
                return self._insecure_channel(self.endpoint)
            ca = open(place.ca_file, "rb").read() if place.ca_file else None  # noqa: SIM115
            return self._secure_channel(self.endpoint, grpc.ssl_channel_credentials(ca))

        def metadata(self) -> list[tuple[str, str]]:
            return [("authorization", f"Bearer {place.token}")] if place.token else []

        def __repr__(self) -> str:
            return f"<channel to {place.address}>"

    return Channel(f"sc://{place.address}/;user_agent=assay;user_id=assay;session_id={session}")
