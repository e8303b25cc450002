"""A damaged file never changes the number of its rows silently: each record is a row or is set aside."""

import csv
import io
import random
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from holdfast.errors import HoldfastError
from holdfast.sources.csv.scan import Scan, scan
from holdfast.sources.csv.strict import strict_records
from holdfast.sources.read import read_table
from holdfast.sources.results import ReadTable
from holdfast.table_settings import ReadSettings, TableSettings

HEADER = ("customer_id", "when", "amount", "note", "city")
NOTES = ("", "plain", "a, b", 'he said "no"', "two\nlines", "Größe", "x;y|z", "  blank  ", "5 inch")
CITIES = ("Bonn", "Köln, DE", "Zürich", "Oslo")


def read(folder: Path, data: bytes, **how: object) -> ReadTable:
    (folder / "orders.csv").write_bytes(data)
    found = ReadSettings(**how)
    return read_table("orders", TableSettings(files=("orders.csv",), holds="events", columns={}, read=found), folder)


def sound_rows(seed: int, rows: int = 40) -> list[tuple[str, ...]]:
    dice = random.Random(seed)
    return [
        (
            f"c{n:04d}",
            f"2024-01-{n % 28 + 1:02d}",
            f"{dice.uniform(0, 99):.2f}",
            dice.choice(NOTES),
            dice.choice(CITIES),
        )
        for n in range(rows)
    ]


def sound_file(seed: int, rows: int = 40) -> bytes:
    dice = random.Random(seed)
    out = io.StringIO(newline="")
    quoting = dice.choice([csv.QUOTE_MINIMAL, csv.QUOTE_ALL, csv.QUOTE_NONNUMERIC])
    writer = csv.writer(out, lineterminator=dice.choice(["\n", "\r\n"]), quoting=quoting)
    writer.writerow(HEADER)
    writer.writerows(sound_rows(seed, rows))
    return out.getvalue().encode(dice.choice(["utf-8", "utf-8", "windows-1252"]))


def damaged(data: bytes, dice: random.Random) -> bytes:
    """One of the things that happen to files on their way."""
    place = dice.randrange(len(data))
    quotes = [at for at, code in enumerate(data) if code == 34]
    match dice.randrange(12):
        case 0 | 1:
            return data[:place]
        case 2 if quotes:
            at = dice.choice(quotes)
            return data[:at] + data[at + 1 :]
        case 3:
            gone = set(dice.sample(quotes, min(len(quotes), dice.randint(1, 9))))
            return bytes(code for at, code in enumerate(data) if at not in gone)
        case 4:
            return data[:place] + dice.choice([b",", b",,", b";"]) + data[place:]
        case 5:
            return data[:place] + b"\x00" * dice.randint(1, 5) + data[place:]
        case 6:
            return data.replace(b"\n", dice.choice([b"\r\n", b"\r", b"\n\n"]), dice.randint(1, 20))
        case 7:
            return data[:place] + dice.choice([b"\n", b"\r", b"\r\n", b'"', b'""', b'"\n"']) + data[place:]
        case 8:
            end = min(len(data), place + dice.randint(1, 60))
            return data[:place] + data[end:]
        case 9:
            end = min(len(data), place + dice.randint(1, 60))
            return data[:place] + data[place:end] + data[place:]
        case 10:
            return data[:place] + bytes([dice.randrange(256)]) + data[place + 1 :]
        case _:
            return data[:place] + bytes(dice.randrange(256) for _ in range(dice.randint(1, 12))) + data[place:]


def letters(text: str) -> Counter[str]:
    return Counter(letter for letter in text if letter.isalnum())


def western_or_utf8(data: bytes) -> str:
    words = []
    for line in data.split(b"\n"):
        try:
            words.append(line.decode())
        except UnicodeDecodeError:
            words.append(line.decode("windows-1252", errors="replace"))
    return "\n".join(words)


def check_nothing_is_lost(folder: Path, seed: int) -> None:
    dice = random.Random(seed)
    data = sound_file(seed)
    for _ in range(dice.choice([1, 1, 2, 4])):
        data = damaged(data, dice) or data
    try:
        table = read(folder, data, delimiter=",", header_row=1)
    except HoldfastError:
        return
    assert table.rows_read == table.rows.height + table.set_aside.height
    numbers = sorted([*table.rows["_row"], *table.set_aside["row"]])
    assert numbers == list(range(1, table.rows_read + 1))
    # Counted without any parser: every letter and digit of the file stands in the header, a row, or is set aside.
    title = western_or_utf8(data).replace("\r", "\n").split("\n")[0]
    kept = "".join("".join(row) for row in table.rows.drop("_row").rows())
    found = letters(kept) + letters("".join(table.set_aside["content"]))
    names = letters(title) | letters("".join(table.rows.columns))
    lost = letters(western_or_utf8(data)) - found - names
    assert not {sign: n for sign, n in lost.items() if sign.isascii()}, title


