"""Which Kafka answers. Clients are not told; but brokers say before any sign-in which requests they know (the request ApiVersions)."""

from __future__ import annotations

import socket
import ssl
import struct

from connectors.far.line import Address

# The level of `metadata.version` that each release came with (org.apache.kafka.server.common.MetadataVersion).
RELEASES = ((7, "3.3"), (8, "3.4"), (11, "3.5"), (14, "3.6"), (19, "3.7"), (20, "3.8"), (21, "3.9"), (25, "4.0"), (27, "4.1"))
FEATURE = "metadata.version"
_API_VERSIONS, _VERSION = 18, 3


def level(address: Address, context: ssl.SSLContext | None, seconds: float) -> int | None:
    """The highest `metadata.version` a broker knows; None where it does not say. Raises `OSError`."""
    body = _compact("assay") + _compact("1") + b"\x00"
    head = struct.pack(">hhih", _API_VERSIONS, _VERSION, 1, 5) + b"assay" + b"\x00"
    with socket.create_connection((address.host, address.port), timeout=seconds) as line:
        stream = context.wrap_socket(line, server_hostname=address.host) if context is not None else line
        stream.settimeout(seconds)
        stream.sendall(struct.pack(">i", len(head) + len(body)) + head + body)
        (length,) = struct.unpack(">i", _exactly(stream, 4))
        if not 0 < length < 1 << 20:
            raise OSError("no answer of a Kafka")
        answer = _exactly(stream, length)
    try:
        return _feature(answer)
    except (IndexError, struct.error, UnicodeDecodeError):
        return None


def release(known: int | None) -> str:
    """The release for a level, as far as levels are known here: `4.1 or later` for what is newer."""
    if known is None:
        return ""
    if known > RELEASES[-1][0]:
        return f"> {RELEASES[-1][1]}"
    return next((name for top, name in RELEASES if known <= top), "")


def _compact(text: str) -> bytes:
    return bytes([len(text) + 1]) + text.encode()


def _exactly(stream: socket.socket, count: int) -> bytes:
    held = b""
    while len(held) < count:
        more = stream.recv(count - len(held))
        if not more:
            raise ConnectionResetError("closed in the middle of an answer")
        held += more
    return held


class _Reader:
    def __init__(self, data: bytes) -> None:
        self._data, self._at = data, 0

    def take(self, count: int) -> bytes:
        part = self._data[self._at : self._at + count]
        if len(part) < count:
            raise IndexError
        self._at += count
        return part

    def number(self) -> int:
        """An unsigned varint."""
        value = shift = 0
        while True:
            byte = self.take(1)[0]
            value |= (byte & 127) << shift
            if byte < 128:
                return value
            shift += 7

    def short(self) -> int:
        return struct.unpack(">h", self.take(2))[0]


def _feature(answer: bytes) -> int | None:
    """The level out of an answer of version 3: correlation, error, the requests it knows, throttling, then tagged fields."""
    reader = _Reader(answer)
    reader.take(4)
    if reader.short() != 0:
        return None
    for _ in range(reader.number() - 1):
        reader.take(6)
        _skip_tags(reader)
    reader.take(4)
    for _ in range(reader.number()):
        tag, size = reader.number(), reader.number()
        held = _Reader(reader.take(size))
        if tag != 0:  # 0: the features it supports
            continue
        for _ in range(held.number() - 1):
            name = held.take(held.number() - 1).decode()
            _, highest = held.short(), held.short()
            _skip_tags(held)
            if name == FEATURE:
                return highest
    return None


def _skip_tags(reader: _Reader) -> None:
    for _ in range(reader.number()):
        reader.number()
        reader.take(reader.number())
