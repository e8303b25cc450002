"""A seed in, an export with its truth out: which layout, which language and which house style is drawn."""

import random
from collections.abc import Callable
from pathlib import Path

from tests.cases.simulated_exports.business import Business
from tests.cases.simulated_exports.files import write
from tests.cases.simulated_exports.invoices import invoices, ledger
from tests.cases.simulated_exports.reading import read_words
from tests.cases.simulated_exports.shapes import Case, Draw, Truth
from tests.cases.simulated_exports.shop import lines, orders, payments, several_tables
from tests.cases.simulated_exports.style import Style
from tests.cases.simulated_exports.subscriptions import events, months, periods

LAYOUTS: tuple[Callable[[Draw], Case], ...] = (
    events,
    invoices,
    ledger,
    lines,
    months,
    orders,
    payments,
    periods,
    several_tables,
)
LANGUAGES = ("de", "en", "es", "fr", "pl", "pt")


def render(seed: int, folder: Path) -> tuple[list[Path], Truth]:
    """Writes the export of a seed into a folder.

    Args:
        seed: layouts alternate with it, and so do languages.
        folder: for the files; it is there.
    """
    rng = random.Random(seed)
    words = read_words(
        Path(__file__).parent / "words" / f"{LANGUAGES[(seed // len(LAYOUTS) + seed) % len(LANGUAGES)]}.txt"
    )
    style = Style(words, random.Random(seed + 1_000_000))
    case = LAYOUTS[seed % len(LAYOUTS)](Draw(Business(rng.randrange(2**31), 100), style, rng))
    return write(case, style, rng, folder), case.truth
