"""Adding data: files dropped or named, a kind from the gallery, a saved connection; a look at the rows, then a job that loads them."""

from __future__ import annotations

import streamlit as st

from app.session import attempt_at, flash, open_workbench, plain, t, tn
from app.waiting import forget, waited
from app.widgets import gallery, tree
from app.widgets.boxes import errors_at, guarded
from app.widgets.connections import saved_connections
from app.widgets.folders import folder_browser
from app.widgets.jobs import begin
from app.widgets.look import look
from app.widgets.source_form import checks, source_form
from app.widgets.uploader import uploader
from core.models.source import Kind, Settings, Source
from core.workbench import connect, pushdown

PATH = "path-text"
TYPED = "typed-path"


def adding(here: str, first: bool) -> None:
    """Everything that leads to new tables of a project; `first` where it has none yet."""
    kinds = connect.kinds()
    kind = gallery.chosen(kinds)
    if kind is not None:
        _kind(here, kind)
        return
    _files(here, first, {one.name: one for one in kinds})
    st.markdown(f"#### {t('Or choose a kind of source')}")
    saved_connections(kinds)
    gallery.gallery(kinds)


# Files of any kind


def _files(here: str, first: bool, kinds: dict[str, Kind]) -> None:
    wb = open_workbench()
    arrived = uploader(here)
    if arrived:
        begin("path", connect.add_files, wb, here, arrived)
        st.rerun()
    with st.container(horizontal=True, vertical_alignment="bottom", key="path-line"):
        path = st.text_input(
            t("Or a path on this machine: a file, a folder, or a pattern with * and ?"),
            key=PATH,
            placeholder="/data/orders.csv, /data/2024-*/part*.csv",
        )
        if st.button(t("Look first"), key="look-first"):
            st.session_state[TYPED] = path.strip()
        if st.button(t("Load"), key="load-path"):
            st.session_state.pop(TYPED, None)
            begin("path", connect.add_text, wb, here, path.strip())
            st.rerun()
    with st.container(horizontal=True, vertical_alignment="center"):
        folder_browser(PATH)
        if first:
            st.button(t("Try the sample"), key="sample", on_click=begin, args=("path", connect.add_sample, wb, here))
    errors_at("path")
    if TYPED in st.session_state:
        if st.session_state[TYPED] != path.strip():
            st.session_state.pop(TYPED)
        else:
            _typed(here, st.session_state[TYPED], kinds)


def _typed(here: str, text: str, kinds: dict[str, Kind]) -> None:
    """What a path means, its rows, and the button that loads it."""
    with guarded():
        sources = waited("typed", t("Looking…"), connect.sources_there, text)
        if sources is not None:
            _pending(here, kinds, sources, text, "typed")


def _pending(here: str, kinds: dict[str, Kind], sources: tuple[Source, ...], text: str, key: str) -> None:
    """Sources that are files, before they are loaded: each a table or all one, the rows of one of them, and how they are read."""
    as_one, column = _as_one(sources, key)
    if as_one:
        sources = connect.sources_there(text, True, column)
    shown = sources[0]
    if len(sources) > 1:
        names = [f"{one.path[0] if one.path else ''}{' · ' + one.path[1] if len(one.path) > 1 else ''}" for one in sources]
        place = st.selectbox(t("Look at"), range(len(sources)), key=f"which-{key}", format_func=names.__getitem__, width=420)
        shown = sources[place]
    said = look(kinds[shown.kind], shown, dict(shown.settings), f"{key}-{shown.kind}")
    alike = sum(one.kind == shown.kind for one in sources)
    if said and alike > 1:
        st.caption(
            tn("What you chose goes for {n} file of this kind.", "What you chose goes for all {n} files of this kind.", n=alike)
        )
    loaded = tuple(_read_as(one, said or {}) if one.kind == shown.kind else one for one in sources)
    with st.container(horizontal=True):
        label = tn("Load {n} table", "Load {n} tables", n=len(loaded))
        if st.button(label, type="primary", key=f"load-{key}", disabled=said is None and len(sources) == 1):
            begin("path", connect.add_sources, open_workbench(), here, loaded, text)
            st.session_state.pop(TYPED, None)
            st.session_state.pop("browsed", None)
            st.rerun()


def _read_as(source: Source, said: Settings) -> Source:
    settings = dict(source.settings) | said
    return Source(source.kind, tuple(settings.items()), source.path, source.connection, source.as_one, source.file_column)


def _as_one(sources: tuple[Source, ...], key: str) -> tuple[bool, str]:
    """Whether several files are to be one table, and the name of the column that tells them apart."""
    files = {connect.file_of(one) for one in sources}
    if len(files) < 2 or len({one.kind for one in sources}) > 1:
        return False, ""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        each, one = t("Each file is a table"), t("All files are one table")
        picked = st.segmented_control(
            tn("{n} file", "{n} files", n=len(files)), [each, one], default=each, required=True, key=f"as-one-{key}"
        )
        column = ""
        if picked == one and st.checkbox(t("A column with the name of the file"), key=f"file-column-{key}"):
            column = st.text_input(t("Name of the column"), "file", key=f"file-column-name-{key}", width=220)
    return picked == one, column


# A kind


