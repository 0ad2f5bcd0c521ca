"""The door itself: a time limit around all attempts, and new attempts after errors that pass by themselves."""

from __future__ import annotations

import logging
import random as _random
import threading
import time
from collections.abc import Callable
from typing import Any, TypeVar

from core.guard.retry import Retry

Result = TypeVar("Result")
log = logging.getLogger("assay.guard")


def call(
    name: str,
    function: Callable[[float], Result],
    *,
    timeout: float,
    retry: Retry = Retry(),  # noqa: B008 (frozen)
    transient: tuple[type[BaseException], ...] = (),
    clock: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], Any] = time.sleep,
    random: Callable[[], float] = _random.random,
) -> Result:
    """What `function(seconds left)` returns. It must end within the seconds it is given (see `bounded` for what cannot).

    An error of a `transient` class is tried again as `retry` says while the wait still fits into `timeout` seconds, all
    attempts and waits counted together; the last error goes out when it does not. Any other error goes out at once. `name` is
    what is called, for the log: `postgres db.example:5432`; never a secret.
    """
    until = clock() + timeout
    failed = 0
    while True:
        try:
            return function(until - clock())
        except transient as error:
            failed += 1
            wait = retry.delay(failed, random())
            if failed >= retry.attempts or clock() + wait >= until:
                raise
            log.info("%s: attempt %d failed (%s), next in %.2f s", name, failed, type(error).__name__, wait)
            sleep(wait)


def bounded(function: Callable[[], Result], seconds: float) -> Result:
    """What `function()` returns, or `TimeoutError` after `seconds`. For calls that know no time limit, such as name resolution.

    It runs in a daemon thread that is left behind when it does not come back in time.
    """
    outcome: dict[str, Any] = {}
    done = threading.Event()

    def work() -> None:
        try:
            outcome["result"] = function()
        except BaseException as error:
            outcome["error"] = error
        finally:
            done.set()

    threading.Thread(target=work, daemon=True, name="assay-bounded").start()
    if not done.wait(seconds):
        raise TimeoutError(f"no answer within {seconds:.1f} s")
    if "error" in outcome:
        raise outcome["error"]
    return outcome["result"]
