"""Bytes out of a file and into one, never more of them in memory than are asked for at once."""

from __future__ import annotations

from urllib.parse import urlsplit

import pyarrow as pa
from urllib3 import BaseHTTPResponse
from urllib3.exceptions import HTTPError

from connectors.webhdfs.client import Client
from connectors.webhdfs.trouble import Trouble, trouble


class Flow:
    """A file from its start on, as one answer of a DataNode: for `pyarrow.PythonFile`."""

    closed = False

    def __init__(self, client: Client, path: str) -> None:
        self._client, self._path, self._at = client, path, 0
        self._answer: BaseHTTPResponse | None = None

    def readable(self) -> bool:
        return True

    def writable(self) -> bool:
        return False

    def seekable(self) -> bool:
        return False

    def tell(self) -> int:
        return self._at

    def read(self, count: int) -> bytes:
        if self._answer is None:
            self._answer = self._client.opened(self._path)
        data = drawn(self._answer, count)
        self._at += len(data)
        return data

    def close(self) -> None:
        self.closed = True
        if self._answer is not None:
            self._answer.close()  # the line too: what is left of the file will not be read


class Anywhere:
    """A file read at any place in it, a request for each piece: the footer of Parquet first, then what it points to."""

    closed = False

    def __init__(self, client: Client, path: str, size: int) -> None:
        self._client, self._path, self._size, self._at = client, path, size, 0

    def readable(self) -> bool:
        return True

    def writable(self) -> bool:
        return False

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._at

    def seek(self, offset: int, whence: int = 0) -> int:
        self._at = offset + (0, self._at, self._size)[whence]
        return self._at

    def size(self) -> int:
        return self._size

    def read(self, count: int = -1) -> bytes:
        left = max(self._size - self._at, 0)
        count = left if count < 0 else min(count, left)
        if not count:
            return b""
        answer = self._client.opened(self._path, self._at, count)
        try:
            data = drawn(answer, count)
        finally:
            answer.close()
        self._at += len(data)
        return data

    def close(self) -> None:
        self.closed = True


class Upload:
    """A new file, sent in chunks as it is written; it stands when `close` came back."""

    closed = False

    def __init__(self, client: Client, path: str) -> None:
        self._client, self._at, self._broken = client, 0, False
        self._url = client.target(path, overwrite="false")
        self._line = client.upload(self._url)

    def readable(self) -> bool:
        return False

    def writable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return False

    def tell(self) -> int:
        return self._at

    def write(self, data: bytes | pa.Buffer) -> int:
        piece = memoryview(data)
        if piece.nbytes:
            self._send(b"%x\r\n" % piece.nbytes, piece, b"\r\n")
        self._at += piece.nbytes
        return piece.nbytes

    def flush(self) -> None:
        """What was written is on its way."""

    def close(self) -> None:
        if self.closed:
            return
        self.closed = True
        try:
            if not self._broken:
                self._send(b"0\r\n\r\n")
                self._client.created(self._line, self._url)
        finally:
            self._line.close()

    def _send(self, *parts: bytes | memoryview) -> None:
        try:
            for part in parts:
                self._line.send(part)
            return
        except OSError as error:
            self._broken, found = True, error
        if isinstance(found, TimeoutError):
            raise trouble(found, urlsplit(self._url).netloc, data=True)
        self._client.created(self._line, self._url)  # the DataNode may have said why it does not take more
        raise Trouble(("cut",), "", urlsplit(self._url).netloc, data=True)


def drawn(answer: BaseHTTPResponse, count: int) -> bytes:
    """As many bytes as were asked for, fewer only at the end."""
    try:
        return answer.read(count, decode_content=False)
    except (HTTPError, OSError) as error:
        found = error
    answer.close()
    raise trouble(found, getattr(answer.connection, "host", "") or "", data=True)
