"""What goes wrong inside an embedded engine."""

from __future__ import annotations


class EngineError(RuntimeError):
    """The engine itself did not start, or died. The message says how and holds the end of its log."""


class QueryError(RuntimeError):
    """The engine refused a statement. The message is the engine's own."""
