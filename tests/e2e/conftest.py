"""A real server and a real Chromium for the journey. Pictures of every step are kept in `tests/e2e/shots`."""

import os
import re
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import threading
from contextlib import closing
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SHOTS = Path(__file__).parent / "shots"
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]


def chromium_path():
    """Where Chromium is, or None."""
    return next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)


class Server:
    """The app as `make run` starts it, on a free port with a workspace of its own."""

    def __init__(self, home: Path) -> None:
        self.home = home
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.start()

    def start(self) -> None:
        env = {
            **os.environ,
            "ASSAY_HOME": str(self.home),
            "ASSAY_PORT": str(self.port),
            "ASSAY_SECRETS": "file",
            "BROWSER": "true",
            "PYTHONUNBUFFERED": "1",
        }
        self.process = subprocess.Popen(
            [sys.executable, "app/serve.py"], cwd=ROOT, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        self.printed = []
        for line in self.process.stdout:
            self.printed.append(line)
            if found := re.search(r"http://\S+token=\S+", line):
                self.link = found.group()
                # Somebody has to read on, or the server would stop at a full pipe.
                threading.Thread(target=self.printed.extend, args=(self.process.stdout,), daemon=True).start()
                return
        raise AssertionError("the server ended early:\n" + "".join(self.printed))

    def jobs(self) -> list[tuple]:
        """The jobs of its workspace as they are now, with where they stand."""
        with closing(sqlite3.connect(self.home / "assay.db")) as store:
            return store.execute("SELECT kind, state, fraction, owner, created, seen FROM jobs").fetchall()

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def stop(self) -> int:
        self.process.send_signal(signal.SIGTERM)
        try:
            return self.process.wait(15)
        except subprocess.TimeoutExpired:
            self.process.kill()
            raise


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    """A test that failed says what its server printed and how its jobs stand, and leaves pictures of its pages."""
    report = yield
    server = getattr(item, "funcargs", {}).get("server")
    if report.failed and server:
        report.sections.append(("printed by the server", re.sub(r"token=\S+", "token=…", "".join(server.printed))))
        report.sections.append(("jobs", "\n".join(map(str, server.jobs()))))
        pages = [page for context in item.funcargs["chromium"].contexts for page in context.pages]
        for number, page in enumerate(pages):
            page.screenshot(path=SHOTS / f"failed-{number}.png")
            report.sections.append((f"page {number}: {page.url}", page.locator("body").inner_text()))
    return report


@pytest.fixture(scope="session")
def chromium():
    """A Chromium for the whole session; without one the tests fail in CI and are skipped elsewhere."""
    path = chromium_path()
    if path is None:
        if os.environ.get("CI"):
            pytest.fail("no Chromium on this machine")
        pytest.skip("no Chromium on this machine")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def server(tmp_path):
    """A fresh server on an empty workspace."""
    started = Server(tmp_path / "home")
    yield started
    if started.process.poll() is None:
        started.stop()
