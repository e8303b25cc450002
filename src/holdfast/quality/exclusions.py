"""Rules that set rows aside: tried in this order, the first reason counts.

Each rule looks at the row itself (or at rows equal to it), never at later ones: records appended next month
change nothing that was cleaned today.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import polars as pl

from holdfast.cutoffs.schedule import cutoff_of
from holdfast.meanings import EXCLUDED, Meaning
from holdfast.notation.counted_texts import counts
from holdfast.quality.currencies import other_currency
from holdfast.quality.ledger import LedgerEntry
from holdfast.quality.money import means
from holdfast.quality.row_shape import names_nobody
from holdfast.quality.table_state import POSITION, TableState
from holdfast.settings import Settings
from holdfast.stats.sums import total_of
from holdfast.tables.contracts import LONGEST_KEY

GIVEN_BACK = "given_back"  # of sales of which nothing is left
OTHER_CURRENCY = "other_currency"  # its amounts are never added to those of the project's currency


def exact_repeats(table: pl.DataFrame, rest: pl.DataFrame) -> pl.Series:
    """(n,) whether a row equals an earlier one in every column.

    Hashes find the candidates, the values decide: two different rows are never taken for one.

    Args:
        table: the columns as read.
        rest: the source's other columns, as written; same height.
    """
    every = table.hstack([column.alias(f"_rest_{index}") for index, column in enumerate(rest)])
    none = pl.Series([False]).new_from_index(0, every.height)
    if not every.width or every.height < 2:
        return none
    hashes = every.hash_rows(seed=7)
    if hashes.n_unique() == len(hashes):
        return none
    suspects = hashes.is_duplicated().arg_true()
    repeats = every[suspects].select((~pl.struct(pl.all()).is_first_distinct()).alias("again")).to_series()
    return none.scatter(suspects, repeats)


KEPT_REPEATS = "repeats_kept"  # the fact: how many rows equal an earlier one where such rows count


def note_kept_repeats(state: TableState, settings: Settings) -> TableState:
    """The state with a count of its repeats, where the settings keep them."""
    if drops_repeats(state, settings):
        return state
    repeats = int(exact_repeats(state.table.drop(POSITION), state.rest).sum())
    return replace(state, facts={**state.facts, KEPT_REPEATS: repeats})


_HALF_A_CENT = 0.005  # less than this is nothing
_REASON_TEXTS = ("description", "category", "kind", "status", "product")


@dataclass(frozen=True)
class ExclusionRule:
    """A reason to set a row aside."""

    step: str
    reason: str  # plain words, of one row
    fails: Callable[[TableState, Settings], pl.Expr | pl.Series | None]  # None: the rule does not apply to this table


def drops_repeats(state: TableState, settings: Settings) -> bool:
    """Whether exact repeats of this table are set aside."""
    return settings.quality.drop_exact_repeats and not state.settings.repeats_are_real


def _without_customer(state: TableState, _: Settings) -> pl.Expr | None:
    return pl.col("customer_id").is_null() if "customer_id" in state.table.columns else None


def _without_time(state: TableState, settings: Settings) -> pl.Expr | None:
    if not state.contract.is_events:
        return None
    # A deal that is open or lost has no day on which it was won: what it is says more than what it lacks.
    # So does one that does not count by the settings: a reader who never paid has no day on which that began.
    rules = (*(_with_meaning(each) for each in EXCLUDED), _does_not_count)
    meanings = [test for rule in rules if (test := rule(state, settings)) is not None]
    lacks_time = pl.col("happened_at").is_null()
    return lacks_time & ~pl.any_horizontal(meanings) if meanings else lacks_time


def _after_the_cutoff(state: TableState, settings: Settings) -> pl.Expr | None:
    cutoff = cutoff_of(settings)
    if cutoff is None:
        return None
    if state.contract.is_events:
        return (pl.col("happened_at") >= cutoff) | (pl.col("known_at") >= cutoff)
    return pl.col("signed_up_at") >= cutoff if "signed_up_at" in state.table.columns else None


def _repeated(state: TableState, settings: Settings) -> pl.Series | None:
    if not drops_repeats(state, settings):
        return None
    columns = [name for name in state.table.columns if name != POSITION]
    return exact_repeats(state.table[columns], state.rest)


def _bad_debt(state: TableState, _: Settings) -> pl.Expr | None:
    if state.contract.name != "transactions":
        return None
    words = [name for name in _REASON_TEXTS if state.table.schema.get(name) == pl.String]
    conditions = [pl.col(name).str.contains(r"(?i)\bbad[ -]debts?\b") for name in words]
    return pl.any_horizontal(conditions) if conditions else None


def _price_not_positive(state: TableState, _: Settings) -> pl.Expr | None:
    if state.contract.name != "transactions" or "unit_price" not in state.table.columns:
        return None
    comes_back = pl.col("quantity") < 0 if "quantity" in state.table.columns else pl.lit(value=False)
    no_price = (pl.col("unit_price") <= 0) & ~((pl.col("unit_price") < 0) & comes_back).fill_null(value=False)
    # What was paid, or taken off a bill, says more than the price of one: a bundle, or a price that the list lacks.
    has_amount = "amount" in state.settings.columns and "amount" in state.table.columns
    says_more = (pl.col("amount") != 0).fill_null(value=False) if has_amount else pl.lit(value=False)
    return no_price & ~says_more


def _nobody(state: TableState, _: Settings) -> pl.Series | None:
    column = state.settings.columns.get("customer_id")
    if column is None or not column.nobody or "customer_id" not in state.table.columns:
        return None
    ids = state.table["customer_id"]
    return names_nobody(ids, column.nobody) & ids.is_not_null()


def _id_of_another_text(state: TableState, _: Settings) -> pl.Expr | None:
    if "customer_id" not in state.table.columns:
        return None
    return pl.col("customer_id").cast(pl.String).str.len_chars() > LONGEST_KEY


def _older_export(state: TableState, _: Settings) -> pl.Series | None:
    names = [name for name in state.settings.row_id if name in state.table.columns]
    if not names or len(names) < len(state.settings.row_id):
        return None
    keys = state.table.select([*names, POSITION])
    is_known = pl.all_horizontal(pl.col(names).is_not_null())
    money = state.settings.money
    of_lines = state.settings.sale_lines or (money is not None and money.once_per in names)
    if not of_lines:
        return keys.select(is_known & ~pl.struct(names).is_last_distinct()).to_series()
    # The id may name an order of several lines: they stand together, and the last such run of rows counts.
    record = state.rows.gather(keys[POSITION]).cast(pl.Int64).alias("_record")
    begins = pl.struct(names).rle_id().diff().fill_null(1) + pl.col("_record").diff().fill_null(1) != 1
    runs = keys.with_columns(record).with_columns(run=begins.cum_sum())
    return runs.select(is_known & (pl.col("run") < pl.col("run").max().over(names))).to_series()


def _does_not_count(state: TableState, _: Settings) -> pl.Expr | None:
    tests = [
        ~counts(pl.col(name), values) for name, values in state.settings.only.items() if name in state.table.columns
    ]
    return pl.any_horizontal(tests) if tests else None


def _idle(state: TableState, _: Settings) -> pl.Expr | None:
    names = [name for name in state.settings.idle_when_zero if name in state.table.columns]
    numbers = [pl.col(name).cast(pl.Float64).fill_null(0.0) == 0 for name in names]
    return pl.all_horizontal(numbers) if names and len(names) == len(state.settings.idle_when_zero) else None


def _with_meaning(meaning: Meaning) -> Callable[[TableState, Settings], pl.Expr | None]:
    def fails(state: TableState, _: Settings) -> pl.Expr | None:
        # A payment that failed is no revenue, but it happened: payments keep it, marked by `failed`.
        if meaning is Meaning.FAILED and state.contract.name == "payments":
            return None
        # Of subscriptions a meaning says what happened, not whether the row counts.
        if state.settings.subscriptions is not None and meaning is not Meaning.TEST:
            return None
        return means(state, meaning)

    return fails


def _no_purchase(state: TableState, settings: Settings) -> pl.Expr | None:
    is_money = state.contract.name == "transactions"
    return _with_meaning(Meaning.PASSIVE)(state, settings) if is_money else None


def _of_undone_order(state: TableState, _: Settings) -> pl.Expr | None:
    is_found = state.contract.name == "transactions" and "is_passive" in state.table.columns
    return pl.col("is_passive").fill_null(value=False) if is_found else None


def _given_back(state: TableState, _: Settings) -> pl.Expr | None:
    """Whether nothing is left of a sale, by the columns that say what went back; of an order, all its rows."""
    money = state.settings.money
    if money is None or not money.refunds or state.contract.name != "transactions":
        return None
    if not {"amount", "refunded_amount"} <= set(state.table.columns):
        return None
    nothing = (pl.col("amount").abs() < _HALF_A_CENT) & (pl.col("refunded_amount") > 0)
    nothing = nothing.fill_null(value=False)
    if not money.once_per or money.once_per not in state.table.columns:
        return nothing
    order = pl.col(money.once_per)  # its amount stands on its first row
    return pl.when(order.is_null()).then(nothing).otherwise(nothing.any().over(order))


def _customer_again(state: TableState, _: Settings) -> pl.Expr | None:
    return ~pl.col("customer_id").is_first_distinct() if state.contract.name == "customers" else None


# Before any other: of a row that two exports hold alike, the later one must not be set aside as its repeat.
OVERLAP_RULES: tuple[ExclusionRule, ...] = (
    ExclusionRule("older_export", "A later export holds this row again.", _older_export),
)


EXCLUSION_RULES: tuple[ExclusionRule, ...] = (
    ExclusionRule("missing_customer", "No customer id.", _without_customer),
    ExclusionRule("nobody", "Names nobody: a stand-in or a total row.", _nobody),
    ExclusionRule(
        "long_id",
        f"The customer id has more than {LONGEST_KEY} letters: another text in its column.",
        _id_of_another_text,
    ),
    ExclusionRule("unreadable_time", "No time that can be read.", _without_time),
    ExclusionRule("future_rows", "Lies at or after the cutoff, or became known only then.", _after_the_cutoff),
    ExclusionRule("exact_repeats", "Says exactly what an earlier row says.", _repeated),
    ExclusionRule("does_not_count", "Not one of the values that count, by the settings.", _does_not_count),
    ExclusionRule("nothing_happened", "Says that nothing happened in its month or day: all is 0.", _idle),
    ExclusionRule(OTHER_CURRENCY, "In another currency than the one that is kept.", other_currency),
    *(ExclusionRule(meaning.value, reason, _with_meaning(meaning)) for meaning, reason in EXCLUDED.items()),
    ExclusionRule(
        "of_undone_order", "Belongs to an order that was cancelled, failed or otherwise undone.", _of_undone_order
    ),
    ExclusionRule(GIVEN_BACK, "All that was paid was given back: no purchase is left.", _given_back),
    ExclusionRule(Meaning.PASSIVE.value, "No act of the customer, and no money.", _no_purchase),
    ExclusionRule("bad_debt", "An adjustment of bad debt, no purchase.", _bad_debt),
    ExclusionRule(
        "price", "The price is not above zero: a correction of stock or a gift, no purchase.", _price_not_positive
    ),
)


DUPLICATE_RULES: tuple[ExclusionRule, ...] = (  # tried on the rows that passed the first rules
    ExclusionRule("repeated_customer", "A second row for the same customer; the first counts.", _customer_again),
)


@dataclass(frozen=True)
class ExcludedRows:
    """Rows of one table that were set aside in one step."""

    step: str
    reason: str
    positions: pl.Series


def set_aside(
    state: TableState, settings: Settings, rules: Sequence[ExclusionRule]
) -> tuple[TableState, list[ExcludedRows]]:
    """Set aside the rows that fail a rule, in one pass; rows that pass all of them stay."""
    conditions: list[tuple[ExclusionRule, pl.Expr]] = []
    helpers: list[pl.Series] = []
    for rule in rules:
        fails = rule.fails(state, settings)
        if isinstance(fails, pl.Series):
            helpers.append(fails.alias(f"_{rule.step}"))
            conditions.append((rule, pl.col(f"_{rule.step}")))
        elif fails is not None:
            conditions.append((rule, fails))
    if not conditions:
        return state, []
    first = pl.coalesce([pl.when(fails).then(pl.lit(index, pl.Int8)) for index, (_, fails) in enumerate(conditions)])
    step = state.table.hstack(helpers).select(first.alias("step")).to_series()
    nobody_fails, positions = step.null_count() == len(step), state.table[POSITION]
    removed = [
        ExcludedRows(
            rule.step,
            rule.reason,
            positions.clear() if nobody_fails else positions.filter((step == index).fill_null(False)),
        )
        for index, (rule, _) in enumerate(conditions)
    ]
    return without(state, removed, None if nobody_fails else step.is_null()), removed


def without(state: TableState, removed: Sequence[ExcludedRows], remaining: pl.Series | None) -> TableState:
    """The table without the rows that were set aside, with a ledger entry for each step; None: all rows remain."""
    height, entries = state.table.height, []
    for excluded in removed:
        after = height - len(excluded.positions)
        entries.append(
            LedgerEntry(
                state.name,
                excluded.step,
                excluded.reason,
                height,
                after,
                set_aside=len(excluded.positions),
                amount=0.0 if excluded.step == OTHER_CURRENCY else _amount_of(state, excluded.positions),
            )
        )
        height = after
    ledger = (*state.ledger, *entries)
    if remaining is None or remaining.all():
        return replace(state, ledger=ledger)
    rest = state.rest.filter(remaining) if state.rest.width else state.rest
    return replace(state, table=state.table.filter(remaining), rest=rest, ledger=ledger)


def _amount_of(state: TableState, positions: pl.Series) -> float:
    if not len(positions) or state.table.schema.get("amount") != pl.Float64:
        return 0.0
    amounts = state.table.filter(pl.col(POSITION).is_in(positions.implode()))["amount"]
    return round(total_of(amounts), 2)
