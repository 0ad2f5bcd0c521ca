"""The frame around every page: settings of the page, navigation, stepper, sidebar. Streamlit runs it on every click."""

from __future__ import annotations

import streamlit as st

from app import frame, session
from app.lost import mind_lost
from app.widgets.boxes import flashes, kept_errors
from app.widgets.jobs import ended
from app.widgets.sidebar import sidebar
from app.widgets.stepper import stepper
from core.workbench import STEPS, progress

STYLE = """<style>
.stMainBlockContainer{max-width:1180px;padding-top:1.2rem;padding-bottom:4rem}
.stApp:has([data-testid="stExpandSidebarButton"]) .stMainBlockContainer{padding-top:3.8rem}
[class*="st-key-step-"] a{justify-content:center;border-radius:.4rem;padding:.45rem .9rem;border:1px solid transparent}
[class*="st-key-step-"] a p{font-size:.92rem}
[class*="st-key-step-current"] a{background:#2563eb!important}
[class*="st-key-step-current"] a *{color:#fff!important;font-weight:600}
[class*="st-key-step-done"] a [data-testid="stIconMaterial"]{color:#0d9488}
.st-key-stepper{border-bottom:1px solid rgba(128,138,155,.25);padding-bottom:.5rem;margin-bottom:.4rem}
@media(max-width:1180px){[class*="st-key-step-"] a{padding:.4rem .5rem}[class*="st-key-step-"] a p{font-size:.82rem}}
@media(max-width:1060px){
.stMainBlockContainer{padding-left:1.5rem;padding-right:1.5rem}
.stApp:not(:has([data-testid="stExpandSidebarButton"])) [data-testid="stSidebar"]{width:230px!important;min-width:230px!important}
[class*="st-key-step-"] a{flex-direction:column;gap:.1rem;padding:.3rem .35rem}
[class*="st-key-step-"] a p{font-size:.76rem}
.stButton kbd{display:none}
}
.st-key-yaml-editor textarea{font-family:var(--st-code-font,"Source Code Pro",ui-monospace,monospace);font-size:.85rem}
[data-testid="stMetric"]{padding:.2rem 0}
[data-testid="stMetricValue"]{font-size:1.3rem;font-variant-numeric:tabular-nums}
</style>"""


def main() -> None:
    st.set_page_config(page_title="Assay", page_icon=str(frame.ROOT / "app" / "static" / "icon.png"), layout="wide")
    st.html(STYLE)
    session.settle_language()
    mind_lost()
    titles, pages = frame.titles(), frame.pages()
    # The steps are links of the stepper, with their state; a second list of them in the sidebar would say less.
    current = st.navigation(list(pages.values()), position="hidden")
    wb, project = session.open_workbench(), session.project()
    done = progress.done(wb, project.id) if project else dict.fromkeys(STEPS, False)
    unlocked = progress.unlocked(wb, project.id) if project else {"connect"}
    sidebar(project, done, [pages["health"], pages["settings"]])
    name = next((name for name, page in pages.items() if page.url_path == current.url_path), "connect")
    stepper(name, titles, pages, done, unlocked)
    flashes()
    ended()
    kept_errors()
    current.run()
    # A quick job may end while the page is drawn: the steps above it must not stay locked until the next click.
    if project and (here := session.project()) and progress.done(wb, here.id) != done:
        st.rerun()


main()
