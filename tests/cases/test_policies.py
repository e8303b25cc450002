"""Portfolios of insurance policies and lists of contracts: subscriptions with a begin, an end and a yearly price."""

# ruff: noqa: E501
from collections.abc import Callable
from datetime import date, timedelta

import polars as pl
import pytest
from tests.cases.conftest import Begun

Begin = Callable[..., Begun]
_ROWS = 260
_HEADERS = {
    "es": ("Nº póliza", "NIF tomador", "Fecha efecto", "Fecha vencimiento", "Prima anual", "Forma de pago", "Estado", "Fecha anulación", "Motivo anulación"),
    "fr": ("Numéro de police", "Numéro client", "Date d'effet", "Date d'échéance", "Prime annuelle", "Fractionnement", "Statut", "Date de résiliation", "Motif de résiliation"),
    "de": ("Policennummer", "Kundennummer", "Versicherungsbeginn", "Hauptfälligkeit", "Jahresprämie", "Zahlweise", "Status", "Storno Datum", "Stornogrund"),
    "it": ("Numero polizza", "Codice cliente", "Data effetto", "Scadenza", "Premio annuo", "Frazionamento", "Stato", "Data annullamento", "Motivo annullamento"),
    "pt": ("Nº apólice", "NIF segurado", "Data de efeito", "Data de vencimento", "Prémio anual", "Periodicidade", "Estado", "Data de anulação", "Motivo de anulação"),
    "nl": ("Polisnummer", "Klantnummer", "Ingangsdatum", "Vervaldatum", "Jaarpremie", "Termijn", "Status", "Datum opzegging", "Reden opzegging"),
    "pl": ("Numer polisy", "Numer klienta", "Początek ochrony", "Koniec ochrony", "Składka roczna", "Częstotliwość", "Status", "Data rozwiązania", "Powód rozwiązania"),
    "en": ("Policy number", "Policy holder id", "Effective date", "Expiry date", "Annual premium", "Payment frequency", "Status", "Cancellation date", "Reason for cancellation"),
}  # fmt: skip
_WORDS = {
    "es": ("En vigor", "Anulada", "Anual", "Mensual"), "fr": ("En vigueur", "Résilié", "Annuel", "Mensuel"),
    "de": ("aktiv", "storniert", "jährlich", "monatlich"), "it": ("In vigore", "Annullata", "Annuale", "Mensile"),
    "pt": ("Em vigor", "Anulada", "Anual", "Mensal"), "nl": ("Lopend", "Opgezegd", "Jaar", "Maand"),
    "pl": ("Obowiązująca", "Rozwiązana", "rocznie", "miesięcznie"), "en": ("In force", "Cancelled", "Annual", "Monthly"),
}  # fmt: skip


@pytest.mark.parametrize("language", [*_HEADERS])
def test_policies_run_until_they_are_cancelled(begin: Begin, language: str) -> None:
    running, ended, yearly, monthly = _WORDS[language]
    today, rows = date(2025, 5, 15), []
    for number in range(_ROWS):
        begun = date(2022, 1, 1) + timedelta(days=number * 4)
        renewal = begun.replace(year=2025 if begun.replace(year=2025) > today else 2026)
        is_over = number % 4 == 0
        cancelled = begun + timedelta(days=100 + number % 90) if is_over else None
        interval = yearly if number % 3 else monthly
        why = "precio" if is_over else None
        rows.append((f"PZ-{700_000 + number}", f"{10_000_000 + 13 * number}Z", begun, renewal, 240.0 + number, interval,
                     ended if is_over else running, cancelled, why))  # fmt: skip
    policies = pl.DataFrame(rows, schema=list(_HEADERS[language]), orient="row")
    begun_project = begin(polizas=policies)
    assert not begun_project.draft.open_questions
    settings = begun_project.settings
    table = settings.tables["subscriptions"]
    sources = {name: column.source for name, column in table.columns.items()}
    headers = _HEADERS[language]
    expected = ("subscription_id", "customer_id", "happened_at", "paid_until", "price")
    assert [sources[name] for name in (*expected, "ended_at")] == [*headers[:5], headers[7]]
    assert table.subscriptions is not None
    assert "year" in {table.subscriptions.price_per, table.subscriptions.interval}
    customers = settings.tables.get("customers")
    assert customers is None or headers[8] not in {column.source for column in customers.columns.values()}


def test_policies_without_a_next_day_never_began_and_holders_are_known_by_number(begin: Begin) -> None:
    """Two people of one name are two customers; a state with neither an end nor a renewal does not run."""
    rows = []
    for number in range(_ROWS):
        begun = date(2022, 1, 1) + timedelta(days=number * 4)
        state = "Annulled" if number % 4 == 0 else "Ntu" if number % 13 == 1 else "In force"
        ended = begun + timedelta(days=100 + number % 90) if state == "Annulled" else None
        due = date(2025, 6, 1) + timedelta(days=number % 300) if state == "In force" else None
        rows.append(
            (f"PZ-{number:05}", f"H{number % 200:04}", f"Kim Lind {number % 90}", begun, due, state, 120.0, ended)
        )
    columns = [
        "Policy number",
        "Policyholder id",
        "Policyholder name",
        "Inception date",
        "Next renewal date",
        "Status",
        "Annual premium",
        "Termination date",
    ]
    begun_project = begin(policies=pl.DataFrame(rows, schema=columns, orient="row"))
    asked = {text: each for question in begun_project.draft.open_questions for text, each in question.likeliest.items()}
    assert asked == {"Ntu": "never_started"}
    table = begun_project.with_first_answers().settings.tables["subscriptions"]
    assert table.columns["customer_id"].source == "Policyholder id"
