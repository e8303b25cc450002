"""States beside a yes and no, or a probability, that says which of them are won or paid."""

# ruff: noqa: E501
import polars as pl

from holdfast.inference.profiles.columns import greatest_of, share_of
from holdfast.inference.words.kind_rows import NEARLY_ALL, KindRows
from holdfast.inference.words.names import inner_name, says, whole_words
from holdfast.inference.words.states import Purpose, meaning_of
from holdfast.meanings import EXCLUDED, Meaning

_WON = whole_words(
    r"(?:hs )?(?:is |was )?(?:closed )?(?:won|paid|settled|collected|completed|successful)|(?:ist )?(?:gewonnen|bezahlt)|(?:est )?(?:gagnee?|payee?)|ganad[oa]|pagad[oa]|ganh[oa]|pag[oa]|vint[oa]|pagat[oa]|gewonnen|betaald|vunnen|vunnet|vundet|betald|betalt|wygran[ay]|oplacon[ay]"
)
_FEWEST = 5  # rows of each answer
_CERTAIN = (1.0, 100.0)  # how a probability is written that leaves no doubt
_MOSTLY = 0.95  # share of the rows that have it


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


def meanings_by_probability(rows: KindRows) -> tuple[dict[str, Meaning], str]:
    """What states mean by a probability beside them, and what shows it; nothing without one.

    It is 100 in each row of what is won, 0 in each of what is lost, and something between in what is open.
    """
    for name, column in rows.table.columns.items():
        if name == rows.column.source or not column.is_number or name in rows.table.times:
            continue
        rated = pl.DataFrame({"state": rows.column.series, "rate": column.all_numbers}).drop_nulls()
        sure = greatest_of(rated["rate"]) if rated.height >= _MOSTLY * rows.table.rows else 0.0
        if sure not in _CERTAIN:
            continue
        by_state = rated.group_by("state").agg(
            pl.col("rate").min().alias("least"), pl.col("rate").max().alias("most"), pl.len().alias("rows")
        )
        certain, never = by_state["least"] == sure, by_state["most"] == 0
        between = (by_state["least"] > 0) & (by_state["most"] < sure)
        enough = all(int(by_state["rows"].filter(each).sum()) >= _FEWEST for each in (certain, never))
        if not enough or not (certain | never | between).all():
            continue
        means = {Meaning.SALE: certain, Meaning.LOST: never, Meaning.OPEN: between}
        result = {str(text): meaning for meaning, each in means.items() for text in by_state["state"].filter(each)}
        won = sorted(text for text, meaning in result.items() if meaning is Meaning.SALE)
        return result, f"{name} is {sure:g} of {', '.join(won)} alone, and 0 of what was lost"
    return {}, ""


def _of_no(text: str) -> Meaning:
    meaning = meaning_of(text, Purpose.MONEY)
    return meaning if meaning in EXCLUDED else Meaning.OPEN
