"""Who is worth much by one or two large purchases alone is named, and nobody else."""

import polars as pl

from holdfast.decisions.few_purchases import few_large_in_words, rests_on_few, usual_purchase, with_few_large

BOUGHT = pl.DataFrame(
    {
        "customer_id": ["once", "twice", "often", "usual", "small", "unpaid"],
        "purchases": [1.0, 2.0, 9.0, 4.0, 1.0, 0.0],
        "spent": [12_400.0, 9_000.0, 90_000.0, 1_200.0, 250.0, 0.0],
    }
)
USUAL = 300.0  # what most spend at once, of a business with more customers than these


def test_the_usual_purchase_is_the_median_of_who_paid() -> None:
    assert usual_purchase(BOUGHT) == 4_500.0
    assert usual_purchase(BOUGHT.filter(customer_id="unpaid")) is None
    assert usual_purchase(BOUGHT.clear()) is None


def test_once_or_twice_for_ten_times_the_usual() -> None:
    assert with_few_large(BOUGHT, USUAL)["customer_id"].to_list() == ["once", "twice"]
    assert with_few_large(BOUGHT, None).height == 0
    said = few_large_in_words(BOUGHT, USUAL, "GBP")
    assert said.startswith(
        "What once and twice are expected to bring rests on one or two days with purchases, on average at least 10"
    )
    assert few_large_in_words(BOUGHT.filter(customer_id="often"), USUAL, "GBP") == ""


def test_of_one_customer_the_figures_are_said() -> None:
    assert rests_on_few(BOUGHT.filter(customer_id="once"), USUAL, "GBP") == (
        "What this customer is expected to bring rests on 1 day with purchases, £12,400, 41 times the usual £300: "
        "so much may never come again."
    )
    assert "2 days with purchases, on average £4,500, 15 times" in rests_on_few(
        BOUGHT.filter(customer_id="twice"), USUAL, "GBP"
    )
    assert rests_on_few(BOUGHT.filter(customer_id="usual"), USUAL, "GBP") == ""
    assert rests_on_few(BOUGHT.clear(), USUAL, "GBP") == ""
