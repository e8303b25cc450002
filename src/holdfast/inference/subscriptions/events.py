"""Recognises a table of events of subscriptions: started, charged, paused, cancelled, one row each."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace

import polars as pl

from holdfast.formatting import percent
from holdfast.inference.event_time import happened_at
from holdfast.inference.guesses import Guess, StatusGuess
from holdfast.inference.people.key import Key
from holdfast.inference.profiles.columns import Profile, share_of
from holdfast.inference.profiles.tables import TableProfile
from holdfast.inference.subscriptions.columns import (
    Terms,
    interval_question,
    plan_of,
    plan_of_several,
    prices_of,
    terms_of,
    units_of,
    units_paid,
)
from holdfast.inference.subscriptions.event_changes import (
    amounts_are_changes,
    kinds_by_place,
    kinds_by_sums,
    likely_pauses,
)
from holdfast.inference.subscriptions.event_order import (
    BEGINS,
    ENDS,
    FEWEST_LAST,
    GOES_ON,
    PAYS,
    first_kinds,
    in_order,
    last_kinds,
    paid_begins,
)
from holdfast.inference.subscriptions.prices.by_interval import with_prices_by_interval
from holdfast.inference.subscriptions.prices.factors import with_factors
from holdfast.inference.subscriptions.prices.list_prices import with_amount_as_price
from holdfast.inference.subscriptions.prices.terms import PriceTerms, own_terms, price_terms, several_terms
from holdfast.inference.subscriptions.record import SubscriptionTable
from holdfast.inference.words import subscriptions as words
from holdfast.inference.words.names import says
from holdfast.inference.words.states import MOST_STATES, Purpose, is_named_kind, is_named_state, meaning_of
from holdfast.inference.words.vocabulary import ORDER_ID, RECORDED
from holdfast.meanings import Meaning
from holdfast.measured_terms import usual_term
from holdfast.table_settings import SubscriptionSettings, TermSettings

_PERIODIC = 0.75
_HARDLY_LAST = 0.2  # share of the ends that are the last event, below which they end nothing
_NOT_BEFORE = 0.95  # share of rows that are recorded on the day of the event or later
_MOSTLY_LAST = 0.4  # share of the ends that are the last event, where no word is of subscriptions alone


@dataclass(frozen=True)
class _Kinds:
    """One column of kinds, and what each of its values means."""

    source: str
    meanings: Mapping[str, Meaning | None]

    def of(self, meanings: Collection[Meaning]) -> list[str]:
        return [text for text, meaning in self.meanings.items() if meaning in meanings]

    @property
    def is_strong(self) -> bool:
        """Whether a value is a word that only subscriptions have."""
        return any(says(text, words.SUBSCRIPTION) for text in self.meanings) or says(self.source, words.SUBSCRIPTION)


def settled_events_of(table: TableProfile, key: Key | None, customer: pl.Series) -> SubscriptionTable | None:
    """The table as events of subscriptions whose begins and ends follow each other; None where they do not."""
    result = events_of(table, key, customer)
    return result if result is not None and not result.doubt else None


def events_of(table: TableProfile, key: Key | None, customer: pl.Series) -> SubscriptionTable | None:
    """The table as events of subscriptions; None where it holds something else.

    Args:
        table: the table.
        key: its customer column; None where another table tells whose the rows are.
        customer: (rows,) whose each row is.
    """
    when = happened_at(table, key)
    if when is None or when.choices:
        return None
    taken = {key.source if key is not None else "", when.source}
    kinds, amount = _kinds_or_sums(table, customer, when.source, taken)
    if kinds is None:
        return None
    names = [*table.columns, table.name]
    is_strong = kinds.is_strong or any(says(name, words.SUBSCRIPTION) for name in names)
    if not is_strong and any(says(name, ORDER_ID) for name in table.columns):
        return None
    taken.add(kinds.source)
    unit, units = units_of(table, customer, taken)
    rows = _events(table, units, customer, when.source, kinds)
    plan = "" if unit else _plan_of_several(table, rows.select("customer", "time", "meaning"), taken)
    if plan:
        texts = table.columns[plan].series.cast(pl.String)
        rows = rows.with_columns(pl.concat_str("customer", texts, separator="\x1f", ignore_nulls=True).alias("unit"))
    rows = rows.drop_nulls(["unit", "time", "kind"]).sort("unit", "time", maintain_order=True)
    taken.add(unit)
    terms = with_amount_as_price(table, terms_of(table, taken), taken)
    terms, questions = with_factors(table, with_prices_by_interval(table, terms, taken), taken)
    terms = replace(terms, sources={**terms.sources, "price": amount}) if amount else terms
    kinds, rows = _with_kinds_of_rows(kinds, _with_prices(table, terms, rows))
    unknown = last_kinds(rows) if not kinds.of({*ENDS, Meaning.NOTICE}) else {}
    if not kinds.of({*ENDS, Meaning.NOTICE}) and not unknown:
        return None
    order = in_order(rows)
    if order.last < _HARDLY_LAST and order.ends >= FEWEST_LAST and not kinds.of(BEGINS):
        return None  # what is cancelled is a payment: the next ones follow
    if not is_strong and (not order.holds or unknown or order.last < _MOSTLY_LAST):
        return None
    dates = _other_dates(table, when.source)
    dates["happened_at"] = when.source
    rule, guesses, term_words = _rule(table, terms, rows, kinds, dates)
    if amounts_are_changes(rows):
        rule = rule.model_copy(update={"price_says": "change"})
        term_words = (
            *term_words,
            f"{terms.sources['price']} says by how much what is paid changes: its sums come to 0",
        )
    sources = {"kind": kinds.source, **terms.sources, **dates}
    if unit or plan:
        sources["subscription_id"] = unit or plan
    doubtful = f"its kinds may be of something else than a subscription: {order.words}"
    at_once = (f"customers have several at once, each under its own {plan}",) if plan else ()
    shown = ", ".join(f'"{text}"' for text in (kinds.of({Meaning.START}) or kinds.of(GOES_ON))[:2])
    ends = ", ".join(f'"{text}"' for text in (kinds.of({*ENDS, Meaning.NOTICE}) or list(unknown))[:2])
    return SubscriptionTable(
        rule,
        sources,
        f"{kinds.source} tells of subscriptions that begin ({shown}) and end ({ends}); {order.words}"
        + "".join(f"; {text}" for text in (*terms.evidence, *term_words, *at_once)),
        doubt="" if is_strong and order.holds else doubtful,
        statuses=(_statuses(rows, kinds, unknown, likely_pauses(rows)),),
        choices=terms.choices,
        settings_guesses=(*questions, *guesses),
        ignore={name: "another date of the same event" for name in table.times if name not in dates.values()},
        left=_left(rows, unknown),
        currency=terms.currency,
        prices=terms.prices,
    )


def _kinds_or_sums(
    table: TableProfile, customer: pl.Series, when: str, taken: Collection[str]
) -> tuple[_Kinds | None, str]:
    """The column of kinds by its words; else by the sums of a column of amounts, with the source of that."""
    kinds = _kinds(table, taken)
    sums = kinds_by_sums(table, customer, table.timestamps(when), taken) if kinds is None else None
    return (kinds, "") if sums is None else (_Kinds(sums.source, sums.meanings), sums.amount)


def _with_kinds_of_rows(kinds: _Kinds, rows: pl.DataFrame) -> tuple[_Kinds, pl.DataFrame]:
    """The kinds and the events, with the meanings that the places and prices of the rows show."""
    meanings = kinds_by_place(rows)
    rows = _with_meanings(rows, meanings)
    begins = dict.fromkeys([*first_kinds(rows), *paid_begins(rows)], Meaning.START)
    return replace(kinds, meanings={**kinds.meanings, **meanings, **begins}), _with_meanings(rows, begins)


def _with_meanings(rows: pl.DataFrame, meanings: Mapping[str, Meaning]) -> pl.DataFrame:
    if not meanings:
        return rows
    texts = {kind: meaning.value for kind, meaning in meanings.items()}
    meant = pl.col("kind").replace_strict(texts, default=None, return_dtype=pl.String)
    return rows.with_columns(pl.coalesce(meant, "meaning").alias("meaning"))


def _events(table: TableProfile, units: pl.Series, customer: pl.Series, when: str, kinds: _Kinds) -> pl.DataFrame:
    """row, unit, time, kind, customer, and the meaning of the kind."""
    meaning_by_text = {text: meaning.value for text, meaning in kinds.meanings.items() if meaning}
    kind = table.columns[kinds.source].series
    rows = pl.DataFrame({"unit": units, "time": table.timestamps(when), "kind": kind, "customer": customer})
    meaning = pl.col("kind").replace_strict(meaning_by_text, default=None, return_dtype=pl.String)
    return rows.with_row_index("row").with_columns(meaning.alias("meaning"))


def _with_prices(table: TableProfile, terms: Terms, rows: pl.DataFrame) -> pl.DataFrame:
    """The events with their price and plan; as they are where nothing has a price."""
    if "price" not in terms.sources:
        return rows
    columns = {"price": prices_of(table, terms), "plan": plan_of(table, terms), "units": units_paid(table, terms)}
    return rows.with_columns(values.gather(rows["row"]).alias(name) for name, values in columns.items())


def _plan_of_several(table: TableProfile, rows: pl.DataFrame, taken: Collection[str]) -> str:
    runs, ends = ([meaning.value for meaning in meanings] for meanings in (GOES_ON, ENDS))
    return plan_of_several(table, rows, taken, runs, ends)


def _kinds(table: TableProfile, taken: Collection[str]) -> _Kinds | None:
    """The column whose values say most of subscriptions that begin and end."""
    candidates = []
    for name, column in table.columns.items():
        if name in taken or name in table.times or not _may_hold_kinds(column):
            continue
        named = is_named_kind(name) or is_named_state(name)
        meanings = {text: _meaning(text, whole=not named) for text in column.values}
        begins = [text for text, meaning in meanings.items() if meaning in GOES_ON]
        ends = [text for text, meaning in meanings.items() if meaning in {*ENDS, Meaning.NOTICE}]
        if not begins or not (ends or named) or (_is_mailing(meanings) and not _pays(meanings)):
            continue
        candidates.append(((bool(ends), named, len(begins) + len(ends)), name, meanings))
    if not candidates:
        return None
    _, source, meanings = max(candidates, key=lambda candidate: candidate[0])
    return _Kinds(source, meanings)


def _meaning(text: str, *, whole: bool) -> Meaning | None:
    """What happened to a subscription, or the state that it changed to."""
    return meaning_of(text, Purpose.EVENTS, whole=whole) or meaning_of(text, Purpose.STATES, whole=True)


def _may_hold_kinds(column: Profile) -> bool:
    return column.is_text_typed and not column.is_number and 2 <= column.distinct <= MOST_STATES


def _is_mailing(meanings: Mapping[str, Meaning | None]) -> bool:
    """Whether the events are of mails: whoever takes themselves off a list ends no subscription."""
    return sum(says(text, words.MAILING) for text in meanings) >= 1


def _pays(meanings: Mapping[str, Meaning | None]) -> bool:
    return any(meaning in {*PAYS, Meaning.TRIAL} for meaning in meanings.values())


def _statuses(
    rows: pl.DataFrame, kinds: _Kinds, terminal: Mapping[str, int], likeliest: dict[str, Meaning]
) -> StatusGuess:
    """The meanings of the kinds; of those without one, what is no small share of a subscription's events is asked."""
    counts = {str(kind): int(count) for kind, count in rows["kind"].value_counts(name="rows", sort=True).iter_rows()}
    means: dict[Meaning, tuple[str, ...]] = {}
    for text in sorted(counts, key=lambda text: (-counts[text], text)):
        meaning = kinds.meanings.get(text)
        if text not in terminal and text not in likeliest:
            meaning = meaning or Meaning.NEUTRAL
            means[meaning] = (*means.get(meaning, ()), text)
    ordered = {meaning: means[meaning] for meaning in Meaning if meaning in means}
    unknown = {**terminal, **{text: counts[text] for text in likeliest if text not in terminal}}
    return StatusGuess("kind", ordered, unknown, proposed=(Meaning.END,) if terminal else (), likeliest=likeliest)


