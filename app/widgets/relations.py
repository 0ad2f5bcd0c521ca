"""The tables and how they refer to one another, as a graph one can click."""

from __future__ import annotations

import streamlit as st
from streamlit_agraph import Config, Edge, Node, agraph

from app.session import tell
from core.models.profile import Profile
from core.words import percent, plural


def relations(profile: Profile) -> str | None:
    """The graph; returns the name of the table that was clicked."""
    dark = st.context.theme.type == "dark"
    text, line = ("#e5e9f0", "#64748b") if dark else ("#1f2937", "#94a3b8")
    font = {"color": text, "size": 15, "face": "sans-serif"}
    nodes = [
        Node(
            id=table.name,
            label=f"{table.name}\n{tell(plural('{n} row', '{n} rows', n=table.rows))}",
            shape="box",
            color={"background": "#1a2130" if dark else "#eff6ff", "border": "#2563eb"},
            font=font,
            margin=10,
        )
        for table in profile.tables
    ]
    edges = [
        Edge(
            source=key.table,
            target=key.references,
            label=f"{', '.join(key.columns)} · {tell(percent(key.included))}",
            color=line,
            dashes=key.orphans > 0,
            font={"color": text, "size": 12, "strokeWidth": 0, "background": "#0f1420" if dark else "#ffffff"},
        )
        for key in profile.foreign_keys
    ]
    config = Config(
        width="100%",
        height=max(240, 75 * len(nodes)),
        directed=True,
        physics=False,
        hierarchical=True,
        direction="LR",
        sortMethod="directed",
        levelSeparation=330,
        nodeSpacing=110,
    )
    return agraph(nodes=nodes, edges=edges, config=config)
