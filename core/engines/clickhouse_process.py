"""The other end of `clickhouse.py`: a process that holds chdb and answers requests from its standard input. Run as a script.

A request is a line of JSON; a request to insert is followed by the rows as frames: 8 bytes of length, then that many bytes of
an Arrow stream; a frame of length 0 ends them, one of all ones gives up. An answer is a line of JSON with `bytes`, then that
many bytes. A streamed result is several answers, each an Arrow stream of its own, until one with `end`. It imports nothing of the
project, so that it starts with chdb and the standard library alone.
"""

from __future__ import annotations

import json
import os
import signal
import struct
import sys
from collections.abc import Iterator
from typing import Any, BinaryIO

LENGTH = struct.Struct("<Q")
END, GIVEN_UP = 0, 2**64 - 1
# The database that chdb opens with looks for files on disk under the name of a missing table; this one is as on a server.
DATABASE = "assay"


class GivenUp(Exception):
    """The sender's rows ended in an error of its own."""


def frames(stream: BinaryIO) -> Iterator[bytes]:
    """The rows of one insert, read to their end."""
    while (length := LENGTH.unpack(stream.read(LENGTH.size))[0]) != END:
        if length == GIVEN_UP:
            raise GivenUp
        yield stream.read(length)


def query(connection: Any, request: dict[str, Any], _: BinaryIO) -> tuple[dict[str, Any], bytes]:
    """The result as an Arrow stream, nothing for a statement without one."""
    try:
        return {}, connection.query(request["sql"], "ArrowStream", params=request.get("params") or {}).bytes() or b""
    except Exception:
        # chdb 4.4 keeps what a failed query had already written and puts it in front of the next result: take it away.
        connection.query("SELECT 1", "Null")
        raise


def insert(connection: Any, request: dict[str, Any], stream: BinaryIO) -> tuple[dict[str, Any], bytes]:
    """Insert the frames that follow; how many rows ClickHouse wrote."""
    rows = frames(stream)
    try:
        inserter = connection.send_insert(request["sql"], "ArrowStream")
        try:
            for chunk in rows:
                inserter.append(chunk)
            return {"rows": inserter.finish().rows_written}, b""
        except BaseException:
            inserter.cancel()
            raise
    except GivenUp:
        return {"rows": 0}, b""
    except Exception:
        try:
            for _ in rows:  # the sender writes on until it has sent all: an answer before that would never be read
                pass
        except GivenUp:
            pass
        raise


def stream(connection: Any, request: dict[str, Any], answers: BinaryIO) -> None:
    """Send a result piece by piece, in bounded memory."""
    with connection.send_query(request["sql"], "ArrowStream", params=request.get("params") or {}) as pieces:
        for piece in pieces:
            send(answers, {}, piece.bytes())


WORK = {"query": query, "insert": insert}


def serve(connection: Any, requests: BinaryIO, answers: BinaryIO) -> None:
    """Answer one request after the other until the other end is gone."""
    while line := requests.readline():
        request = json.loads(line)
        try:
            if request["do"] == "stream":
                stream(connection, request, answers)
                answer, body = {"end": True}, b""
            else:
                answer, body = WORK[request["do"]](connection, request, requests)
        except Exception as error:
            answer, body = {"error": str(error)}, b""
        send(answers, answer, body)


def send(answers: BinaryIO, answer: dict[str, Any], body: bytes) -> None:
    answers.write(json.dumps({**answer, "bytes": len(body)}).encode() + b"\n")
    answers.write(body)
    answers.flush()


def _die_with(parent: int) -> None:
    """End when the pipe `parent`, of which only the parent holds the other end, closes: in the middle of a query too.

    A process watches, not a thread: chdb holds Python's lock while it works.
    """
    mine = os.getpid()
    if os.fork():
        return
    for inherited in (0, 1, 2):
        os.close(inherited)
    os.read(parent, 1)
    if os.getppid() == mine:
        os.kill(mine, signal.SIGKILL)
    os._exit(0)


def main() -> None:
    """Arguments: the folder with the data, the number of the pipe to the parent, and the database to make and use, if any."""
    folder, parent, database = sys.argv[1], int(sys.argv[2]), sys.argv[3]
    _die_with(parent)
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # whatever ClickHouse prints must not end up among the answers
    os.chdir(folder)  # a relative path, because chdb takes `?` and `&` in a path for the start of its own options
    from chdb.state.sqlitelike import Connection

    connection = Connection(".")
    if database == DATABASE:
        connection.query(f"CREATE DATABASE IF NOT EXISTS {DATABASE}")
        connection.query(f"USE {DATABASE}")
    serve(connection, sys.stdin.buffer, answers)
    connection.close()


if __name__ == "__main__":
    main()