def _other_dates(table: TableProfile, happened: str) -> dict[str, str]:
    """When an event was recorded, and the day on which a cancellation takes effect."""
    dates: dict[str, str] = {}
    for name in table.times:
        if name == happened:
            continue
        is_effect = says(name, words.PAID_UNTIL) or says(name, words.END)
        if is_effect and "paid_until" not in dates:
            dates["paid_until"] = name
        elif says(name, RECORDED) and "known_at" not in dates and _is_later(table, happened, name):
            dates["known_at"] = name
    return dates


def _is_later(table: TableProfile, happened: str, recorded: str) -> bool:
    """Whether a time is hardly ever before the event: a row written before its day is planned, not known since then."""
    days = table.timestamps(recorded).dt.date() - table.timestamps(happened).dt.date()
    return table.columns[recorded].share_filled >= _PERIODIC and share_of(days.dt.total_days() >= 0) >= _NOT_BEFORE


def _rule(
    table: TableProfile, terms: Terms, rows: pl.DataFrame, kinds: _Kinds, dates: Mapping[str, str]
) -> tuple[SubscriptionSettings, tuple[Guess, ...], tuple[str, ...]]:
    """The settings of the table, those of them that are shown or asked, and further evidence."""
    interval = terms.interval
    listed: tuple[TermSettings, ...] = ()
    guesses: list[Guess] = []
    evidence: list[str] = []
    if terms.lacks_interval or (not interval and "price" not in terms.sources):
        usual, share = _spacing(rows)
        paid = _different_terms(rows) if "price" in terms.sources else None
        different = several_terms(own_terms(_paid(rows))) if "price" in terms.sources else ""
        if paid is not None and paid.is_shown and (paid.listed or share < _PERIODIC):
            interval, listed = paid.interval, paid.listed
            guesses += paid.guesses
        elif different:
            interval = usual or "month"
            question = f"{different}: name a column that does, or {interval} counts for all"
            guesses.append(interval_question(0.4, question, interval))
        elif share >= _PERIODIC:
            interval = usual
            evidence.append(f"{percent(share)} of the payments come one {usual} after the one before")
        elif terms.lacks_interval:
            interval = usual or "month"
            spacing = (
                f"{percent(share)} of the payments come one {usual} after the one before" if usual else "none repeats"
            )
            guesses.append(
                interval_question(0.5, f"for how long is {terms.sources['price']} paid? {spacing}", interval)
            )
    effect, words_of_effect = _effect(table, kinds, dates)
    if kinds.of(ENDS):
        guesses.append(
            Guess(
                "subscriptions.end_takes_effect",
                effect,
                0.75,
                words_of_effect,
                "subscriptions.end_takes_effect",
                ("at_once", "at_term_end"),
            )
        )
    rule = SubscriptionSettings(
        rows="events",
        interval=interval,
        terms=listed,
        price_per=terms.price_per,
        price_of=terms.price_of,
        end_takes_effect="at_term_end" if effect == "at_term_end" else "at_once",
    )
    return rule, tuple(guesses), tuple(evidence)


