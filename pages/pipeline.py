"""Pipeline: a graph of steps, edited as a picture, in forms or as YAML; looked at, checked and run."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import streamlit as st

from app.frame import go
from app.session import attempt, attempt_at, flash, open_workbench, plain, project, t, tell, tn
from app.widgets.boxes import empty, errors_at, guarded
from app.widgets.graph import Drawn, graph
from app.widgets.jobs import begin, watch
from app.widgets.rows import count_columns, rows
from app.widgets.steps import Around, step_form
from core.models.pipeline import CheckedPipeline, Pipeline, RunResult, Step
from core.words import clock_time
from core.workbench import connect, pipeline, profile

# What the browser is handed as one download; a larger file is opened where it lies.
LARGEST = 200 * 10**6
WIDE = ("derive", "window", "aggregate")


def main() -> None:
    st.title(t("Pipeline"))
    here = project()
    if here is None or profile.latest(open_workbench(), here.id) is None:
        empty(t("No pipeline yet"), t("A pipeline starts from profiled tables."), "profile", t("Open Profile"))
        return
    names = pipeline.names(open_workbench(), here.id)
    if not names:
        _first(here.id)
        return
    name = _bar(here.id, names)
    busy = watch(here.id, ("run",))
    kept = f"pipeline-checked-{here.id}"
    plan = pipeline.get(open_workbench(), here.id, name)
    checked = _checked(here.id, plan, kept)
    _actions(here.id, name, checked, busy)
    if not busy:
        _last(here.id, name)
    _body(here.id, plan, checked)


def _checked(here: str, plan: Pipeline, kept: str) -> CheckedPipeline:
    """The check of this pipeline on these tables, kept for the session: binding takes a tenth of a second."""
    stamp = (
        plan,
        tuple((table.name, table.landed and table.landed.schema) for table in connect.tables(open_workbench(), here)),
    )
    if st.session_state.get(kept, (None,))[0] != stamp:
        st.session_state[kept] = (stamp, pipeline.check(open_workbench(), here, plan))
    return st.session_state[kept][1]


def _first(here: str) -> None:
    st.markdown(
        t(
            "From these tables to the one you need: filter, derive, join, aggregate, window, sort, and write it to a file, a database or a bucket."
        )
    )
    with st.container(horizontal=True):
        st.button(
            t("Suggest one from the profile"),
            type="primary",
            key="suggest",
            on_click=attempt,
            args=(pipeline.suggest, open_workbench(), here),
        )
        st.button(
            t("Start from a blank one"), key="blank", on_click=attempt, args=(pipeline.create, open_workbench(), here, "pipeline")
        )
        _back(here)


def _bar(here: str, names: tuple[str, ...]) -> str:
    with st.container(horizontal=True, vertical_alignment="bottom"):
        name = st.selectbox(t("Pipeline"), names, key=f"pipeline-{here}", label_visibility="collapsed", width=240)
        # A new popover for a new number of pipelines: the one that made the last of them would stay open.
        with st.popover(t("New"), icon=":material/add:", key=f"new-of-{len(names)}"):
            with st.form("new-pipeline", border=False):
                st.text_input(t("Name"), key="new-pipeline-name", max_chars=60)
                st.form_submit_button(t("Create"), on_click=_create, args=(here,))
            st.button(t("Suggest one from the profile"), key="suggest", on_click=_show, args=(here, pipeline.suggest))
        st.button(t("Delete"), key="delete-pipeline", on_click=_delete, args=(here, name))
        _back(here)
        st.space("stretch")
        if st.button(t("Go on: report"), type="primary", icon=":material/arrow_forward:", key="next"):
            go("report")
    return name


def _back(here: str) -> None:
    """The way back to the pipeline that was deleted last."""
    for gone in pipeline.removed(open_workbench(), here)[:1]:
        st.button(t("Bring {name} back", name=gone), key="undelete", on_click=_restore, args=(here, gone))


def _create(here: str) -> None:
    if _show(here, pipeline.create, st.session_state["new-pipeline-name"]):
        st.session_state["new-pipeline-name"] = ""


def _show(here: str, make: Callable[..., Pipeline], *args: str) -> bool:
    """Make a pipeline and choose it; returns whether it was made."""
    made = attempt(make, open_workbench(), here, *args)
    if made is not None:
        st.session_state[f"pipeline-{here}"] = made.name
    return made is not None


def _delete(here: str, name: str) -> None:
    pipeline.delete(open_workbench(), here, name)


def _restore(here: str, name: str) -> None:
    pipeline.restore(open_workbench(), here, name)
    st.session_state[f"pipeline-{here}"] = name


def _actions(here: str, name: str, checked: CheckedPipeline, busy: bool) -> None:
    wb = open_workbench()
    older, newer = pipeline.can_move(wb, here, name)
    with st.container(horizontal=True, vertical_alignment="center"):
        st.button(
            t("Run"),
            type="primary",
            icon=":material/play_arrow:",
            key="run",
            disabled=busy or not checked.sound,
            on_click=begin,
            args=("run", pipeline.start, wb, here, name),
        )
        st.button(
            t("Undo"),
            icon=":material/undo:",
            key="undo",
            disabled=not older,
            on_click=attempt,
            args=(pipeline.undo, wb, here, name),
            shortcut="Ctrl+Z",
        )
        st.button(
            t("Redo"),
            icon=":material/redo:",
            key="redo",
            disabled=not newer,
            on_click=attempt,
            args=(pipeline.redo, wb, here, name),
            shortcut="Ctrl+Shift+Z",
        )
        if checked.sound:
            st.markdown(f":green[:material/check_circle: {t('sound')}]", width="content")
        else:
            st.markdown(":red[" + tn("{n} problem", "{n} problems", n=len(checked.problems)) + "]", width="content")
    errors_at("run")
    for number, problem in enumerate(checked.problems[:5]):
        with st.container(horizontal=True, vertical_alignment="center", key=f"problem-{number}"):
            st.warning(f"**{plain(problem.node or name)}** — {plain(problem.what)} {plain(problem.fix)}")
            if problem.node:
                st.button(t("Show the step"), key=f"to-problem-{number}", on_click=_open, args=(here, name, problem.node))


def _open(here: str, name: str, node: str) -> None:
    """Choose a step in the graph."""
    st.session_state[f"selected-{here}-{name}"] = node
    st.session_state["pipeline-tab"] = t("Graph")


def _last(here: str, name: str) -> None:
    """Where the last run of this pipeline wrote, in one line a place."""
    if (run := pipeline.last_run(open_workbench(), here, name)) is not None:
        when, took = f"{run.started:%Y-%m-%d %H:%M:%S}", tell(clock_time(run.seconds))
        with st.container(border=True, key="last-run"):
            st.markdown(f":green[:material/check_circle:] {t('Last run {when} UTC, {took}', when=when, took=took)}")
            for node, place in run.wrote:
                with st.container(horizontal=True, vertical_alignment="center"):
                    _wrote(run, node, place, "last")
                    st.button(t("Show the rows"), key=f"look-{node}", type="tertiary", on_click=_open, args=(here, name, node))


def _body(here: str, plan: Pipeline, checked: CheckedPipeline) -> None:
    labels = [t("Graph"), "YAML", "SQL", t("Runs")]
    tabs = st.tabs(labels, key="pipeline-tab", on_change="rerun")
    parts = (_graph, _yaml, _sql, _runs)
    for tab, part in zip(tabs, parts, strict=True):
        if tab.open:
            with tab:
                part(here, plan, checked)


# The graph with the form and the rows of the chosen step


def _graph(here: str, plan: Pipeline, checked: CheckedPipeline) -> None:
    wb = open_workbench()
    revision = pipeline.revision(wb, here, plan.name)
    key = f"selected-{here}-{plan.name}"
    selected = st.session_state.get(key)
    if selected not in {node.id for node in plan.nodes}:
        # The last one that gives rows on: something can be added after it.
        selected = next((node.id for node in reversed(plan.nodes) if node.step != "sink"), "")
    action = graph(_drawn(plan, checked), pipeline.edit.edges(plan), revision, selected, f"graph-{here}-{plan.name}")
    if action is not None and _act(here, plan, action, key):
        st.rerun()
    _palette(here, plan, checked, selected, key)
    step = next((node for node in plan.nodes if node.id == selected), None)
    if step is not None:
        # A step with a table of expressions needs the whole width; its rows stand below it then.
        wide = step.step in WIDE
        form, look = (st.container(), st.container()) if wide else st.columns([2, 3], gap="medium")
        with form.container(border=True):
            _form(here, plan, checked, step, revision, key)
        with look:
            _look(here, plan, checked, step)


def _drawn(plan: Pipeline, checked: CheckedPipeline) -> tuple[Drawn, ...]:
    kinds, places = _kinds(), pipeline.edit.placed(plan)
    wrong = {problem.node: tell(problem.what) for problem in checked.problems}
    drawn = []
    for node in plan.nodes:
        columns = checked.columns(node.id)
        sub = tn("{n} column", "{n} columns", n=len(columns)) if columns is not None else ""
        drawn.append(Drawn(node.id, node.step, kinds[node.step], places[node.id], sub, wrong.get(node.id, "")))
    return tuple(drawn)


def _kinds() -> dict[str, str]:
    return {
        "source": t("source"),
        "filter": t("filter"),
        "derive": t("derive"),
        "join": t("join"),
        "aggregate": t("aggregate"),
        "window": t("window"),
        "sort": t("sort"),
        "sink": t("sink"),
    }


def _act(here: str, plan: Pipeline, action: dict[str, Any], key: str) -> bool:
    """Do what was done in the graph; returns whether the page has to be drawn anew."""
    ids, what = {node.id for node in plan.nodes}, action.get("do")
    if not {action.get(name) for name in ("id", "from", "to") if name in action} <= ids:
        return False
    if what == "select":
        changed = st.session_state.get(key) != action["id"]
        st.session_state[key] = action["id"]
        return changed
    if what == "move":
        made = pipeline.edit.move(plan, action["id"], float(action["x"]), float(action["y"]))
    elif what == "connect":
        made = pipeline.edit.connect(plan, action["from"], action["to"])
    elif what == "disconnect":
        made = pipeline.edit.disconnect(plan, action["from"], action["to"])
    elif what == "remove":
        made = pipeline.edit.remove(plan, action["id"])
    else:
        return False
    pipeline.save(open_workbench(), here, made)
    return True


def _palette(here: str, plan: Pipeline, checked: CheckedPipeline, selected: str, key: str) -> None:
    kinds = _kinds()
    after = next((node for node in plan.nodes if node.id == selected), None)
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="palette"):
        branch = False
        if after is None:
            st.caption(t("Add a table, or choose a step to add another after it."), width="content")
        elif after.step == "sink":
            st.caption(t("Nothing comes after a sink: choose another step to add one after it."), width="content")
        else:
            st.caption(t("Add after {step}:", step=plain(selected)), width="content")
            branch = st.session_state.get(f"branch-{here}", False)
            for kind in pipeline.edit.KINDS:
                if kind != "source":
                    args = (here, plan, checked, kind, selected, key, branch)
                    st.button(kinds[kind], key=f"add-{kind}", on_click=_add, args=args)
        with st.popover(t("table"), icon=":material/add:", key=f"tables-of-{len(plan.nodes)}"):
            for table in (table.name for table in connect.tables(open_workbench(), here) if table.landed):
                args = (here, plan, checked, "source", table, key)
                st.button(table, key=f"add-source-{table}", type="tertiary", on_click=_add, args=args)
        if after is not None:
            st.button(
                t("Remove"),
                key="remove-step",
                type="tertiary",
                icon=":material/delete:",
                on_click=_remove,
                args=(here, plan, selected),
            )
        if any(before == selected for before, _ in pipeline.edit.edges(plan)):
            st.checkbox(
                t("as a branch"),
                key=f"branch-{here}",
                help=t(
                    "Off: the new step goes into the line, and what read the chosen step reads the new one. On: the line stays as it is."
                ),
            )


def _add(here: str, plan: Pipeline, checked: CheckedPipeline, kind: str, after: str, key: str, branch: bool = False) -> None:
    columns = checked.columns(after) or ()
    made, node = pipeline.add(plan, kind, after, columns[0].name if columns else "", branch=branch)
    pipeline.save(open_workbench(), here, made)
    st.session_state[key] = node


def _remove(here: str, plan: Pipeline, node: str) -> None:
    pipeline.save(open_workbench(), here, pipeline.edit.remove(plan, node))


def _form(here: str, plan: Pipeline, checked: CheckedPipeline, step: Step, revision: int, key: str) -> None:
    wb = open_workbench()
    tables = tuple(table.name for table in connect.tables(wb, here) if table.landed)
    connections = tuple((one.kind, one.name) for one in connect.connections(wb))
    st.markdown(f"**{_kinds()[step.step]}** · {plain(step.id)}")
    made = step_form(step, Around(checked, tables, connections, f"{here}-{plan.name}-{step.id}-{revision}"))
    if made is not None and made != step:
        if made.id != step.id and made.id in {node.id for node in plan.nodes}:
            st.error(t("Another step has this name."))
            return
        pipeline.save(wb, here, pipeline.edit.put(plan, step.id, made))
        st.session_state[key] = made.id
        st.rerun()


def _look(here: str, plan: Pipeline, checked: CheckedPipeline, step: Step) -> None:
    columns = checked.columns(step.id)
    if columns is None:
        st.info(t("The rows of this step are shown when it and the steps before it are sound."))
        return
    st.markdown(f"**{t('First rows after {step}', step=plain(step.id))}**")
    kept, stamp = f"rows-{here}-{plan.name}", (checked, step.id)
    if st.session_state.get(kept, (None,))[0] != stamp:
        with guarded(), st.spinner(t("Looking…")):
            st.session_state[kept] = (stamp, pipeline.preview(open_workbench(), here, plan, step.id, 100))
    if st.session_state.get(kept, (None,))[0] == stamp:
        rows(st.session_state[kept][1], height=390)
        st.caption(" · ".join(f"{plain(one.name)} {plain(one.type)}" for one in columns[:12]))


# The same pipeline as text


def _yaml(here: str, plan: Pipeline, checked: CheckedPipeline) -> None:
    wb = open_workbench()
    revision = pipeline.revision(wb, here, plan.name)
    written = pipeline.to_yaml(plan)
    with st.container(key="yaml-editor"), st.form("yaml", border=False):
        text = st.text_area("YAML", written, height=420, key=f"yaml-{here}-{plan.name}-{revision}", label_visibility="collapsed")
        if st.form_submit_button(t("Apply"), type="primary"):
            made = attempt_at("yaml", pipeline.from_yaml, text)
            if made is not None:
                pipeline.save(wb, here, Pipeline(plan.name, made.nodes, made.version, made.layout))
                flash(t("The text was taken over."))
            st.rerun()
    errors_at("yaml")
    st.download_button(t("Download"), written, f"{plan.name}.yaml", "application/yaml", on_click="ignore", key="get-yaml")


def _sql(here: str, plan: Pipeline, checked: CheckedPipeline) -> None:
    text = pipeline.sql(open_workbench(), here, plan)
    st.caption(t("What runs on DuckDB, one part a step."))
    st.code(text or "--", language="sql", wrap_lines=True)


# Runs


def _runs(here: str, plan: Pipeline, checked: CheckedPipeline) -> None:
    found = pipeline.runs(open_workbench(), here, plan.name)
    if not found:
        st.caption(t("It has not been run yet. Press Run."))
        return
    for number, run in enumerate(found[:10]):
        label = t(
            "{when} UTC · {engine} · {time}",
            when=f"{run.started:%Y-%m-%d %H:%M:%S}",
            engine=run.engine,
            time=tell(clock_time(run.seconds)),
        )
        with st.expander(label, expanded=number == 0):
            _run(run, number)


def _run(run: RunResult, number: int) -> None:
    head = (t("Step"), t("Rows"), t("Time"))
    lines = [dict(zip(head, (node.id, node.rows, tell(clock_time(node.seconds))), strict=True)) for node in run.nodes]
    st.dataframe(lines, hide_index=True, column_config=count_columns(head[1]))
    for node, place in run.wrote:
        _wrote(run, node, place, str(number))


def _wrote(run: RunResult, node: str, place: str, key: str) -> None:
    """Where a sink wrote, and how many rows; a file of this machine can be had."""
    counts = {one.id: one.rows for one in run.nodes}
    said = t("{step} wrote {place}", step=f"**{plain(node)}**", place=f"`{place}`")
    if node in counts:
        said += " · " + tn("{n} row", "{n} rows", n=counts[node])
    st.markdown(said)
    file = Path(place)
    if file.is_file() and file.stat().st_size <= LARGEST:
        st.download_button(
            t("Download {name}", name=file.name), file.read_bytes, file.name, on_click="ignore", key=f"get-{key}-{node}"
        )


main()
