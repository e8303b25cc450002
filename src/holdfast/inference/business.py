"""Guesses the shape of the business, its churn rule, activity tables, horizon and currency."""

# ruff: noqa: E501
import functools
import operator
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import polars as pl

from holdfast.column_types import Kind
from holdfast.formatting import plural
from holdfast.inference.gaps import suggest_horizon
from holdfast.inference.guesses import CONFIDENT, Guess, TableGuess
from holdfast.inference.label import LabelColumn
from holdfast.inference.profiles.tables import TableProfile, as_keys
from holdfast.inference.subscriptions.rule import paid_tables, rule_guess, subscription_rule

# ruff: noqa: E501
from holdfast.inference.words.names import plain, says, whole_words
from holdfast.inference.words.vocabulary import LABEL_STRONG
from holdfast.notation.counted_texts import counts
from holdfast.settings import ChurnRule, Shape

_WEAKLY_NAMED = 0.75  # how sure a label is whose name says outcome, not leaving


_TABLE = " is a table of departures"
_USE = frozenset({"usage", "sessions"})
_MOST_BOUGHT = 0.5  # share of those who use the product; where fewer have bought, buying is not the only way to stay
_FEW_BUY = 0.2  # of them: where fewer buy, who stops coming is the likelier meaning of leaving
_SHORTEST_NOTICE = 30  # days of the horizon of subscriptions, however often they are paid


_LEAVES = re.compile(
    r"\b(?:churn(?:ed)?|cancell?ation|cancell?ed|unsubscribed?|deactivated|terminated|account closed|left|kundigung|resiliation|baja)\b"
)


_LEFT = whole_words(r"churn|churned|cancellations?|terminations?")


def guess_shape(tables: Sequence[TableGuess]) -> Guess:
    """Snapshot, purchase log, or several tables of events."""
    contents = [table.holds.value for table in tables if not table.left_out]
    events = [name for name in contents if name not in {"customers", "lookup", "parts"}]
    change = f"shape: {' | '.join(Shape)}"
    terms = [table.name for table in tables if not table.left_out and table.subscriptions is not None]
    if terms:
        return Guess(
            "shape", Shape.SUBSCRIPTIONS, 0.95, f"{' and '.join(terms)}: subscriptions that begin and end", change
        )
    totals = [
        table
        for table in tables
        if not table.left_out and (table.column("last_purchase_at") or table.column("days_since_purchase"))
    ]
    if not events and totals:
        evidence = (
            f"{totals[0].name}: one row a customer with the dates, number and sum of all purchases, no log of them"
        )
        return Guess("shape", Shape.TOTALS, 0.9, evidence, change)
    if not events:
        return Guess(
            "shape",
            Shape.SNAPSHOT,
            0.9,
            f"{plural(contents.count('customers'), 'table')} with one row a customer, no events",
            change,
        )
    if events == ["transactions"]:
        return Guess(
            "shape",
            Shape.PURCHASES,
            0.9,
            "one log of purchases" + (" and customers" if "customers" in contents else ""),
            change,
        )
    return Guess(
        "shape", Shape.EVENTS, 0.9, f"{len(events)} tables of events: {', '.join(sorted(set(events)))}", change
    )


def guess_exported_on(tables: Sequence[TableGuess], shape: str) -> Guess | None:
    """A question for the day of the export, where totals tell days instead of dates; None where they tell dates."""
    dated = [table for table in tables if not table.left_out and table.column("last_purchase_at")]
    if shape != Shape.TOTALS or dated:
        return None
    evidence = "days are counted to the day of the export, and nothing says which day that was"
    return Guess("exported_on", "", 0.3, evidence, "exported_on: 2025-06-30 (the day the file was made)")


@dataclass(frozen=True)
class ChurnEvidence:
    """What in the records says that customers leave."""

    label: LabelColumn | None = None
    departures: tuple[str, ...] = ()  # tables and values that tell of customers leaving, in words
    experiment: str = ""
    label_is_end: bool = False  # the label is true just where an end date stands
    one_outcome: str = ""  # of a column named as a label that holds one text only, in words


def departures_by_name(tables: Sequence[TableGuess]) -> list[str]:
    """Event tables whose name says that customers left."""
    events = [table for table in tables if not table.left_out and table.column("happened_at")]
    return [f"{table.name}{_TABLE}" for table in events if says(table.name, _LEFT)]


def departures_by_value(tables: Sequence[TableGuess], profiles: Mapping[str, TableProfile]) -> list[str]:
    """Values of event tables that say that a customer left."""
    departures = []
    sales = {table.name for table in tables if table.holds.value == "transactions" and not table.left_out}
    for table in tables:
        if table.through is not None and table.through.table in sales:
            continue  # what is cancelled there is an order
        if table.left_out or table.holds.value not in {"events", "usage", "sessions"} or says(table.name, _LEFT):
            continue
        for column in table.columns:
            if column.kind is not Kind.CATEGORY:
                continue
            leaving = [
                value
                for value in profiles[table.sample].columns[column.source].values
                if _LEAVES.search(" ".join(re.split(r"[\W_]+", plain(value))))
            ]
            if leaving:
                departures.append(f'{table.name}.{column.name} says "{leaving[0]}"')
    return departures


