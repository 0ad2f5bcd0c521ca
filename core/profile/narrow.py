"""Quantiles of many different values without sorting them all: only the parts are sorted in which they lie."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from itertools import accumulate

from sqlglot import exp

from core.engines import duck
from core.profile import histogram
from core.profile.counted import COUNT, NEAR, RANKED, VALUE
from core.profile.frame import Frame

MANY = 100_000
"""Different values from which this pays."""

PARTS = 32
"""Parts of about as many different values each."""

SLICE = 16
"""One in so many of the values tells where the parts lie."""


def narrowed(source: Frame, type_name: str, ranks: Mapping[str, int]) -> dict[str, int]:
    """Keep as `near` those parts of `ranked` in which the ranks lie; the ranks as they are among these values."""
    cuts = [exp.cast(exp.Literal.string(cut), type_name, dialect="duckdb") for (cut,) in source.all(_cuts())]
    part = exp.alias_(histogram.bin_of(VALUE, cuts), "part")
    counted = exp.select(part, exp.Sum(this=COUNT.copy())).from_(RANKED).group_by(exp.Literal.number(1))
    found = dict(source.all(counted))
    rows = [int(found.get(place, 0)) for place in range(len(cuts) + 1)]
    upto = list(accumulate(rows))
    home = {name: bisect_left(upto, rank) for name, rank in ranks.items()}
    kept = set(home.values())
    near = exp.or_(*(_inside(cuts, place) for place in sorted(kept)))
    source.keep(NEAR, exp.select(VALUE.copy(), COUNT.copy()).from_(RANKED).where(near))
    return {name: rank - sum(rows[place] for place in range(home[name]) if place not in kept) for name, rank in ranks.items()}


def _cuts() -> str:
    """The values between the parts, as text: where they lie exactly is of no account."""
    shares = exp.array(*(exp.Literal.number(place / PARTS) for place in range(1, PARTS)))
    cut = exp.Explode(this=duck.call("quantile_disc", VALUE.copy(), shares))
    kept = exp.Mod(this=duck.call("hash", VALUE.copy()), expression=exp.Literal.number(SLICE))
    return duck.sql(exp.select(exp.cast(cut, "VARCHAR")).from_(RANKED).where(exp.EQ(this=kept, expression=exp.Literal.number(0))))


def _inside(cuts: Sequence[exp.Expression], place: int) -> exp.Expression:
    """Whether a value lies in a part: at or above its lower end, below its upper one."""
    ends = []
    if place > 0:
        ends.append(exp.GTE(this=VALUE.copy(), expression=cuts[place - 1].copy()))
    if place < len(cuts):
        ends.append(exp.LT(this=VALUE.copy(), expression=cuts[place].copy()))
    return exp.and_(*ends)
