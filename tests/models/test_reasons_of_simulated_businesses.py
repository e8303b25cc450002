"""Every feature of the three simulated businesses, as sentences: what is written for customers below, at and above the
usual."""

import json
import re
from datetime import UTC, datetime

import pytest

from holdfast.models.reason_sentences import Value, Writer
from holdfast.service.init import init
from holdfast.service.project import RunOptions, open_project
from holdfast.service.simulate import simulate

CUTOFF = datetime(2026, 7, 1, tzinfo=UTC)
KINDS = ("crm", "retail", "saas")
# Kind, feature, the customer's value, what is typical, the customer's usual gap -> the sentence.
GOLDEN = (
    ("crm", "monthly_amount", 0.0, 9.9, None, "Pays no monthly fee; typical: €9.90."),
    ("crm", "monthly_amount", 7.9, 9.9, None, "Monthly amount: €7.90; typical: €9.90."),
    ("crm", "days_since_last_interactions", 7.4, 48.0, None,
     "Contact with us on 23 June 2026, 8 days ago, more recent than usual (typical: 48 days ago)."),
    ("crm", "days_since_last_interactions", 64.0, 46.0, 90.0,
     "Contact with us on 28 April 2026, 64 days ago, more recent than usual (every 90 days)."),
    ("crm", "days_since_last_order", 87.0, 17.0, 13.0, "No order for 87 days; usually every 13 days."),
    ("crm", "days_since_last_order", None, 17.0, None, "No order on record; typical: 17 days ago."),
    ("saas", "monthly_amount", 29.0, 58.0, None, "Monthly amount: €29; typical: €58."),
    ("saas", "days_since_last_sessions", 0.3, 5.0, 3.0,
     "Visit on 30 June 2026, 1 day ago, more recent than usual (every 3 days)."),
    ("saas", "days_since_last_failed_payment", 30.0, 120.0, None,
     "Failed payment on 1 June 2026, 30 days ago, more recent than usual (typical: 120 days ago)."),
    ("retail", "units_90d", 0.0, 26.0, None, "No units bought in the last 90 days; typical: 26."),
    ("retail", "last_basket_to_mean", 1.1, 1.0, None, "Value of the last order: up 10 % on the customer's mean order."),
    ("retail", "order_irregularity", 1.2, 0.77, None,
     "Irregularity of orders (0: like clockwork): 1.2; typical: 0.77."),
)  # fmt: skip


@pytest.fixture(scope="module", params=KINDS)
def business(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> tuple[str, dict[str, dict[str, object]], str]:
    """A simulated business: its kind, the records of its features, its currency."""
    home = tmp_path_factory.mktemp(request.param)
    simulate(home / "records", kind=request.param, customers=250, seed=5)
    init(home / "shop", sorted((home / "records").glob("*.csv")))
    project = open_project(home / "shop")
    project.run(now=CUTOFF, options=RunOptions(stages=("features",), plots=False))
    newest = max((home / "shop" / "runs").glob("2*/features.json"))
    records = {each["name"]: each for each in json.loads(newest.read_text(encoding="utf-8"))}
    return request.param, records, project.settings.currency


def test_golden_sentences(business: tuple[str, dict[str, dict[str, object]], str]) -> None:
    kind, records, currency = business
    of_kind = [golden for golden in GOLDEN if golden[0] == kind]
    assert of_kind
    for _, name, value, typical, own_gap, expected in of_kind:
        assert name in records
        writer = Writer(records, {name: typical}, {}, currency, CUTOFF)
        assert writer.sentence(name, value, raises=True, own_gap=own_gap) == expected


def test_no_feature_of_any_business_reads_wrong(business: tuple[str, dict[str, dict[str, object]], str]) -> None:
    _, records, currency = business
    for name, record in records.items():
        is_text = bool(record.get("is_category"))
        usual: Value = "often" if is_text else 40.0
        values: tuple[Value, ...] = ("often", "seldom", None) if is_text else (0.0, 7.0, 40.0, 90.0, None)
        writer = Writer(records, {name: usual}, {}, currency, CUTOFF)
        for value in values:
            for own_gap in (None, 30.0):
                sentence = writer.sentence(name, value, raises=True, own_gap=own_gap)
                wrong = re.search(
                    r"(?i)\b0 days? ago|no everything|pays nothing|\.00\b|_|: 0 is|  |\bnan\b|as a multiple",
                    sentence,
                )
                assert wrong is None, sentence
                assert sentence.endswith(".")
                assert sentence[0].isupper()
