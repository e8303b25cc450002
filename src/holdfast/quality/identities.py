"""Tables of old and new ids, and of accounts, in; one table of id -> id that stands for it out."""

from collections.abc import Mapping

import polars as pl

from holdfast.errors import HoldfastError
from holdfast.quality.parsing.texts import as_text, without_blanks
from holdfast.settings import FILE_NAME, Settings

# Names under which `raw` carries what is no table of the project: as the settings are called.
RATES, IDENTITIES = "currencies.rates", "identities.files"
_LONGEST_CHAIN = 50


def identities_of(raw: Mapping[str, pl.DataFrame], settings: Settings) -> pl.DataFrame | None:
    """(n, 2) old, new: every id that another one stands for; None where the settings name none.

    Args:
        raw: the tables as read; the file of `identities` under `IDENTITIES`.
        settings: `identities` (an id was replaced) and `roll_up` (contacts are counted under their account).

    Raises:
        HoldfastError: a column is missing, or ids replace each other in a circle.
    """
    links = []
    if settings.identities is not None and IDENTITIES in raw:
        named = settings.identities
        links.append(_links(raw[IDENTITIES], named.old, named.new, "identities"))
    if settings.roll_up is not None:
        roll = settings.roll_up
        if roll.table not in raw:
            raise HoldfastError(
                f'{FILE_NAME}: roll_up.table is "{roll.table}", no table of the project.',
                fix=f"In {FILE_NAME}, roll_up: {{table: ONE OF {', '.join(settings.tables)}, ...}}",
            )
        links.append(_links(raw[roll.table], roll.customer, roll.account, "roll_up"))
    if not links:
        return None
    direct = pl.concat(links).unique("old", keep="last", maintain_order=True)
    return _resolved(direct)


def _links(rows: pl.DataFrame, old: str, new: str, setting: str) -> pl.DataFrame:
    lacking = [name for name in (old, new) if name not in rows.columns]
    if lacking:
        raise HoldfastError(
            f'{setting}: no column "{lacking[0]}"; there are: {", ".join(rows.columns[:12])}.',
            fix=f"In {FILE_NAME}, name the columns of {setting} as the file does.",
        )
    pairs = pl.DataFrame({"old": without_blanks(as_text(rows[old]), ()), "new": without_blanks(as_text(rows[new]), ())})
    return pairs.drop_nulls().filter(pl.col("old") != pl.col("new"))


def _resolved(direct: pl.DataFrame) -> pl.DataFrame:
    """Chains followed to their end: a -> b -> c becomes a -> c and b -> c."""
    result = direct
    for _ in range(_LONGEST_CHAIN):
        further = result["new"].is_in(direct["old"].implode())
        if not further.any():
            return result
        result = result.with_columns(pl.col("new").replace(direct["old"], direct["new"]))
    circle = result.filter(further)["old"].sort().head(3).to_list()
    raise HoldfastError(
        f"Ids replace each other in a circle, for example {', '.join(circle)}.",
        fix=f"Correct the file of identities (or roll_up) in {FILE_NAME}: each old id needs one id that stays.",
    )
