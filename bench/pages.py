"""How quick the pages are with a 6-million-row table chosen: `python bench/pages.py LINEITEM.csv`.

Starts the app on a workspace of its own, loads the file, profiles it, then times in Chromium, for every page, the click on its link until its
content stands (no running script) and, on the profile page, the change of one widget. Prints medians of five, in seconds.
"""

from __future__ import annotations

import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

ROOT = Path(__file__).resolve().parents[1]
PAGES = ("Profile", "Storage advice", "DDL", "Pipeline", "Report", "Health", "Settings", "Connect")
TIMES = 5


def prepare(home: Path, file: Path) -> None:
    """Land and profile the file, and make what the other pages show."""
    from core.task import Task
    from core.workbench import Workbench, advice, connect, ddl, pipeline, profile

    with Workbench.open(home) as wb:
        project = wb.create_project("lineitem").id
        connect.land(wb, project, connect.sources_of(str(file))[0], Task())
        profile.take(wb, project, Task())
        advice.make(wb, project)
        ddl.take(wb, project, Task(), prove=False)
        pipeline.suggest(wb, project)


def settled(page: Page) -> None:
    """Wait until the page stands: a heading is there and no script runs."""
    page.wait_for_selector("h1, h2")
    page.wait_for_function(
        "!document.querySelector('[data-testid=stStatusWidget]') && !document.querySelector('[data-stale=true]')"
    )


def median(page: Page, act: Callable[[int], None]) -> float:
    taken = []
    for number in range(TIMES):
        started = time.perf_counter()
        act(number)
        settled(page)
        taken.append(time.perf_counter() - started)
    return statistics.median(taken)


def open_page(page: Page, name: str) -> None:
    page.get_by_test_id("stSidebarNav").get_by_role("link", name=name, exact=True).click()
    page.wait_for_function("name => document.querySelector('h1, h2')?.textContent.includes(name)", arg=name)


def main(file: Path) -> None:
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder) / "home"
        prepare(home, file)
        env = {**os.environ, "ASSAY_HOME": str(home), "ASSAY_PORT": "8597", "BROWSER": "true", "PYTHONUNBUFFERED": "1"}
        server = subprocess.Popen([sys.executable, "app/serve.py"], cwd=ROOT, env=env, stdout=subprocess.PIPE, text=True)
        try:
            link = next(found.group() for line in server.stdout if (found := re.search(r"http://\S+token=\S+", line)))
            with sync_playwright() as playwright:
                browser = playwright.chromium.launch(
                    executable_path=shutil.which("chromium"), args=["--no-sandbox", "--disable-gpu"]
                )
                page = browser.new_page(viewport={"width": 1400, "height": 900})
                page.goto(link)
                settled(page)
                for name in PAGES:
                    print(f"{name:16} {time_page(page, name):6.2f} s from click to content")
                browser.close()
        finally:
            server.terminate()
            server.wait(20)


def time_page(page: Page, name: str) -> float:
    other = "Settings" if name != "Settings" else "Health"

    def act(_number: int) -> None:
        open_page(page, name)

    taken = []
    for _ in range(TIMES):
        open_page(page, other)
        settled(page)
        taken.append(median_once(page, act))
    return statistics.median(taken)


def median_once(page: Page, act: Callable[[int], None]) -> float:
    started = time.perf_counter()
    act(0)
    settled(page)
    return time.perf_counter() - started


if __name__ == "__main__":
    main(Path(sys.argv[1]))
