# SPDX-License-Identifier: Apache-2.0
"""`bavn address`: what it does with a data folder and what it says, in each language."""

import argparse
from collections.abc import Callable
from pathlib import Path

import pytest

from bavn.node.commands.address import address_command, address_options
from bavn.node.terminal import Terminal
from bavn.runtime.halt import Halt
from bavn.runtime.texts import LANGUAGES, Texts
from tests.runtime.addresses.lists import row, written
from tests.runtime.folders import founded

Run = Callable[..., tuple[int, str]]
AALBORG = ("9000", "Aalborg", "0851")
ROWS = [row("Opdigtet Vej", str(number), AALBORG, (57.05, 9.92)) for number in range(1, 5)]


@pytest.fixture(params=LANGUAGES)
def run(request: pytest.FixtureRequest, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Run:
    """A function that gives the command; its exit code, and what it said."""
    folder = founded(tmp_path / "data")
    texts = Texts(request.param)

    def given(*words: object) -> tuple[int, str]:
        parser = argparse.ArgumentParser()
        address_options(parser.add_argument_group(), texts)
        options = parser.parse_args([*map(str, words)], argparse.Namespace(data=folder))
        code = address_command(options, Terminal(texts))
        return code, capsys.readouterr().out

    return given


def test_addresses_are_imported_found_shown_and_removed(run: Run, tmp_path: Path) -> None:
    _, none = run("show")
    file = written(tmp_path / "list.csv", ROWS)
    code, said = run("import", file, "--source", "Opdigtet", "--date", "2026-09")
    assert code == 0
    assert "4" in said
    code, said = run("find", "opdigtet", "vej", "3")
    assert code == 0
    assert said.startswith("Opdigtet Vej 3, 9000 Aalborg  57.05000, 9.92000  0851")
    assert "Opdigtet" in run("show")[1]
    assert "2026-09" in run("show")[1]
    assert run("find", "nowhere")[0] == 1
    assert run("remove")[0] == 0
    assert run("show") == (0, none)


def test_faults_are_told_and_counted(run: Run, tmp_path: Path) -> None:
    faulty = [*ROWS, *(row("Vej", str(number), ("9000", "Aalborg", "9")) for number in range(30))]
    code, said = run("import", written(tmp_path / "list.csv", faulty))
    assert code == 1
    assert said.count("  row ") == 20
    assert "addresses-faults.txt" in said
    assert run("find", "opdigtet")[0] == 1
    assert run("import", tmp_path / "list.csv", "--without-faulty")[0] == 1
    assert run("find", "opdigtet")[0] == 0


def test_a_file_must_be_there(run: Run, tmp_path: Path) -> None:
    for words in ([], [tmp_path / "nothing.csv"]):
        with pytest.raises(Halt) as halted:
            run("import", *words)
        assert halted.value.refused.code == "addresses_no_file"
