"""What a page knows of where it is: the workspace, the language, the chosen project. Everything that must last is in the store."""

from __future__ import annotations

import atexit
import re
import threading
from pathlib import Path

import streamlit as st

from core.errors import AssayError, ConfigError
from core.models.project import Project
from core.store import default_home
from core.words import LANGUAGES, Arg, Msg, msg, number, plural, say
from core.workbench import Workbench

_lock = threading.Lock()
_open: dict[Path, Workbench] = {}


def open_workbench() -> Workbench:
    """The workbench of this process, opened with its background jobs on first use."""
    with _lock:
        home = default_home()
        if home not in _open:
            wb = Workbench.open(home)
            wb.start_background()
            _open[home] = wb
        return _open[home]


def close_workbench() -> None:
    """Stop the jobs and close the store."""
    with _lock:
        while _open:
            _open.popitem()[1].close()


atexit.register(close_workbench)


# Words


def lang() -> str:
    """The language of this run of the page: that of the settings, else the browser's, else English."""
    if "lang" not in st.session_state:
        settle_language()
    return st.session_state["lang"]


def settle_language() -> None:
    """Look the language up, once a run: a page says a hundred texts."""
    wanted = open_workbench().language or (st.context.locale or "")[:2]
    st.session_state["lang"] = wanted if wanted in LANGUAGES else LANGUAGES[0]


def t(text: str, /, **args: Arg) -> str:
    """A literal text in the reader's language."""
    return say(msg(text, **args), lang())


def tn(one: str, many: str, /, n: int, **args: Arg) -> str:
    """A literal text that counts, in the reader's language."""
    return say(plural(one, many, n=n, **args), lang())


def tell(message: Msg | str) -> str:
    """A message of a stage in the reader's language."""
    return say(message, lang())


def figure(value: int | float) -> str:
    """A number in the reader's notation."""
    return number(value, lang())


def written(text: str) -> str:
    """Text of the data that is a number with a fraction, with the reader's decimal mark and all its digits; any other as it is."""
    return text.replace(".", figure(0.5)[1]) if re.fullmatch(r"(< )?-?\d+\.\d+", text) else text


_PUNCTUATION = {ord(mark): f"\\{mark}" for mark in r"""!"#$%&'()*+,-./:;<=>?@[\]^_`{|}~"""} | {ord("\n"): " "}


def plain(text: Msg | str) -> str:
    """Text that may hold data, as Markdown that shows it letter by letter: no emphasis, link, HTML, formula or icon comes of it."""
    return tell(text).translate(_PUNCTUATION)


# The chosen project


def project() -> Project | None:
    """The project of this page: that of the address, of this session, or the one that was last open; None in an empty workspace."""
    wb = open_workbench()
    known = {one.id: one for one in wb.projects()}
    linked = st.query_params.get("project")
    if linked is not None and linked not in known:
        del st.query_params["project"]
        keep_error(_no_project())
    wanted = (st.query_params.get("project"), st.session_state.get("project"), wb.last_project)
    chosen = next((known[one] for one in wanted if one in known), None) or next(iter(known.values()), None)
    if chosen is not None:
        choose(chosen.id)
    return chosen


def _no_project() -> ConfigError:
    return ConfigError(
        msg("The project of this link is not there"),
        msg("It was deleted, or the link is of another workspace."),
        msg(
            "What you see now is another project, or none: the box in the sidebar names it. Settings brings back one you have just deleted."
        ),
    )


def choose(chosen: str) -> None:
    """Make a project the one of this session: in the address, so that a link and a second tab find it."""
    if st.session_state.get("project") != chosen:
        st.session_state["project"] = chosen
        open_workbench().last_project = chosen
    if st.query_params.get("project") != chosen:
        st.query_params["project"] = chosen


def leave() -> None:
    """Forget the chosen project, after it was removed."""
    st.session_state.pop("project", None)
    st.query_params.pop("project", None)


def flash(text: str, icon: str = ":material/check_circle:") -> None:
    """Say something on the next run of the page, after a rerun or a change of page."""
    st.session_state.setdefault("flash", []).append((text, icon))


def attempt(work, *args, **kwargs):
    """Call the workbench; an error a person can act on is kept for the box that `main` draws, and None is returned."""
    return attempt_at("", work, *args, **kwargs)


def attempt_at(place: str, work, *args, **kwargs):
    """As `attempt`, for a button below the fold: the error is drawn where `boxes.errors_at(place)` stands."""
    try:
        return work(*args, **kwargs)
    except AssayError as error:
        keep_error(error, place)
        return None


def keep_error(error: AssayError, place: str = "") -> None:
    st.session_state.setdefault("errors", []).append((place, error))
