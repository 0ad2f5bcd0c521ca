"""What can go wrong with a request of WebHDFS, as one class of errors that hold no secret."""

from __future__ import annotations

import json
import re
import socket
import ssl
from typing import Any

from urllib3.exceptions import (
    ConnectTimeoutError,
    NameResolutionError,
    NewConnectionError,
    ReadTimeoutError,
    SSLError,
)

_EXCEPTION = re.compile(r"\b([A-Z]\w*(?:Exception|InvalidToken))\b")
_SECRET = re.compile(r"((?:delegation|token|_)=)[^&\s\"']+")
_TLS = re.compile(r"(certificate verify failed[^(]*|wrong version number|[a-z ]*alert[a-z ]*)", re.IGNORECASE)
LONGEST = 300  # characters of what a server said


class Trouble(OSError):
    """No answer, or one that says no.

    `kinds` are Hadoop's exceptions as the answer names them, or one of our own in small letters: `name`, `refused`, `silent`, `cut`,
    `tls`, `ipc` (the port speaks Hadoop's RPC), `plain` (sent on from an encrypted line to an open one), `no-webhdfs`, `sign-in`, `busy`.
    `node` is host:port of who was asked, `data` whether that was a DataNode.
    """

    def __init__(self, kinds: tuple[str, ...], text: str, node: str, *, data: bool = False) -> None:
        super().__init__(f"{kinds[0] if kinds else ''} {text}".strip())
        self.kinds, self.text, self.node, self.data = kinds, text, node, data


def trouble(error: Exception, node: str, *, data: bool) -> Trouble:
    """An exception of urllib3 or of the system as ours, without its text, which may hold the URL."""
    if isinstance(error, Trouble):
        return error
    return Trouble((_kind(error),), _tls_text(error), node, data=data)


def _kind(error: Exception) -> str:
    if isinstance(error, NameResolutionError | socket.gaierror):
        return "name"
    if isinstance(error, ConnectionRefusedError) or (isinstance(error, NewConnectionError) and "refused" in str(error).lower()):
        return "refused"
    if isinstance(error, NewConnectionError | ConnectTimeoutError | ReadTimeoutError | TimeoutError):
        return "silent"
    if isinstance(error, SSLError | ssl.SSLError | FileNotFoundError):
        return "tls"
    return "cut"


def _tls_text(error: Exception) -> str:
    if isinstance(error, FileNotFoundError):
        return "ca_file: no such file"
    found = _TLS.search(str(error)) if isinstance(error, SSLError | ssl.SSLError) else None
    return found[1].strip(" :") if found else ""


def hidden(text: str) -> str:
    """A text without the tokens that URLs in it carry."""
    return _SECRET.sub(r"\1…", text)


def said(status: int, body: bytes, headers: Any) -> tuple[tuple[str, ...], str]:
    """The kinds and the text of an answer that says no."""
    try:
        told = json.loads(body)["RemoteException"]
        text = " ".join(str(told["message"]).split())
        kinds = tuple(dict.fromkeys([str(told["exception"]), *_EXCEPTION.findall(f"{told.get('javaClassName', '')} {text}")]))
    except (ValueError, LookupError, TypeError):
        text, kinds = f"HTTP {status}", ("ipc",) if b"Hadoop IPC port" in body else ()
    if status == 401:
        return ("negotiate" if "negotiate" in str(headers.get("WWW-Authenticate", "")).lower() else "sign-in", *kinds), text
    if status in (429, 502, 503, 504):
        return ("busy", *kinds), text
    return kinds or ("no-webhdfs",), text
