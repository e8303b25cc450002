"""The experiment: its README, the dirt in its export, and its true parameters."""

from holdfast.formatting import percent
from holdfast.simulator.dirt import Dirt, blank, empty, shouted
from holdfast.simulator.experiment.world import ARMS, COSTS, OUTCOME_DAYS, SHARES, simulate_batch
from holdfast.simulator.types import Business, ReadmeTexts

_README = ReadmeTexts(
    title="A retention experiment with two offers and a control group",
    tables={
        "experiment": "One row a customer: what was known before, the treatment drawn by lot, and the outcomes visit,"
        f" left and spend of the {OUTCOME_DAYS} days after offered_on.",
    },
    truth={
        "experiment": "Every customer: the probability to leave and to visit and the expected spend under each arm,"
        " what each offer changes, whether a call wakes a sleeping dog, and what would have come of each arm by the"
        " same lot.",
    },
    rules=(
        f"By chance: {', '.join(f'{percent(share, 0)} {arm}' for arm, share in zip(ARMS, SHARES, strict=True))}; "
        "nothing about the customer matters.",
        "A discount keeps those who like to buy with discounts and are not long gone; it lowers the basket by a tenth.",
        "A call keeps customers with complaints.",
        "Sleeping dogs, customers of more than two years who hardly visit, leave more often when called.",
        f"A discount costs {COSTS[1]:.0f} and a call {COSTS[2]:.0f} per customer.",
    ),
)

EXPERIMENT = Business(
    simulate_batch=simulate_batch,
    readme=_README,
    dirt={
        "experiment": (
            Dirt("blank number, written as a space", "spend_12m", 0.002, blank),
            Dirt("empty", "age", 0.01, empty),
            Dirt("capitals", "plan", 0.005, shouted),
        )
    },
    parameters={
        "outcome_days": OUTCOME_DAYS,
        **{f"share_{arm}": share for arm, share in zip(ARMS, SHARES, strict=True)},
        **{f"cost_{arm}": cost for arm, cost in zip(ARMS, COSTS, strict=True)},
    },
)