@settings(
    max_examples=400, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(seed=st.integers(0, 2**32))
def test_four_hundred_damaged_files_lose_nothing_silently(tmp_path: Path, seed: int) -> None:
    check_nothing_is_lost(tmp_path, seed)


@pytest.mark.slow
def test_two_thousand_damaged_files_lose_nothing_silently(tmp_path: Path) -> None:
    for seed in range(2_000):
        check_nothing_is_lost(tmp_path, seed)


@pytest.mark.parametrize("seed", range(40))
def test_one_lost_quote_costs_a_few_records_and_not_the_rest_of_the_file(tmp_path: Path, seed: int) -> None:
    data = sound_file(seed, rows=200)
    quotes = [at for at, code in enumerate(data) if code == 34]
    at = random.Random(seed).choice(quotes[10:])
    table = read(tmp_path, data[:at] + data[at + 1 :], delimiter=",", header_row=1)
    missing = set(sound_rows(seed, 200)) - set(table.rows.drop("_row").rows())
    assert len(missing) <= 3, missing


def test_each_damage_is_named_with_its_row(tmp_path: Path) -> None:
    data = b'id,name,city\n1,a,x\n2,b\n3,c,y,z\n4,"d,x\n5,e,y\n6,"f"g,y\n7,h,z'
    table = read(tmp_path, data)
    assert table.rows.rows() == [(1, "1", "a", "x"), (5, "5", "e", "y"), (7, "7", "h", "z")]
    assert table.set_aside.select("row", "reason", "content").rows() == [
        (2, "2 fields instead of 3", "2,b"),
        (3, "4 fields instead of 3", "3,c,y,z"),
        (4, "text stands between a closing quote and the next delimiter", '4,"d,x'),
        (6, "text stands between a closing quote and the next delimiter", '6,"f"g,y'),
    ]


def test_a_quote_that_swallows_whole_records_is_the_damage(tmp_path: Path) -> None:
    data = b'id,name,city\n1,"a,x\n2,pipe 5",y\n3,c,z\n4,d "e,z\n'
    table = read(tmp_path, data)
    assert table.rows["id"].to_list() == ["2", "3", "4"]
    assert table.set_aside["content"].to_list() == ['1,"a,x']


def test_a_quote_inside_a_bare_field_is_a_character(tmp_path: Path) -> None:
    table = read(tmp_path, b'id,size,n\n1,5" pipe,1\n2,6" pipe,2\n3,"7"" pipe",3\n')
    assert table.rows["size"].to_list() == ['5" pipe', '6" pipe', '7" pipe']
    assert any("2 records hold a quote" in note for note in table.notes)


def test_a_truncated_last_record_is_set_aside(tmp_path: Path) -> None:
    table = read(tmp_path, b"id,amount,city\n1,2,Bonn\n2,3,Bonn\n3,")
    assert (table.rows_read, table.rows.height) == (3, 2)
    assert table.set_aside.row(0) == ("orders", "orders.csv", 3, "2 fields instead of 3", "3,")


PIECES = st.lists(
    st.sampled_from(["a", "7", ",", '"', '""', "\n", "\r\n", "\r", " ", "é", ',"', '",', '"\n']), max_size=60
)


@settings(max_examples=400, deadline=None)
@given(pieces=PIECES)
def test_the_two_ways_of_counting_agree_wherever_quotes_are_in_order(pieces: list[str]) -> None:
    data = "".join(pieces).encode()
    found = list(scan(data, 0, ",", '"'))
    if not all(stretch.in_order for stretch in found):
        return
    strict = list(strict_records(data, 0, ",", '"', None))
    assert [record.start for record in strict] == joined(found, "starts")
    assert [len(record.fields) for record in strict] == joined(found, "fields")
    assert [record.spans_lines for record in strict] == joined(found, "broken")


def joined(found: list[Scan], column: str) -> list[int]:
    return [value for stretch in found for value in getattr(stretch, column).tolist()]


@pytest.mark.parametrize("size", [1, 7, 64])
def test_the_count_does_not_depend_on_the_size_of_its_blocks(size: int, monkeypatch: pytest.MonkeyPatch) -> None:
    data = sound_file(3)
    whole = list(scan(data, 0, ",", '"'))
    monkeypatch.setattr("holdfast.sources.csv.scan.BLOCK", size)
    parts = list(scan(data, 0, ",", '"'))
    assert len(parts) > len(whole)
    for column in ("starts", "ends", "fields", "broken"):
        assert joined(parts, column) == joined(whole, column)
    assert all(part.in_order for part in parts) == all(stretch.in_order for stretch in whole)
    assert [part.begin for part in parts[1:]] == [part.stop for part in parts[:-1]]