def guess_rule(tables: Sequence[TableGuess], churn: ChurnEvidence, shape: str) -> Guess:
    """Guess the churn rule: a label, an end date, or inactivity."""
    terms = [table for table in tables if not table.left_out and table.subscriptions is not None]
    ended = next((table.name for table in tables if not table.left_out and table.column("ended_at")), "")
    if terms:
        return subscription_rule(tables, has_label=churn.label is not None)
    if shape == Shape.TOTALS and churn.label is None and not churn.one_outcome:
        evidence = (
            "no column says who left; a model of purchases predicts who stays silent, from the dates and numbers, and "
            "cannot be tested without the log of orders"
        )
        return _rule(ChurnRule.INACTIVITY, 0.8, evidence)
    if shape in {Shape.SNAPSHOT, Shape.TOTALS}:
        return _snapshot_rule(churn, ended)
    signs = [
        *([f"{churn.label.source} is a flag without a date"] if churn.label is not None else []),
        *([f"{ended}.ended_at is a date"] if ended else []),
        *churn.departures,
    ]
    tables_of_departures = [words for words in churn.departures if words.endswith(_TABLE)]
    if ended and not tables_of_departures and (churn.label is None or churn.label_is_end):
        also = f"; {'; '.join(churn.departures)} too" if churn.departures else ""
        return _rule(ChurnRule.END_DATE, 0.8 if also else 0.85, f"{ended}.ended_at says when a customer left{also}")
    if not signs:
        alive = activity_tables(tables)
        if not alive:
            return _rule(ChurnRule.INACTIVITY, 0.4, "no table shows that a customer is alive")
        evidence = f"no label and no end date; a customer without {' or '.join(alive)} in the horizon has left"
        return _rule(ChurnRule.INACTIVITY, 0.85, evidence)
    if churn.label is not None and churn.label.confidence >= CONFIDENT and len(signs) == 1:
        evidence = f"{signs[0]}; events after the departure may tell it, so check the reasons"
        return _rule(ChurnRule.LABEL, 0.72, evidence)
    several = (
        "several columns say who left, and may disagree"
        if len(signs) > 1
        else "a column says who left, but not by a rule of ours"
    )
    return _rule(ChurnRule.INACTIVITY, 0.4, f"{several}: {'; '.join(signs)}")


def _snapshot_rule(churn: ChurnEvidence, ended: str) -> Guess:
    if churn.label is not None and churn.label.answers_an_offer:
        evidence = "one row a customer and no event or end date: only a column could say who left, which is asked"
        return _rule(ChurnRule.LABEL, CONFIDENT, evidence)
    if churn.label is not None:
        return _rule(ChurnRule.LABEL, churn.label.confidence, _label_in_words(churn.label))
    if ended:
        return _rule(ChurnRule.END_DATE, 0.75, f"{ended}.ended_at says when a customer left")
    if churn.experiment:
        return _rule(
            ChurnRule.LABEL, 0.3, f"an experiment ({churn.experiment}): its outcomes are not churn by themselves"
        )
    if churn.one_outcome:
        return _rule(ChurnRule.LABEL, 0.3, churn.one_outcome)
    return _rule(ChurnRule.INACTIVITY, 0.3, "no column says who left", last=ChurnRule.LABEL)


def _label_in_words(label: LabelColumn) -> str:
    if label.confidence < CONFIDENT:
        return label.evidence
    if says(label.source, LABEL_STRONG) or label.confidence > _WEAKLY_NAMED:
        return f"{label.source} says who left"
    yes = " or ".join(f'"{text}"' for text in label.true)
    return (
        f"{label.source} is the only outcome, so {yes} in it is taken for leaving; if it means something else, say so in "
        "leaving_means, or name another column"
    )


def _rule(rule: ChurnRule, confidence: float, evidence: str, last: ChurnRule | None = None) -> Guess:
    rules = dict.fromkeys(each for each in (rule, *ChurnRule) if each is not last)
    choices = (*rules, *([last] if last is not None else [])) if confidence < CONFIDENT else ()
    return rule_guess(rule, confidence, evidence, choices)


def activity_tables(tables: Sequence[TableGuess]) -> tuple[str, ...]:
    """Tables whose events show that a customer is alive: purchases if there are any, else use of the product."""
    used = [table for table in tables if not table.left_out and not (table.money and table.money.gives_back)]
    for kinds in (("transactions",), tuple(sorted(_USE)), ("payments",), ("events",)):
        active = tuple(table.name for table in used if table.holds.value in kinds and not says(table.name, _LEFT))
        if active:
            return (*active, *(table.name for table in used if table.is_life and table.name not in active))
    return ()


