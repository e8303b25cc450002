"""One house style: a language's words and a random source in; column names, states, amounts and dates out."""

import datetime as dt
import random
import re
import unicodedata

FOLDS = str.maketrans({"ß": "ss", "ł": "l", "Ł": "L"})
PREFIXES = (
    {"money": "vl_", "date": "dt_", "id": "cd_", "text": "ds_", "int": "qt_"},
    {"money": "amt_", "date": "d_", "id": "id_", "text": "", "int": "n_"},
    {"money": "x_", "date": "x_", "id": "x_", "text": "x_", "int": "x_"},
)
NAMES = ("as_is", "as_is", "as_is", "snake", "snake", "camel", "upper", "pascal", "lower", "prefix")


def fold(text: str) -> str:
    """The text in ASCII letters as programmers write it."""
    letters = unicodedata.normalize("NFKD", text.translate(FOLDS))
    return "".join(letter for letter in letters if not unicodedata.combining(letter))


class Style:
    """One house style; the same concept is always written with the same word."""

    def __init__(self, words: dict[str, list[str]], rng: random.Random) -> None:
        self.words, self.rng = words, rng
        self.names = rng.choice(NAMES)
        self.prefixes = rng.choice(PREFIXES)
        self.currency, self.sign = rng.choice(words["_currency"]).split(" ", 1)
        local = rng.random() < (0.85 if self.names in ("as_is", "lower") else 0.5)
        self.local = local
        self.decimal = words["_decimal"][0] if local else "."
        thousands = rng.choice(words["_thousands"]) if local and rng.random() < 0.5 else "none"
        self.thousands = {"none": "", "nbsp": "\u00a0"}.get(thousands, thousands)
        self.money_form = rng.choices(("plain", "sign", "header", "cents"), (70, 12, 13, 5))[0]
        self.negative = rng.choices(("lead", "trail", "brackets"), (85, 8, 7))[0]
        self.date_form = rng.choice(words["_dates"]) if local else "%Y-%m-%d"
        self.with_time = rng.random() < 0.5
        self.case = rng.choice(("as_is", "as_is", "as_is", "lower", "upper", "snake"))
        self.chosen: dict[str, str] = {}

    def word(self, concept: str) -> str:
        """The word of this house for a concept; the plainest one of the list for ``concept!``."""
        if concept.endswith("!"):
            return self.words[concept[:-1]][0]
        if concept not in self.chosen:
            self.chosen[concept] = self.rng.choice(self.words[concept])
        return self.chosen[concept]

    def state(self, concept: str) -> str:
        """A state or a kind as the cells say it."""
        word = self.word(concept)
        if self.case == "lower":
            return word.lower()
        if self.case == "upper":
            return word.upper()
        if self.case == "snake":
            return re.sub(r"[^a-z0-9]+", "_", fold(word).lower()).strip("_")
        return word

    def column(self, concept: str, kind: str) -> str:
        """The name of a column."""
        word = self.word(concept)
        suffix = ""
        if kind == "money" and self.money_form == "header":
            suffix = f" ({self.currency})" if self.names in ("as_is", "lower") else f" {self.currency}"
        if kind == "money" and self.money_form == "cents":
            suffix = f" ({self.word('cents')})" if self.names in ("as_is", "lower") else f" {self.word('cents')}"
        if self.names == "as_is":
            return word + suffix
        if self.names == "lower":
            return (word + suffix).lower()
        parts = [part for part in re.split(r"[^A-Za-z0-9]+", fold((word + suffix).replace("°", "o"))) if part]
        if self.names == "camel":
            return parts[0].lower() + "".join(part.capitalize() for part in parts[1:])
        if self.names == "pascal":
            return "".join(part.capitalize() for part in parts)
        snake = "_".join(part.lower() for part in parts)
        if self.names == "upper":
            return snake.upper()
        if self.names == "prefix":
            group = {"time": "date", "num": "int", "flag": "text", "month": "date"}.get(kind, kind)
            return self.prefixes.get(group, "") + snake
        return snake

    def money(self, cents: float | None) -> str:
        """An amount in cents as a cell says it."""
        if cents is None:
            return ""
        if self.money_form == "cents":
            return str(round(cents))
        text = f"{abs(cents) / 100:,.2f}"
        text = text.replace(",", "\x00").replace(".", self.decimal).replace("\x00", self.thousands)
        if self.money_form == "sign":
            text = {"$": f"${text}", "£": f"£{text}", "R$": f"R$ {text}"}.get(self.sign, f"{text} {self.sign}")
        if cents < 0:
            return {"lead": f"-{text}", "trail": f"{text}-", "brackets": f"({text})"}[self.negative]
        return text

    def number(self, value: float | None) -> str:
        """A number that is no money."""
        if value is None:
            return ""
        return str(value) if isinstance(value, int) else f"{value:.2f}".replace(".", self.decimal)

    def day(self, value: dt.date | None) -> str:
        """A date or, in this house, a time; nothing for none."""
        if value is None:
            return ""
        if isinstance(value, dt.datetime) and self.with_time:
            return value.strftime(self.date_form + (" %H:%M" if self.local else " %H:%M:%S"))
        return value.strftime(self.date_form)
