"""What makes a row unusable: declared one by one, tried in this order, the first reason counts.

Each looks at the row itself (or at rows equal to it), never at later ones: what is appended next month
changes nothing that was cleaned today.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import polars as pl

from holdfast.cutoffs.schedule import cutoff_of
from holdfast.quality.ledger import LedgerEntry
from holdfast.quality.table_state import POSITION, Draft
from holdfast.settings import Settings


def exact_repeats(table: pl.DataFrame, rest: pl.DataFrame) -> pl.Series:
    """(n,) whether a row equals an earlier one in every column.

    Hashes find the candidates, the values decide: two different rows are never taken for one.

    Args:
        table: the columns as read.
        rest: the source's other columns, as written; same height.
    """
    every = table.hstack(rest.rename({name: f"_rest_{place}" for place, name in enumerate(rest.columns)}))
    if not every.width or every.height < 2:
        return pl.repeat(False, every.height, dtype=pl.Boolean, eager=True)
    suspects = every.hash_rows(seed=7).is_duplicated().arg_true()
    again = every[suspects].select((~pl.struct(pl.all()).is_first_distinct()).alias("again")).to_series()
    return pl.repeat(False, every.height, dtype=pl.Boolean, eager=True).scatter(suspects, again)


_REASON_TEXTS = ("description", "category", "kind", "status", "product")


@dataclass(frozen=True)
class Refusal:
    """A reason to set a row aside."""

    step: str
    reason: str  # plain words, of one row
    fails: Callable[[Draft, Settings], pl.Expr | pl.Series | None]  # None: not asked of this table


def drops_repeats(draft: Draft, settings: Settings) -> bool:
    """Whether exact repeats of this table are set aside."""
    return settings.quality.drop_exact_repeats and not draft.settings.repeats_are_real


def _without_customer(draft: Draft, _: Settings) -> pl.Expr | None:
    return pl.col("customer_id").is_null() if "customer_id" in draft.table.columns else None


def _without_time(draft: Draft, _: Settings) -> pl.Expr | None:
    return pl.col("happened_at").is_null() if draft.contract.is_events else None


def _after_the_cutoff(draft: Draft, settings: Settings) -> pl.Expr | None:
    cutoff = cutoff_of(settings)
    if cutoff is None:
        return None
    if draft.contract.is_events:
        return (pl.col("happened_at") >= cutoff) | (pl.col("known_at") >= cutoff)
    return pl.col("signed_up_at") >= cutoff if "signed_up_at" in draft.table.columns else None


def _repeated(draft: Draft, settings: Settings) -> pl.Series | None:
    if not drops_repeats(draft, settings):
        return None
    return exact_repeats(draft.table.drop(POSITION), draft.rest)


def _bad_debt(draft: Draft, _: Settings) -> pl.Expr | None:
    if draft.contract.name != "transactions":
        return None
    words = [name for name in _REASON_TEXTS if draft.table.schema.get(name) == pl.String]
    asked = [pl.col(name).str.contains(r"(?i)\bbad[ -]debts?\b") for name in words]
    return pl.any_horizontal(asked) if asked else None


def _price_not_positive(draft: Draft, _: Settings) -> pl.Expr | None:
    if draft.contract.name != "transactions" or "unit_price" not in draft.table.columns:
        return None
    return pl.col("unit_price") <= 0


def _customer_again(draft: Draft, _: Settings) -> pl.Expr | None:
    return ~pl.col("customer_id").is_first_distinct() if draft.contract.name == "customers" else None


REFUSALS: tuple[Refusal, ...] = (
    Refusal("missing_customer", "No customer id.", _without_customer),
    Refusal("unreadable_time", "No time that can be read.", _without_time),
    Refusal("future_rows", "Lies at or after the cutoff, or became known only then.", _after_the_cutoff),
    Refusal("exact_repeats", "Says exactly what an earlier row says.", _repeated),
    Refusal("bad_debt", "An adjustment of bad debt, no purchase.", _bad_debt),
    Refusal("price", "The price is not above zero: a correction of stock or a gift, no purchase.", _price_not_positive),
)


AGAIN: tuple[Refusal, ...] = (  # asked of the rows that the first ones left
    Refusal("repeated_customer", "A second row for the same customer; the first counts.", _customer_again),
)


@dataclass(frozen=True)
class Removed:
    """Rows of one table that were set aside in one step."""

    step: str
    reason: str
    positions: pl.Series


def set_aside(draft: Draft, settings: Settings, refusals: Sequence[Refusal]) -> tuple[Draft, list[Removed]]:
    """Try the refusals in one pass over the rows; what passes all of them stays."""
    asked: list[tuple[Refusal, pl.Expr]] = []
    helpers: list[pl.Series] = []
    for refusal in refusals:
        fails = refusal.fails(draft, settings)
        if isinstance(fails, pl.Series):
            helpers.append(fails.alias(f"_{refusal.step}"))
            asked.append((refusal, pl.col(f"_{refusal.step}")))
        elif fails is not None:
            asked.append((refusal, fails))
    if not asked:
        return draft, []
    first = pl.coalesce([pl.when(fails).then(pl.lit(place, pl.Int8)) for place, (_, fails) in enumerate(asked)])
    step = draft.table.hstack(helpers).select(first.alias("step")).to_series()
    removed = [
        Removed(refusal.step, refusal.reason, draft.table[POSITION].filter((step == place).fill_null(False)))
        for place, (refusal, _) in enumerate(asked)
    ]
    return without(draft, removed, step.is_null()), removed


def without(draft: Draft, removed: Sequence[Removed], kept: pl.Series) -> Draft:
    """The draft without rows that were set aside, with an entry for each step."""
    height, entries = draft.table.height, []
    for gone in removed:
        after = height - len(gone.positions)
        entries.append(LedgerEntry(draft.name, gone.step, gone.reason, height, after, set_aside=len(gone.positions)))
        height = after
    whole = bool(kept.all())
    return replace(
        draft,
        table=draft.table if whole else draft.table.filter(kept),
        rest=draft.rest if whole or not draft.rest.width else draft.rest.filter(kept),
        ledger=(*draft.ledger, *entries),
    )
