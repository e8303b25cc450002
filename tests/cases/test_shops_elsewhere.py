"""Orders of shops in Japan and Poland: their headers, states and amounts, and who the customer is."""

from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import polars as pl
import pytest
from tests.cases.conftest import Begun

Begin = Callable[..., Begun]
_ROWS = 240
_DAYS = [date(2024, 1, 1) + timedelta(days=number) for number in range(_ROWS)]


@pytest.mark.parametrize("encoding", ["cp932", "euc_jp", "utf-8"])
def test_a_japanese_shop(begin: Begin, tmp_path: Path, encoding: str) -> None:
    states = ["発送済み", "発送済み", "注文取消し", "返品", "入金済み"]
    lines = ["注文番号,注文日時,会員ID,お名前,メールアドレス,お支払い合計,対応状況"]
    total = 0
    for number, day in enumerate(_DAYS):
        amount, state = 10_000 + number * 37, states[number % 5]
        member = 5000 + number % 40
        lines.append(
            f'{20000 + number},{day:%Y/%m/%d} 07:28:50,{member},山田,u{number % 48}@example.jp,"{amount:,}",{state}'
        )
        total += amount if state in {"発送済み", "入金済み"} else 0
    (tmp_path / "order.csv").write_bytes("\r\n".join(lines).encode(encoding))
    begun = begin(tmp_path / "order.csv")
    assert not begun.draft.open_questions
    sold = begun.cleaned().tables["transactions"]
    assert sold["amount"].sum() == total
    assert begun.settings.currency == "JPY"
    assert begun.settings.tables["transactions"].columns["customer_id"].source == "会員ID"


def test_a_polish_shop_whose_customers_share_names(begin: Begin, tmp_path: Path) -> None:
    states = ["Zrealizowane", "Wysłane", "Anulowane", "Zwrot", "W realizacji"]
    lines = ["Nr zamówienia;Data złożenia;Klient;E-mail;Wartość brutto;Status"]
    total = 0.0
    for number, day in enumerate(_DAYS):
        state = states[number % 5]
        person = f"Łukasz Wiśniewski {chr(65 + number % 40 % 36)};lukasz{number % 40}@wp.pl"
        lines.append(f"ZAM/{number:05};{day:%d.%m.%Y} 10:12;{person};1 {200 + number},50 zł;{state}")
        total += 1200.5 + number if state not in {"Anulowane", "Zwrot"} else 0
    (tmp_path / "zamowienia.csv").write_bytes("\r\n".join(lines).encode("cp1250"))
    begun = begin(tmp_path / "zamowienia.csv")
    assert begun.settings.tables["transactions"].columns["customer_id"].source == "E-mail"
    assert begun.cleaned().tables["transactions"]["amount"].sum() == pytest.approx(total)


def test_top_ups_are_of_telephone_numbers(begin: Begin) -> None:
    top_ups = pl.DataFrame(
        {
            "Telefone": [5511900000000 + number % 50 for number in range(_ROWS)],
            "Data": _DAYS,
            "Hora": [f"{7 + number % 12:02}:{number % 60:02}" for number in range(_ROWS)],
            "Valor": [10.0 + number % 4 * 5 for number in range(_ROWS)],
            "Situação": ["Estornada" if number % 20 == 0 else "Confirmada" for number in range(_ROWS)],
        }
    )
    begun = begin(recargas=top_ups)
    assert not begun.draft.open_questions
    sold = begun.cleaned().tables["transactions"]
    confirmed = top_ups.filter(pl.col("Situação") == "Confirmada")
    assert (sold["customer_id"].n_unique(), sold["amount"].sum()) == (50, confirmed["Valor"].sum())
