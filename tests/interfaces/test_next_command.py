"""What a command says to type next can be typed as it stands, whatever folders and customers are called."""

import shlex
from pathlib import Path

import pytest

from holdfast.interfaces.cli.terminal import command


@pytest.mark.parametrize("customer", ["17850", "Irene Zielinski", "O'Brien; ls", "$HOME"])
def test_an_id_is_one_word_of_the_next_command(customer: str) -> None:
    typed = command("show", Path("my shop"), Path("other.yaml"), customer, tenant="north")
    assert shlex.split(typed) == [
        *("holdfast", "show", "my shop", customer),
        *("--tenant", "north", "--config", "other.yaml"),
    ]
    assert command("run", Path("shop"), None) == "holdfast run shop"
