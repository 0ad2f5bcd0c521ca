"""WebHDFS, one operation at a time: the NameNode answers, or sends on to the DataNode that holds or takes the bytes."""

from __future__ import annotations

import base64
import http.client
import json
import logging
import ssl
from typing import Any
from urllib.parse import quote, urlencode, urljoin, urlsplit, urlunsplit

import urllib3
from urllib3 import BaseHTTPResponse
from urllib3.exceptions import HTTPError, ProtocolError

from connectors.webhdfs.place import Place
from connectors.webhdfs.trouble import LONGEST, Trouble, hidden, said, trouble

SECONDS = 20.0  # for one answer, and between two pieces of a transfer
DIAL = 5.0
HOPS = 3  # a NameNode sends on once, a gateway before it once more
SAID = 64 * 2**10  # bytes of an answer that tells of an error
ONCE_MORE = (ProtocolError,)


class _NoSecrets(logging.Filter):
    """urllib3 writes every URL into its log, and the token of a user is part of one."""

    def filter(self, record: logging.LogRecord) -> bool:
        if isinstance(record.args, tuple):
            record.args = tuple(hidden(one) if isinstance(one, str) else one for one in record.args)
        return True


def _hide() -> None:
    for name in ("urllib3.connectionpool", "urllib3.util.retry", "urllib3.poolmanager", "urllib3.connection"):
        log = logging.getLogger(name)
        if not any(isinstance(one, _NoSecrets) for one in log.filters):
            log.addFilter(_NoSecrets())


