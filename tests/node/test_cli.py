# SPDX-License-Identifier: Apache-2.0
"""The command line: its exit codes, its two languages, and what it does beside a writer."""

from pathlib import Path

import pytest

from bavn.kernel.identity import NodeId, OrganisationId, World
from bavn.node import cli
from bavn.node.cli import COMMANDS, FAULTS, INTERRUPTED, REFUSED, WELL, main
from bavn.node.demo_writer import request
from bavn.node.wiring import CAPABILITIES, catalogue
from bavn.runtime.folder import Folder
from bavn.runtime.joining.invitation import fingerprint_of
from bavn.runtime.opened import Opened, open_to_write
from bavn.runtime.restore import Sources, restore

WORLD = World("exercise")
TOWN = OrganisationId("town")
Capture = pytest.CaptureFixture[str]


@pytest.fixture
def data(tmp_path: Path) -> Path:
    path = tmp_path / "data"
    more = ["--node", "east", "--host", TOWN, "--area", TOWN, "--world", WORLD]
    assert main(["init", "--data", str(path), *more]) == WELL
    return path


def run(command: str, data: Path, *more: object, world: str = WORLD) -> int:
    return main([command, "--data", str(data), "--world", world, *map(str, more)])


def opened(data: Path) -> Opened:
    return open_to_write(Folder(data), WORLD, catalogue())


def written(data: Path, count: int = 3) -> None:
    with opened(data) as node:
        node.journal.commit([request(TOWN, TOWN, number) for number in range(count)])


def test_capabilities_are_named_as_their_folders() -> None:
    for capability in CAPABILITIES:
        assert Path(f"src/bavn/capabilities/{capability.name}").name == capability.name
    assert len({capability.name for capability in CAPABILITIES}) == len(CAPABILITIES)


@pytest.mark.parametrize("command", [None, *COMMANDS])
@pytest.mark.parametrize(("language", "word"), [("da", "brug:"), ("en", "usage:")])
def test_every_command_explains_itself_in_both_languages(
    command: str | None, language: str, word: str, capsys: Capture
) -> None:
    with pytest.raises(SystemExit) as left:
        main([*([command] if command else []), "--lang", language, "--help"])
    assert left.value.code == WELL
    assert capsys.readouterr().out.startswith(word)


@pytest.mark.parametrize("arguments", [[], ["fly"], ["verify"], ["verify", "--lang", "fr"]])
def test_a_wrong_call_says_where_help_is(arguments: list[str], capsys: Capture) -> None:
    with pytest.raises(SystemExit) as left:
        main(arguments)
    assert left.value.code == REFUSED
    assert "--help" in capsys.readouterr().err


def test_a_new_node_shows_its_public_key_and_never_its_own(tmp_path: Path, capsys: Capture) -> None:
    folder = Folder(tmp_path)
    main(["init", "--data", str(tmp_path), "--node", "east", "--world", WORLD])
    said = capsys.readouterr().out
    key = folder.signing_key(WORLD)
    assert key.verify_key.encode().hex() in said
    assert key.encode().hex() not in said
    assert folder.roster_file().node == NodeId("east")


def test_a_node_is_made_the_same_by_either_name(tmp_path: Path, capsys: Capture) -> None:
    said = []
    for name, words in (
        ("first", ["init", "--node", "nation", "--host", "agency"]),
        ("second", ["node", "init", "--name", "nation", "--hosts", "agency"]),
    ):
        data = tmp_path / name
        more = ["--data", str(data), "--world", WORLD, "--area", "north", "--root"]
        assert main([*words, *more]) == WELL
        key = Folder(data).signing_key(WORLD).verify_key.encode().hex()
        prints = fingerprint_of({NodeId("nation"): key})
        heard = capsys.readouterr().out
        assert prints in heard
        said.append(heard.replace(key, "KEY").replace(prints, "PRINT").replace(str(data), "DATA"))
        roster = Folder(data).roster_file()
        assert (roster.root, [each.owner for each in roster.grant]) == (("nation",), ["agency"])
    assert said[0] == said[1]


def test_a_node_that_is_well_is_told_so(data: Path, tmp_path: Path, capsys: Capture) -> None:
    written(data)
    assert run("backup", data, tmp_path / "copy", "--keys-to", tmp_path / "keys") == WELL
    assert run("verify", data) == WELL
    assert run("verify", data, "--quick") == WELL
    assert run("doctor", data) == WELL
    assert "Alt er vel." in capsys.readouterr().out


def test_a_trouble_ends_with_one_and_says_what_to_do(data: Path, capsys: Capture) -> None:
    written(data)
    assert run("doctor", data) == FAULTS
    said = capsys.readouterr().out
    assert "SE    Der er ingen sikkerhedskopi" in said
    assert "Gør: bavn backup" in said


