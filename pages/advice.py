"""Storage advice: which of five storages fits, with every rule and fact behind each point."""

from __future__ import annotations

import streamlit as st

from app.frame import go
from app.session import attempt, open_workbench, plain, project, t, tell, written
from app.widgets.boxes import empty
from app.widgets.stale import old_profile
from core.models.advice import ACCESSES, LATENCIES, NAMES, Advice, Choice, Prices, Workload
from core.words import Msg, size
from core.workbench import advice, profile

# Named, as a box with None in it offers to clear what is already clear.
UPDATES = {"unknown": None, "yes": True, "no": False}


def main() -> None:
    st.title(t("Storage advice"))
    here = project()
    if here is None or not profile.known(open_workbench(), here.id):
        empty(t("Nothing to advise on yet"), t("Advice is worked out from the profile."), "profile", t("Open Profile"))
        return
    old_profile(here.id)
    with st.expander(t("How will the data be used?"), expanded=True):
        _workload(here.id)
    found = advice.latest(open_workbench(), here.id)
    _best(here.id, found)
    whole, *tables = st.tabs([t("All tables together"), *(plain(one.table) for one in found.tables)])
    with whole:
        _ranking(found.choices, found.prices, "all")
    for tab, one in zip(tables, found.tables, strict=True):
        with tab:
            _ranking(one.choices, found.prices, one.table)


def _workload(here: str) -> None:
    said = advice.workload(open_workbench(), here)
    updates = {"unknown": t("I do not know yet"), "yes": t("yes"), "no": t("no")}
    keys = {name: f"workload-{name}-{here}" for name in ("access", "latency", "updates", "rows_per_day", "keep_days")}
    change = {"on_change": _said, "args": (here, keys)}
    one, two, three = st.columns(3)
    options = list(ACCESSES)
    one.selectbox(
        t("How is it read?"),
        options,
        options.index(said.access),
        key=keys["access"],
        format_func=lambda one: tell(ACCESSES[one]),
        **change,
    )
    options = list(LATENCIES)
    two.selectbox(
        t("How soon must an answer come?"),
        options,
        options.index(said.latency),
        key=keys["latency"],
        format_func=lambda one: tell(LATENCIES[one]),
        **change,
    )
    three.selectbox(
        t("Are rows changed later?"),
        list(UPDATES),
        list(UPDATES.values()).index(said.updates),
        key=keys["updates"],
        format_func=updates.get,
        **change,
    )
    _counted(here, keys, said, (one, three))
    one, two, three = st.columns(3)
    one.number_input(
        t("New rows a day"), 0, 10**12, said.rows_per_day, 1000, key=keys["rows_per_day"], placeholder=t("unknown"), **change
    )
    growth = advice.growth(open_workbench(), here)
    if said.rows_per_day is None and growth:
        text = t("{n} a day, say the times in your data", n=growth)
        one.button(text, key="growth", type="tertiary", on_click=_grown, args=(here, keys, growth))
    two.number_input(
        t("Days they are kept"), 0, 36_500, said.keep_days, 30, key=keys["keep_days"], placeholder=t("for ever"), **change
    )
    three.caption(t("What you leave open counts for nothing. Answers are kept with the project."))


def _counted(here: str, keys: dict[str, str], said: Workload, places: tuple) -> None:
    """What the servers of the tables counted of their use, to be taken by a click where nothing is said yet."""
    found = advice.hints(open_workbench(), here)
    if found.access is not None and said.access == "unknown":
        _offered(places[0], here, keys, "access", found.access[0], tell(ACCESSES[found.access[0]]), found.access[1])
    if found.updates is not None and said.updates is None:
        option = next(name for name, value in UPDATES.items() if value is found.updates[0])
        _offered(places[1], here, keys, "updates", option, t("yes") if found.updates[0] else t("no"), found.updates[1])


def _offered(place, here: str, keys: dict[str, str], name: str, option: str, label: str, because: Msg) -> None:
    text = t("{answer}, counts the server", answer=label)
    place.button(
        text, key=f"counted-{name}", type="tertiary", help=plain(because), on_click=_take, args=(here, keys, name, option)
    )


def _take(here: str, keys: dict[str, str], name: str, option: str) -> None:
    st.session_state[keys[name]] = option
    _said(here, keys)


def _grown(here: str, keys: dict[str, str], growth: int) -> None:
    """Take the growth that the data's own times tell."""
    st.session_state[keys["rows_per_day"]] = growth
    _said(here, keys)


def _said(here: str, keys: dict[str, str]) -> None:
    """Keep what was just answered."""
    answers = {name: st.session_state.get(key) for name, key in keys.items()}
    answers["updates"] = UPDATES.get(answers["updates"])
    attempt(advice.set_workload, open_workbench(), here, Workload(**answers))


def _best(here: str, found: Advice) -> None:
    best = found.best
    with st.container(border=True):
        st.markdown(f"#### :material/flag: {plain(best.role)}")
        for reason in best.reasons[:3]:
            st.markdown(f"- {plain(reason.because)}")
        if st.button(t("Go on: table definitions"), type="primary", icon=":material/arrow_forward:", key="next"):
            attempt(advice.accept, open_workbench(), here)
            go("ddl")


def _ranking(choices: tuple[Choice, ...], prices: Prices, key: str) -> None:
    head = [t("Storage"), t("Score"), t("Size in a year"), t("A month, {currency}", currency=prices.currency)]
    lines = [
        dict(
            zip(
                head,
                (tell(NAMES[one.storage]), one.score, tell(size(one.bytes)), written(advice.monthly(one, prices))),
                strict=True,
            )
        )
        for one in choices
    ]
    config = {head[1]: st.column_config.ProgressColumn(format="%d", min_value=0, max_value=100)}
    st.dataframe(lines, hide_index=True, column_config=config, key=f"ranking-{key}")
    st.caption(
        t(
            "Sizes and prices are projections from assumptions that you can change in Settings; servers and people are not in them."
        )
    )
    for place, choice in enumerate(choices):
        with st.expander(f"**{choice.score}** · {plain(choice.role)}", expanded=place == 0):
            _reasons(choice)


def _reasons(choice: Choice) -> None:
    if not choice.reasons:
        st.caption(t("No rule spoke for it or against it: it stays at 50."))
        return
    # A list and no grid: a grid cuts what does not fit, and half of a figure is another figure.
    for one in choice.reasons:
        color = "green" if one.points > 0 else "red"
        facts = "; ".join(f"{tell(label)}: {tell(value)}" for label, value in one.facts)
        st.markdown(f":{color}-badge[{one.points:+d}] {plain(one.because)}  \n:small[{plain(facts)} · `{one.rule}`]")
    points = " ".join(f"{one.points:+d}" for one in choice.reasons)
    st.caption(t("50 {points} = {score}, kept between 0 and 100", points=points, score=choice.score))


main()
