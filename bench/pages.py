"""How quick the pages are with a 6-million-row table chosen: `python bench/pages.py LINEITEM.csv`.

Starts the app on a workspace of its own with the file loaded and profiled. Times in Chromium, for every page, from the click on its link until its
content stands (its own heading, no running script, nothing stale); for widgets, from the change until what it changes is on the page. Medians of five, in seconds.
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
sys.path.insert(0, str(ROOT))
PAGES = ("Profile", "Storage advice", "DDL", "Pipeline", "Report", "Health", "Settings", "Connect")
TIMES = 5
STANDS = """name => document.querySelector('h1')?.textContent.includes(name) && !document.querySelector('[data-testid=stStatusWidget]')
  && !document.querySelector('[data-stale=true]') && !document.querySelector('[data-testid=stSkeleton]')"""


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


def median(act: Callable[[], None], before: Callable[[], None] = lambda: None) -> float:
    """Seconds that `act` takes, the median of five; `before` is not timed."""
    taken = []
    for _ in range(TIMES):
        before()
        started = time.perf_counter()
        act()
        taken.append(time.perf_counter() - started)
    return statistics.median(taken)


def go(page: Page, name: str) -> None:
    page.get_by_role("link", name=name).first.click()
    page.wait_for_function(STANDS, arg=name)


def changed(page: Page, selector: str, act: Callable[[], None]) -> None:
    """Do something and wait until the text of an element is another."""
    before = page.locator(selector).first.text_content()
    act()
    page.wait_for_function(
        "([s, b]) => document.querySelector(s) && document.querySelector(s).textContent !== b", arg=[selector, before]
    )


def widgets(page: Page) -> None:
    """The widgets a person changes most, on the pages with the most behind them."""
    go(page, "Profile")
    table = page.get_by_test_id("stDataFrame").first.bounding_box()
    row = iter(range(2, 2 + TIMES))

    def another_column() -> None:
        changed(page, "h4", lambda: page.mouse.click(table["x"] + 20, table["y"] + 35 * next(row) + 17))

    print(f"{'Profile':16} {median(another_column):6.2f} s for another column")
    go(page, "Connect")
    number = iter(range(2, 2 + TIMES))

    # What is painted, not the grid's cells for screen readers: the grid brings those up to date 200 ms later, on purpose.
    painted = "[...document.querySelectorAll('[data-testid=data-grid-canvas]')].at(-1).toDataURL()"

    page.get_by_test_id("data-grid-canvas").nth(1).wait_for()

    def another_page() -> None:
        before = page.evaluate(painted)
        page.get_by_test_id("stPagination").get_by_text(str(next(number)), exact=True).click()
        page.wait_for_function(f"before => {painted} !== before", arg=before)

    print(f"{'Connect':16} {median(another_page):6.2f} s for another page of rows")
    go(page, "Storage advice")
    page.locator("h4").first.wait_for()
    # The two answers that change the storage advised: what changes is then on the page in one place.
    lookups, analytics = "Single rows are looked up and changed", "Scanned and aggregated"
    answers = iter([lookups, analytics, lookups, analytics, lookups])

    field = page.get_by_test_id("stSelectbox").filter(has_text="How is it read?").locator("input").first

    def another_answer() -> None:
        changed(page, "h4", lambda: field.press("Enter"))

    seconds = median(another_answer, lambda: field.fill(next(answers)))
    print(f"{'Storage advice':16} {seconds:6.2f} s for another answer")


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
                page.wait_for_function(STANDS, arg="Connect")
                for name in PAGES:
                    other = "Settings" if name != "Settings" else "Health"
                    seconds = median(lambda name=name: go(page, name), lambda other=other: go(page, other))
                    print(f"{name:16} {seconds:6.2f} s from click to content", flush=True)
                widgets(page)
                browser.close()
        finally:
            server.terminate()
            server.wait(20)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
