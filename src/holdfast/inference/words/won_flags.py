"""States beside a column of yes and no that says which of them are won or paid."""

# ruff: noqa: E501
import polars as pl

from holdfast.inference.profiles.columns import share_of
from holdfast.inference.words.kind_rows import NEARLY_ALL, KindRows
from holdfast.inference.words.names import inner_name, says, whole_words
from holdfast.inference.words.states import Purpose, meaning_of
from holdfast.meanings import EXCLUDED, Meaning

_WON = whole_words(
    r"(?:hs )?(?:is |was )?(?:closed )?(?:won|paid|settled|collected|completed|successful)|(?:ist )?(?:gewonnen|bezahlt)|(?:est )?(?:gagnee?|payee?)|ganad[oa]|pagad[oa]|ganh[oa]|pag[oa]|vint[oa]|pagat[oa]|gewonnen|betaald|vunnen|vunnet|vundet|betald|betalt|wygran[ay]|oplacon[ay]"
)
_FEWEST = 5  # rows of each answer


def meanings_by_flag(rows: KindRows) -> tuple[dict[str, Meaning], str]:
    """What states mean by a yes or no beside them that says won or paid, and what shows it; nothing without one.

    A yes is a sale; of a no the word of the state says more, or it is open.
    """
    for name, column in rows.table.columns.items():
        if name == rows.column.source or column.flag is None or not says(inner_name(name), _WON):
            continue
        by_state = pl.DataFrame({"state": rows.column.series, "yes": column.says_yes}).drop_nulls()
        shares = by_state.group_by("state").agg(pl.col("yes").mean())
        pure = (shares["yes"] <= 1 - NEARLY_ALL) | (shares["yes"] >= NEARLY_ALL)
        answers = int(by_state["yes"].sum())
        if share_of(pure) != 1 or min(answers, by_state.height - answers) < _FEWEST:
            continue
        won = [str(state) for state, share in shares.iter_rows() if share >= NEARLY_ALL]
        meanings = {str(state): _of_no(str(state)) for state, _ in shares.iter_rows()} | dict.fromkeys(
            won, Meaning.SALE
        )
        return meanings, f"{name} says yes of {', '.join(sorted(won))} alone"
    return {}, ""


def _of_no(text: str) -> Meaning:
    meaning = meaning_of(text, Purpose.MONEY)
    return meaning if meaning in EXCLUDED else Meaning.OPEN
