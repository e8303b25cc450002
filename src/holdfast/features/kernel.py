"""The one place where features are measured: each customer's events, walked as far as each question needs.

Windows of days are walked from the newest event back, all time from the oldest on, whatever else is asked, so a
feature has the same bits in any company. Importing this module loads numba, so only what is about to measure does.
"""

import numpy as np

from holdfast.features.compiling import compiled
from holdfast.features.ever import ever_counts, ever_numbers, ever_times, ever_values
from holdfast.features.layout import (
    COUNTS,
    NUMBERS,
    TIMES,
    VALUES,
    Events,
    Numbers,
    Questions,
    Sight,
    State,
    Walks,
    Whole,
)
from holdfast.features.windows import window_counts, window_numbers, window_times, window_values

_PAGE = 128  # rows written at a time: the answer is stored by column, and a walk writes by row


@compiled
def _first_at_or_after(times: Whole, begin: int, end: int, moment: int) -> int:
    while begin < end:
        middle = (begin + end) // 2
        if times[middle] < moment:
            begin = middle + 1
        else:
            end = middle
    return begin


@compiled
def _last_of_run(questions: Questions, question: int, end: int) -> int:
    """The last of the questions from this one on that ask of the same customer, ever later."""
    while (
        question + 1 < end
        and questions.customers[question + 1] == questions.customers[question]
        and questions.cutoffs[question + 1] >= questions.cutoffs[question]
    ):
        question += 1
    return question


@compiled
def _answer(events: Events, walks: Walks, sight: Sight, last_cutoff: int, state: State, page: Numbers) -> int:
    """All walks for one question; the last stamp that was used."""
    ends, ends_settled, stamp = -1, -1, sight.stamp
    newest, settled = -1, -1
    after = sight.newest + 1
    for walk in range(walks.looks_at.size):
        if walks.ends[walk] != ends:
            ends = walks.ends[walk]
            newest = _first_at_or_after(events.happened, sight.oldest, after, sight.cutoff - ends) - 1
        looks_at = walks.looks_at[walk]
        if walks.is_ever[walk]:
            if ends_settled != ends:
                ends_settled, settled = ends, state.done[walk]
                # What is known only after the last question is in no answer: no reason to wait for it.
                while settled <= newest and not sight.cutoff <= events.learnt[settled] < last_cutoff:
                    settled += 1
            view = Sight(sight.oldest, newest, settled, sight.cutoff, sight.row, sight.stamp, sight.run)
            if looks_at == COUNTS:
                ever_counts(events, walks, walk, view, state, page)
            elif looks_at == TIMES:
                ever_times(events, walks, walk, view, state, page)
            elif looks_at == NUMBERS:
                ever_numbers(events, walks, walk, view, state, page)
            elif looks_at == VALUES:
                ever_values(events, walks, walk, view, state, page)
        else:
            stamp += 1
            view = Sight(sight.oldest, newest, 0, sight.cutoff, sight.row, stamp, sight.run)
            if looks_at == COUNTS:
                window_counts(events, walks, walk, view, page)
            elif looks_at == TIMES:
                window_times(events, walks, walk, view, page)
            elif looks_at == NUMBERS:
                window_numbers(events, walks, walk, view, state, page)
            elif looks_at == VALUES:
                window_values(events, walks, walk, view, state, page)
    return stamp


@compiled
def _measure(
    events: Events, questions: Questions, walks: Walks, state: State, begin: int, end: int, answer: Numbers
) -> None:
    page, size = state.page, state.page.shape[0]
    stamp, run, run_ends = 0, 0, begin - 1
    for first in range(begin, end, size):
        rows = min(size, end - first)
        page[:] = np.nan
        for row in range(rows):
            question = first + row
            customer, cutoff = questions.customers[question], questions.cutoffs[question]
            oldest, after = events.begins[customer], events.ends[customer]
            if question > run_ends:
                run_ends = _last_of_run(questions, question, end)
                stamp += 1
                run = stamp
                state.done[:] = oldest
                state.whole[:] = 0
                state.real[:] = 0.0
            sight = Sight(oldest, after - 1, 0, cutoff, row, stamp + 1, run)
            stamp = _answer(events, walks, sight, questions.cutoffs[run_ends], state, page)
        for output in range(answer.shape[0]):
            for row in range(rows):
                answer[output, questions.rows[first + row]] = page[row, output]


def measure(events: Events, questions: Questions, walks: Walks, begin: int, end: int, answer: Numbers) -> None:
    """Answer the questions from `begin` up to `end`.

    Args:
        events: of one table.
        questions: (q,) whom to measure when.
        walks: what to measure.
        begin: the first question.
        end: one past the last question, so that threads share the work.
        answer: (outputs, rows) receives the numbers; NaN where there is nothing to say.
    """
    if end <= begin:
        return
    asked = questions.customers[begin:end]
    most, size = int((events.ends[asked] - events.begins[asked]).max()), walks.looks_at.size
    shelves = int(walks.shelf.max()) + 1
    state = State(
        done=np.empty(size, dtype=np.int64),
        whole=np.empty((size, 6), dtype=np.int64),
        real=np.empty((size, 7)),
        kept=np.empty((shelves, most)),
        seen=np.zeros((shelves, events.most_values), dtype=np.int64),
        scratch=np.empty(most),
        spare=np.empty(most),
        page=np.empty((_PAGE, len(answer))),
    )
    _measure(events, questions, walks, state, begin, end, answer)
