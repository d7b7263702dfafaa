# SPDX-License-Identifier: Apache-2.0
"""`bavn import`: what it does with a data folder and what it says, in each language."""

from collections.abc import Callable
from pathlib import Path

import pytest

from bavn.kernel.identity import REAL
from bavn.node.cli import main
from bavn.runtime.past.store import past_path
from bavn.runtime.texts import LANGUAGES
from tests.runtime.folders import WORLD, founded
from tests.runtime.past.lists import mapped, row, written

Run = Callable[..., tuple[int, str, str]]
MADE = ("", "-", "R1")


@pytest.fixture(params=LANGUAGES)
def run(request: pytest.FixtureRequest, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Run:
    """A function that gives the command; its exit code, and what it said on each line."""
    founded(tmp_path / "data")

    def given(*words: object, data: bool = True) -> tuple[int, str, str]:
        where = ("--data", str(tmp_path / "data"), "--world", WORLD) if data else ()
        code = main(["import", *map(str, words), *where, "--lang", request.param])
        said = capsys.readouterr()
        return code, said.out, said.err

    return given


def test_a_list_is_previewed_imported_listed_and_removed(run: Run, tmp_path: Path) -> None:
    place = past_path(tmp_path / "data", WORLD)
    _, none, _ = run("list")
    file, told = written(tmp_path / "2024.csv", [row(1), row(2), row(2)]), mapped(tmp_path)
    code, said, _ = run("odin", file, "--columns", told, "--preview")
    assert code == 0
    assert "njb | BR-ABA | 0851 |" in said
    assert "2024-05-02 14:01:00+0200" in said
    assert not place.exists()
    code, said, _ = run("odin", file, "--columns", told, "--name", "tyve-fireogtyve")
    assert code == 0
    assert place.exists()
    assert "tyve-fireogtyve" in said
    assert "2024-05-02" in run("list")[1]
    assert run("odin", file, "--columns", told, "--name", "tyve-fireogtyve")[0] == 0
    assert run("remove", "tyve-fireogtyve")[0] == 0
    assert run("list")[1] == none


def test_what_is_not_known_is_said_beforehand(run: Run, tmp_path: Path) -> None:
    rows = [row(1, Type="Noget andet", Resultat=""), row(2, Kommune="Ingensteds")]
    code, said, _ = run(
        "odin", written(tmp_path / "l.csv", rows), "--columns", mapped(tmp_path), "--preview"
    )
    assert code == 1
    assert "[types]" in said
    assert "3, municipality: " in said
    assert "Ingensteds" not in said


def test_an_example_of_a_map_wants_no_folder(run: Run) -> None:
    code, said, _ = run("columns", data=False)
    assert code == 0
    assert "[columns]" in said


@pytest.mark.parametrize(
    "words",
    [
        ("odin",),
        ("odin", "nothing.csv", "--columns", "nothing.toml"),
        ("remove",),
        ("remove", "nobody"),
    ],
)
def test_what_cannot_be_done_is_refused_with_what_to_do(run: Run, words: tuple[str, ...]) -> None:
    code, said, trouble = run(*words)
    assert (code, said) == (2, "")
    assert "bavn import" in trouble


def test_a_folder_is_wanted_for_all_but_the_example(run: Run) -> None:
    code, _, trouble = run("list", data=False)
    assert code == 2
    assert "--data" in trouble


def test_the_real_world_takes_nothing_invented(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = founded(tmp_path / "data", REAL)
    assert main(["import", "invent", "--data", str(folder.path)]) == 2
    assert "--world demo" in capsys.readouterr().err
    assert not past_path(folder.path, REAL).exists()
