"""The exploration in plain sentences: the content of eda.txt."""

from collections.abc import Iterator, Mapping
from typing import Any

from holdfast.formatting import count, day_of, listed, money, percent, plural, quantity

_FEW = 100  # groups smaller than this are not compared in words


def words(eda: Mapping[str, Any], currency: str = "") -> str:
    """The exploration as a page of text.

    Args:
        eda: what `explore` returned.
        currency: of the revenue by month.
    """
    sections = (_rows(eda), _balance(eda), _correlations(eda), _groups(eda), _times(eda, currency), _columns(eda))
    blocks = ["\n".join(section) for section in sections]
    return "\n\n".join(["EXPLORATION", *blocks]) + "\n"


def _rows(eda: Mapping[str, Any]) -> Iterator[str]:
    rows = eda["rows"]
    yield "Rows"
    yield f"  {plural(rows['labelled'], 'row')} of {plural(rows['customers'], 'customer')} whose outcome is known."
    if rows["all"] > rows["labelled"]:
        yield f"  {plural(rows['all'] - rows['labelled'], 'row')} without an outcome left out."
    if rows["cutoffs"]:
        yield f"  Cutoffs: {listed([day_of(cutoff) for cutoff in rows['cutoffs']])}."
    if rows["explored"] < rows["labelled"]:
        yield f"  Distributions and correlations use a random sample of {count(rows['explored'])} of these rows."


def _balance(eda: Mapping[str, Any]) -> Iterator[str]:
    balance = eda["balance"]
    yield "Who left"
    if balance["share_left"] is None:
        yield "  No row has a known outcome."
        return
    total = balance["left"] + balance["stayed"]
    yield (
        f"  {count(balance['left'])} of {count(total)} left: {percent(balance['share_left'])} "
        f"(95 % interval {percent(balance['low'])} to {percent(balance['high'])})."
    )
    if balance["stayed_per_left"]:
        yield f"  {balance['stayed_per_left']:.2f} customers stayed for each customer who left."
    elif balance["stayed"] == 0 or balance["left"] == 0:
        yield "  All rows have the same outcome, so nothing can be learned about leaving from them."


def _correlations(eda: Mapping[str, Any]) -> Iterator[str]:
    correlations = eda["correlations"]
    strongest = [record for record in correlations["with_leaving"] if record["correlation"] is not None]
    yield "What goes with leaving (correlation, which is not always cause)"
    # With a hundred features, the largest correlation reaches about this by chance alone.
    noise_level = 3.5 / max(eda["rows"]["explored"], 1) ** 0.5
    if not strongest or abs(strongest[0]["correlation"]) < noise_level:
        yield "  No feature goes with leaving more than chance alone would show."
    explored = {record["name"]: record for record in eda["features"]}
    for record in strongest[:10]:
        direction = "more leave where it is higher" if record["correlation"] > 0 else "more leave where it is lower"
        meaning = explored[record["feature"]]["meaning"]
        yield f"  {record['correlation']:+.2f}  {record['feature']}: {direction}. {meaning}".rstrip()
    pairs = correlations["close_pairs_found"]
    if not pairs:
        yield f"  No two features correlate at {correlations['close_from']} or more."
        return
    limit = correlations["close_from"]
    yield f"  {plural(pairs, 'pair')} of features correlate at {limit} or more, and say nearly the same:"
    for pair in correlations["close_pairs"][:5]:
        yield f"    {pair['correlation']:+.2f}  {pair['first']} and {pair['second']}"


def _groups(eda: Mapping[str, Any]) -> Iterator[str]:
    yield "Leaving by group (groups of at least 100 rows)"
    compared = 0
    for group in eda["groups"]:
        large = sorted((value for value in group["values"] if value["rows"] >= _FEW), key=lambda value: -value["rate"])
        if len(large) < 2:
            continue
        compared += 1
        first, last = large[0], large[-1]
        clear = "" if first["low"] > last["high"] else "; the intervals overlap, so the difference may be random"
        yield (
            f"  {group['column']}: {percent(first['rate'])} for {first['group']} ({count(first['rows'])} rows), "
            f"{percent(last['rate'])} for {last['group']} ({count(last['rows'])} rows){clear}."
        )
    if not compared:
        yield "  No attribute has two groups that large."


def _times(eda: Mapping[str, Any], currency: str) -> Iterator[str]:
    yield "Patterns in time"
    months = [month for month in eda["times"]["months"] if month["is_complete"]]
    if not months:
        yield "  The records hold no full month of events."
        return
    busiest, quietest = (pick(months, key=lambda month: month["active_customers"]) for pick in (max, min))
    yield (
        f"  {plural(len(months), 'full month')}, {months[0]['month'][:7]} to {months[-1]['month'][:7]}. Most customers "
        f"were seen in {busiest['month'][:7]} ({count(busiest['active_customers'])}), "
        f"fewest in {quietest['month'][:7]} ({count(quietest['active_customers'])})."
    )
    if "revenue" in months[0]:
        best = max(months, key=lambda month: month["revenue"])
        yield f"  Most revenue came in {best['month'][:7]}: {money(best['revenue'], currency).strip()}."
    for name, rhythm in eda["times"]["tables"].items():
        day = max(rhythm["weekdays"], key=rhythm["weekdays"].__getitem__)
        hours = rhythm["hours"]
        hour = f", and the hour from {max(range(24), key=hours.__getitem__)}:00" if hours else ""
        yield f"  {name}: the busiest weekday is {day}{hour} ({eda['times']['time_zone']})."


def _columns(eda: Mapping[str, Any]) -> Iterator[str]:
    features = eda["features"]
    yield "Features"
    numbers = [record for record in features if record["kind"] == "number"]
    categories = len(features) - len(numbers)
    yield f"  {plural(len(features), 'feature')}: {len(numbers)} numbers and flags, {categories} categories."
    constant = [record["name"] for record in features if record.get("distinct") == 1 and not record.get("missing")]
    empty = [record["name"] for record in features if record.get("missing") == record.get("rows")]
    gaps = [
        record["name"] for record in features if record.get("rows") and 0.5 < record["missing"] / record["rows"] < 1
    ]
    for names, description in (
        (constant, "without any variation"),
        (empty, "empty"),
        (gaps, "known for less than half of the rows"),
    ):
        if names:
            yield f"  {plural(len(names), 'feature')} {description}: {_some(names)}."
    skewed = sorted((r for r in numbers if abs(r.get("skew") or 0) > 3), key=lambda r: -abs(r["skew"]))
    if skewed:
        first = skewed[0]
        yield (
            f"  {plural(len(skewed), 'feature')} have a long tail; the longest is {first['name']}: "
            f"half are below {quantity(first['median'])}, the largest is {quantity(first['max'])}."
        )


def _some(names: list[str]) -> str:
    return listed(names) if len(names) <= 6 else f"{', '.join(names[:5])} and {len(names) - 5} more"
