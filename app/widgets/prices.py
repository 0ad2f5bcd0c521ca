"""The price list behind the costs of the storage advice, edited as a table."""

from __future__ import annotations

from decimal import Decimal

import pandas as pd
import streamlit as st

from app.session import attempt, flash, open_workbench, t
from core.models.advice import STORAGES, Prices
from core.workbench import advice


def prices() -> None:
    """The price list as a table to edit, and the way back to the assumptions."""
    wb = open_workbench()
    st.subheader(t("Prices"))
    st.caption(
        t(
            "Assumptions behind the costs of the storage advice: the price of a gigabyte and month, and how many times its size as Parquet the data takes there, copies included."
        )
    )
    now = advice.prices(wb)
    head = {"storage": t("Storage"), "price": t("Per GB and month"), "factor": t("Times Parquet")}
    price, factor = dict(now.gb_month), dict(now.factors)
    frame = pd.DataFrame([(one, float(price[one]), float(factor[one])) for one in STORAGES], columns=list(head.values()))
    with st.form("prices", border=False):
        currency = st.text_input(t("Currency"), now.currency, max_chars=8, width=160)
        edited = st.data_editor(
            frame,
            hide_index=True,
            disabled=[head["storage"]],
            column_config={
                head["price"]: st.column_config.NumberColumn(min_value=0, format="%.4f"),
                head["factor"]: st.column_config.NumberColumn(min_value=0, format="%.2f"),
            },
            key="prices-table",
        )
        if st.form_submit_button(t("Save the prices")):
            _save(currency, edited, head)
    st.button(
        t("Back to the assumptions of Assay"),
        type="tertiary",
        on_click=attempt,
        args=(advice.set_prices, wb, advice.DEFAULT_PRICES),
    )


def _save(currency: str, edited: pd.DataFrame, head: dict[str, str]) -> None:
    lines = edited.fillna(0).to_dict("records")
    new = Prices(
        currency.strip(),
        tuple((line[head["storage"]], Decimal(str(line[head["price"]]))) for line in lines),
        tuple((line[head["storage"]], Decimal(str(line[head["factor"]]))) for line in lines),
    )
    if attempt(advice.set_prices, open_workbench(), new) is not None:
        flash(t("The prices are saved."))
    st.rerun()
