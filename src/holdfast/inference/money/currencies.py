"""Guesses the currency of a business's amounts, and which one to keep where the records name several."""

# ruff: noqa: E501
import re
from collections import Counter
from collections.abc import Mapping, Sequence

import polars as pl

from holdfast.formatting import percent, plural
from holdfast.inference.guesses import Guess, TableGuess
from holdfast.inference.profiles.columns import MISSING_WORDS, Profile
from holdfast.inference.profiles.tables import TableProfile
from holdfast.inference.words.names import says, whole_words, words
from holdfast.notation.numbers import CURRENCY_CODES, CURRENCY_SIGNS, DOLLAR_SIGNS, currency_code

NOT_KNOWN = "units"
_CURRENCY_NAMES = whole_words(
    r"waerk|waers|hwaer|currency(?: code)?|currencies|wahrung|waehrung|devises?|divisas?|monnaie|munteenheid|deviza|penznem|mena|doviz|moneda|moeda|valuta|waluta|валюта|通貨|货币"
)


_A_CODE_OR_SIGN = rf"^(?:{CURRENCY_CODES}|{'|'.join(map(re.escape, (*CURRENCY_SIGNS, *DOLLAR_SIGNS)))})$"
_COMMON = ("USD", "EUR", "GBP", "CHF", "JPY", "CNY")  # one of these stands beside any other in a file of several
_KANA = re.compile("[\u3041-\u30ff]")
_WORDS = {
    "usd": "USD", "dollar": "USD", "dollars": "USD", "eur": "EUR", "euro": "EUR", "euros": "EUR", "gbp": "GBP", "chf": "CHF",
    "inr": "INR", "rupees": "INR", "jpy": "JPY", "yen": "JPY", "sek": "SEK", "nok": "NOK", "dkk": "DKK", "pln": "PLN", "zl": "PLN",
    "brl": "BRL", "reais": "BRL", "cad": "CAD", "aud": "AUD", "mxn": "MXN", "rub": "RUB", "cny": "CNY", "rmb": "CNY", "try": "TRY",
}  # fmt: skip


_COUNTRIES = {
    "united kingdom": "GBP", "uk": "GBP", "great britain": "GBP", "england": "GBP", "united states": "USD", "usa": "USD", "us": "USD",
    "united states of america": "USD", "germany": "EUR", "deutschland": "EUR", "france": "EUR", "spain": "EUR", "espana": "EUR",
    "italy": "EUR", "italia": "EUR", "netherlands": "EUR", "austria": "EUR", "belgium": "EUR", "ireland": "EUR", "portugal": "EUR",
    "switzerland": "CHF", "poland": "PLN", "polska": "PLN", "sweden": "SEK", "norway": "NOK", "denmark": "DKK", "brazil": "BRL",
    "brasil": "BRL", "india": "INR", "japan": "JPY", "china": "CNY", "canada": "CAD", "australia": "AUD", "mexico": "MXN",
}  # fmt: skip


# Kana, hangul and Thai letters are written in one country each.
_SCRIPTS = {"[\u3041-\u30ff]": "JPY", "[\uac00-\ud7a3]": "KRW", "[\u0e00-\u0e7f]": "THB"}


def guess_currencies(
    tables: Sequence[TableGuess], profiles: Mapping[str, TableProfile], converted_to: Mapping[str, str]
) -> tuple[Guess | None, Guess | None]:
    """The currency that most rows name, and which one to keep where they name several; None where none is named.

    Args:
        tables: the project's tables. profiles: by sample name.
        converted_to: table -> the currency that its amounts come to by a rate beside each.
    """
    counts: Counter[str] = Counter()
    for table in tables:
        column = table.column(table.money.currency) if table.money is not None and table.money.currency else None
        if column is None or table.left_out:
            continue
        codes = codes_of(profiles[table.sample].columns[column.source]).drop_nulls()
        if table.name in converted_to:
            counts[converted_to[table.name]] += len(codes)
            continue
        counts.update({str(code): int(rows) for code, rows in codes.value_counts(name="rows").iter_rows()})
    if not counts:
        return None, None
    (best, most), *_ = counts.most_common()
    total = counts.total()
    shown = ", ".join(f"{code} ({plural(rows, 'row')})" for code, rows in counts.most_common(5))
    currency = Guess("currency", best, 0.95, f"the records name it: {shown}", "currency: EUR", shown_only=True)
    if len(counts) == 1:
        return currency, None
    question = Guess(
        "currencies.keep",
        best,
        0.3,
        f"amounts in {len(counts)} currencies cannot be added up: {shown}; keep {best} ({percent(most / total)} of the "
        "rows), or convert with currencies.one_unit_buys or currencies.rates",
        "currencies: {keep: CODE}, {one_unit_buys: {CODE: RATE}} or {rates: FILE}",
        tuple(code for code, _ in counts.most_common(5)),
    )
    return currency, question


def currency_codes(table: TableProfile) -> tuple[str, dict[str, int]] | None:
    """The column that names each row's currency, and rows by code, the most frequent first; None without one.

    Under any name: codes alone, several of them or a usual one in each row, are nothing else.
    """
    texts = {
        name: column for name, column in table.columns.items() if column.is_text_typed and 1 <= column.distinct <= 60
    }
    named = [name for name in texts if says(name, _CURRENCY_NAMES)]
    for name in (*named, *(name for name in texts if name not in named)):
        column = texts[name]
        if not column.values.str.to_uppercase().str.contains(_A_CODE_OR_SIGN).all():
            continue
        codes = codes_of(column).drop_nulls()
        is_of_all = codes.n_unique() > 1 or column.filled == column.rows
        if name in named or (is_of_all and codes.is_in(_COMMON).any()):
            counts = codes.rename("code").value_counts(name="rows").sort("rows", "code", descending=[True, False])
            return name, {str(code): int(rows) for code, rows in counts.iter_rows()}
    return next((mixed for column in table.columns.values() if (mixed := mixed_amounts(column)) is not None), None)


