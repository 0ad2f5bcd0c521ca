"""A connector's form, drawn from its `fields`: one component for every kind."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import nullcontext

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from app.session import plain, t, tell
from app.widgets.folders import folder_browser
from app.widgets.reading import words
from core.models.source import Check, Field, Kind, Settings, Value
from core.words import clock_time
from core.workbench import connect

_MARKS = {
    "ok": ":green[:material/check_circle:]",
    "warn": ":orange[:material/warning:]",
    "fail": ":red[:material/cancel:]",
    "skipped": ":gray[:material/remove:]",
}


def source_form(kind: Kind, values: Settings, key: str) -> tuple[Settings, str]:
    """The form of a kind with two buttons. Returns the settings and which button was pressed: `check`, `browse` or nothing.

    How a file is read is not asked here but beside its first rows. A secret is never filled in: an empty one means that a saved
    connection's stays as it is.
    """
    fields = tuple(field for field in kind.fields if field.name == "path" or "files" not in kind.capabilities)
    key = f"{key}-{kind.name}"
    now = {field.name: _now(field, values, key) for field in fields}
    shown = [field for field in fields if connect.applies(fields, field, now)]
    wrong = {fault.field: fault.text for fault in connect.faults(fields, now)} if st.session_state.get(f"tried-{key}") else {}
    with st.container(border=True, key=f"form-{key}"):
        found = _fields([field for field in shown if not field.advanced], now, wrong, key)
        rare = [field for field in shown if field.advanced]
        if rare:
            with st.expander(t("More options"), expanded=any(field.name in wrong for field in rare)):
                found |= _fields(rare, now, wrong, f"{key}")
        with st.container(horizontal=True):
            browse = st.button(t("Show what is there"), type="primary", key=f"browse-{key}")
            check = st.button(t("Test connection"), key=f"check-{key}")
    settings = connect.fitting(fields, found)
    faults = connect.faults(fields, found) if browse or check else ()
    if faults:
        first_time = not st.session_state.get(f"tried-{key}")
        st.session_state[f"tried-{key}"] = True
        if first_time or {fault.field for fault in faults} != set(wrong):
            st.rerun()  # each fault is drawn at its field
    if wrong:
        labels = {field.name: plain(field.label) for field in fields}
        st.warning(t("Nothing was sent. Look at: {fields}", fields=", ".join(labels[name] for name in wrong)))
    return settings, "" if faults else "browse" if browse else "check" if check else ""


def _now(field: Field, values: Settings, key: str) -> Value | None:
    """What a field holds in this run: what was typed, else what is saved, else its default."""
    given = None if field.kind == "secret" else values.get(field.name, field.default)
    return st.session_state.get(f"{key}-{field.name}", given)


def _fields(fields: list[Field], now: Settings, wrong: dict, key: str) -> Settings:
    columns = st.columns(2) if len(fields) > 2 else [st.container()]
    found: Settings = {}
    for number, field in enumerate(fields):
        with columns[number % len(columns)]:
            name = f"{key}-{field.name}"
            value = _drawn(field, now.get(field.name), name)
            if field.kind == "path":
                folder_browser(name)
            if field.name in wrong:
                st.markdown(f":small[:red[:material/error: {plain(wrong[field.name])}]]")
        if value not in (None, ""):
            found[field.name] = value
    return found


def options_form(fields: tuple[Field, ...], values: Settings, key: str, met: Mapping[str, str]) -> Settings | None:
    """The form of what can be said of how a file is read; returns it once, when it was sent. `met` is what was found, by the field's name."""
    with st.form(f"options-{key}", border=False):
        columns = st.columns(min(len(fields), 4))
        said = {
            field.name: _field(
                field,
                values.get(field.name, field.default),
                f"options-{key}-{field.name}",
                columns[number % 4],
                met.get(field.name, ""),
            )
            for number, field in enumerate(fields)
        }
        sent = st.form_submit_button(t("Read it again this way"))
    return {name: "" if value is None else value for name, value in said.items()} if sent else None


def options_now(fields: tuple[Field, ...], key: str) -> Settings:
    """What can be said of how a file is read, with every change taken at once; those that are as they always are, are left out."""
    now = {field.name: _now(field, {}, f"options-{key}") for field in fields}
    shown = [field for field in fields if connect.applies(fields, field, now)]
    said: Settings = {}
    for some, place in (
        ([field for field in shown if not field.advanced], nullcontext()),
        ([field for field in shown if field.advanced], None),
    ):
        if some:
            with (
                place if place is not None else st.expander(t("More options")),
                st.container(key=f"grid-options-{place is None}-{key}"),
            ):
                said |= {field.name: _drawn(field, now[field.name], f"options-{key}-{field.name}") for field in some}
    defaults = {field.name: field.default for field in fields}
    return {name: value for name, value in said.items() if value not in (None, "", defaults[name])}


def _field(field: Field, value: Value | None, key: str, place: DeltaGenerator | None = None, met: str = "") -> Value | None:
    with place or nullcontext():
        return _drawn(field, value, key, met)


def _drawn(field: Field, value: Value | None, key: str, met: str = "") -> Value | None:
    """The widget of a field; `met` is what was found where nothing is said."""
    label = tell(field.label) + (" *" if field.required else "")
    help_ = tell(field.help) if field.help else None
    hint = met or (f"{t('for example')} {field.example}" if field.example else None)
    # Whoever has set a value under this key has the last word: two of them would be one too many for the widget.
    held = key in st.session_state
    if field.kind == "choice":
        options, labels = list(field.choices), words()
        if met:
            labels["auto"] = f"{labels['auto']}: {labels.get(met, met)}"
        place = 0 if held else options.index(value) if value in options else 0
        return st.selectbox(
            label, options, place, key=key, help=help_, format_func={one: labels.get(one, one) for one in options}.get
        )
    if field.kind == "bool":
        return st.checkbox(label, **({} if held else {"value": bool(value)}), key=key, help=help_)
    if field.kind == "int":
        start = None if held or value in (None, "") else int(value)
        return st.number_input(label, value=start, step=1, key=key, help=help_, placeholder=hint)
    if met and value == field.default:
        label = f"{label}: {plain(words().get(met, met))}"
    kind = "password" if field.kind == "secret" else "default"
    start = "" if held else str(value or "")
    return st.text_input(label, start, key=key, help=help_, placeholder=hint, type=kind).strip()


def checks(found: tuple[Check, ...]) -> None:
    """The lines of *Test connection*, each with its fix and how long it took."""
    with st.container(border=True, gap="small", key="checks"):
        for check in found:
            took = tell(clock_time(check.ms / 1000)) if check.ms is not None and check.status != "skipped" else ""
            name, said, time = st.columns([3, 9, 1], gap="small")
            name.markdown(f"{_MARKS[check.status]} **{plain(check.label)}**")
            said.markdown(plain(check.detail))
            if check.fix is not None and check.status in ("fail", "warn"):
                said.markdown(f"{t('**What to do:**')} {plain(check.fix)}")
            time.caption(took)
