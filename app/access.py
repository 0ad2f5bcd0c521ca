"""Who may use the app: whoever opened it by the link with the token that the server printed.

The link's token is exchanged for a signed cookie and taken out of the address at once, as Jupyter does. The key that signs lies in the
workspace, readable by its owner alone, so that a browser stays signed in when the server is started again.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
from pathlib import Path
from urllib.parse import parse_qsl, urlencode

from starlette.datastructures import Headers
from starlette.requests import cookie_parser
from starlette.responses import HTMLResponse, RedirectResponse
from starlette.types import ASGIApp, Receive, Scope, Send

OPEN = ("/healthz", "/_stcore/health")
DAYS = 30
DENIED = """<!doctype html><html lang="en"><meta charset="utf-8"><title>Assay</title>
<style>body{{font:16px/1.5 system-ui,sans-serif;max-width:38rem;margin:12vh auto;padding:0 1.5rem;color:#1f2937;background:#fff}}
h1{{font-size:1.4rem}}code{{background:#f5f7fa;padding:.1em .35em;border-radius:4px}}
@media(prefers-color-scheme:dark){{body{{color:#e5e9f0;background:#0f1420}}code{{background:#1a2130}}}}</style>
<h1>Assay is open only to the person who started it</h1>
<p>This browser has not been let in yet, or was let in by an earlier start. Open the link that the terminal printed; it looks like
<code>http://127.0.0.1:{port}/?token=…</code></p>
<h1 lang="ru">Assay открыт только тому, кто его запустил</h1>
<p lang="ru">Этот браузер ещё не допущен, либо допущен прежним запуском. Откройте ссылку, которую напечатал терминал: она выглядит так:
<code>http://127.0.0.1:{port}/?token=…</code></p></html>"""


def signing_key(home: Path) -> bytes:
    """The key of this workspace, made on first use in a file that only its owner can read."""
    file = home / "cookie.key"
    try:
        descriptor = os.open(file, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    except FileExistsError:
        return file.read_bytes()
    with os.fdopen(descriptor, "wb") as out:
        key = secrets.token_bytes(32)
        out.write(key)
    return key


class Access:
    """ASGI middleware: lets through what carries the cookie, trades the token for one, refuses the rest (pages and WebSocket alike)."""

    def __init__(self, app: ASGIApp, token: str, key: bytes, port: int) -> None:
        self._app, self._token, self._port = app, token, port
        # Ports of one host share cookies: each port has a name of its own.
        self._name = f"assay-{port}"
        self._value = hmac.new(key, b"assay", hashlib.sha256).hexdigest()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan" or scope["path"] in OPEN or self._known(scope):
            await self._app(scope, receive, send)
        elif scope["type"] == "websocket":
            await receive()
            await send({"type": "websocket.close", "code": 4403})
        elif self._has_token(scope):
            await self._let_in(scope)(scope, receive, send)
        else:
            await HTMLResponse(DENIED.format(port=self._port), 403)(scope, receive, send)

    def _known(self, scope: Scope) -> bool:
        if self._has_token(scope) and scope["type"] == "http":
            return False  # take the token out of the address even where the cookie is there already
        given = cookie_parser(Headers(scope=scope).get("cookie", "")).get(self._name, "")
        return hmac.compare_digest(given.encode(), self._value.encode())

    def _has_token(self, scope: Scope) -> bool:
        given = dict(parse_qsl(scope["query_string"].decode("latin-1"))).get("token", "")
        return hmac.compare_digest(given.encode(), self._token.encode())

    def _let_in(self, scope: Scope) -> RedirectResponse:
        rest = [(name, value) for name, value in parse_qsl(scope["query_string"].decode("latin-1")) if name != "token"]
        # A path of its own host only: "//elsewhere" would lead away.
        path = "/" + scope["path"].lstrip("/")
        answer = RedirectResponse(path + (f"?{urlencode(rest)}" if rest else ""), 303, {"Referrer-Policy": "no-referrer"})
        answer.set_cookie(self._name, self._value, max_age=DAYS * 86_400, httponly=True, samesite="lax", path="/")
        return answer
