"""Cost and benefit: what keeping the data would cost under stated assumptions, and what is gained for it."""

from __future__ import annotations

from decimal import Decimal

from core.models.advice import NAMES, Advice, Storage
from core.models.report import Block, Bullets, Callout, Chart, Paragraph, Section, TableBlock
from core.words import Msg, msg, percent, plural, size
from reports.data_analysis import roadmap
from reports.data_analysis.known import Known

MONTHS = 12
DECIDES = Decimal(1)
"""Units of currency a month below which the price of storage decides nothing."""


def section(known: Known) -> Section:
    blocks = _costs(known, known.advice) if known.advice else (Paragraph(_none()),)
    return Section("cost", msg("Cost and benefit"), (*blocks, *_benefits(known)))


def _none() -> Msg:
    return msg("Costs are worked out with the storage advice: open the Storage step, or run `python -m core advise`.")


def _price_entry(known: Known, advice: Advice, storage: Storage) -> str:
    about = msg(
        "{storage}: {price} {currency} for a gigabyte and month, {factor} times the size of the Parquet files, copies included",
        storage=NAMES[storage],
        price=str(dict(advice.prices.gb_month).get(storage, Decimal(0))),
        currency=advice.prices.currency,
        factor=str(dict(advice.prices.factors).get(storage, Decimal(1))),
    )
    return known.book.assumption(about)


def _formula(known: Known, advice: Advice) -> str:
    return known.book.rule(
        msg(
            "Size: bytes of the Parquet files by row × rows after {days} days × factor of the storage. Price: size in gigabytes of 10⁹ bytes × price",
            days=advice.horizon_days,
        )
    )


def _costs(known: Known, advice: Advice) -> tuple[Block, ...]:
    warned = msg(
        "Prices and size factors are assumptions, not offers: they are edited in Settings. Servers, people and traffic are not in them."
    )
    formula = _formula(known, advice)
    header = (
        msg("Storage"),
        msg("Size after {days} days", days=advice.horizon_days),
        msg("A month, {currency}", currency=advice.prices.currency),
        msg("A year, {currency}", currency=advice.prices.currency),
    )
    rows = tuple(
        (NAMES[choice.storage], size(choice.bytes), choice.monthly, choice.monthly * MONTHS) for choice in advice.choices
    )
    queries = tuple(_price_entry(known, advice, choice.storage) for choice in advice.choices)
    table = TableBlock(msg("Cost of keeping the data"), header, rows, formula, queries)
    return (Callout("info", warned), table, *_cost_chart(advice, formula), Paragraph(_verdict(advice), (formula,)))


def _cost_chart(advice: Advice, formula: str) -> tuple[Block, ...]:
    # Cents tell nothing apart: sizes do, at any size.
    return (
        Chart(
            "hbar",
            msg("Projected size by storage, copies included"),
            tuple(NAMES[choice.storage].text for choice in advice.choices),
            ((msg("Megabytes"), tuple(choice.bytes / 10**6 for choice in advice.choices)),),
            msg("MB"),
            formula,
        ),
    )


def _verdict(advice: Advice) -> Msg:
    best, dearest = advice.best, max(advice.choices, key=lambda choice: choice.monthly)
    if dearest.monthly < DECIDES:
        return msg(
            "At this size every storage costs less than {n} {currency} a month: let the use of the data decide, not the price.",
            n=int(DECIDES),
            currency=advice.prices.currency,
        )
    saved = (dearest.monthly - best.monthly) * MONTHS
    if saved <= 0:
        return msg("{storage} is the dearest of the five: what it gives has to be worth that.", storage=NAMES[best.storage])
    return msg(
        "{storage} costs {saved} {currency} a year less than {dearest}.",
        storage=NAMES[best.storage],
        saved=round(float(saved)),
        currency=advice.prices.currency,
        dearest=NAMES[dearest.storage],
    )


def _benefits(known: Known) -> tuple[Block, ...]:
    said = [*_one_off(known), *_smaller(known), *_guarded(known), *_indexes(known)]
    return (
        Paragraph(msg("What is spent once, and what is gained:")),
        Bullets(tuple(text for text, _ in said), False, tuple(entries for _, entries in said)),
    )


Point = tuple[Msg, tuple[str, ...]]


def _one_off(known: Known) -> list[Point]:
    said = msg("Spent once: about {hours} of work, by the roadmap", hours=roadmap.hours(roadmap.total(known)))
    return [(said, (roadmap.rates(known),))]


def _smaller(known: Known) -> list[Point]:
    source = sum(table.source_bytes for table in known.profile.tables)
    if not source or known.profile.bytes >= source:
        return []
    share = percent(known.profile.bytes / source)
    return [(msg("Typed and compressed, the tables take {share} of the bytes of their sources", share=share), (known.sizes(),))]


def _guarded(known: Known) -> list[Point]:
    keyed = [table for table in known.tables if table.primary_key]
    sound = [relation for relation in known.profile.foreign_keys if not relation.orphans]
    points: list[Point] = []
    if keyed:
        text = plural(
            "{n} table with a proven key: loading it twice can be refused by the database",
            "{n} tables with a proven key: loading one twice can be refused by the database",
            n=len(keyed),
        )
        points.append((text, tuple(known.key(table, key) for table in keyed for key in table.keys[:1])))
    if sound:
        text = plural(
            "{n} relation holds on all rows: the database can keep it so",
            "{n} relations hold on all rows: the database can keep them so",
            n=len(sound),
        )
        points.append((text, tuple(known.relation(relation) for relation in sound)))
    return points


def _indexes(known: Known) -> list[Point]:
    proofs = known.design.proofs if known.design else ()
    points: list[Point] = []
    for proof in proofs:
        asked = [index for table in proof.tables for index in table.indexes if index.status != "not tried"]
        if asked:
            kept = sum(index.status == "kept" for index in asked)
            said = msg(
                "{engine}: {kept} of {all} proposed indexes are used by the planner or keep values unique; the others were left out, which saves space and writes",
                engine=proof.engine,
                kept=kept,
                all=len(asked),
            )
            points.append((said, (known.book.run(msg("{engine}: answers of the planner, index by index", engine=proof.engine)),)))
    return points
