"""Fixtures that every family of tests shares, and the rule for servers that cannot be had."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import NoReturn

import pytest

SERVERS = ("postgres", "postgres_tls", "clickhouse_http", "s3", "hdfs", "spark", "kafka", "schema_registry")
pytest_plugins = [f"tests.servers.{name}" for name in SERVERS]


def no_server(reason: str) -> NoReturn:
    """A server that a test needs is not there: an error where `CI` is set, a skip with the reason elsewhere."""
    if os.environ.get("CI"):
        pytest.fail(f"a server is missing: {reason}")
    pytest.skip(reason)


@pytest.fixture
def small_disk(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Path]:
    """A file system of its own, as small as the module's `SMALL_DISK` says; skipped where none can be mounted."""
    place = tmp_path / "small"
    place.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", f"size={request.module.SMALL_DISK}", "tmpfs", str(place)]
    made = subprocess.run(command, capture_output=True, text=True, check=False)
    if made.returncode:
        pytest.skip(f"no file system can be mounted here: {made.stderr.strip()}")
    try:
        yield place
    finally:
        subprocess.run(["umount", "-l", str(place)], check=True)
