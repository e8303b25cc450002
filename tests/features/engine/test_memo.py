"""What is remembered of a record is given to the same object alone, and forgotten when newer records come."""

from holdfast.features.engine.memo import remembered


def test_the_same_record_is_worked_out_once_for_equal_arguments() -> None:
    worked_out: list[tuple[object, str]] = []

    @remembered(2)
    def described(record: list[int], word: str) -> str:
        worked_out.append((record, word))
        return f"{word} {len(record)}"

    one, equal, other = [1], [1], [1, 2]
    assert [described(one, "a"), described(one, "a"), described(one, "b")] == ["a 1", "a 1", "b 1"]
    assert worked_out == [(one, "a"), (one, "b")]
    assert described(equal, "a") == "a 1"  # equal, and yet another one
    assert described(other, "a") == "a 2"
    assert described(one, "b") == "b 1"  # forgotten: two newer ones are kept
    assert len(worked_out) == 5
