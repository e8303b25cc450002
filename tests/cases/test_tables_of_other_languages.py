"""Tables whose names, numbers and days are written as spreadsheets and shops of other countries write them."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest
from tests.cases.conftest import Begun

Begin = Callable[..., Begun]
_ORDERS = 400


def test_lines_of_orders_lead_to_customers_by_running_numbers_and_czech_names(begin: Begin) -> None:
    numbers = range(1, _ORDERS + 1)
    begun = begin(
        zakaznici=pl.DataFrame({"id": range(1, 81), "jmeno": [f"Jan {n}" for n in range(80)]}),
        objednavky=pl.DataFrame(
            {
                "id": numbers,
                "zakaznik_id": [1 + n * 7919 % 80 for n in numbers],
                "vytvoreno": [datetime(2024, 1, 1, 9, tzinfo=UTC) + timedelta(days=n) for n in numbers],
            }
        ),
        polozky=pl.DataFrame(
            {
                "id": range(1, 2 * _ORDERS + 1),
                "objednavka_id": [each for n in numbers for each in (n, n)],
                "mnozstvi": [1 + n % 3 for n in range(2 * _ORDERS)],
                "cena_ks": [float(89 + 10 * (n % 7)) for n in range(2 * _ORDERS)],
            }
        ),
    )
    assert not begun.draft.open_questions
    assert begun.net() == sum((1 + n % 3) * float(89 + 10 * (n % 7)) for n in range(2 * _ORDERS))
    assert begun.settings.tables["customers"].columns["customer_id"].source == "id"


@pytest.mark.parametrize("names", [("Ordini", "Totale acquisti", "Valore medio ordine"), ("N", "Suma", "Na jeden")])
def test_of_totals_the_count_times_the_mean_is_the_sum(begin: Begin, names: tuple[str, str, str]) -> None:
    counts = [n * 31 % 9 for n in range(300)]
    sums = [round(count * (20 + n % 37) * 1.07, 2) for n, count in enumerate(counts)]
    days = [date(2024, 1, 1) + timedelta(days=n) if count else None for n, count in enumerate(counts)]
    means = [round(total / count, 2) if count else None for total, count in zip(sums, counts, strict=True)]
    begun = begin(
        clienti=pl.DataFrame(
            {
                "ID cliente": [f"C{n}" for n in range(300)],
                "Primo ordine": days,
                "Ultimo ordine": [day and day + timedelta(days=5 * n) for day, n in zip(days, counts, strict=True)],
                names[0]: counts,
                names[1]: sums,
                names[2]: means,
                "Sconti": [0.0] * 299 + [5.0],
                "Resi": [0.0] * 299 + [2.5],
            }
        )
    )
    (table,) = begun.settings.tables.values()
    roles = {role: table.columns[role].source for role in ("purchases", "total_amount", "mean_amount")}
    assert roles == dict(zip(("purchases", "total_amount", "mean_amount"), names, strict=True))


@pytest.mark.parametrize("name", ["Ordredato", "Oprettet"])
def test_days_of_a_spreadsheet_with_a_comma_are_times(tmp_path: Path, begin: Begin, name: str) -> None:
    file = tmp_path / "ordrer.csv"
    rows = [f"{n};{45_300 + n},{37_451 + n * 137:05};K{n % 60};{100 + n},50" for n in range(_ORDERS)]
    file.write_text(f"Ordrenr;{name};Kundenr;Ordretotal\n" + "\n".join(rows) + "\n")
    settings = begin(file).with_first_answers().settings
    (table,) = settings.tables.values()
    assert table.columns["happened_at"].source == name
    assert begin(file).with_first_answers().net() == sum(100.5 + n for n in range(_ORDERS))


def test_a_blank_that_does_not_break_within_numbers_tells_the_encoding(tmp_path: Path, begin: Begin) -> None:
    file = tmp_path / "fakturor.csv"
    rows = [f"{n};2024-{1 + n % 12:02}-10;K{n % 60};{1 + n % 9}\u00a0{n:03},50" for n in range(_ORDERS)]
    text = "Fakturanr;Fakturadatum;Kundnr;Belopp att få betalt\n" + "\n".join(rows) + "\n"
    file.write_bytes(text.encode("cp1252"))
    assert begin(file).with_first_answers().net() == sum(1000 * (1 + n % 9) + n + 0.5 for n in range(_ORDERS))


def test_a_till_with_returns_of_its_own_sign_and_a_loyalty_card(begin: Begin) -> None:
    numbers = range(_ORDERS)
    is_return = [n % 20 == 7 for n in numbers]
    amounts = [10.5 + n % 50 for n in numbers]
    begun = begin(
        bonuri=pl.DataFrame(
            {
                "Nr. bon": [f"{'R' if back else 'B'}{n:05}" for n, back in zip(numbers, is_return, strict=True)],
                "Data": [date(2024, 1, 1) + timedelta(days=n) for n in numbers],
                "Card client": [2_640_000_000 + n * 7919 % 60 for n in numbers],
                "Valoare": amounts,
                "Operațiune": ["Retur" if back else "Vânzare" for back in is_return],
            }
        )
    ).with_first_answers()
    assert begun.settings.tables["transactions"].columns["customer_id"].source == "Card client"
    assert begun.net() == sum(-each if back else each for each, back in zip(amounts, is_return, strict=True))


def test_invoices_of_a_journal_count_without_pro_formas_and_less_credit_notes(begin: Begin) -> None:
    kinds = [("Faktura", "Betald"), ("Proforma", ""), ("Faktura", "Obetald"), ("Kreditfaktura", "Utbetald")]
    chosen = [kinds[(n % 25 == 3) + 2 * (n % 25 == 4) + 3 * (n % 25 == 5)] for n in range(_ORDERS)]
    amounts = [100.25 + n % 90 for n in range(_ORDERS)]
    begun = begin(
        fakturor=pl.DataFrame(
            {
                "Fakturanr": range(40_000, 40_000 + _ORDERS),
                "Typ": [kind for kind, _ in chosen],
                "Fakturadatum": [date(2024, 1, 1) + timedelta(days=n) for n in range(_ORDERS)],
                "Kundnr": [f"K{n * 7919 % 60}" for n in range(_ORDERS)],
                "Att betala": amounts,
                "Status": [state for _, state in chosen],
            }
        )
    ).with_first_answers()
    signs = {("Faktura", "Betald"): 1, ("Kreditfaktura", "Utbetald"): -1}
    assert begun.net() == sum(signs.get(kind, 0) * each for kind, each in zip(chosen, amounts, strict=True))


def test_contacts_lead_deals_to_their_companies(begin: Begin) -> None:
    numbers = range(_ORDERS)
    contacts = [f"P{n:03}" for n in range(90)]
    begun = begin(
        Firmen=pl.DataFrame({"Firmennr": [f"F{n:03}" for n in range(50)], "Ort": ["Ulm", "Bonn"] * 25}),
        Ansprechpartner=pl.DataFrame(
            {"Kontaktnr": contacts, "Firmennr": [f"F{n % 50:03}" for n in range(90)], "Abteilung": ["Einkauf"] * 90}
        ),
        Vorgaenge=pl.DataFrame(
            {
                "Vorgang": [f"V-{n:04}" for n in numbers],
                "Kontaktnr": [contacts[n * 7919 % 90] for n in numbers],
                "Phase": ["Gewonnen" if n % 3 else "Verloren" for n in numbers],
                "Angelegt": [date(2023, 1, 1) + timedelta(days=2 * n) for n in numbers],
                "Auftragswert": [200.5 + n for n in numbers],
            }
        ),
    ).with_first_answers()
    assert begun.net() == sum(200.5 + n for n in numbers if n % 3)
    customers = begun.cleaned().tables["vorgaenge"]["customer_id"]
    assert customers.str.starts_with("F").all()
