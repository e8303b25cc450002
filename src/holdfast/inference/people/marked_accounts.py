"""Accounts that a table of customers marks as tests or as the business's own: nobody's, wherever their rows stand."""

from collections.abc import Mapping, Sequence

from holdfast.formatting import plural
from holdfast.inference.guesses import TableGuess
from holdfast.inference.profiles.columns import Profile, share_of
from holdfast.inference.profiles.tables import TableProfile, as_keys
from holdfast.inference.words.names import exactly, says

_MARK = exactly(
    r"(?:is )?(?:test|internal|demo|dummy|fake|sandbox)(?: (?:account|user|customer|profile|contact|flag))?",
    r"(?:ist )?(?:testkonto|testkunde|testnutzer|intern|interne[rs]?)",
    r"(?:est )?(?:compte|client|utilisateur) (?:de )?test|(?:es )?(?:cuenta|cliente|usuario) (?:de )?prueba",
    r"(?:conta|cliente|usuario) (?:de )?teste|(?:account|cliente) (?:di )?prova",
)
_MOST = 500  # ids that a person still reads through in the project file
_MOST_SHARE = 0.3  # of the customers; a mark on more of them says something else


def without_marked_accounts(
    tables: Sequence[TableGuess], profiles: Mapping[str, TableProfile]
) -> tuple[tuple[TableGuess, ...], tuple[str, ...]]:
    """The tables with marked accounts among the texts that name nobody, and a note for each column that marks some.

    Args:
        tables: as guessed.
        profiles: by sample name.
    """
    marked, notes = list[str](), list[str]()
    for table in tables:
        key = table.column("customer_id")
        if table.holds.value != "customers" or key is None or key.source not in profiles[table.sample].columns:
            continue
        profile = profiles[table.sample]
        for name, column in profile.columns.items():
            ids = _marked(column, profile.columns[key.source]) if says(name, _MARK) else []
            if ids:
                marked += ids
                notes.append(
                    f"{table.name}.{name} marks {plural(len(ids), 'account')} as tests or your own: their ids stand "
                    "under nobody, so that their rows count nowhere."
                )
    if not marked:
        return tuple(tables), ()
    return tuple(table.with_nobody(marked) for table in tables), tuple(notes)


def _marked(column: Profile, key: Profile) -> list[str]:
    if column.flag is None:
        return []
    ids = as_keys(key).filter(column.says_yes.fill_null(value=False)).drop_nulls().unique().sort()
    return ids.to_list() if len(ids) <= _MOST and share_of(column.says_yes) <= _MOST_SHARE else []