def _kind(here: str, kind: Kind) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        st.button(t("All kinds"), icon=":material/arrow_back:", key="all-kinds", on_click=gallery.leave)
        st.markdown(f"#### {plain(kind.label)}")
    if kind.missing is not None:
        st.warning(f"**{plain(kind.about)}**\n\n{t('**What to do:**')} {plain(kind.missing)}", icon=":material/extension:")
        return
    st.caption(plain(kind.about))
    connection, values = _connection(kind)
    if "files" in kind.capabilities:
        arrived = uploader(here, kind.name)
        if arrived:
            # The form below has the path then, so that its options go with the file.
            st.session_state[f"new-{kind.name}-path"] = str(arrived[0])
    settings, pressed = source_form(kind, values, connection or "new")
    known = {**connect.settings_of(open_workbench(), connection), **settings} if connection else settings
    _pressed(kind, pressed, known, connection)
    if connection and settings != {name: value for name, value in values.items() if name in settings}:
        st.button(
            t("Save the changes"),
            key=f"change-{connection}",
            on_click=_save,
            args=(connection, settings),
            help=t("An empty password stays as it was saved."),
        )
    errors_at("browse")
    if (held := st.session_state.get(f"check-{kind.name}")) is not None:
        with guarded():
            found = waited(f"check-{kind.name}", t("Testing…"), connect.check, open_workbench(), kind.name, held)
            if found is not None:
                checks(found)
    if (held := st.session_state.get(f"browse-{kind.name}")) is not None:
        _browse(here, kind, *held)


def _connection(kind: Kind) -> tuple[str, Settings]:
    """The saved connection that the form is about, empty for a new one, and its settings."""
    saved = {one.id: one for one in connect.connections(open_workbench()) if one.kind == kind.name}
    if not saved:
        return "", {}
    labels = {"": t("New"), **{one.id: one.name for one in saved.values()}}
    if st.session_state.get(f"saved-{kind.name}", "") not in labels:
        del st.session_state[f"saved-{kind.name}"]
    chosen = st.selectbox(t("Saved connection"), list(labels), key=f"saved-{kind.name}", format_func=labels.get, width=420)
    return chosen, dict(saved[chosen].settings) if chosen else {}


def _pressed(kind: Kind, pressed: str, known: Settings, connection: str) -> None:
    """Keep what a button of the form asked for, until another is pressed."""
    if pressed == "check":
        forget(f"check-{kind.name}")
        st.session_state[f"check-{kind.name}"] = known
    if pressed == "browse":
        tree.begin(kind.name)
        st.session_state.pop(f"check-{kind.name}", None)
        st.session_state[f"browse-{kind.name}"] = (known, connection)


def _save(connection: str, settings: Settings) -> None:
    attempt_at("browse", connect.change_connection, open_workbench(), connection, settings)
    flash(t("The connection is saved."))


def _browse(here: str, kind: Kind, settings: Settings, connection: str) -> None:
    with st.container(border=True, key=f"tree-box-{kind.name}"), guarded():
        chosen = tree.pick(kind, settings)
        if chosen is None:
            return
        if not chosen:
            st.caption(t("Open a place, select one or more rows, then load them."))
            return
    if "files" in kind.capabilities:
        _local(here, kind, settings, chosen)
        return
    with guarded():
        _server(here, kind, settings, connection, chosen)


def _local(here: str, kind: Kind, settings: Settings, chosen: list) -> None:
    """Files of one kind on this machine."""
    text = str(settings.get("path", ""))
    sources = tuple(Source(kind.name, tuple(settings.items()), item.path) for item in chosen)
    with guarded():
        _pending(here, {kind.name: kind}, sources, text, f"kind-{kind.name}")
    errors_at("path")


def _ask_server(here: str, kind: Kind, settings: Settings, connection: str, paths: tuple[tuple[str, ...], ...]) -> str:
    """Start the profile of tables that stay on their server."""
    return pushdown.start(
        open_workbench(), here, connect.sources_through(open_workbench(), kind.name, settings, paths, connection)
    )


def _server(here: str, kind: Kind, settings: Settings, connection: str, chosen: list) -> None:
    wb = open_workbench()
    with st.container(horizontal=True, vertical_alignment="bottom"):
        load = st.button(tn("Load {n} table", "Load {n} tables", n=len(chosen)), type="primary", key=f"load-{kind.name}")
        if kind.name in pushdown.KINDS:
            args = ("browse", _ask_server, here, kind, settings, connection, tuple(item.path for item in chosen))
            st.button(
                t("Profile where it is"),
                key=f"ask-{kind.name}",
                on_click=begin,
                args=args,
                help=t("The server computes the profile: its rows stay there."),
            )
        name = ""
        if not connection:
            name = st.text_input(t("Save the connection as"), key=f"save-as-{kind.name}", placeholder=t("optional"), width=280)
    if load:
        if name.strip():
            connection = connect.save_connection(wb, name.strip(), kind.name, settings).id
        begin("browse", connect.add, wb, here, kind.name, settings, tuple(item.path for item in chosen), connection)
        st.session_state.pop(f"browse-{kind.name}", None)
        st.rerun()
    place = 0
    if len(chosen) > 1:
        names = ["/".join(item.path) for item in chosen]
        place = st.selectbox(t("Look at"), range(len(chosen)), key=f"which-{kind.name}", format_func=names.__getitem__, width=420)
    shown = chosen[min(place, len(chosen) - 1)]
    look(kind, Source(kind.name, (), shown.path, connection), settings, f"{kind.name}-{'/'.join(shown.path)}")
