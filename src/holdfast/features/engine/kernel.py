"""The one place where features are measured: each customer's events, walked as far as each question needs.

Windows of days are walked from the newest event back, all time from the oldest on, whatever else is asked, so a
feature has the same bits in any company. Importing this module loads numba, so only what is about to measure does.
"""

import numpy as np

from holdfast.features.engine.all_time import ever_counts, ever_numbers, ever_times, ever_values
from holdfast.features.engine.jit import compiled
from holdfast.features.engine.types import (
    BY_CUTOFF,
    COUNTS,
    EACH,
    LAST_BIT,
    NUMBERS,
    SUMS,
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
from holdfast.features.engine.windowed import (
    known_counts,
    window_counts,
    window_numbers,
    window_sums,
    window_tallies,
    window_times,
    window_values,
)

_PAGE = 64  # rows written at a time: the answer is stored by column, and a walk writes by row


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
def _move(events: Events, walks: Walks, sight: Sight, state: State, is_first: int) -> int:
    """Put the bounds where this question has them; bits of those that passed an event since the one before."""
    moved, after = BY_CUTOFF, sight.newest + 1
    for bound in range(walks.bounds.size):
        moment, at = sight.cutoff - walks.bounds[bound], state.at[bound]
        if is_first:
            state.at[bound] = _first_at_or_after(events.happened, sight.oldest, after, moment)
            continue
        while at < after and events.happened[at] < moment:
            at += 1
        if at != state.at[bound]:
            state.at[bound] = at
            moved |= 1 << min(bound, LAST_BIT)
    return moved


@compiled
def _all_known(events: Events, sight: Sight, known: int, newest: int) -> int:
    """Up to where all events were learnt before the cutoff, going on from `known`."""
    while known <= newest and events.learnt[known] < sight.cutoff:
        known += 1
    return known


@compiled
def _tally(events: Events, sight: Sight, state: State) -> None:
    """Count the customer's events that meet each condition, up to each of them."""
    for mask in range(events.masks.shape[1]):
        state.tallies[0, mask] = 0
    for event in range(sight.oldest, sight.newest + 1):
        before = event - sight.oldest
        for mask in range(events.masks.shape[1]):
            state.tallies[before + 1, mask] = state.tallies[before, mask] + events.masks[event, mask]


@compiled
def _answer(
    events: Events, walks: Walks, sight: Sight, last_cutoff: int, moved: int, state: State, page: Numbers
) -> int:
    """The walks for one question whose answer is not that of the row before; the last stamp that was used."""
    ends_settled, stamp, settled = -1, sight.stamp, -1
    for walk in range(walks.looks_at.size):
        if walks.depends[walk] & moved == 0:
            for edge in range(walks.first_edge[walk], walks.first_edge[walk + 1]):
                output = walks.outputs[edge]
                page[sight.row, output] = page[sight.row - 1, output]
            continue
        ends, newest = walks.ends[walk], state.at[walks.begins_at[walk]] - 1
        looks_at = walks.looks_at[walk]
        if looks_at == COUNTS and sight.is_known:
            view = Sight(sight.oldest, newest, 0, sight.is_known, sight.cutoff, sight.row, 0, 0)
            known_counts(walks, walk, view, state, page)
        elif walks.is_ever[walk]:
            if ends_settled != ends:
                ends_settled, settled = ends, state.done[walk]
                # What is known only after the last question is in no answer: no reason to wait for it.
                while settled <= newest and not sight.cutoff <= events.learnt[settled] < last_cutoff:
                    settled += 1
            view = Sight(sight.oldest, newest, settled, sight.is_known, sight.cutoff, sight.row, sight.stamp, sight.run)
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
            view = Sight(sight.oldest, newest, 0, sight.is_known, sight.cutoff, sight.row, stamp, sight.run)
            if looks_at == COUNTS and walks.mask[walk] == EACH:
                window_tallies(events, walks, walk, view, state, page)
            elif looks_at == COUNTS:
                window_counts(events, walks, walk, view, state, page)
            elif looks_at == TIMES:
                window_times(events, walks, walk, view, state, page)
            elif looks_at == NUMBERS and walks.needs[walk] == SUMS:
                window_sums(events, walks, walk, view, state, page)
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
    stamp, run, run_ends, known, was_all_known = 0, 0, begin - 1, 0, False
    for first in range(begin, end, size):
        rows = min(size, end - first)
        page[:] = np.nan
        for row in range(rows):
            question = first + row
            customer, cutoff = questions.customers[question], questions.cutoffs[question]
            oldest, after = events.begins[customer], events.ends[customer]
            is_first = question > run_ends
            if is_first:
                run_ends = _last_of_run(questions, question, end)
                stamp += 1
                run = stamp
                state.done[:] = oldest
                state.whole[:] = 0
                state.real[:] = 0.0
                known, was_all_known = oldest, False
            sight = Sight(oldest, after - 1, 0, False, cutoff, row, stamp + 1, run)
            if is_first:
                _tally(events, sight, state)
            moved = _move(events, walks, sight, state, is_first)
            newest = state.at[0] - 1
            known = _all_known(events, sight, known, newest)
            is_all_known = known > newest
            sight = Sight(oldest, newest, 0, is_all_known, cutoff, row, stamp + 1, run)
            if is_first or row == 0 or not is_all_known or not was_all_known:
                moved = -1
            was_all_known = is_all_known
            stamp = _answer(events, walks, sight, questions.cutoffs[run_ends], moved, state, page)
        for output in range(answer.shape[0]):
            for row in range(rows):
                number = page[row, output]
                # A sum may be too great for a number: then it is as little known as where there is nothing to say.
                answer[output, questions.rows[first + row]] = number if np.isfinite(number) else np.nan


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
        at=np.empty(walks.bounds.size, dtype=np.int64),
        tally=np.empty(events.masks.shape[1], dtype=np.int64),
        tallies=np.empty((most + 1, events.masks.shape[1]), dtype=np.int32),
        page=np.empty((_PAGE, len(answer))),
    )
    _measure(events, questions, walks, state, begin, end, answer)
