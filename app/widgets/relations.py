"""The tables and how they refer to one another. Graphviz draws it in the browser: it leads the edges around the boxes.

A box is a link to the page as it shows that table: the picture itself can tell Python nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from urllib.parse import urlencode

import streamlit as st

from app.session import plain, t, tell, tn
from core.models.profile import ForeignKey, Profile, TableProfile
from core.words import msg, percent, plural

FEW = 3

Query = Callable[[str, str], None]
"""Shows a query, under a key of its own."""


def relations(profile: Profile, project: str) -> None:
    """The graph of the tables that a relation binds, and the names of the others: a box a table with its rows and its primary key, an arrow a

    foreign key, dashed where some values are not found; a click on a box tells what the table is bound to.
    """
    bound = related(profile)
    if bound.tables:
        drawn(bound, project)
    if others := [table.name for table in profile.tables if table not in bound.tables]:
        st.caption(plain(msg("Bound to no other: {tables}", tables=", ".join(others))))
    chosen = st.session_state.get("relations-table")
    if chosen in {table.name for table in profile.tables}:
        _told(profile, chosen)
    elif bound.tables:
        st.caption(t("Click a table to see what it is bound to."))


def related(profile: Profile) -> Profile:
    """The profile of the tables that refer to others, or are referred to."""
    names = {name for key in profile.foreign_keys for name in (key.table, key.references)}
    return replace(profile, tables=tuple(table for table in profile.tables if table.name in names))


def drawn(profile: Profile, project: str) -> None:
    """The picture of all tables of a profile; without a project its boxes lead nowhere. A few tables are not blown up to the page's width."""
    few = len(profile.tables) <= FEW
    st.graphviz_chart(dot(profile, project, dark=st.context.theme.type == "dark"), width="content" if few else "stretch")


def linked() -> None:
    """Take a table from the address of the page, as a click on its box writes it: to be called before the tabs are drawn."""
    if (wanted := st.query_params.get("table")) is not None:
        st.session_state["relations-table"] = wanted
        st.session_state["profile-tab"] = t("Keys and relations")
        del st.query_params["table"]


def dot(profile: Profile, project: str, dark: bool) -> str:
    """The graph in the DOT language; without a project its boxes lead nowhere."""
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
        address = urlencode({"project": project, "table": table.name})
        link = f'URL="?{address}", target="_self", ' if project else ""
        lines.append(f"{number} [label={_quoted(*said)}, {link}tooltip={_quoted(table.name)}]")
    place = {table.name: number for number, table in enumerate(profile.tables)}
    for key in profile.foreign_keys:
        label = _quoted(", ".join(key.columns), tell(percent(key.included)))
        style = "dashed" if key.orphans else "solid"
        lines.append(f"{place[key.table]} -> {place[key.references]} [label={label}, style={style}]")
    return "\n".join([*lines, "}"])


def _told(profile: Profile, name: str) -> None:
    """What a table refers to and what refers to it."""
    table = profile.table(name)
    with st.container(border=True):
        rows = tell(plural("{n} row", "{n} rows", n=table.rows))
        key = f" · :material/key: {plain(', '.join(table.primary_key))}" if table.primary_key else ""
        st.markdown(f"**{plain(name)}** · {plain(rows)}{key}")
        for key in profile.foreign_keys:
            if name in (key.table, key.references):
                arrow = msg(
                    "{table} ({columns}) refers to {other} ({key})",
                    table=key.table,
                    columns=", ".join(key.columns),
                    other=key.references,
                    key=", ".join(key.ref_columns),
                )
                st.markdown(f"- {plain(arrow)}: {tell(percent(key.included))}")
        if not any(name in (key.table, key.references) for key in profile.foreign_keys):
            st.caption(t("It refers to no other table, and none refers to it."))
        st.button(t("Show its columns"), key="relations-columns", on_click=_columns_of, args=(name,))


def _columns_of(name: str) -> None:
    st.session_state["profile-table"] = name
    st.session_state["profile-tab"] = t("Tables and columns")


def foreign_keys(found: Profile, query: Query) -> None:
    """Each foreign key with its evidence; `query` shows the SQL that counts its orphans, under a key of its own."""
    for number, key in enumerate(found.foreign_keys):
        _foreign_key(key, number, query)


def _foreign_key(key: ForeignKey, number: int, query: Query) -> None:
    mark = ":green[:material/check_circle:]" if not key.orphans else ":orange[:material/warning:]"
    label = f"{mark} {plain(key.table)} ({plain(', '.join(key.columns))}) → {plain(key.references)} ({plain(', '.join(key.ref_columns))})"
    with st.expander(f"{label} · {t('confidence')} {tell(percent(key.confidence))}"):
        for one in key.evidence:
            st.markdown(f"- {plain(one)}")
        if key.orphans:
            st.markdown(
                "- "
                + tn(
                    "{n} row refers to nothing ({share} are found).",
                    "{n} rows refer to nothing ({share} are found).",
                    n=key.orphans,
                    share=tell(percent(key.included)),
                )
            )
        query(key.query, f"fk-{number}")


def keys_of(table: TableProfile, query: Query) -> None:
    """The keys of a table with what speaks for each; `query` shows the SQL that counts what would break it."""
    if not table.keys:
        st.markdown(f"**{plain(table.name)}**: {t('none')}")
        return
    with st.expander(f"{plain(table.name)}: {plain(' · '.join('(' + ', '.join(key.columns) + ')' for key in table.keys[:6]))}"):
        for number, key in enumerate(table.keys):
            chosen = f" — {t('taken as the primary key')}" if key.columns == table.primary_key else ""
            st.markdown(f"**{plain(', '.join(key.columns))}**{chosen}")
            for one in key.evidence:
                st.caption(plain(one))
            query(key.query, f"key-{table.name}-{number}")


def dependencies_of(table: TableProfile, query: Query) -> None:
    """Columns of a table that another decides; `query` shows the SQL of what would break it."""
    for number, one in enumerate(table.dependencies):
        with st.expander(f"{plain(table.name)}: {plain(', '.join(one.determinant))} → {plain(', '.join(one.dependents))}"):
            for each in one.evidence:
                st.markdown(f"- {plain(each)}")
            query(one.query, f"fd-{table.name}-{number}")


def _quoted(*lines: str) -> str:
    """Lines of text as a DOT string: names come from data, so nothing in them may end it or be a command or an entity of the label."""
    safe = (line.replace("&", "&amp;").replace("\\", "\\\\").replace('"', '\\"').replace("\n", " ") for line in lines)
    return '"' + "\\n".join(safe) + '"'
