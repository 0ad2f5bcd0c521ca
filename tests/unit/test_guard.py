"""The door in front of every call that leaves the process, with a clock and a dice of our own."""

from __future__ import annotations

import threading

import pytest

from core import guard


class Passing(Exception):
    """An error that passes by itself."""


class World:
    """A clock that moves only when somebody sleeps or works, and a function that fails a few times first."""

    def __init__(self, failures: int = 0, takes: float = 0.0, error: type[Exception] = Passing) -> None:
        self.now, self.failures, self.takes, self.error = 100.0, failures, takes, error
        self.slept: list[float] = []
        self.given: list[float] = []

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds

    def work(self, seconds: float) -> str:
        self.given.append(seconds)
        self.now += self.takes
        if len(self.given) <= self.failures:
            raise self.error
        return "done"

    def call(self, timeout: float = 60.0, random: float = 1.0, **options) -> str:
        tools = {"clock": lambda: self.now, "sleep": self.sleep, "random": lambda: random}
        return guard.call("it", self.work, timeout=timeout, transient=(Passing,), **tools, **options)


def test_a_call_that_works_is_made_once_with_all_its_time():
    world = World()
    assert world.call(timeout=7) == "done"
    assert world.given == [7.0]
    assert world.slept == []


def test_a_passing_error_is_tried_again_after_a_wait_that_doubles_up_to_the_cap():
    world = World(failures=4)
    assert world.call(retry=guard.Retry(attempts=5, base=1, cap=3)) == "done"
    assert world.slept == [1, 2, 3, 3]


def test_the_wait_is_drawn_between_nothing_and_the_ceiling():
    world = World(failures=2)
    world.call(retry=guard.Retry(attempts=3, base=1, cap=8), random=0.25)
    assert world.slept == [0.25, 0.5]


def test_the_last_error_goes_out_when_the_attempts_are_used_up():
    world = World(failures=9)
    with pytest.raises(Passing):
        world.call(retry=guard.Retry(attempts=3))
    assert len(world.given) == 3


def test_any_other_error_is_not_tried_again():
    world = World(failures=1, error=KeyError)
    with pytest.raises(KeyError):
        world.call()
    assert len(world.given) == 1


def test_attempts_and_waits_together_stay_within_the_timeout():
    world = World(failures=9, takes=2)
    with pytest.raises(Passing):
        world.call(timeout=6, retry=guard.Retry(attempts=9, base=1, cap=1))
    assert world.given == [6, 3]
    assert world.now <= 106


def test_a_call_without_a_limit_of_its_own_is_left_behind_in_time():
    never = threading.Event()
    with pytest.raises(TimeoutError):
        guard.bounded(never.wait, 0.01)
    never.set()


def test_a_bounded_call_hands_on_its_result_and_its_error():
    assert guard.bounded(lambda: 5, 10) == 5
    with pytest.raises(ZeroDivisionError):
        guard.bounded(lambda: 1 // 0, 10)
