"""The churn rule of a business of subscriptions, and the tables whose rows come once a term."""

from collections.abc import Iterable, Sequence

from holdfast.inference.guesses import Guess, TableGuess
from holdfast.meanings import Meaning
from holdfast.settings import ChurnRule


def subscription_rule(tables: Sequence[TableGuess], *, has_label: bool) -> Guess:
    """The rule `subscription_end`; a question where no end is known, or where other tables speak against it.

    Args:
        tables: the project's tables, one of subscriptions at least.
        has_label: whether a column says who left.
    """
    used = [table for table in tables if not table.left_out]
    terms = [table for table in used if table.subscriptions is not None]
    rule = ChurnRule.SUBSCRIPTION_END
    lacking = [table.name for table in terms if _lacks_ends(table)]
    if lacking:
        evidence = f"{lacking[0]} holds no end of a subscription, so nothing says who left"
        return rule_guess(rule, 0.3, evidence, dict.fromkeys((rule, *ChurnRule)))
    names = " and ".join(table.name for table in terms)
    evidence = f"{names}: a customer has left once no subscription runs any more"
    doubts = [table.doubt for table in terms if table.doubt]
    ends = [table.name for table in used if table.subscriptions is None and table.column("ended_at")]
    if ends and {table.name for table in terms} <= paid_tables(terms):
        # The last payment says roughly when somebody left, a column of ends says the day.
        evidence = f"{ends[0]}.ended_at says when a customer left; by {names}, a customer has left once nothing is paid"
        return rule_guess(ChurnRule.END_DATE, 0.5, evidence, (ChurnRule.END_DATE, rule))
    if not doubts:
        shown = next((f"; {table.paid_by}" for table in terms if table.paid_by), "")
        return rule_guess(rule, 0.9, evidence + shown)
    others = [ChurnRule.LABEL] if has_label else []
    others += [ChurnRule.END_DATE] if ends else []
    others.append(ChurnRule.INACTIVITY)
    is_endless = all(table.is_endless for table in terms)
    choices = [*others, rule] if is_endless else [rule, *reversed(others)]
    evidence = f"{evidence}; but {'; '.join(doubts)}"
    return rule_guess(choices[0], 0.5, evidence, choices)


def rule_guess(rule: ChurnRule, confidence: float, evidence: str, choices: Iterable[ChurnRule] = ()) -> Guess:
    """The guess of the churn rule; what it can be changed to is what it may be, and any rule where it is no question.

    Args:
        rule, confidence, evidence: of the guess.
        choices: of a question, the likeliest first; none: it is no question.
    """
    offered = tuple(str(each) for each in choices)
    return Guess("churn.rule", rule, confidence, evidence, f"churn.rule: {' | '.join(offered or ChurnRule)}", offered)


def _lacks_ends(table: TableGuess) -> bool:
    dated = any(table.column(name) for name in ("ended_at", "notice_at")) or (
        table.column("paid_until") and not table.statuses
    )
    has_ends = dated or any(Meaning.ENDED in status.means for status in table.statuses)
    rule = table.subscriptions
    return rule is not None and rule.rows == "periods" and not (has_ends or rule.lasts_one_term)


def paid_tables(tables: Sequence[TableGuess]) -> set[str]:
    """Names of the tables of subscriptions whose rows come once a term."""
    return {
        table.name
        for table in tables
        if not table.left_out
        and table.subscriptions is not None
        and table.subscriptions.rows != "periods"
        and (table.subscriptions.rows != "events" or table.subscriptions.interval)
    }
