"""Infers the settings of a project from samples of its files."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

from holdfast.column_types import Kind
from holdfast.inference.business import (
    ChurnEvidence,
    activity_question,
    activity_tables,
    departures_by_name,
    departures_by_value,
    guess_exported_on,
    guess_horizon,
    guess_rule,
    guess_shape,
)
from holdfast.inference.events import Surroundings, event_table
from holdfast.inference.free_columns import own_column, with_free_names
from holdfast.inference.guesses import CONFIDENT, Guess, IdChanges, ProjectGuess, Sample, TableGuess
from holdfast.inference.joins.code_words import with_code_words
from holdfast.inference.joins.link import Link, with_resolved_links
from holdfast.inference.joins.order_lines import carried_where_used, with_order_fields_carried
from holdfast.inference.joins.pieces import part_table, tells_money
from holdfast.inference.joins.references import LookedUp, leading_table, lookup_tables
from holdfast.inference.joins.repeated_sales import without_repeated_sales
from holdfast.inference.money.conversions import converted_to, with_conversions
from holdfast.inference.money.currencies import guess_currencies, guess_currency
from holdfast.inference.money.refunds import with_refunds
from holdfast.inference.money.settlements import with_settlements
from holdfast.inference.money.streams import with_sales
from holdfast.inference.money.two_systems import with_two_systems
from holdfast.inference.money.units import with_units
from holdfast.inference.people.headings import with_headings_as_columns
from holdfast.inference.people.id_changes import id_changes
from holdfast.inference.people.marked_accounts import without_marked_accounts
from holdfast.inference.people.snapshots import customer_tables
from holdfast.inference.people.spellings import with_one_spelling
from holdfast.inference.people.stripped_zeros import stripped_zeros
from holdfast.inference.plan import Plan, plan_tables
from holdfast.inference.profiles.columns import DATABASE_NULL
from holdfast.inference.profiles.json_cells import names_of, with_paths, with_used_paths, without_objects
from holdfast.inference.profiles.tables import TableProfile, profile_tables
from holdfast.inference.readings.rivals import with_competing_readings
from holdfast.inference.recipes.export import Export
from holdfast.inference.recipes.invoices import with_invoices
from holdfast.inference.recipes.match import RecipeMatch, recognise
from holdfast.inference.recipes.rest import tables_of
from holdfast.inference.subscriptions.beside import doubts, ends_nobody, with_payments, without_subscription
from holdfast.inference.subscriptions.detect import find_subscriptions, subscription_guess
from holdfast.inference.subscriptions.export_day import export_day
from holdfast.inference.subscriptions.month_columns import AcrossMonths, with_month_columns, with_months_as_rows
from holdfast.inference.subscriptions.prices.plans import looked_up_in_plans, prices_left_out, with_prices_of_plans
from holdfast.inference.subscriptions.single_payments import only_rows
from holdfast.inference.time_zone import guess_time_zone
from holdfast.settings import Shape
from holdfast.table_settings import CarrySettings, ThroughSettings

_OF_MONEY = frozenset({"transactions", "payments"})


def infer(samples: Sequence[Sample]) -> ProjectGuess:
    """Guess what a business's tables hold.

    Args:
        samples: one a table; their names are unique and become the project's table names.

    Returns:
        Every guess with its confidence and evidence; what is too doubtful is a question.
    """
    samples, carried = _with_carried(samples)
    samples, across = with_months_as_rows(samples)
    samples, paths = with_paths(samples)
    profiled = profile_tables(samples)
    profiles, only_words = with_code_words(profiled)
    headed = _recognised(profiles, {name: names_of(several) for name, several in paths.items()})
    matches = with_invoices(profiles, headed)
    profiles = without_objects(profiles, {name: each for name, each in paths.items() if name not in matches})
    by_name = {table.name: table for table in (*profiled, *profiles)}
    plan, identities = _planned(profiles, matches)
    given_back = {plan.parts.links[name].other for name in plan.parts.back}
    is_known = _are_known(matches)
    priced = with_prices_of_plans(plan.profiles, plan.references)
    result = None if is_known else find_subscriptions(priced.profiles, plan.keys, plan.ways, given_back)
    own, led = dict(by_name), priced.led if result is not None else {}
    by_name |= {result.name: result.profile} if result is not None and result.name in led else {}
    plan = replace(plan, subscriptions=result)
    names = plan.names()
    if result is not None and not result.has_attributes:
        names[result.name] = plan.name_of_subscriptions(names)
    exports = _exports(profiles, matches, names)
    names |= {table.sample: table.name for table in exports}
    events = _events(plan, names, has_money=bool(exports) or result is not None)
    people = customer_tables(plan.customers, plan.keys, names, plan.keep(), has_events=bool(events or exports))
    terms: Sequence[TableGuess] = _subscriptions(plan, names)
    looked_up = lookup_tables(plan.lookups, plan.references, (*terms, *people.tables, *events))
    parts = [*_parts(plan, names, looked_up.referring), *_single_payments(plan)]
    done = {table.sample for table in (*people.tables, *events, *looked_up.tables, *parts, *terms)}
    rest = [_leading_or_left_out(table, plan, looked_up) for table in plan.profiles if table.name not in done]
    joined = with_resolved_links((*looked_up.referring, *rest))
    referring, rest = joined[: len(looked_up.referring)], joined[len(looked_up.referring) :]
    terms, others = referring[: len(terms)], (*referring[len(terms) :], *looked_up.tables, *parts, *rest)
    if result is not None:
        others = tuple(without_subscription(table, result, terms[0]) for table in others)
        doubt = doubts(result, people.label, by_name, plan.keys, others)
        paid = [with_payments(table, result, by_name, plan.keys, others) for table in terms]
        terms = [replace(table, doubt=doubt, is_endless=ends_nobody(result)) for table in paid]
    all_tables = [_carrying(table, carried) for table in (*exports, *terms, *others, *only_words)]
    tables, of_tests = without_marked_accounts(_with_money_settled(all_tables, by_name, paths), by_name)
    shape = guess_shape(tables)  # what a known export says of leaving is settled by its statuses
    departures = [*departures_by_name(others), *departures_by_value(others, by_name)]
    churn = ChurnEvidence(people.label, tuple(departures), people.experiment, people.label_is_end, people.one_outcome)
    rule = guess_rule(tables, churn, shape.value)
    horizon = guess_horizon(rule, tables, by_name, shape.value)
    activity = activity_tables(tables) if shape.value not in {Shape.SNAPSHOT, Shape.TOTALS} else ()
    currency, currencies = guess_currencies(tables, by_name, converted_to(tables, by_name))
    notes = [*(note for table in tables for note in table.notes), *prices_left_out(tables, led)]
    return ProjectGuess(
        shape,
        currency := currency or guess_currency(profiles),
        rule,
        horizon,
        activity,
        _settled(_finished(looked_up_in_plans(tables, led, own), own, across), rule),
        (*notes, *people.notes, *of_tests, *_words_of(identities), *stripped_zeros(profiles, plan.keys)),
        currencies,
        export_day(tables, by_name) or guess_exported_on(tables, shape.value),
        guess_time_zone(tables, by_name, currency.value),
        activity_question(tables, by_name, rule, activity),
        identities,
    )


def _planned(profiles: Sequence[TableProfile], matches: Mapping[str, RecipeMatch]) -> tuple[Plan, IdChanges | None]:
    """What the tables hold, and which of them only tells old customer ids from new ones and holds nothing else."""
    plan = plan_tables(profiles, matches)
    identities = id_changes(profiles, plan.keys)
    if identities is None:
        return plan, None
    return plan_tables([table for table in profiles if table.name != identities.sample], matches), identities


def _words_of(identities: IdChanges | None) -> tuple[str, ...]:
    return () if identities is None else (identities.words,)


def _recognised(profiles: Sequence[TableProfile], paths: Mapping[str, Collection[str]]) -> dict[str, RecipeMatch]:
    """The known exports among the tables, by their headers and the paths of their cells of JSON."""
    return recognise({table.name: list(table.columns) for table in profiles if table.sample.headed}, paths)


def _with_carried(samples: Sequence[Sample]) -> tuple[list[Sample], dict[str, CarrySettings]]:
    """The samples, what stands once for several lines on each of them; and how each of these is read."""
    grouped, below_headings = with_headings_as_columns(samples)
    result, of_orders = with_order_fields_carried(grouped)
    return result, of_orders | below_headings


def _with_money_settled(
    tables: Sequence[TableGuess],
    profiles: Mapping[str, TableProfile],
    paths: Mapping[str, Mapping[str, tuple[str, ...]]],
) -> tuple[TableGuess, ...]:
    """The tables with what their amounts are: of sales or given back, in which unit and currency, counted once."""
    of_sales = with_refunds(with_sales(tables, profiles), profiles)
    read = with_competing_readings(with_conversions(with_units(of_sales, profiles), profiles), profiles)
    named = tuple(with_used_paths(with_free_names(table), paths.get(table.sample)) for table in read)
    counted_once = with_settlements(without_repeated_sales(named, profiles), profiles)
    return with_two_systems(counted_once, profiles)


def _carrying(table: TableGuess, carried: Mapping[str, CarrySettings]) -> TableGuess:
    """The table as it is read of lines with orders' fields, or of a report whose headings and totals are nobody's."""
    if table.sample not in carried:
        return table
    if carried[table.sample].by:
        return carried_where_used(table, carried[table.sample])
    return replace(table.with_nobody([""]), carry_down=carried[table.sample])


def _are_known(matches: Mapping[str, RecipeMatch]) -> bool:
    """Whether a known export holds the subscriptions."""
    return any(match.recipe.subscriptions is not None for match in matches.values())


def _subscriptions(plan: Plan, names: Mapping[str, str]) -> tuple[TableGuess, ...]:
    if plan.subscriptions is None:
        return ()
    link = plan.subscriptions.link
    through = ThroughSettings(table=names[link.other], on=link.source, their=link.other_source) if link else None
    name, joining = plan.name_of_subscriptions(names), plan.keep().get(plan.subscriptions.name, frozenset())
    return (subscription_guess(plan.subscriptions, name, through, joining),)


def _single_payments(plan: Plan) -> list[TableGuess]:
    """The payments that came once, beside those of subscriptions in the same file, as purchases of their own."""
    result = plan.subscriptions
    guesses = []
    for source, values in result.table.singles.items() if result is not None else ():
        assert result is not None
        column = result.profile.columns[source]
        rows = only_rows(result.profile, column.series.is_in(list(values)).fill_null(value=False))
        guess = event_table(rows, result.key, "single_payments", Surroundings(alone=True))
        if guess is not None and guess.holds.value == "transactions":
            own = replace(own_column(column, None, {each.name for each in guess.columns}), kind=Kind.CATEGORY)
            columns = (*(each for each in guess.columns if each.source != source), own)
            ignore = {name: reason for name, reason in guess.ignore.items() if name != source}
            guesses.append(replace(guess, columns=columns, ignore=ignore, only={own.name: values}))
    return guesses


def _parts(plan: Plan, names: Mapping[str, str], events: Sequence[TableGuess]) -> list[TableGuess]:
    """The tables of parts; those that give back what is paid by others after these, whose rows they name."""
    guessed = {table.sample: table for table in events}
    parts: list[TableGuess] = []
    waiting = {table.name: table for table in plan.profiles if table.name in plan.parts.links}
    while ready := [name for name in waiting if plan.parts.links[name].other in guessed]:
        for name in ready:
            table, link = waiting.pop(name), plan.parts.links[name]
            named = {each.other_source for each in plan.links if each.other == name}
            back = plan.parts.back.get(name)
            guessed[name] = part_table(table, link, names[name], guessed[link.other], back, sorted(named))
            parts.append(guessed[name])
    return parts


def _exports(
    profiles: Sequence[TableProfile], matches: Mapping[str, RecipeMatch], names: Mapping[str, str]
) -> tuple[TableGuess, ...]:
    """The known exports, each named by what it holds where it is the only one."""
    holding = Counter(match.recipe.holds for match in matches.values())
    taken = set(names.values())
    ours = {}
    for table, match in matches.items():
        holds = match.recipe.holds
        alone = holding[holds] == 1 and holds not in {*taken, "parts", "lookup", "events"}
        ours[table] = holds if alone else f"{table}_records" if table == "customers" and holds != table else table
    keys = {match.recipe.key: ours[table] for table, match in matches.items()}
    taken |= set(ours.values())
    exports: list[TableGuess] = []
    for profile in profiles:
        if profile.name in matches:
            exports += tables_of(Export(profile, matches[profile.name], ours[profile.name], keys), taken)
            taken |= {guess.name for guess in exports}
    return tuple(exports)


def _events(plan: Plan, names: Mapping[str, str], *, has_money: bool) -> list[TableGuess]:
    """The tables of events; where none holds money, those whose numbers may be money are asked about."""
    guesses = [guess for table in plan.events if (guess := _event(table, plan, names)) is not None]
    if has_money or plan.parts.links or any(guess.holds.value in _OF_MONEY for guess in guesses):
        return guesses
    again = (_event(table, plan, names, lacks_money=True) for table in plan.events)
    return [guess for guess in again if guess is not None]


def _event(
    table: TableProfile, plan: Plan, names: Mapping[str, str], *, lacks_money: bool = False
) -> TableGuess | None:
    link = plan.ways.get(table.name)
    key = plan.keys.get(table.name)
    dated = plan.dated_by(table) if not table.times else None
    around = Surroundings(
        alone=plan.alone,
        lacks_money=lacks_money,
        keep=plan.keep().get(table.name, frozenset()),
        dated_elsewhere=dated is not None,
        through=ThroughSettings(table=names[link.other], on=link.source, their=link.other_source) if link else None,
        paid_by=plan.parts.of(table.name),
        of_sales=_sales_named_by(link, plan),
    )
    guess = event_table(table, key, names[table.name], around)
    if guess is None:
        return None
    if plan.alone and guess.holds.value != "transactions":
        fresh = guess.holds.value
        guess = replace(
            guess, name=fresh, holds=replace(guess.holds, about=f"{fresh}.holds", change=f"tables.{fresh}.holds")
        )
    if link is not None:
        guess = replace(
            guess,
            holds=replace(guess.holds, evidence=f"{guess.holds.evidence}; {link.words}, which names the customer"),
        )
    if dated is not None:
        guess = replace(
            guess, holds=replace(guess.holds, evidence=f"{guess.holds.evidence}; dated by {dated.other}: {dated.words}")
        )
    return guess


def _sales_named_by(link: Link | None, plan: Plan) -> str:
    """The table of sales with amounts that a link leads to; empty where it leads to none."""
    other = next((each for each in plan.profiles if link is not None and each.name == link.other and each.times), None)
    if link is None or other is None or not tells_money(other, {link.other_source}):
        return ""
    return other.name


def _leading_or_left_out(table: TableProfile, plan: Plan, looked_up: LookedUp) -> TableGuess:
    """A table of no events and not of customers: it leads the rows of another to their customers, or is left out."""
    links = [each.through for each in looked_up.referring if each.through is not None]
    link = next((link for link in links if link.table == table.name), None)
    if link is None or table.name not in plan.keys:
        return _left_out(table, plan)
    return leading_table(table, plan.keys[table.name], link.their or link.on)


def _left_out(table: TableProfile, plan: Plan) -> TableGuess:
    shared = "no column names a customer, and none that is shared with a customer's table names its rows once"
    reason = shared
    if table.name in plan.keys:
        source = plan.keys[table.name].source
        column = table.columns[source]
        reason = (
            f"no column tells when its rows happened, and {source} holds {column.distinct:,} different values in "
            f"{column.filled:,} rows: neither events nor one row a customer"
        )
    if table.name in plan.parts.again:
        reason = plan.parts.again[table.name]
    elif table.name not in plan.keys and table.times:
        reason += "; its rows are dated but belong to nobody"
    return TableGuess(
        table.name, table.name, Guess(f"{table.name}.holds", "lookup", 0.5, reason, shown_only=True), left_out=reason
    )


def _finished(
    tables: Sequence[TableGuess], profiles: Mapping[str, TableProfile], across: Mapping[str, AcrossMonths]
) -> list[TableGuess]:
    return [
        with_month_columns(_with_missing(each, profiles[each.sample]), across.get(each.sample))
        for each in with_one_spelling(tables, profiles)
    ]


def _with_missing(table: TableGuess, profile: TableProfile) -> TableGuess:
    """The table with the texts that mean "not known", without times of its own that nothing decides."""
    doubtful = {
        column.source: f"times that can be read as {' or '.join(column.time.choices)}: set a format to use it"
        for column in table.columns
        if not column.role and column.time is not None and column.time.confidence < CONFIDENT
    }
    measured = [column for column in table.columns if column.kind in {Kind.NUMBER, Kind.MONEY, Kind.TIME}]
    missing = {text for column in measured for text in profile.columns[column.source].missing} | {*table.missing}
    if any((column.values == DATABASE_NULL).any() for column in profile.columns.values()):
        missing.add(DATABASE_NULL)
    return replace(
        table,
        columns=tuple(column for column in table.columns if column.source not in doubtful),
        ignore={**table.ignore, **doubtful},
        missing=tuple(sorted(missing)),
    )


def _settled(tables: Sequence[TableGuess], rule: Guess) -> tuple[TableGuess, ...]:
    """The tables without what the rule forbids: a label next to a date of leaving."""
    if rule.value != "end_date" or rule.is_question:
        return tuple(tables)
    return tuple(
        replace(
            table,
            columns=tuple(column for column in table.columns if column.role != "label"),
            ignore={
                **table.ignore,
                **{
                    column.source: "says again who left; ended_at says when"
                    for column in table.columns
                    if column.role == "label"
                },
            },
        )
        for table in tables
    )
