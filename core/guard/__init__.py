"""The one door for every call that leaves the process.

    from core import guard

    guard.call("postgres db.example:5432", connect, timeout=5, retry=guard.Retry(attempts=3), transient=(ServerStarting,))

`connect` is given the seconds it has left. Whatever else is to stand before such calls stands here.
"""

from core.guard.call import bounded, call
from core.guard.retry import ONCE, Retry

__all__ = ["ONCE", "Retry", "bounded", "call"]
