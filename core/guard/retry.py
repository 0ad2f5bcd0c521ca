"""When to try again, and after how long."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Retry:
    """At most `attempts` calls. Before the next one the wait is drawn evenly between 0 and a ceiling that doubles each time,

    from `base` to `cap` seconds: exponential back-off with full jitter (M. Brooker, "Exponential Backoff And Jitter", AWS
    Architecture Blog, 2015), which spreads callers that failed together better than a fixed wait or equal jitter.
    """

    attempts: int = 3
    base: float = 0.2
    cap: float = 2.0

    def delay(self, failed: int, random: float) -> float:
        """Seconds to wait after `failed` failures (from 1); `random` is from 0 to 1."""
        return random * min(self.cap, self.base * 2 ** (failed - 1))


ONCE = Retry(attempts=1)
