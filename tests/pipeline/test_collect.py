"""What `collect` says that it read."""

from pathlib import Path

from tests.interfaces.commands import holdfast


def test_a_file_that_is_read_as_two_tables_counts_once(tmp_path: Path) -> None:
    rows = [f"u{n % 40},2024-{1 + n % 12:02d}-{1 + n % 28:02d},{n % 90 + 1}.50,{n % 3}" for n in range(600)]
    (tmp_path / "log.csv").write_text("\n".join(["user,day,paid,clicks", *rows]) + "\n", encoding="utf-8")
    columns = "      customer_id: {from: user}\n      happened_at: {from: day, kind: time}\n"
    (tmp_path / "holdfast.yaml").write_text(
        "name: shop\nshape: events\nchurn: {rule: inactivity, horizon_days: 30}\ntables:\n"
        f"  sales:\n    files: [log.csv]\n    holds: transactions\n    columns:\n{columns}"
        "      amount: {from: paid, kind: money}\n"
        f"  clicks:\n    files: [log.csv]\n    holds: usage\n    columns:\n{columns}"
        "      quantity: {from: clicks, kind: number}\n",
        encoding="utf-8",
    )
    checked = holdfast("check", tmp_path)
    assert "600 rows of 2 tables read, 0 set aside" in checked.out + checked.err
