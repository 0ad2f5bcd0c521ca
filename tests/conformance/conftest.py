"""`pytest tests/conformance/test_connectors.py --connectors-report docs/connectors.md` writes what each kind was seen to do."""

from __future__ import annotations

import re
from collections import defaultdict
from pathlib import Path

import pytest

MARKS = {"passed": "✓", "skipped": "–", "failed": "✗"}
TITLE = """# Kinds of source, checked

Made by the conformance suite itself (`make connectors`), against real files and servers: ✓ passed, – does not apply to the kind, ✗ failed.

"""


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--connectors-report", default="", help="write a table of kinds and checks to this file")


class Report:
    """Collects the outcome of every check of every kind. With xdist the controller hears of all of them."""

    def __init__(self, file: Path) -> None:
        self.file = file
        self.seen: dict[str, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        found = re.search(r"test_connectors\.py::test_(\w+)\[(\w+)", report.nodeid)
        if found and (report.when == "call" or report.outcome != "passed"):
            self.seen[found[1].replace("_", " ")][found[2]].add(report.outcome)

    def pytest_sessionfinish(self) -> None:
        from connectors import registry

        kinds = [kind for kind in registry.names() if any(kind in outcomes for outcomes in self.seen.values())]
        lines = ["| check | " + " | ".join(kinds) + " |", "| --- |" + " :-: |" * len(kinds)]
        lines += [
            f"| {check} | " + " | ".join(_mark(outcomes[kind]) for kind in kinds) + " |" for check, outcomes in self.seen.items()
        ]
        self.file.write_text(TITLE + "\n".join(lines) + "\n", encoding="utf-8")


def _mark(outcomes: set[str]) -> str:
    """The worst of what a check gave with its parameters; a check of which one case does not apply was passed by the others."""
    worst = next((one for one in ("failed", "passed", "skipped") if one in outcomes), "")
    return MARKS.get(worst, "")


def pytest_configure(config: pytest.Config) -> None:
    file = config.getoption("--connectors-report", default="")
    if file and not hasattr(config, "workerinput"):
        config.pluginmanager.register(Report(Path(file)), "connectors-report")