def activity_question(
    tables: Sequence[TableGuess], profiles: Mapping[str, TableProfile], rule: Guess, activity: Sequence[str]
) -> Guess | None:
    """Whether purchases or use keep a customer, as a question; None where most who use the product have bought.

    Args:
        tables: the project's tables.
        profiles: by sample name.
        rule: the churn rule.
        activity: the tables whose events show that a customer is alive.
    """
    by_name = {table.name: table for table in tables}
    sales = [by_name[name] for name in activity if by_name[name].holds.value == "transactions"]
    streams = {table.sample for table in sales if not table.recipe}  # whose file tells what else somebody does
    others = [table for table in tables if not table.left_out and table.name not in activity]
    uses = [table for table in others if table.holds.value in _USE or table.sample in streams]
    if rule.value != ChurnRule.INACTIVITY or not uses or not sales:
        return None
    buyers, users = (_customers_of(those, profiles) for those in (sales, uses))
    bought = int(users.is_in(buyers.implode()).sum())
    if bought >= _MOST_BOUGHT * len(users):
        return None
    evidence = (
        f"{bought:,} of the {len(users):,} customers in {_names(uses)} are in {_names(sales)}: who leaves may be who "
        f"stops buying ({_names(sales)}) or who stops coming ({_names(uses)})"
    )
    ordered = (*uses, *sales[:1]) if bought < _FEW_BUY * len(users) else (*sales[:1], *uses)
    choices = tuple(table.name for table in ordered)
    return Guess("churn.activity", choices[0], 0.4, evidence, "churn.activity: [the tables that count]", choices)


def _names(tables: Sequence[TableGuess]) -> str:
    return " and ".join(table.name for table in tables)


def _customers_of(tables: Sequence[TableGuess], profiles: Mapping[str, TableProfile]) -> pl.Series:
    """The different customers of some tables; none of a table that another one leads to."""
    keys = [
        as_keys(profiles[table.sample].columns[who.source]).filter(_counting(table, profiles[table.sample]))
        for table in tables
        if (who := table.column("customer_id")) is not None and who.source in profiles[table.sample].columns
    ]
    return pl.concat(keys).drop_nulls().unique() if keys else pl.Series(dtype=pl.String)


def guess_horizon(rule: Guess, tables: Sequence[TableGuess], profiles: Mapping[str, TableProfile], shape: str) -> Guess:
    """How many days ahead leaving is asked for."""
    about, change = "churn.horizon_days", "churn.horizon_days: 30, 60, 90, 180 ..."
    if shape == Shape.TOTALS:
        return Guess(
            about, "90", 0.5, "a quarter; totals do not say how often customers come back", change, shown_only=True
        )
    if shape == Shape.SNAPSHOT:
        return Guess(
            about,
            "90",
            0.5,
            "within how many days those marked have left is the business's to say; values and revenue at risk go by it",
            change,
            shown_only=True,
        )
    is_dated = rule.value == ChurnRule.END_DATE and not rule.is_question
    # How often the product is used says nothing of how soon a subscription ends.
    if is_dated or (rule.value == ChurnRule.SUBSCRIPTION_END and not paid_tables(tables)):
        evidence = "a quarter, which leaves time to act; the end dates do not say it"
        return Guess(about, "90", 0.7, evidence, change, shown_only=True)
    events = _activity(tables, profiles)
    if events is None:
        return Guess(about, "90", 0.5, "no activity to measure gaps from", change, shown_only=True)
    suggestion = suggest_horizon(*events)
    if paid_tables(tables) and suggestion.days < _SHORTEST_NOTICE:
        evidence = f"a month, for leaving is settled only once a payment is late; {suggestion.evidence}"
        return Guess(about, str(_SHORTEST_NOTICE), suggestion.confidence, evidence, change, shown_only=True)
    return Guess(about, str(suggestion.days), suggestion.confidence, suggestion.evidence, change, shown_only=True)


def _activity(tables: Sequence[TableGuess], profiles: Mapping[str, TableProfile]) -> tuple[pl.Series, pl.Series] | None:
    """Whose activity, and when; None where no table shows any."""
    customers: list[pl.Series] = []
    timestamps: list[pl.Series] = []
    alive = paid_tables(tables) or set(activity_tables(tables))
    for table in tables:
        who, when = table.column("customer_id"), table.column("happened_at")
        if table.name in alive and who is not None and when is not None and when.source in profiles[table.sample].times:
            study = profiles[table.sample]
            counted = _counting(table, study)
            customers.append(as_keys(study.columns[who.source]).filter(counted).rename("customer"))
            timestamps.append(study.timestamps(when.source).filter(counted).rename("timestamp"))
    if not customers:
        return None
    return pl.concat(customers), pl.concat(timestamps)


def _counting(table: TableGuess, study: TableProfile) -> pl.Series:
    """(n,) whether each row has one of the values that count, where the table names any."""
    rows = pl.repeat(True, study.rows, dtype=pl.Boolean, eager=True)
    for name, values in table.only.items():
        column = table.column(name)
        if column is not None:
            rows &= study.columns[column.source].series.to_frame("text").select(counts(pl.col("text"), values))["text"]
    idle = [column for name in table.idle_when_zero if (column := table.column(name)) is not None]
    zeros = [(study.columns[column.source].all_numbers == 0).fill_null(value=True) for column in idle]
    return rows & ~functools.reduce(operator.and_, zeros) if zeros else rows
