"""An address that is no page: the first page is opened and says so, in the reader's language (Streamlit's own words are English)."""

from __future__ import annotations

from urllib.parse import urlencode

import streamlit as st
from starlette.datastructures import Headers
from starlette.responses import RedirectResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from app.frame import ICONS
from app.session import keep_error
from core.errors import UsageError
from core.words import msg

PARAMETER = "lost"
FIRST = "connect"


class Lost:
    """ASGI middleware: sends a browser that opens an address which is no page to the first page, with the name of what it sought."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        elsewhere = _elsewhere(scope) if scope["type"] == "http" else None
        await (RedirectResponse(elsewhere, 303) if elsewhere else self._app)(scope, receive, send)


def _elsewhere(scope: Scope) -> str | None:
    """Where an address that a person opened leads instead: the first page under its own name is no page to Streamlit."""
    path = scope["path"].strip("/")
    if Headers(scope=scope).get("sec-fetch-dest") != "document":
        return None
    if path == FIRST:
        return f"/?{scope['query_string'].decode('latin-1')}"
    return f"/?{urlencode({PARAMETER: path[:80]})}" if _is_no_page(path) else None


def _is_no_page(path: str) -> bool:
    """Whether a path is neither a page nor one of the server's own addresses (files have a dot)."""
    first = path.split("/")[0]
    return bool(first) and path not in ICONS and first not in ("healthz", "upload", "_stcore") and "." not in path


def mind_lost() -> None:
    """Keep what to say to someone who was sent here, for the box of this run."""
    sought = st.query_params.get(PARAMETER)
    if sought is not None:
        del st.query_params[PARAMETER]
        keep_error(
            UsageError(
                msg("There is no page {name}", name=sought),
                msg("The address is misspelt, or of another version of Assay."),
                msg("Choose a step above, or a page in the sidebar."),
            )
        )
