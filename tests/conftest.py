"""Fixtures that every family of tests shares, and the rule for servers that cannot be had."""

from __future__ import annotations

import os
from typing import NoReturn

import pytest

pytest_plugins = ["tests.servers.postgres"]


def no_server(reason: str) -> NoReturn:
    """A server that a test needs is not there: an error where `CI` is set, a skip with the reason elsewhere."""
    if os.environ.get("CI"):
        pytest.fail(f"a server is missing: {reason}")
    pytest.skip(reason)
