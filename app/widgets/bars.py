"""Bar charts, drawn by ECharts: quicker to open than the others, and they follow the theme."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from app.session import t, tell
from core.words import msg, percent


def bars(labels: list[str], counts: list[int], full: list[str]) -> None:
    """A bar chart in the order given.

    ECharts groups digits by commas whatever the language, so the lines of the scale and the hints bring their texts along.
    """
    ticks = scale(max(counts, default=0))
    options = {
        "animation": False,
        "grid": {"left": 14 + 7 * len(_count(ticks[-1])), "right": 8, "top": 10, "bottom": 22},
        "tooltip": {"trigger": "item", "renderMode": "richText"},
        "xAxis": {
            "type": "category",
            "data": labels if len(set(labels)) == len(labels) else full,
            "axisTick": {"show": False},
            "axisLabel": {"interval": max(len(labels) // 6, 0), "fontSize": 11},
        },
        "yAxis": {"type": "value", "min": 0, "max": ticks[-1], "axisLabel": {"show": False}, "splitLine": {"show": False}},
        "series": [
            {
                "type": "bar",
                "data": [
                    {"value": count, "tooltip": {"formatter": _unbraced(f"{name}: {_count(count)}")}}
                    for name, count in zip(full, counts, strict=True)
                ],
                "barCategoryGap": "12%",
                "name": t("Rows"),
                "markLine": {
                    "silent": True,
                    "symbol": "none",
                    "animation": False,
                    "z": 0,
                    "lineStyle": {"type": "solid", "width": 1, "color": "rgba(128,138,155,.25)"},
                    "label": {"position": "start", "fontSize": 11, "distance": 6, "color": "#808a9b"},
                    "data": [{"yAxis": tick, "label": {"formatter": _count(tick)}} for tick in ticks],
                },
            }
        ],
    }
    st.echarts_chart(options, height=240)


def pairs(labels: Sequence[str], before: Sequence[float], after: Sequence[float], names: tuple[str, str]) -> None:
    """Two shares of each label side by side."""
    series = []
    for name, shares, colour in zip(names, (before, after), ("#9aa5b8", "#2f6bed"), strict=True):
        data = [
            {"value": share, "tooltip": {"formatter": _unbraced(f"{label} · {name}: {tell(percent(share))}")}}
            for label, share in zip(labels, shares, strict=True)
        ]
        series.append(
            {"type": "bar", "name": name, "data": data, "itemStyle": {"color": colour}, "barCategoryGap": "25%", "barGap": "0%"}
        )
    options = {
        "animation": False,
        "legend": {"top": 0, "right": 0, "itemWidth": 12, "itemHeight": 8, "textStyle": {"fontSize": 11, "color": "#808a9b"}},
        "grid": {"left": 8, "right": 8, "top": 26, "bottom": 22},
        "tooltip": {"trigger": "item", "renderMode": "richText"},
        "xAxis": {
            "type": "category",
            "data": list(labels),
            "axisTick": {"show": False},
            "axisLabel": {
                "interval": max(len(labels) // 6, 0),
                "fontSize": 10,
                "width": 70,
                "overflow": "truncate",
                "hideOverlap": True,
            },
        },
        "yAxis": {"type": "value", "min": 0, "axisLabel": {"show": False}, "splitLine": {"show": False}},
        "series": series,
    }
    st.echarts_chart(options, height=200)


def scale(most: int) -> list[int]:
    """Round numbers from 0 to at least `most`, about four steps apart by 1, 2 or 5 times a power of ten."""
    rough = max(1, -(-most // 4))
    power = 10 ** (len(str(rough)) - 1)
    step = next(one * power for one in (1, 2, 5, 10) if one * power >= rough)
    return list(range(0, step * max(1, -(-most // step)) + 1, step))


def _count(number: int) -> str:
    return tell(msg("{n}", n=number))


def _unbraced(text: str) -> str:
    """Text from data that ECharts must not take for a template."""
    return text.replace("{", "{\u200b")
