"""How reasons are worded: one record a family of operators and formulas.

TEMPLATES: the first whose pattern fits the feature's meaning, as REWORDINGS leave it, writes the sentence
"""

from dataclasses import dataclass

from holdfast.features.operators import Formula, Operator

_WINDOW = r"(?P<window> so far| in the last \d+ days| in the \d+ days that ended \d+ days ago| until \d+ days ago)?"

TYPICAL = "typical: {typical}"
# The median of who has such an event, in a sentence of who has had none for long.
_OF_SILENCE = "for half of the others it is {typical} or less"


@dataclass(frozen=True)
class Template:
    """How the facts of some features are written; texts may use the pattern's groups, {value}, {days} and {date}."""

    kinds: tuple[str, ...]  # operators, formulas or types of records; none: all
    pattern: str  # of the meaning, without the full stop
    some: str
    more: str = ""  # where the value lies above what is usual; empty: as `some`
    none: str = ""  # where the value is 0; empty: as `some`
    below: str = ""  # where it lies below 0, with {amount} for how far; empty: as `some`
    never: str = ""  # where it is not known; empty: "not known" as the value
    usual: str = TYPICAL
    usual_of_more: str = TYPICAL  # beside `more`
    is_multiple: bool = False  # of what was before: written as a change in percent


