"""One column of states or kinds: what each of its values means, and those that are asked about."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import polars as pl

from holdfast.inference.profiles.tables import CodeWords
from holdfast.inference.words.kind_rows import KindRows
from holdfast.meanings import EXCLUDED, Meaning


@dataclass(frozen=True)
class StatusColumn:
    """What one source column's values mean."""

    source: str
    means: Mapping[Meaning, tuple[str, ...]]  # values as the file writes them, the most frequent first
    unknown: tuple[str, ...] = ()  # values that no word explains, or whose word leaves it open, the most frequent first
    rows: Mapping[str, int] = field(default_factory=dict)  # value -> rows
    amounts: Mapping[str, float] = field(default_factory=dict)  # value -> sum of the amount, where there is one
    evidence: str = ""
    likeliest: Mapping[str, Meaning] = field(default_factory=dict)  # unknown value -> what it means most likely
    words: Mapping[str, str] = field(default_factory=dict)  # of a column of codes: value -> its word
    why: str = ""  # what the rows show of the unknown values
    is_balanced: bool = False  # some of its values come to what the others come to, so that no row is one too many

    @property
    def excludes(self) -> bool:
        """Whether any value keeps a row out of the money received."""
        return any(meaning in EXCLUDED or meaning is Meaning.REFUND for meaning in self.means)

    def moved(self, text: str, meaning: Meaning) -> "StatusColumn":
        """The column with another meaning of a value."""
        means = self._without(text)
        return replace(self, means={**means, meaning: (*means.get(meaning, ()), text)})

    def settled(self, text: str, meaning: Meaning) -> "StatusColumn":
        """The column with a meaning for a value that was asked about."""
        unknown = tuple(each for each in self.unknown if each != text)
        likeliest = {each: likely for each, likely in self.likeliest.items() if each != text}
        return replace(self.moved(text, meaning), unknown=unknown, likeliest=likeliest)

    def doubting(self, text: str, likeliest: Meaning) -> "StatusColumn":
        """The column with a value that is asked about."""
        return replace(
            self,
            means=self._without(text),
            unknown=tuple(dict.fromkeys((*self.unknown, text))),
            likeliest={**self.likeliest, text: likeliest},
        )

    def in_codes(self, codes: CodeWords, written: pl.Series) -> "StatusColumn":
        """A column whose codes were read as their words, with the codes as the file writes them."""
        present = set(written.drop_nulls().to_list())
        code_of = {word: code for code, word in codes.words.items() if code in present}
        return replace(
            self,
            means={meaning: tuple(code_of[text] for text in texts) for meaning, texts in self.means.items()},
            unknown=tuple(code_of[text] for text in self.unknown),
            rows={code_of[text]: rows for text, rows in self.rows.items()},
            amounts={code_of[text]: amount for text, amount in self.amounts.items()},
            evidence=f"the words of its codes stand in {codes.where}; {self.evidence}",
            likeliest={code_of[text]: meaning for text, meaning in self.likeliest.items()},
            words={code: word for word, code in code_of.items()},
        )

    def _without(self, text: str) -> dict[Meaning, tuple[str, ...]]:
        means = {meaning: tuple(each for each in texts if each != text) for meaning, texts in self.means.items()}
        return {meaning: texts for meaning, texts in means.items() if texts}


def built(
    rows: KindRows,
    means: Mapping[str, Meaning],
    unknown: tuple[str, ...],
    likely: Mapping[str, Meaning],
    evidence: str = "",
    why: str = "",
) -> StatusColumn:
    """A column of states with its values in order of their rows.

    Args:
        rows: of its table. means: value -> what it means. unknown: values to ask about.
        likely: their likeliest meanings. evidence: what shows it, where words do not. why: what their rows show.
    """
    counted = pl.DataFrame({"text": rows.column.series}).with_columns(
        amount=rows.numbers if rows.numbers is not None else pl.lit(None, pl.Float64)
    )
    by_text = counted.drop_nulls("text").group_by("text").agg(rows=pl.len(), amount=pl.col("amount").sum())
    by_text = by_text.sort(["rows", "text"], descending=[True, False])
    order = by_text["text"].to_list()
    rare = _rare(by_text, unknown)
    grouped: dict[Meaning, tuple[str, ...]] = {}
    for text in order:
        meaning = Meaning.NEUTRAL if text in rare else means.get(text)
        if meaning is not None:
            grouped[meaning] = (*grouped.get(meaning, ()), text)
    shown = "; ".join(f"{meaning.value}: {', '.join(texts[:4])}" for meaning, texts in grouped.items())
    return StatusColumn(
        rows.column.source,
        {meaning: grouped[meaning] for meaning in Meaning if meaning in grouped},
        tuple(text for text in order if text in unknown and text not in rare),
        dict(zip(order, by_text["rows"].to_list(), strict=True)),
        dict(zip(order, by_text["amount"].to_list(), strict=True)) if rows.numbers is not None else {},
        evidence or (f"by their words: {shown}" if shown else "no value is a known word"),
        {text: meaning for text, meaning in likely.items() if text in unknown and text not in rare},
        why=why,
    )


def _rare(by_text: pl.DataFrame, unknown: tuple[str, ...]) -> frozenset[str]:
    """Unknown values too rare, and without money, to be worth a question."""
    rows = int(by_text["rows"].sum()) or 1
    few = by_text.filter(
        pl.col("text").is_in(list(unknown)), pl.col("rows") / rows < 0.01, pl.col("amount").fill_null(0.0) == 0
    )
    return frozenset(few["text"].to_list()) if few["rows"].sum() / rows < 0.03 else frozenset()
