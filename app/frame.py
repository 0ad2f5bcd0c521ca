"""The pages and their titles: what the navigation, the stepper and the links between pages share."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from app.session import t

ROOT = Path(__file__).resolve().parents[1]


def titles() -> dict[str, str]:
    """Page → title in the reader's language."""
    return {
        "connect": t("Connect"),
        "profile": t("Profile"),
        "advice": t("Storage advice"),
        "ddl": t("DDL"),
        "pipeline": t("Pipeline"),
        "report": t("Report"),
        "health": t("Health"),
        "settings": t("Settings"),
    }


ICONS = {
    "connect": ":material/cable:",
    "profile": ":material/query_stats:",
    "advice": ":material/storage:",
    "ddl": ":material/code:",
    "pipeline": ":material/account_tree:",
    "report": ":material/description:",
    "health": ":material/monitor_heart:",
    "settings": ":material/settings:",
}


def pages() -> dict[str, st.Page]:
    """Page → the page object of this run."""
    return {
        name: st.Page(ROOT / "pages" / f"{name}.py", title=title, icon=ICONS[name], url_path=name, default=name == "connect")
        for name, title in titles().items()
    }


def page_of(name: str) -> st.Page:
    """The page object of one page."""
    return pages()[name]


def go(name: str) -> None:
    """Leave for another page."""
    st.switch_page(page_of(name))
