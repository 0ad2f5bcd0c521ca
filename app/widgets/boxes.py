"""Boxes that say something: an error with its way out, an empty state, a finding."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import streamlit as st

from app.session import plain, t
from core.errors import AssayError
from core.models.job import Trouble

PAGES = {name: f"pages/{name}.py" for name in ("connect", "profile", "advice", "ddl", "pipeline", "report", "health", "settings")}


def error_box(error: AssayError | Trouble, work: str = "") -> None:
    """What failed, why, and how to fix it; `work` names what was being done where the page alone does not tell."""
    what = f"{work}: {plain(error.what)}" if work else plain(error.what)
    st.error(f"**{what}**\n\n{plain(error.why)}\n\n{t('**What to do:**')} {plain(error.fix)}", icon=":material/error:")


@contextmanager
def guarded() -> Iterator[None]:
    """Draw the error box in place of what raised an error that a person can act on."""
    try:
        yield
    except AssayError as error:
        error_box(error)


def kept_errors() -> None:
    """The errors of callbacks since the last run (see `session.attempt`), those aside that a place of the page draws.

    Each is a toast as well: who scrolled down does not see the head of the page.
    """
    waiting = []
    for place, error in st.session_state.pop("errors", []):
        st.toast(plain(error.what), icon=":material/error:", duration="long")
        if place:
            waiting.append((place, error))
        else:
            error_box(error)
    st.session_state["placed-errors"] = waiting


def errors_at(place: str) -> None:
    """The errors of the button beside this place (see `session.attempt_at`)."""
    for where, error in st.session_state.get("placed-errors", []):
        if where == place:
            error_box(error)


def flashes() -> None:
    """What `session.flash` kept for this run."""
    for text, icon in st.session_state.pop("flash", []):
        st.toast(text, icon=icon)


def empty(title: str, text: str, page: str | None = None, label: str = "") -> None:
    """An empty state: what is not there yet, and the way to it."""
    with st.container(border=True, horizontal_alignment="center", gap="small"):
        st.space("small")
        st.markdown(f"#### {title}", text_alignment="center")
        st.markdown(text, text_alignment="center")
        if page and st.button(label, type="primary", key=f"empty-{page}"):
            from app.frame import page_of

            st.switch_page(page_of(page))
        st.space("small")
