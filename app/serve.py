"""The server: `python app/serve.py`. Opens the workspace, starts the jobs, prints the link, opens the browser, stops on TERM."""

from __future__ import annotations

import contextlib
import logging
import os
import secrets
import signal
import socket
import sys
import threading
import webbrowser
from collections.abc import AsyncIterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path[0] = str(ROOT)
os.environ.setdefault("STREAMLIT_CONFIG_FILE", str(ROOT / ".streamlit" / "config.toml"))

import streamlit as st  # noqa: E402
from starlette.middleware import Middleware  # noqa: E402
from starlette.requests import Request  # noqa: E402
from starlette.responses import JSONResponse  # noqa: E402
from starlette.routing import Route  # noqa: E402

from app import session, uploads  # noqa: E402
from app.access import Access, signing_key  # noqa: E402
from core.cli.console import Console  # noqa: E402
from core.cli.main import language  # noqa: E402
from core.cli.trouble import bug  # noqa: E402
from core.errors import AssayError, ConfigError  # noqa: E402
from core.words import msg  # noqa: E402

HOST = "127.0.0.1"


async def healthz(_: Request) -> JSONResponse:
    """Alive, without a token: no figure of the workspace is in it."""
    return JSONResponse({"status": "ok"})


@contextlib.asynccontextmanager
async def lifespan(_: st.App) -> AsyncIterator[dict]:
    """The workbench lives as long as the server: jobs run in it, pages find it through `app.session`."""
    session.open_workbench()
    try:
        yield {}
    finally:
        session.close_workbench()


def port() -> int:
    """`ASSAY_PORT`, or 8501. Raises `ConfigError` where that is no port."""
    given = os.environ.get("ASSAY_PORT", "8501")
    if given.isascii() and given.isdecimal() and len(given) <= 5 and 0 < int(given) < 65_536:
        return int(given)
    raise ConfigError(
        msg("{port} is not a port", port=given),
        msg("ASSAY_PORT is a number from 1 to 65535."),
        msg("Set it to one, or leave it unset for 8501."),
    )


def need_free(number: int) -> None:
    """Raises `ConfigError` where something else already listens there."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, number))
        except OSError as error:
            raise ConfigError(
                msg("Assay cannot listen on port {port}", port=str(number)),
                msg("The system said: {error}", error=error.strerror or str(error)),
                msg("If Assay runs already, use the link it printed. Else choose another port: ASSAY_PORT=8600 make run"),
            ) from error


def build(token: str, number: int) -> st.App:
    """The ASGI application. Its workspace is opened before anything listens, so that one that cannot be opened is said at once."""
    home = session.open_workbench().home
    return st.App(
        ROOT / "app" / "main.py",
        lifespan=lifespan,
        routes=[Route("/healthz", healthz), Route("/upload/{project}/{name}", uploads.receive, methods=["PUT"])],
        middleware=[Middleware(Access, token=token, key=signing_key(home), port=number)],
    )


def main() -> int:
    """Serve until TERM or Ctrl-C; returns the exit code."""
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    logging.getLogger("assay").setLevel(logging.INFO)
    try:
        number = port()
        need_free(number)
        token = secrets.token_urlsafe(24)
        made = build(token, number)
    except Exception as error:
        Console(language(), quiet=True).error(error if isinstance(error, AssayError) else bug(error))
        return 1
    link = f"http://{HOST}:{number}/?token={token}"
    announce = threading.Thread(target=_announce, args=(link, number), daemon=True)
    announce.start()
    # The server closes everything on a signal and then raises it again for whoever else listens: that is this, a clean end.
    for stop in (signal.SIGTERM, signal.SIGINT):
        signal.signal(stop, lambda *_: sys.exit(0))
    made.run(config={"server.port": number, "server.address": HOST, "server.headless": True})
    return 0


def _announce(link: str, number: int) -> None:
    """Print the link when the server answers, and open it, unless `BROWSER` names a program that opens nothing."""
    until_it_listens = threading.Event()
    while not until_it_listens.wait(0.05):
        with contextlib.suppress(OSError), socket.create_connection((HOST, number), 0.2):
            until_it_listens.set()
    print(f"\n  Assay is ready: {link}\n", flush=True)
    with contextlib.suppress(webbrowser.Error):
        webbrowser.open(link)


if __name__ == "__main__":
    sys.exit(main())
