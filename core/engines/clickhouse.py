"""An embedded ClickHouse for proof: chdb in a process of its own, because one process holds one database and may die of it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from importlib.util import find_spec
from pathlib import Path
from typing import Any, BinaryIO

import pyarrow as pa
from sqlglot import exp

from core.engines.clickhouse_process import DATABASE, END, GIVEN_UP, LENGTH
from core.engines.errors import EngineError, QueryError
from core.errors import UnsupportedError
from core.task import Task
from core.words import msg

Params = Mapping[str, Any]


class ClickHouse:
    """A running ClickHouse; `version` such as `26.9.2.1`. One statement at a time; safe to use from several threads.

    Each method raises `QueryError` with ClickHouse's message, `EngineError` when the process died, `Cancelled` when it was
    killed because the task was cancelled.
    """

    def __init__(self, process: subprocess.Popen, log: BinaryIO, task: Task) -> None:
        self._process, self._log, self._task = process, log, task
        self._one = threading.Lock()
        self._killed = False
        self.pid = process.pid
        self.version: str = self.query("SELECT version() AS version")["version"][0].as_py()

    def command(self, sql: str, params: Params | None = None) -> None:
        """Run a statement whose result does not matter. `params` fill `{name:Type}` places."""
        self._ask({"do": "query", "sql": sql, "params": _written(params)})

    def query(self, sql: str, params: Params | None = None) -> pa.Table:
        """The result of a query (EXPLAIN too), held in memory. `params` fill `{name:Type}` places. Do not write FORMAT.

        Types are those of ClickHouse's Arrow output. Beware: DateTime and IPv4 become `uint32`, an Enum its number;
        FixedString, IPv6 and wide integers are `fixed_size_binary`. Cast in the query: `toDateTime64(c, 0)`.
        """
        _, body = self._ask({"do": "query", "sql": sql, "params": _written(params)})
        return pa.ipc.open_stream(body).read_all() if body else pa.table({})

    def stream(self, sql: str, params: Params | None = None) -> Iterator[pa.RecordBatch]:
        """The result of a query batch by batch, in bounded memory; none where there are no rows.

        Nothing else can be asked meanwhile. A reader that stops before the end ends the process.
        """
        with self._one:
            finished = False
            try:
                self._send({"do": "stream", "sql": sql, "params": _written(params)})
                while True:
                    answer, body = self._answer()
                    if "error" in answer or answer.get("end"):
                        finished = True
                        break
                    yield from pa.ipc.open_stream(body) if body else ()
            except (OSError, ValueError, EOFError) as error:
                raise self._gone() from error
            finally:
                if not finished:
                    self.kill()
        if "error" in answer:
            raise QueryError(answer["error"])

    def insert(self, table: str, rows: pa.Table | pa.RecordBatchReader, database: str | None = None, settings: str = "") -> int:
        """Insert rows into the columns of the same names, streamed batch by batch; how many were written.

        `settings` is a literal clause such as `SETTINGS input_format_null_as_default = 0`.

        ClickHouse casts as it does for the Arrow format: an integer too large for its column wraps round without an error, so
        compare what was read back. Raises `QueryError` also when fewer rows were written than sent.
        """
        columns = [exp.to_identifier(name, quoted=True) for name in rows.schema.names]
        target = exp.Schema(this=exp.table_(table, database, quoted=True), expressions=columns)
        sent = _Sent(rows)
        statement = f"{exp.Insert(this=target).sql(dialect='clickhouse')} {settings}"
        answer, _ = self._ask({"do": "insert", "sql": statement}, sent)
        if answer["rows"] != sent.rows:
            raise QueryError(f"ClickHouse wrote {answer['rows']} of {sent.rows} rows")
        return sent.rows

    @property
    def alive(self) -> bool:
        return not self._killed and self._process.poll() is None

    def kill(self) -> None:
        """End the process at once, from any thread: a running statement is given up."""
        self._killed = True
        self._process.kill()

    def _ask(self, request: dict[str, Any], rows: _Sent | None = None) -> tuple[dict[str, Any], pa.Buffer | None]:
        with self._one:
            try:
                self._send(request, rows)
                answer, body = self._answer()
            except (OSError, ValueError, EOFError) as error:
                raise self._gone() from error
        if rows is not None and rows.failure:
            raise rows.failure
        if "error" in answer:
            raise QueryError(answer["error"])
        return answer, body

    def _send(self, request: dict[str, Any], rows: _Sent | None = None) -> None:
        self._process.stdin.write(json.dumps(request, default=str).encode() + b"\n")
        if rows is not None:
            rows.send(self._process.stdin)
        self._process.stdin.flush()

    def _answer(self) -> tuple[dict[str, Any], pa.Buffer | None]:
        answer = json.loads(self._process.stdout.readline())
        body = self._process.stdout.read(answer["bytes"]) if answer["bytes"] else None
        if body is not None and len(body) < answer["bytes"]:
            raise EOFError("the process ended within its answer")
        return answer, pa.py_buffer(body) if body else None

    def _gone(self) -> EngineError:
        """What to say when the process does not answer. Raises `Cancelled` instead where that was asked for."""
        self._process.kill()
        code = self._process.wait()
        self._task.check()
        self._log.seek(0)
        tail = self._log.read()[-2000:].decode("utf-8", "replace").strip()
        return EngineError(f"The ClickHouse process ended with code {code}. {tail}")


def _written(params: Params | None) -> dict[str, Any]:
    """Parameters as ClickHouse reads them: texts with the escapes of its TabSeparated format, None as null."""
    written = dict(params or {})
    for key, value in written.items():
        if value is None:
            written[key] = r"\N"
        elif isinstance(value, str):
            written[key] = value.replace("\\", r"\\").replace("\t", r"\t").replace("\n", r"\n").replace("\r", r"\r")
    return written


class _Sent:
    """Rows on their way into the process, as frames of an Arrow stream: how many there were, and what their source died of."""

    def __init__(self, source: pa.Table | pa.RecordBatchReader) -> None:
        self._reader = source.to_reader() if isinstance(source, pa.Table) else source
        self.rows = 0
        self.failure: BaseException | None = None

    def send(self, pipe: BinaryIO) -> None:
        """Write all rows. Where their source fails, the insert is given up and `failure` holds why."""
        with pa.ipc.new_stream(_Frames(pipe), self._reader.schema) as stream:
            for batch in self._batches():
                stream.write_batch(batch)
                self.rows += batch.num_rows
        pipe.write(LENGTH.pack(GIVEN_UP if self.failure else END))

    def _batches(self) -> Iterator[pa.RecordBatch]:
        try:
            yield from self._reader
        except GeneratorExit:
            raise
        except BaseException as error:
            self.failure = error


class _Frames:
    """A file that writes each piece with its length in front."""

    closed = False

    def __init__(self, pipe: BinaryIO) -> None:
        self._pipe = pipe

    def write(self, piece: bytes) -> int:
        view = memoryview(piece)
        if view.nbytes:
            self._pipe.write(LENGTH.pack(view.nbytes))
            self._pipe.write(view)
        return view.nbytes

    def flush(self) -> None:
        self._pipe.flush()


@contextmanager
def embedded_clickhouse(folder: Path, task: Task | None = None) -> Iterator[ClickHouse]:
    """A ClickHouse in a process that ends with the block, with this process, and when `task` is cancelled.

    Its data lies in `folder`/clickhouse and is made for the occasion; the current database is `assay`. Raises `UnsupportedError`
    where chdb is not installed (it has no Windows package), `EngineError` when it does not start.
    """
    with opened_clickhouse(folder / "clickhouse", task, DATABASE) as engine:
        yield engine


@contextmanager
def opened_clickhouse(folder: Path, task: Task | None = None, database: str = "") -> Iterator[ClickHouse]:
    """The ClickHouse whose data is `folder` itself (a new one where it is empty): a folder that chdb made, in whatever program.

    As `embedded_clickhouse` otherwise. Only one process on the machine may have a folder open: `EngineError` tells of the lock.
    """
    if sys.platform == "win32" or find_spec("chdb") is None:
        raise UnsupportedError(
            msg("The embedded ClickHouse cannot run here"),
            msg("It needs the package chdb, which is not installed or does not exist for this system."),
            msg("Install chdb on Linux or macOS, or go on without the proof on ClickHouse."),
        )
    task = task or Task()
    folder.mkdir(parents=True, exist_ok=True)
    there, here = os.pipe()
    with tempfile.TemporaryFile() as log:
        process = subprocess.Popen(
            # -P: this package's own folder must not come first on the path, where its modules would hide others.
            [
                sys.executable,
                "-P",
                str(Path(__file__).with_name("clickhouse_process.py")),
                str(folder.absolute()),
                str(there),
                database,
            ],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log,
            pass_fds=(there,),
            start_new_session=True,
        )
        os.close(there)
        try:
            with task.interruptible(process.kill):
                yield ClickHouse(process, log, task)
        finally:
            _end(process)
            os.close(here)


def _end(process: subprocess.Popen) -> None:
    """What was answered lies on the disk by then, as after any end of a server: nothing is gained by closing it kindly."""
    process.kill()
    process.wait()
    process.stdout.close()
    with suppress(OSError):  # what was still to be sent has nobody to read it
        process.stdin.close()