def is_currency(name: str, column: Profile) -> bool:
    """Whether a column is called a currency and holds nothing but codes or signs of currencies."""
    texts = column.values.cast(pl.String).str.to_uppercase()
    return says(name, _CURRENCY_NAMES) and column.is_text_typed and bool(texts.str.contains(_A_CODE_OR_SIGN).all())


def holds_codes(name: str, column: Profile) -> bool:
    """Whether a column holds nothing but codes of currencies: of one by its name, of several under any name."""
    if is_currency(name, column):
        return True
    texts = column.values.cast(pl.String).str.to_uppercase()
    is_coded = (
        column.is_text_typed and 1 < column.distinct <= len(_WORDS) and bool(texts.str.contains(_A_CODE_OR_SIGN).all())
    )
    return is_coded and codes_of(column).is_in(_COMMON).any()


def codes_of(column: Profile) -> pl.Series:
    """(rows,) the code of the currency that each value names, null where it names none."""
    texts = column.series.cast(pl.String)
    each = texts.drop_nulls().unique()  # codes are few, and looking for one in a text is dear
    names_one = pl.lit(~each.str.to_lowercase().is_in(MISSING_WORDS))
    codes = pl.select(pl.when(names_one).then(currency_code(pl.lit(each)))).to_series()
    return texts.replace_strict(each, codes, default=None, return_dtype=pl.String).alias("code")


def mixed_amounts(column: Profile) -> tuple[str, dict[str, int]] | None:
    """A column of amounts of which some are written in another currency than others: $12.00, €9.50; else None."""
    if not column.has_currency_sign:
        return None
    counts = codes_of(column).drop_nulls().value_counts(name="rows").sort("rows", "code", descending=[True, False])
    if counts.height < 2:
        return None
    return column.source, {str(code): int(rows) for code, rows in counts.iter_rows()}


def names_its_currency(name: str) -> bool:
    """Whether the name of a column of amounts says the currency of them all, as price_in_usd does."""
    return len(_currencies_of_name(name)) == 1


def _currencies_of_name(name: str) -> set[str]:
    """The currencies that the name of a column says: Total EUR, Gesamtbetrag (€), Amount US$."""
    by_words = {_WORDS[word] for word in words(name) if word in _WORDS}
    dollars = re.search(r"(?<![A-Za-z])[A-Z]{1,2}\$", name)
    if dollars is not None and dollars[0] in DOLLAR_SIGNS:
        return by_words | {DOLLAR_SIGNS[dollars[0]]}
    return by_words | {code for sign, code in CURRENCY_SIGNS.items() if sign in name}


def guess_currency(tables: Sequence[TableProfile]) -> Guess:
    """The currency, by signs in the values, codes in the names, or the country of most rows."""
    about, change = "currency", "currency: EUR"
    for table in tables:
        for column in table.columns.values():
            if column.has_currency_sign:
                codes = codes_of(column).filter(column.series.cast(pl.String).str.contains(r"\d")).drop_nulls()
                if codes.n_unique() == 1:
                    evidence = f'{table.name}.{column.source} holds amounts such as "{column.values[0]}"'
                    return Guess(about, str(codes[0]), 0.85, evidence, change, shown_only=True)
    named = {(code, column) for table in tables for column in table.columns for code in _currencies_of_name(column)}
    named_codes = {code for code, _ in named}
    if len(named_codes) == 1:
        first = min(name for _, name in named)
        return Guess(about, named_codes.pop(), 0.85, f'the column name "{first}" says it', change, shown_only=True)
    titled = {code for table in tables for code in _currencies_of_name(table.sample.title)}
    if len(titled) == 1:
        title = next(table.sample.title for table in tables if _currencies_of_name(table.sample.title))
        return Guess(about, titled.pop(), 0.85, f'the title "{title[:60]}" says it', change, shown_only=True)
    japanese = next((name for table in tables for name in table.columns if _KANA.search(name)), "")
    if japanese:
        return Guess(about, "JPY", 0.7, f'the column name "{japanese}" is Japanese', change, shown_only=True)
    for table in tables:
        for name, column in table.columns.items():
            if (
                words(name)[-1:] in {("country",), ("land",), ("pays",), ("pais",)}
                and column.is_text_typed
                and column.filled
            ):
                counts = column.series.drop_nulls().value_counts(sort=True, name="rows")
                most, rows = str(counts[column.source][0]), int(counts["rows"][0])
                code = _COUNTRIES.get(most.lower())
                if code and rows >= 0.6 * column.filled:
                    return Guess(
                        about,
                        code,
                        0.7,
                        f"{percent(rows / column.filled, 0)} of the rows of {table.name} are from {most}",
                        change,
                        shown_only=True,
                    )
    for script, code in _SCRIPTS.items():
        written = [column for table in tables for column in table.columns if re.search(script, column)]
        if len(written) > 1:
            evidence = f"the columns are named in the script of one country alone: {', '.join(written[:3])}"
            return Guess(about, code, 0.7, evidence, change, shown_only=True)
    return Guess(
        about,
        NOT_KNOWN,
        0.3,
        "no sign, code or country says it; it only stands beside amounts",
        change,
        shown_only=True,
    )
