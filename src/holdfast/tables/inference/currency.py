"""The currency of the amounts, where the files say it."""

# ruff: noqa: E501
from collections.abc import Sequence

from holdfast.tables.inference.names import words
from holdfast.tables.inference.records import Guess
from holdfast.tables.inference.study import Study

NOT_KNOWN = "units"
_SIGNS = {"€": "EUR", "£": "GBP", "$": "USD", "₹": "INR", "₽": "RUB", "₺": "TRY", "₩": "KRW", "₫": "VND", "₴": "UAH"}
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


def guess_currency(tables: Sequence[Study]) -> Guess:
    """The currency, by signs in the values, codes in the names, or the country of most rows."""
    about, change = "currency", "currency: EUR"
    for table in tables:
        for column in table.columns.values():
            if column.has_currency_sign:
                signs = {letter for value in column.values.head(100) for letter in value if letter in _SIGNS}
                if len(signs) == 1:
                    sign = signs.pop()
                    return Guess(
                        about,
                        _SIGNS[sign],
                        0.85,
                        f"{table.name}.{column.source} is written with {sign}",
                        change,
                        only_told=True,
                    )
    named = {
        (_WORDS[word], column)
        for table in tables
        for column in table.columns
        for word in words(column)
        if word in _WORDS
    }
    codes = {code for code, _ in named}
    if len(codes) == 1:
        first = min(name for _, name in named)
        return Guess(about, codes.pop(), 0.85, f'the column name "{first}" says it', change, only_told=True)
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
                        f"{rows / column.filled:.0%} of the rows of {table.name} are from {most}",
                        change,
                        only_told=True,
                    )
    return Guess(
        about, NOT_KNOWN, 0.3, "no sign, code or country says it; it only stands beside amounts", change, only_told=True
    )