def _different_terms(rows: pl.DataFrame) -> PriceTerms | None:
    """For how long each price is paid: by the gaps between payments, and by the ends that follow a begin."""
    ordered = rows.sort("unit", "time", maintain_order=True)
    is_end = pl.col("meaning").is_in([end.value for end in ENDS]).fill_null(value=False)
    ends = pl.when(is_end).then("time").backward_fill().over("unit")
    spans = ordered.with_columns(end=pl.when(pl.col("meaning") == Meaning.START).then(ends))
    going_on = [meaning.value for meaning in GOES_ON]
    telling = ordered.filter(pl.col("meaning").is_in(going_on) | is_end).with_columns(
        pl.col("price", "plan", "units").forward_fill().over("unit")
    )
    last = telling.group_by("unit", maintain_order=True).last().filter(~is_end)
    begun = spans.filter(pl.col("meaning").is_in([*(meaning.value for meaning in PAYS), Meaning.START.value]))
    return price_terms(
        begun.drop_nulls("price"), last.select("plan", "price", "units", idle_days=pl.lit(None, pl.Float64))
    )


def _paid(rows: pl.DataFrame) -> pl.DataFrame:
    """Payments, where there are enough of them; else begins and payments."""
    paid = rows.filter(pl.col("meaning").is_in([meaning.value for meaning in PAYS]))
    begun = rows.filter(pl.col("meaning").is_in([*(meaning.value for meaning in PAYS), Meaning.START.value]))
    return begun if paid["unit"].n_unique() < begun["unit"].n_unique() else paid