class TestUserErrors:
    """No traceback; a refusal that says what to do."""

    def refused(self, capsys: Capture, code: int, *words: str) -> None:
        said = capsys.readouterr().err
        assert code == REFUSED
        assert "Traceback" not in said
        for word in ("Nej:", "Gør:", *words):
            assert word in said

    @pytest.mark.parametrize("command", ["verify", "doctor", "rebuild", "resume"])
    def test_a_folder_without_a_node(self, command: str, tmp_path: Path, capsys: Capture) -> None:
        self.refused(capsys, run(command, tmp_path), str(tmp_path))

    def test_a_world_that_the_node_has_not(self, data: Path, capsys: Capture) -> None:
        self.refused(capsys, run("verify", data, world="real"), "real", WORLD)

    @pytest.mark.parametrize("world", ["../exercise", "Exercise", ""])
    def test_a_world_that_is_no_name(self, data: Path, world: str, capsys: Capture) -> None:
        self.refused(capsys, run("verify", data, world=world))

    def test_a_folder_that_is_a_file(self, tmp_path: Path, capsys: Capture) -> None:
        (tmp_path / "file").write_text("x")
        code = main(["init", "--data", str(tmp_path / "file"), "--node", "east"])
        self.refused(capsys, code)

    def test_a_folder_with_a_node_in_it(self, data: Path, capsys: Capture) -> None:
        self.refused(capsys, main(["init", "--data", str(data), "--node", "east"]))

    def test_files_that_belong_to_somebody_else(
        self, data: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture
    ) -> None:
        def denied(*_: object) -> int:
            raise PermissionError(13, "Permission denied", str(data))

        monkeypatch.setitem(cli.COMMANDS, "verify", denied)
        self.refused(capsys, run("verify", data), str(data))

    def test_a_disk_that_fails(
        self, data: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture
    ) -> None:
        def failing(*_: object) -> int:
            raise OSError(28, "No space left on device", "/data/x")

        monkeypatch.setitem(cli.COMMANDS, "backup", failing)
        self.refused(capsys, run("backup", data, "x"), "No space left")

    def test_work_that_is_interrupted(
        self, data: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture
    ) -> None:
        def interrupted(*_: object) -> int:
            raise KeyboardInterrupt

        monkeypatch.setitem(cli.COMMANDS, "verify", interrupted)
        assert run("verify", data) == INTERRUPTED
        assert "Traceback" not in capsys.readouterr().err


class TestBesideAWriter:
    """Looking is allowed while somebody writes; putting right is not."""

    def test_verify_doctor_and_backup_go_on(self, data: Path, tmp_path: Path) -> None:
        written(data)
        with opened(data):
            keys = ("--keys-to", tmp_path / "keys")
            assert run("backup", data, tmp_path / "copy", *keys) == WELL
            assert run("verify", data) == WELL
            assert run("doctor", data) == WELL

    @pytest.mark.parametrize("command", ["rebuild", "resume"])
    def test_putting_right_is_refused(self, data: Path, command: str, capsys: Capture) -> None:
        with opened(data):
            assert run(command, data) == REFUSED
        assert "Stands den først" in capsys.readouterr().err

    def test_restoring_is_refused(self, data: Path, tmp_path: Path, capsys: Capture) -> None:
        assert run("backup", data, tmp_path / "copy") == WELL
        with opened(data):
            assert run("restore", data, tmp_path / "copy") == REFUSED
        assert "Stands den først" in capsys.readouterr().err


class TestDamage:
    """A damaged file is a named fault, never a traceback."""

    @pytest.mark.parametrize("raw", [b"", b"x" * 100, b"SQLite format 3\0" + b"\0" * 5000])
    @pytest.mark.parametrize("file", ["journal_path", "vault_path"])
    def test_a_file_that_cannot_be_opened_is_named(
        self, data: Path, raw: bytes, file: str, capsys: Capture
    ) -> None:
        written(data)
        getattr(Folder(data), file)(WORLD).write_bytes(raw)
        assert run("verify", data) == FAULTS
        said = capsys.readouterr()
        assert "FEJL  " in said.out
        assert "Traceback" not in said.out + said.err
        assert run("doctor", data) == FAULTS
        assert run("rebuild", data) in {WELL, FAULTS}

    def test_views_that_went_wrong_are_named_and_rebuilt(self, data: Path, capsys: Capture) -> None:
        written(data)
        with opened(data) as node:
            store = node.journal.record.store
            (table,) = (each for each in store.table_names() if each.startswith("incident_picture"))
            node._store.connection.execute(f"UPDATE \"{table}\" SET state = 'lost'")  # noqa: S608
        assert run("verify", data, "--quick") == WELL
        assert run("verify", data) == FAULTS
        assert "views" in capsys.readouterr().out
        assert run("rebuild", data) == WELL
        assert run("verify", data) == WELL

    def test_progress_is_shown_on_a_terminal_only(
        self, data: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture
    ) -> None:
        written(data)
        assert run("verify", data) == WELL
        assert capsys.readouterr().err == ""
        monkeypatch.setattr("sys.stderr.isatty", lambda: True)
        assert run("verify", data) == WELL
        assert " af 3" in capsys.readouterr().err


def test_what_a_restore_did_is_told_with_the_next_steps(
    data: Path, tmp_path: Path, capsys: Capture
) -> None:
    written(data)
    run("backup", data, tmp_path / "copy")
    assert run("restore", data, tmp_path / "copy") == WELL
    said = capsys.readouterr().out
    for word in ("Ny inkarnation", "set-aside-", "bavn verify", "bavn resume"):
        assert word in said
    assert run("doctor", data) == FAULTS
    assert run("resume", data) == WELL
    assert run("resume", data) == WELL
    assert "Der er intet at gøre" in capsys.readouterr().out


def test_the_runtime_restores_what_the_command_line_backed_up(data: Path, tmp_path: Path) -> None:
    written(data, 5)
    run("backup", data, tmp_path / "copy")
    done = restore(Folder(data), WORLD, Sources(record=tmp_path / "copy"), catalogue())
    assert done.manifest.facts == 5


def test_who_may_not_see_the_folder_is_refused_and_finds_no_fault(
    data: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    def denied(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied", str(data))

    monkeypatch.setattr(Path, "stat", denied)
    for command in ("verify", "doctor", "rebuild"):
        assert run(command, data) == REFUSED
        assert "Der er ikke adgang" in capsys.readouterr().err
