"""The tables and how they refer to one another. Graphviz draws it in the browser: it leads the edges around the boxes."""

from __future__ import annotations

import streamlit as st

from app.session import t, tell
from core.models.profile import Profile
from core.words import percent, plural


def relations(profile: Profile) -> None:
    """The graph: a box a table with its rows and its primary key, an arrow a foreign key, dashed where some values are not found."""
    st.graphviz_chart(dot(profile, dark=st.context.theme.type == "dark"), width="stretch")


def dot(profile: Profile, dark: bool) -> str:
    """The graph in the DOT language."""
    text, line, fill = ("#e5e9f0", "#8291a8", "#1a2130") if dark else ("#1f2937", "#64748b", "#eff6ff")
    lines = [
        "digraph {",
        'graph [rankdir=LR, bgcolor="transparent", nodesep=0.45, ranksep=1.1]',
        f'node [shape=box, style="rounded,filled", fillcolor="{fill}", color="#2563eb", fontcolor="{text}", fontname="sans-serif", fontsize=13, margin="0.2,0.1"]',
        f'edge [color="{line}", fontcolor="{text}", fontname="sans-serif", fontsize=11, arrowsize=0.7]',
    ]
    for number, table in enumerate(profile.tables):
        said = [table.name, tell(plural("{n} row", "{n} rows", n=table.rows))]
        if table.primary_key:
            said.append(f"{t('Primary key')}: {', '.join(table.primary_key)}")
        lines.append(f"{number} [label={_quoted(*said)}]")
    place = {table.name: number for number, table in enumerate(profile.tables)}
    for key in profile.foreign_keys:
        label = _quoted(", ".join(key.columns), tell(percent(key.included)))
        style = "dashed" if key.orphans else "solid"
        lines.append(f"{place[key.table]} -> {place[key.references]} [label={label}, style={style}]")
    return "\n".join([*lines, "}"])


def _quoted(*lines: str) -> str:
    """Lines of text as a DOT string: names come from data, so nothing in them may end it or be a command or an entity of the label."""
    safe = (line.replace("&", "&amp;").replace("\\", "\\\\").replace('"', '\\"').replace("\n", " ") for line in lines)
    return '"' + "\\n".join(safe) + '"'
