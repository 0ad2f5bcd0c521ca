"""Questions to the outside that a page does not wait for: asked in a thread, shown when they are answered, dropped when cancelled.

Not jobs: a job is written down with its arguments, and a connection that is not saved yet has secrets among them.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any

import streamlit as st

from app.session import t, tell
from core.errors import AssayError
from core.words import clock_time

PATIENCE = 0.7  # seconds the page waits before it says that it does
POLL = 0.3


class Question:
    """One call in a thread of its own. `done` once it has been answered; a bug in it is raised where the answer is taken."""

    def __init__(self, work: Callable[..., Any], args: tuple) -> None:
        self.work, self.args = work, args
        self.started = time.monotonic()
        self.cancelled = False
        self._answer: Any = None
        self._error: BaseException | None = None
        self._thread = threading.Thread(target=self._ask, name="assay-question", daemon=True)
        self._thread.start()

    def _ask(self) -> None:
        try:
            self._answer = self.work(*self.args)
        except BaseException as error:
            self._error = error

    @property
    def done(self) -> bool:
        return not self._thread.is_alive()

    def wait(self, seconds: float) -> None:
        self._thread.join(seconds)

    def answer(self) -> Any:
        if self._error is not None:
            raise self._error
        return self._answer


def waited(key: str, text: str, work: Callable[..., Any], *args: Any) -> Any:
    """What `work(*args)` returns, asked once as long as the arguments stay; None while it is on its way, with a word and a way to stop it.

    Raises what it raised.
    """
    name = _name(key)
    asked: Question | None = st.session_state.get(name)
    if asked is None or (asked.work, asked.args) != (work, args):
        asked = st.session_state[name] = Question(work, args)
        asked.wait(PATIENCE)
    if asked.cancelled:
        with st.container(horizontal=True, vertical_alignment="center"):
            st.caption(t("Stopped."), width="content")
            st.button(t("Try again"), key=f"again-{key}", on_click=forget, args=(key,))
        return None
    if not asked.done:
        _on_its_way(key, text)
        return None
    try:
        return asked.answer()
    except AssayError:
        raise
    except BaseException:
        forget(key)
        raise


def forget(key: str) -> None:
    """Ask anew the next time. What is on its way ends by itself at its time limit, and nobody hears its answer."""
    st.session_state.pop(_name(key), None)


def _stop(key: str) -> None:
    if (asked := st.session_state.get(_name(key))) is not None:
        asked.cancelled = True


def _name(key: str) -> str:
    return f"question-{key}"


@st.fragment(run_every=POLL)
def _on_its_way(key: str, text: str) -> None:
    asked: Question | None = st.session_state.get(_name(key))
    if asked is None or asked.done or asked.cancelled:
        st.rerun()
    with st.container(horizontal=True, vertical_alignment="center", border=True):
        spent = tell(clock_time(round(time.monotonic() - asked.started)))
        st.markdown(f":material/hourglass_top: {text} {spent}", width="stretch")
        st.button(t("Cancel"), key=f"stop-{key}", on_click=_stop, args=(key,))