# The library's nouns as they read best in one sentence that stands alone.
REWORDINGS = (
    (r"[Cc]ontact with us of kind (“.+?”)", r"contact about \1"),
    (r"[Cc]ontacts with us of kind (“.+?”)", r"contacts about \1"),
    (r"[Mm]arketing messages? (?:and|or) answers? of kind “(.+?)”", r"message “\1”"),
    (r"Everything recorded about the customer (.+?): .+", r"Records of any kind \1"),
    (r"Everything recorded (in the last .+)", r"Records of any kind \1"),
    (r"How irregularly the customer pays: 0 is like clockwork", "Irregularity of payments (0: like clockwork)"),
    (r"How irregularly the customer (\w+): 0 is like clockwork", r"Irregularity of \1 (0: like clockwork)"),
)
COUNTS = (Operator.COUNT.value, Operator.DAYS_ACTIVE.value, Operator.DISTINCT.value)
TEMPLATES: tuple[Template, ...] = (
    Template(
        (),
        r"Days since the last recorded start, renewal or change of a subscription",
        some="Subscribed, renewed or changed the plan on {date}, {days} ago",
        more="No renewal or change of plan for {days}",
        usual="typical: {typical} ago",
        usual_of_more=_OF_SILENCE,
    ),
    Template(
        (),
        r"Days since the last start of a paid subscription",
        some="Subscribed on {date}, {days} ago",
        never="No paid subscription on record",
        usual="typical: {typical} ago",
    ),
    Template(
        (),
        r"Days since the first subscription began",
        some="First subscribed on {date}, {days} ago",
        never="No paid subscription on record",
        usual="typical: {typical} ago",
    ),
    Template(
        (), r"Days until the term ends that runs now, .+", some="The {term}term that runs now ends in {days}", usual=""
    ),
    Template(COUNTS, r"Renewals so far", some="Renewals so far: {value}", none="In the first term, not renewed yet"),
    Template((), r"Length of a term, as last known.*", some="Subscribes for {value} at a time"),
    Template((), r"Plan, as last known.*", some="Plan: {value}"),
    Template((), r"Subscriptions that run, .+", some="Subscriptions that run: {value}"),
    Template(
        (),
        r"Monthly recurring revenue, all its changes added up.*",
        some="Pays {value} a month",
        none="Pays nothing a month",
    ),
    Template(
        (),
        r"Change of the monthly recurring revenue in the last (?P<length>\d+) days",
        some="Pays {value} a month more than {length} days ago",
        none="Pays as much a month as {length} days ago",
        below="Pays {amount} a month less than {length} days ago",
    ),
    Template(
        (Operator.DAYS_SINCE_LAST.value,),
        r"Days since the last (?P<what>.+)",
        some="{What} on {date}, {days} ago",
        more="No {what} for {days}",
        never="No {what} on record",
        usual="typical: {typical} ago",
        usual_of_more=_OF_SILENCE,
    ),
    Template(
        (Operator.DAYS_SINCE_FIRST.value,),
        r"Days since the first (?P<what>.+)",
        some="The first {what} was on {date}, {days} ago",
        never="No {what} on record",
        usual="typical: {typical} ago",
    ),
    Template(
        ("days_since", Operator.DAYS_SINCE_LAST.value, Operator.DAYS_SINCE_FIRST.value),
        r"Days since (?:the )?(?P<what>.+)",
        some="{What} on {date}, {days} ago",
        usual="typical: {typical} ago",
    ),
    Template(
        (Formula.RATIO.value,),
        r"(?P<what>.+) in the last (?P<length>\d+) days, as a multiple of the \d+ days before",
        some="{What} in the last {length} days: {value} the {length} days before",
        none="{No_what} in the last {length} days, after some in the {length} days before",
        is_multiple=True,
    ),
    Template(
        (Formula.RATIO.value,),
        r"(?P<what>Value of the last order), as a multiple of (?P<of>the customer's .+)",
        some="{What}: {value} {of}",
        none="The last order brought no money: it was free or given back",
        is_multiple=True,
    ),
    Template(
        (Formula.RATIO.value,),
        r"(?P<what>.+), as a multiple of (?P<of>the customer's .+)",
        some="{What}: {value} {of}",
        is_multiple=True,
    ),
    Template(
        (Formula.RATIO.value,),
        r"(?P<what>.+) a day since the first (?P<first>.+)",
        some="On average {value} since the first {first}",
    ),
    Template(
        (Operator.DAYS_ACTIVE.value,),
        r"Days with (?P<what>(?:an? )?.+?)" + _WINDOW,
        some="Days with {what}{window}: {value}",
        none="{No_what}{window}",
    ),
    Template(COUNTS, r"Different (?P<what>.+)", some="Different {what}: {value}"),
    Template(COUNTS, r"(?P<what>.+?)" + _WINDOW, some="{What}{window}: {value}", none="{No_what}{window}"),
    Template(
        (Operator.SUM.value,),
        r"(?P<what>Units .+?)" + _WINDOW,
        some="{What}{window}: {value}",
        none="{No_what}{window}",
    ),
    Template(
        (Operator.SUM.value,),
        r"Money (?P<what>.+?)" + _WINDOW,
        some="Money {what}{window}: {value}",
        none="No money {what}{window}",
    ),
    Template(
        (Operator.GAP_MAX.value, Operator.GAP_MEAN.value, Operator.GAP_STD.value),
        r"(?P<what>.+?)(?:, in days)?",
        some="{What}: {value}",
    ),
    Template(
        (Formula.COUNT_HAVING.value,),
        r"How many of (?P<of>\d+) (?P<what>.+?) the customer has",
        some="Has {value} of {of} {what}",
        none="Has none of {of} {what}",
    ),
    Template((), r"How long the customer has been one", some="A customer for {value}"),
    Template(
        (Formula.TOTAL.value,),
        r"(?P<what>Records of any kind)" + _WINDOW,
        some="{What}{window}: {value}",
        none="{No_what}{window}",
    ),
    Template(
        (Formula.RATIO.value,),
        r"What the customer pays now, as a multiple of (?P<what>.+)",
        some="Monthly amount now: {value} {what}",
        is_multiple=True,
    ),
    # Not "pays nothing": orders are paid for, and who pays by the year may have no amount a month.
    Template(
        (),
        r"What the customer pays in a month(?P<rest>.*)",
        some="Monthly amount{rest}: {value}",
        none="Pays no monthly fee{rest}",
    ),
    Template(
        (), r"What the customer has paid(?P<rest>.*)", some="Has paid {value}{rest}", none="Has paid nothing{rest}"
    ),
    Template((), r"(?P<what>.+?)(?:, from the customer's record)?", some="{What}: {value}"),
)
