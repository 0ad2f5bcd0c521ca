"""The kinds of source as cards, in groups, with a search box."""

from __future__ import annotations

import streamlit as st

from app.session import plain, t, tell
from core.models.source import Kind
from core.workbench import connect
from core.workbench.looking import GROUPS

CHOSEN = "kind-chosen"
ICONS = {
    "files": ":material/description:",
    "databases": ":material/database:",
    "streams": ":material/waves:",
    "storage": ":material/cloud:",
}
_STYLE = """<style>
[class*="st-key-cards-"]{display:grid!important;grid-template-columns:repeat(auto-fill,minmax(176px,1fr));gap:.6rem;grid-auto-rows:1fr}
[class*="st-key-cards-"]>div{width:100%!important;height:100%}
[class*="st-key-group-"]{gap:.35rem}
[class*="st-key-cards-"] button{width:100%;height:100%;min-height:5.2rem;justify-content:flex-start;align-items:flex-start;text-align:left;padding:.65rem .8rem}
[class*="st-key-cards-"] [data-testid="stButton"],[class*="st-key-cards-"] [data-testid="stButton"]>div,[class*="st-key-cards-"] [data-testid="stElementContainer"]{height:100%}
[class*="st-key-cards-"] button>div,[class*="st-key-cards-"] button>div>span{justify-content:flex-start;align-items:flex-start}
[class*="st-key-cards-"] button p{white-space:normal;text-align:left;line-height:1.35;font-size:.82rem}
[class*="st-key-cards-"] button p strong{display:block;font-size:.98rem;margin-bottom:.1rem}
[class*="st-key-cards-"] button p span{opacity:.85}
</style>"""


def gallery(kinds: tuple[Kind, ...]) -> None:
    """Cards to choose a kind by; the choice is kept until `leave`."""
    st.html(_STYLE)
    wanted = st.text_input(
        t("Search kinds of source"),
        key="kind-search",
        type="search",
        live=True,
        placeholder=t("Name, what it holds, or a suffix such as .csv"),
        width=420,
    )
    found = connect.search(kinds, wanted)
    if not found:
        st.info(t("No kind of source fits “{text}”. Try another word, or clear the search.", text=plain(wanted)))
    for group, title in GROUPS.items():
        mine = [kind for kind in found if kind.group == group]
        if mine:
            with st.container(key=f"group-{group}"):
                st.caption(f"**{tell(title)}**")
                with st.container(key=f"cards-{group}"):
                    for kind in mine:
                        _card(kind)


def _card(kind: Kind) -> None:
    about = f":orange[{t('Something has to be installed first')}]" if kind.missing else plain(kind.about)
    st.button(
        f"**{plain(kind.label)}** {about}",
        key=f"kind-{kind.name}",
        icon=ICONS[kind.group],
        width="stretch",
        wrap=True,
        on_click=choose,
        args=(kind.name,),
    )


def choose(kind: str) -> None:
    st.session_state[CHOSEN] = kind


def leave() -> None:
    """Back to the gallery."""
    st.session_state.pop(CHOSEN, None)


def chosen(kinds: tuple[Kind, ...]) -> Kind | None:
    """The kind whose form is open."""
    return next((kind for kind in kinds if kind.name == st.session_state.get(CHOSEN)), None)
