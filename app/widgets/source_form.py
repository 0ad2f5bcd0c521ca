"""A connector's form, drawn from its `fields`: one component for every kind."""

from __future__ import annotations

from contextlib import nullcontext

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from app.session import plain, t, tell
from app.widgets.reading import words
from core.models.source import Check, Field, Kind, Settings, Value

_MARKS = {
    "ok": ":green[:material/check_circle:]",
    "warn": ":orange[:material/warning:]",
    "fail": ":red[:material/cancel:]",
    "skipped": ":gray[:material/remove:]",
}


def source_form(kind: Kind, values: Settings, key: str) -> tuple[Settings, str]:
    """The form of a kind with two buttons. Returns the settings and which button was pressed: `check`, `browse` or nothing.

    A secret is never filled in: an empty one means that a saved connection's stays as it is.
    """
    with st.form(f"form-{key}-{kind.name}"):
        found: Settings = {}
        columns = st.columns(2) if len(kind.fields) > 2 else [st.container()]
        for number, field in enumerate(kind.fields):
            with columns[number % len(columns)]:
                value = _field(field, values.get(field.name, field.default), f"{key}-{kind.name}-{field.name}")
            if value not in (None, ""):
                found[field.name] = value
        with st.container(horizontal=True):
            browse = st.form_submit_button(t("Show what is there"), type="primary")
            check = st.form_submit_button(t("Test connection"))
    missing = [field for field in kind.fields if field.required and field.name not in found]
    if (browse or check) and missing:
        st.warning(t("Fill in: {fields}", fields=", ".join(plain(field.label) for field in missing)))
        return found, ""
    return found, "browse" if browse else "check" if check else ""


def options_form(fields: tuple[Field, ...], values: Settings, key: str) -> Settings | None:
    """The form of what can be said of how a file is read; returns it once, when it was sent."""
    with st.form(f"options-{key}", border=False):
        columns = st.columns(min(len(fields), 4))
        said = {
            field.name: _field(field, values.get(field.name, field.default), f"options-{key}-{field.name}", columns[number % 4])
            for number, field in enumerate(fields)
        }
        sent = st.form_submit_button(t("Read it again this way"))
    return {name: "" if value is None else value for name, value in said.items()} if sent else None


def _field(field: Field, value: Value | None, key: str, place: DeltaGenerator | None = None) -> Value | None:
    with place or nullcontext():
        return _drawn(field, value, key)


def _drawn(field: Field, value: Value | None, key: str) -> Value | None:
    label = tell(field.label) + (" *" if field.required else "")
    help_ = tell(field.help) if field.help else None
    hint = f"{t('for example')} {field.example}" if field.example else None
    if field.kind == "choice":
        options, labels = list(field.choices), words()
        place = options.index(value) if value in options else 0
        return st.selectbox(
            label, options, place, key=key, help=help_, format_func={one: labels.get(one, one) for one in options}.get
        )
    if field.kind == "bool":
        return st.checkbox(label, bool(value), key=key, help=help_)
    if field.kind == "int":
        return st.number_input(label, value=int(value) if value is not None else None, step=1, key=key, help=help_)
    kind = "password" if field.kind == "secret" else "default"
    return st.text_input(label, str(value or ""), key=key, help=help_, placeholder=hint, type=kind).strip()


def checks(found: tuple[Check, ...]) -> None:
    """The lines of *Test connection*, each with its fix."""
    with st.container(border=True):
        for check in found:
            took = f" · {check.ms:.0f} ms" if check.ms is not None else ""
            st.markdown(f"{_MARKS[check.status]} **{plain(check.label)}** — {plain(check.detail)}{took}")
            if check.fix is not None and check.status in ("fail", "warn"):
                st.caption(plain(check.fix))
