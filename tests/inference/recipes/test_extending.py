"""The guide's example of a known export is one module and one line of the list, and works as it stands."""

import re
from pathlib import Path
from types import ModuleType

import pytest

from holdfast.inference.recipes import catalog, match
from holdfast.inference.recipes.record import Recipe
from holdfast.service import init as service
from holdfast.settings_file import load_settings

_GUIDE = Path(__file__).parents[3] / "docs" / "guides" / "extending.md"
_ROWS = """Bestellung;Bestellt am;Acme Gesamtsumme;Erstattet;Acme Status;Käufer;Street
A1;2025-01-03 10:00:00;12,50;0,00;bezahlt;Ada@shop.example;Way 1
A2;2025-02-03 11:00:00;20,00;5,00;bezahlt;ada@shop.example;Way 1
A3;2025-03-03 12:00:00;99,00;0,00;gescheitert;bob@shop.example;Way 2
A4;2025-03-04 12:00:00;8,00;0,00;bezahlt;bob@shop.example;Way 2
"""


def _guides_recipes() -> tuple[Recipe, ...]:
    section = _GUIDE.read_text(encoding="utf-8").partition("## A known export")[2]
    code = re.search(r"```python\n(.*?)```", section, re.DOTALL)
    assert code is not None
    module = ModuleType("acme")
    exec(re.sub(r"(?m)^   ", "", code[1]), module.__dict__)  # noqa: S102
    return tuple(module.RECIPES)


def test_the_guides_recipe_is_recognised_and_counts_the_money(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    recipes = (*catalog.ALL, *_guides_recipes())
    monkeypatch.setattr(catalog, "ALL", recipes)
    monkeypatch.setattr(match, "ALL", recipes)
    match.index_recipes.cache_clear()
    orders = tmp_path / "bestellungen.csv"
    orders.write_text(_ROWS, encoding="utf-8")
    draft = service.init(tmp_path / "shop", [orders])
    match.index_recipes.cache_clear()
    (export,) = draft.exports
    assert export.sentence == "bestellungen.csv looks like an Acme Shop orders export: 7 of 7 columns"
    assert {line.line: line.amount for line in export.money} == {
        "gross": 139.5,
        "refunds": 5.0,
        "failed": 99.0,
        "net": 35.5,
    }
    assert not draft.questions
    assert load_settings(draft.file).tables["transactions"].recipe == "acme/orders"
