"""Amounts in several currencies, in the project's own: by a rate of each row, by rates of settings, or one kept."""

from dataclasses import replace

import polars as pl

from holdfast.errors import HoldfastError
from holdfast.formatting import plural
from holdfast.notation.numbers import currency_code
from holdfast.quality.table_state import TableState, entered, money_columns
from holdfast.settings import FILE_NAME, Settings
from holdfast.table_settings import ALREADY_CONVERTED, MULTIPLY_BY_RATE, MoneySettings


def other_currency(state: TableState, settings: Settings) -> pl.Expr | None:
    """Rows in another currency than the one that `currencies.keep` names; None where all are kept."""
    money = state.settings.money
    keep = settings.currencies.keep
    if money is None or not money.currency or not keep or money.currency not in state.table.columns:
        return None
    if money.convert:  # its amounts are in the project's currency, whatever the customers paid in
        return None
    return (code_of(money.currency) != keep.upper()).fill_null(value=False)


def code_of(column: str) -> pl.Expr:
    """The currency's code that a column names, in its own words or beside an amount."""
    return currency_code(pl.col(column).cast(pl.String))


def in_one_currency(state: TableState, settings: Settings, rates: pl.DataFrame | None) -> TableState:
    """The state with its amounts in the project's currency.

    Args:
        state: a table with `happened_at`, as read.
        settings: `currency`, `currencies`.
        rates: date, currency, rate (one unit of the project's currency buys `rate`), where settings name a file.

    Raises:
        HoldfastError: several currencies without a setting that says what becomes of them; a currency without a rate.
    """
    money = state.settings.money
    if money is not None and money.convert:
        return _by_rate_of_rows(state, money, settings.currency.upper())
    if money is None or not money.currency or money.currency not in state.table.columns:
        return state
    # Beside an amount ($12.50) the column holds more than the code; from here on it is the code alone.
    state = replace(state, table=state.table.with_columns(code_of(money.currency).alias(money.currency)))
    code = pl.col(money.currency)
    counts = state.table.select(code.alias("code")).drop_nulls().group_by("code").len().sort("len", "code")
    codes = {str(code): int(rows) for code, rows in counts.reverse().iter_rows() if code}
    chosen = settings.currencies
    home = settings.currency.upper()
    others = {code: rows for code, rows in codes.items() if code != home}
    if chosen.keep or not others or (len(codes) == 1 and not _is_code(home)):
        return state
    if not chosen.one_unit_buys and rates is None:
        listed = ", ".join(f"{code} ({plural(rows, 'row')})" for code, rows in codes.items())
        best = next(iter(codes))
        raise HoldfastError(
            f"{state.name}: amounts in {len(codes)} currencies, which cannot be added up: {listed}; the project's "
            f"currency is {settings.currency}.",
            fix=f"In {FILE_NAME}, set currencies: {{keep: {best}}} to count one of them only, "
            f"currencies: {{one_unit_buys: {{{', '.join(f'{code}: RATE' for code in others)}}}}}, "
            "or currencies: {rates: FILE} with the columns date, currency, rate.",
        )
    rate = _rate_of_rows(state, settings, rates)
    lacking = state.table.filter(rate.is_null() & code.is_not_null() & (code != ""))
    if lacking.height:
        without = sorted(set(lacking[money.currency].to_list()))
        raise HoldfastError(
            f"{state.name}: no rate for {', '.join(without)} on the day of {plural(lacking.height, 'row')}.",
            fix=f"In {FILE_NAME}: currencies: {{one_unit_buys: {{{without[0]}: RATE}}}}, or add it to the rates file.",
        )
    factor = rate.fill_null(1.0)
    table = state.table.with_columns([(pl.col(name) / factor).alias(name) for name in money_columns(state)])
    changed = int((factor != 1.0).sum())
    return entered(replace(state, table=table), "currency", f"Amounts converted to {home}.", changed, 0.0)


def _by_rate_of_rows(state: TableState, money: MoneySettings, home: str) -> TableState:
    """The amounts converted by the rate that stands beside each; left as they are where they are converted already."""
    if money.convert == ALREADY_CONVERTED or money.rate not in state.table.columns:
        return state
    rate = pl.col(money.rate).cast(pl.Float64, strict=False)
    is_home = (code_of(money.currency) == home) if money.currency in state.table.columns else pl.lit(value=False)
    rate_or_one = pl.when(rate > 0).then(rate).when(is_home).then(1.0)
    factor = state.table.select(rate_or_one.alias("rate")).to_series()
    if factor.null_count():
        raise HoldfastError(
            f"{state.name}: {plural(factor.null_count(), 'row')} of {state.table.height:,} have no {money.rate}, by "
            "which their amounts are converted.",
            fix=f"In {FILE_NAME}, take convert and rate out of tables.{state.name}.money and set currencies instead: "
            "{rates: FILE}, or {keep: CODE}.",
        )
    factor = factor if money.convert == MULTIPLY_BY_RATE else 1.0 / factor
    table = state.table.with_columns([(pl.col(name) * factor).round(6) for name in money_columns(state)])
    changed = int((factor != 1.0).sum())
    what = f"Amounts converted to {home} by {money.rate}."
    return entered(replace(state, table=table), "currency", what, changed, 0.0)


def _is_code(text: str) -> bool:
    return len(text) == 3 and text.isalpha()


def _rate_of_rows(state: TableState, settings: Settings, rates: pl.DataFrame | None) -> pl.Series:
    """(n,) how much of the row's currency one unit of the project's buys; null where no rate is known."""
    money = state.settings.money
    column = money.currency if money is not None else ""
    fixed = {settings.currency.upper(): 1.0, **{c.upper(): r for c, r in settings.currencies.one_unit_buys.items()}}
    codes = state.table[column].alias("currency")
    result = codes.replace_strict(fixed, default=None, return_dtype=pl.Float64)
    if rates is None:
        return result
    dated = _dated(rates)
    rows = state.table.select("happened_at").with_columns(codes).with_row_index("index")
    joined = rows.sort("happened_at").join_asof(dated, on="happened_at", by="currency", strategy="backward")
    return result.zip_with(result.is_not_null(), joined.sort("index")["dated"])


def _dated(rates: pl.DataFrame) -> pl.DataFrame:
    """happened_at, currency, dated (the rate), in order of time, from a file of rates as read."""
    lacking = [name for name in ("date", "currency", "rate") if name not in rates.columns]
    if lacking:
        raise HoldfastError(
            f"currencies.rates: no column {', '.join(lacking)}; there are: {', '.join(rates.columns[:12])}.",
            fix="Bring a file with the columns date (2024-03-05), currency (JPY) and rate (150.2).",
        )
    day = pl.col("date")
    moment = day.str.to_datetime(strict=False, time_zone="UTC") if rates.schema["date"] == pl.String else day
    rows = rates.select(
        moment.cast(pl.Datetime("us", "UTC")).alias("happened_at"),
        pl.col("currency").cast(pl.String).str.strip_chars().str.to_uppercase(),
        pl.col("rate").cast(pl.Float64, strict=False).alias("dated"),
    )
    unread = rows.filter(pl.any_horizontal(pl.all().is_null())).height
    if unread:
        raise HoldfastError(
            f"currencies.rates: {plural(unread, 'row')} of {rates.height:,} cannot be read.",
            fix="Write days as 2024-03-05 and rates as 150.2.",
        )
    return rows.sort("happened_at")
