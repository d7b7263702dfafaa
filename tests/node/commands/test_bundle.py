# SPDX-License-Identifier: Apache-2.0
"""`bavn bundle`: a stick from one folder to another, what it says, and how it ends."""

import argparse
from collections.abc import Callable
from pathlib import Path
from shutil import copytree

import pytest

from bavn.kernel.identity import NodeId, OrganisationId, World
from bavn.node.commands.bundle import FAULTS, REFUSED, WELL, bundle, bundle_options
from bavn.node.demo_writer import request
from bavn.node.terminal import Terminal
from bavn.node.wiring import catalogue
from bavn.runtime.bundle.carried import carried_path
from bavn.runtime.folder import Folder
from bavn.runtime.founding import found_node, introduce, write_roster
from bavn.runtime.halt import Halt
from bavn.runtime.opened import open_to_write
from bavn.runtime.texts import LANGUAGES, Texts

WORLD = World("exercise")
EAST, NATION, WEST = map(NodeId, ("east", "nation", "west"))
TOWN = OrganisationId("town")
Capture = pytest.CaptureFixture[str]
Run = Callable[..., tuple[int, str]]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give three nodes that know each other; one of them has something to tell."""
    path = tmp_path_factory.mktemp("made")
    folders = folders_in(path)
    rosters = [
        found_node(
            folder,
            WORLD,
            node,
            hosts=[TOWN] if node == EAST else [],
            areas=[TOWN] if node != NATION else [],
            catalogue=catalogue(),
        )
        for node, folder in folders.items()
    ]
    for folder, roster in zip(folders.values(), introduce(*rosters), strict=True):
        write_roster(folder, roster)
    write(folders[EAST], 0, 300)
    return path


def folders_in(path: Path) -> dict[NodeId, Folder]:
    return {node: Folder(path / node) for node in (EAST, NATION, WEST)}


@pytest.fixture
def folders(made: Path, tmp_path: Path) -> dict[NodeId, Folder]:
    copytree(made, tmp_path / "nodes")
    return folders_in(tmp_path / "nodes")


def write(folder: Folder, first: int, count: int) -> None:
    with open_to_write(folder, WORLD, catalogue()) as node:
        for start in range(first, first + count, 10):
            group = [request(TOWN, TOWN, number) for number in range(start, start + 10)]
            node.journal.commit(group)


@pytest.fixture(params=LANGUAGES)
def run(request: pytest.FixtureRequest, tmp_path: Path, capsys: Capture) -> Run:
    """A function that gives how the command ended and what it said, in each language."""
    stick = tmp_path / "stick"
    stick.mkdir()
    texts = Texts(request.param)

    def given(folder: Folder, *words: object) -> tuple[int, str]:
        parser = argparse.ArgumentParser()
        bundle_options(parser.add_argument_group(), texts)
        options = parser.parse_args(
            [*map(str, words)], argparse.Namespace(data=folder, world=WORLD)
        )
        if "--out" not in words:
            options.out = stick
        code = bundle(options, Terminal(texts))
        said = capsys.readouterr()
        return code, said.out + said.err

    return given


def on(stick: Path) -> list[Path]:
    return sorted((stick / "stick").glob("*.bavn"))


@pytest.mark.requirement("E5.6")
def test_what_is_carried_is_on_the_other_board(
    run: Run, folders: dict[NodeId, Folder], tmp_path: Path
) -> None:
    code, said = run(folders[EAST], "export", "--to", NATION)
    assert code == WELL
    (file,) = on(tmp_path)
    for word in (str(file), "300", NATION, "bavn bundle import"):
        assert word in said
    code, said = run(folders[NATION], "import", file)
    assert code == WELL
    assert "300" in said
    with open_to_write(folders[NATION], WORLD, catalogue()) as node:
        assert node.journal.record.position == 300
        assert list(node.journal.verify()) == []
    assert run(folders[NATION], "import", file)[0] == WELL


def test_only_what_is_lacked_is_carried_when_it_is_known(
    run: Run, folders: dict[NodeId, Folder], tmp_path: Path
) -> None:
    run(folders[EAST], "export", "--to", NATION)
    run(folders[NATION], "import", *on(tmp_path))
    code, said = run(folders[NATION], "have")
    assert code == WELL
    have = tmp_path / "stick" / "nation.have.json"
    assert str(have) in said
    with pytest.raises(Halt) as halted:
        run(folders[EAST], "export", "--to", NATION, "--have", have)
    assert halted.value.refused.code == "bundle_nothing"
    write(folders[EAST], 1_000, 20)
    code, said = run(folders[EAST], "export", "--to", NATION, "--have", have)
    assert "20" in said
    assert run(folders[NATION], "import", on(tmp_path)[-1])[0] == WELL


def test_parts_that_are_missing_or_torn_are_named(
    run: Run, folders: dict[NodeId, Folder], tmp_path: Path
) -> None:
    code, said = run(folders[EAST], "export", "--to", WEST, "--part-mb", 0.01)
    assert code == WELL
    parts = on(tmp_path)
    assert len(parts) > 2
    assert parts[0].name.endswith(".001.bavn")
    assert all(str(path) in said for path in parts)
    assert all(path.stat().st_size <= 10_000 for path in parts)
    assert run(folders[WEST], "import", *parts[2:])[0] == FAULTS
    code, said = run(folders[WEST], "import", parts[1])
    assert code == FAULTS
    assert ": 1." in said  # those of before wait, and are not asked for again
    torn = tmp_path / "torn.bavn"
    torn.write_bytes(parts[0].read_bytes()[:-100])
    code, said = run(folders[WEST], "import", torn)
    assert code == FAULTS
    named = (f"{torn} (part 1 of {len(parts)})", f"{torn} (del 1 af {len(parts)})")
    assert any(name in said for name in named)
    code, said = run(folders[WEST], "import", parts[0])
    assert code == WELL
    with open_to_write(folders[WEST], WORLD, catalogue()) as node:
        assert node.journal.record.position == 300


def test_a_small_one_shows_the_newest_picture(
    run: Run, folders: dict[NodeId, Folder], tmp_path: Path
) -> None:
    code, said = run(folders[EAST], "export", "--to", NATION, "--max-mb", 0.012)
    assert code == WELL
    (file,) = on(tmp_path)
    assert file.stat().st_size <= 12_000
    code, said = run(folders[NATION], "import", file)
    assert code == WELL
    newest = said.index("incident:R299")
    assert "operations.incident_reported" in said
    assert "VE-SKY" in said
    assert newest < said.index("incident:R298")
    code, shown = run(folders[NATION], "carried")
    assert "incident:R299" in shown
    kept = carried_path(folders[NATION], WORLD).read_bytes()
    assert run(folders[NATION], "import", file)[0] == WELL
    assert carried_path(folders[NATION], WORLD).read_bytes() == kept
    run(folders[EAST], "export", "--to", NATION)
    run(folders[NATION], "import", on(tmp_path)[-1])
    assert "R299" not in run(folders[NATION], "carried")[1]


def test_what_is_shown_does_not_steer_the_terminal(
    run: Run, folders: dict[NodeId, Folder], tmp_path: Path
) -> None:
    run(folders[EAST], "export", "--to", NATION, "--max-mb", 0.012)
    run(folders[NATION], "import", *on(tmp_path))
    path = carried_path(folders[NATION], WORLD)
    path.write_bytes(path.read_bytes().replace(b"VE-SKY", b"VE\\u001b[2J"))
    assert "\x1b" not in run(folders[NATION], "carried")[1]


def test_a_writer_in_the_folder_keeps_an_import_out_and_an_export_goes_on(
    run: Run, folders: dict[NodeId, Folder], tmp_path: Path
) -> None:
    with open_to_write(folders[EAST], WORLD, catalogue()):
        assert run(folders[EAST], "export", "--to", NATION)[0] == WELL
    with (
        open_to_write(folders[NATION], WORLD, catalogue()),
        pytest.raises(Halt) as halted,
    ):
        run(folders[NATION], "import", *on(tmp_path))
    assert halted.value.refused.code == "another_writer"


def test_useless_files_are_each_named_and_nothing_is_taken(
    run: Run, folders: dict[NodeId, Folder], tmp_path: Path
) -> None:
    run(folders[EAST], "export", "--to", WEST)
    noise = tmp_path / "noise.bavn"
    noise.write_bytes(b"noise")
    code, said = run(folders[NATION], "import", *on(tmp_path), noise)
    assert code == REFUSED
    assert str(noise) in said
    assert WEST in said


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["export"], "bundle_no_receiver"),
        (["export", "--to", "nobody"], "bundle_unknown_receiver"),
        (["export", "--to", EAST], "bundle_to_itself"),
        (["export", "--to", NATION, "--since", "soon"], "bundle_date"),
        (["export", "--to", NATION, "--since", "2999-01-01"], "bundle_nothing"),
        (["export", "--to", NATION, "--max-mb", "0"], "bundle_size"),
        (["export", "--to", NATION, "--part-mb", "nan"], "bundle_size"),
        (["export", "--to", NATION, "--max-mb", "0.0001"], "bundle_too_small"),
        (["export", "--to", NATION, "--part-mb", "0.0001"], "bundle_part_too_small"),
        (
            ["export", "--to", NATION, "--max-mb", "9", "--part-mb", "0.009"],
            "bundle_too_many_parts",
        ),
        (["import"], "bundle_no_file"),
    ],
)
def test_a_wrong_call_says_what_to_do_and_leaves_nothing(
    words: list[str], code: str, run: Run, folders: dict[NodeId, Folder], tmp_path: Path
) -> None:
    with pytest.raises(Halt) as halted:
        run(folders[EAST], *words)
    refused = halted.value.refused
    assert refused.code == code
    for language in LANGUAGES:
        says, do = Texts(language).refusal(refused)
        assert "{" not in says + do
        assert Texts(language).has(f"refused.{code}.says")
    assert list((tmp_path / "stick").iterdir()) == []


def test_a_stick_that_is_full_has_no_half_of_a_bundle(
    run: Run, folders: dict[NodeId, Folder], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("bavn.runtime.bundle.spool.os.fsync", full)
    with pytest.raises(OSError, match="No space"):
        run(folders[EAST], "export", "--to", NATION)
    assert list((tmp_path / "stick").iterdir()) == []


def test_every_refusal_of_a_bundle_has_words_in_both_languages() -> None:
    for language in LANGUAGES:
        texts = Texts(language)
        for room in ("bundle", "carried", "having", "export", "importing", "spool", "gathering"):
            path = Path(f"src/bavn/runtime/bundle/{room}.py")
            raw = path.read_text(encoding="utf-8") if path.exists() else ""
            codes = [part.split('"')[1] for part in raw.split("halt(\n")[1:] if '"' in part]
            assert [code for code in codes if not texts.has(f"refused.{code}.says")] == []