class Client:
    """A NameNode or a gateway. Raises `Trouble` for everything that goes wrong; no text of one holds a secret."""

    def __init__(self, place: Place) -> None:
        _hide()
        self.place = place
        self._headers = {"User-Agent": "assay", "Accept": "*/*"}
        if place.sign_in == "password":
            both = base64.b64encode(f"{place.user}:{place.password}".encode()).decode()  # in UTF-8, which urllib3's own does not
            self._headers["Authorization"] = f"Basic {both}"
        self._pool: urllib3.PoolManager | None = None

    def __repr__(self) -> str:
        return f"Client({self.place.address.name})"

    def ask(self, method: str, path: str, op: str, **params: str) -> dict[str, Any]:
        """The answer of the NameNode as JSON, empty where it says nothing but yes."""
        answer = self._sent(method, self.url(path, op, **params))
        body = answer.data
        if answer.status // 100 != 2:
            raise self._refused(answer, body, self.place.origin)
        if not body:
            return {}
        try:
            return json.loads(body)
        except ValueError:
            pass
        raise Trouble(("no-webhdfs",), "", self.place.address.name)

    def jmx(self, bean: str) -> dict[str, Any]:
        """The figures a NameNode gives of itself; empty where it does not, or a gateway stands before it."""
        if self.place.gateway:
            return {}
        answer = self._sent("GET", f"{self.place.origin}/jmx?qry={quote(bean)}")
        try:
            return json.loads(answer.data)["beans"][0] if answer.status == 200 else {}
        except (ValueError, LookupError, TypeError):
            return {}

    def opened(self, path: str, offset: int = 0, length: int | None = None) -> BaseHTTPResponse:
        """The bytes of a file from `offset` on, to be read piece by piece and closed."""
        part = {"offset": str(offset)} | ({} if length is None else {"length": str(length)})
        url = self.url(path, "OPEN", **part)
        for _ in range(HOPS):
            answer = self._sent("GET", url, stream=True)
            if answer.status == 200:
                return answer
            url = self._next(answer, url)
        raise Trouble((), "too many redirects", self.place.address.name)

    def target(self, path: str, **params: str) -> str:
        """Where the bytes of a new file are to be sent: the URL of a DataNode. Nothing is made yet."""
        url = self.url(path, "CREATE", **params)
        return self._next(self._sent("PUT", url, stream=True), url)

    def upload(self, url: str) -> http.client.HTTPConnection:
        """A line to that URL on which the body can be sent in chunks."""
        to = urlsplit(url)
        node = to.netloc.rpartition("@")[2]
        try:
            line = self._line(to.scheme, to.hostname or "", to.port)
            line.connect()
            line.sock.settimeout(SECONDS)
            line.putrequest("PUT", urlunsplit(("", "", to.path, to.query, "")), skip_accept_encoding=True)
            for name, value in {**self._headers_for(url), "Content-Type": "application/octet-stream"}.items():
                line.putheader(name, value)
            line.putheader("Transfer-Encoding", "chunked")
            line.endheaders()
        except OSError as error:
            found = error
        else:
            return line
        raise trouble(found, node, data=self._is_data(url))

    def created(self, line: http.client.HTTPConnection, url: str) -> None:
        """Hear what the DataNode says of a body that was sent."""
        node = urlsplit(url).netloc
        try:
            answer = line.getresponse()
            status, body = answer.status, answer.read(SAID)
        except http.client.HTTPException:
            found: Trouble = Trouble(("cut",), "", node, data=True)
        except OSError as error:
            found = trouble(error, node, data=True)
        else:
            if status // 100 == 2:
                return
            found = self._told(status, body, {}, node, data=True)
        raise found

    def url(self, path: str, op: str, **params: str) -> str:
        """`path` without a slash at its start."""
        place = self.place
        said = {"op": op, **params}
        if place.sign_in != "password" and place.user:
            said["user.name"] = place.user
        if place.token:
            said["delegation"] = place.token
        return f"{place.origin}{place.root}/{quote(path.strip('/'))}?{urlencode(said)}"

    # One request

    @property
    def pool(self) -> urllib3.PoolManager:
        if self._pool is None:
            files = {"ca_certs": self.place.address.ca_file} if self.place.address.ca_file else {}
            self._pool = urllib3.PoolManager(
                num_pools=8, maxsize=8, retries=False, timeout=urllib3.Timeout(connect=DIAL, read=SECONDS), **files
            )
        return self._pool

    def _line(self, scheme: str, host: str, port: int | None) -> http.client.HTTPConnection:
        if scheme != "https":
            return http.client.HTTPConnection(host, port, timeout=DIAL)
        context = ssl.create_default_context(cafile=self.place.address.ca_file or None)
        return http.client.HTTPSConnection(host, port, timeout=DIAL, context=context)

    def _headers_for(self, url: str) -> dict[str, str]:
        """Who we are is told to the address of the settings alone, not to where it sends us."""
        if self._is_data(url):
            return {name: value for name, value in self._headers.items() if name.lower() != "authorization"}
        return self._headers

    def _is_data(self, url: str) -> bool:
        return not url.startswith(f"{self.place.origin}/")

    def _sent(self, method: str, url: str, *, stream: bool = False) -> BaseHTTPResponse:
        """One answer. A GET whose line was cut is sent once more: one that lay idle may have been closed on the other side."""
        left = 2 if method == "GET" else 1
        while True:
            left -= 1
            try:
                return self.pool.request(
                    method, url, headers=self._headers_for(url), redirect=False, preload_content=not stream, decode_content=False
                )
            except ONCE_MORE as error:
                if left:
                    continue
                found: Exception = error
            except (HTTPError, OSError) as error:
                found = error
            break
        raise trouble(found, urlsplit(url).netloc, data=self._is_data(url))  # with no cause: urllib3's errors repeat the URL

    def _next(self, answer: BaseHTTPResponse, url: str) -> str:
        """Where an answer sends us. Raises `Trouble` where it is another."""
        if answer.status not in (301, 302, 303, 307, 308):
            body = answer.read(SAID)
            answer.release_conn()
            raise self._refused(answer, body, url)
        answer.drain_conn()
        answer.release_conn()
        to = urlsplit(urljoin(url, answer.headers.get("Location", "")))
        if url.startswith("https:") and to.scheme != "https":
            raise Trouble(("plain",), "", to.netloc, data=True)
        if self.place.data_host and to.netloc != self.place.address.name:
            to = to._replace(netloc=f"{self.place.data_host}:{to.port}" if to.port else self.place.data_host)
        return urlunsplit(to)

    def _refused(self, answer: BaseHTTPResponse, body: bytes, url: str) -> Trouble:
        return self._told(answer.status, body, answer.headers, urlsplit(url).netloc, data=self._is_data(f"{url}/"))

    def _told(self, status: int, body: bytes, headers: Any, node: str, *, data: bool) -> Trouble:
        kinds, text = said(status, body, headers)
        return Trouble(kinds, self.place.without_secret(hidden(text))[:LONGEST], node, data=data)
