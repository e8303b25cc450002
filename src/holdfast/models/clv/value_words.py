"""What is said about a value forecast: fitted parts and their test in; sentences out."""

from holdfast.formatting import percent, plural, short_money
from holdfast.models.clv.evaluation import Evaluation
from holdfast.models.clv.level import Level
from holdfast.models.clv.mixture import Mixture
from holdfast.models.clv.purchases.purchase_value import PurchaseValue
from holdfast.models.clv.subscription import Horizons
from holdfast.settings import Settings

_UNTESTED = {
    "contract": "Value is what a customer pays in a month x the margin x the probability of still being one, summed "
    "over the value horizon: in full through the churn horizon if the customer stays, then by the same hazard of "
    "leaving. It is not tested: it follows from prices, not from payments that came later. The intervals say when a "
    "customer may leave, not whether the churn probability is right.",
    "subscription": "Value is the monthly revenue of what runs x the margin x the probability of still subscribing, "
    "summed over the value horizon: in full through the churn horizon if the customer stays, then by the same hazard "
    "where terms are short, at each renewal where they are longer than the churn horizon. It is not tested: it follows "
    "from prices, not from payments that came later. The intervals say when a customer may leave, not whether the "
    "churn probability is right.",
    "none": "No value: the records hold neither purchases with an amount nor a monthly amount. Add a table that holds "
    "transactions (customer_id, happened_at, amount), or name the column with what a customer pays in a month as "
    "customers.monthly_amount in holdfast.yaml.",
}

BEYOND_THE_PAST = "Even the low end of its range is more than the past explains."


def untested_words(method: str) -> str:
    """What is said of a method whose values the records cannot test."""
    return _UNTESTED[method]


def purchase_words(
    purchases: PurchaseValue,
    mixture: Mixture,
    evaluation: Evaluation,
    shown_days: float | None,
    horizons: Horizons,
    currency: str,
) -> str:
    """How the value of purchases was estimated, tested and corrected.

    Args:
        purchases, mixture: fitted at the scoring cutoff.
        evaluation: at the test cutoff.
        shown_days: how far after a cutoff the outcomes reach that the intervals come from; None: simulated futures.
        horizons: of churn and of value.
        currency: of the amounts.
    """
    sentences = [purchases.purchases.words, evaluation.words, mixture.level.words(currency)]
    if mixture.season is not None and mixture.season.events:
        events = ", ".join(f"{event.name} (x {event.multiplier:.2f})" for event in mixture.season.events)
        sentences.append(
            f"The calendar counts in {events}; the range of the total is wider by "
            "half of what they move. Probabilities of leaving are not moved by it: no record says how."
        )
    later = horizons.value_days - horizons.churn_days
    if later > 0:
        sentences.append(_continuation_words(mixture, horizons))
    if shown_days is None:
        sentences.append("Intervals come from simulated futures: no past cutoff shows enough outcomes.")
    elif shown_days != horizons.value_days:
        sentences.append(
            f"Intervals come from what customers spent in the {shown_days:,.0f} days after past cutoffs, the nearest "
            f"to {horizons.value_days:,} days that the records show."
        )
    return " ".join(sentences)


def beside_the_past(expected: float, brought: float, level: Level, settings: Settings) -> str:
    """The sum of the forecasts beside what the same customers brought in as many days before.

    Args:
        expected: sum of expected values. brought: by the same customers, after the margin.
        level: its range is that of the sum.
        settings: currency, value.horizon_days and value.yearly_discount are read.
    """
    currency, value = settings.currency, settings.value
    today = f", in today's money (a year later counts {percent(value.yearly_discount)} less)"
    words = (
        f"All customers together are expected to bring {short_money(expected, currency)} in "
        f"{plural(value.horizon_days, 'day')}{today if value.yearly_discount else ''}; they brought "
        f"{short_money(brought, currency)} in as many days before."
    )
    if expected * level.low > brought:
        words += f" {BEYOND_THE_PAST}"
    return words


def _continuation_words(mixture: Mixture, horizons: Horizons) -> str:
    shown = len(mixture.curves.stay)
    reach = min(mixture.horizon_days + (shown - 1) * mixture.later_days, horizons.value_days)
    if shown <= 1:
        return (
            f"What comes after {plural(horizons.churn_days, 'day')} is not shown by any past cutoff: the hazard of "
            f"leaving is taken to go on to {horizons.value_days:,} days."
        )
    rest = horizons.value_days - reach
    words = f"What stayers and leavers spend later was measured on past cutoffs up to {reach:,.0f} days"
    if rest <= 0:
        return f"{words}."
    return (
        f"{words}; for the other {rest:,.0f} ({percent(rest / horizons.value_days, 0)}) the hazard is taken to go on."
    )