def _spacing(rows: pl.DataFrame) -> tuple[str, float]:
    """The usual term between two payments of a subscription, and the share of the gaps that are one."""
    for meanings in (PAYS, {*PAYS, Meaning.START}):
        paid = rows.filter(pl.col("meaning").is_in([meaning.value for meaning in meanings])).sort("unit", "time")
        gaps = paid.select((pl.col("time").diff().over("unit").dt.total_seconds() / 86_400).alias("gap"))["gap"]
        if len(gaps.drop_nulls()) >= FEWEST_LAST:
            return usual_term(gaps)
    return "", 0.0


def _effect(table: TableProfile, kinds: _Kinds, dates: Mapping[str, str]) -> tuple[str, str]:
    """Whether an end is one on its day, or a notice that the paid term follows."""
    if "paid_until" in dates:
        both = pl.DataFrame(
            {
                "kind": table.columns[kinds.source].series,
                "effect": table.timestamps(dates["paid_until"]),
                "time": table.timestamps(dates["happened_at"]),
            }
        ).filter(pl.col("kind").is_in(kinds.of(ENDS)), pl.col("effect").is_not_null())
        later = share_of(both["effect"].dt.date() > both["time"].dt.date())
        if both.height and later >= 0.5:
            return "at_term_end", f"{percent(later)} of the ends take effect later, as {dates['paid_until']} says"
    if kinds.of({Meaning.NOTICE}):
        return "at_once", "notices are events of their own, so an end is one on its day"
    return "at_once", (
        "the word says that it has ended; write at_term_end if whoever cancels may use what is paid up to its end"
    )


def _left(rows: pl.DataFrame, terminal: Mapping[str, int]) -> pl.DataFrame:
    """customer, left: whether the last event of each of their subscriptions is an end."""
    stops = [end.value for end in ENDS]
    ends = pl.col("meaning").is_in(stops) | pl.col("kind").is_in(list(terminal))
    telling = rows.filter(pl.col("meaning").is_in([*stops, *(meaning.value for meaning in GOES_ON)]) | ends)
    last = telling.sort("unit", "time", maintain_order=True).group_by("unit", maintain_order=True).last()
    return last.group_by("customer").agg(ends.fill_null(value=False).all().alias("left"))
