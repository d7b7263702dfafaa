# SPDX-License-Identifier: Apache-2.0
"""Backup and restore: whole, signed, nothing overwritten, and nothing erased comes back."""

import json
import threading
from collections.abc import Sequence
from pathlib import Path

import pytest

from bavn.journal.decision import Done, Request
from bavn.journal.fact import Sealed
from bavn.journal.reader import Reader
from bavn.journal.store import StoreBroken
from bavn.journal.strike import EraseKey
from bavn.journal.vault import Gone
from bavn.kernel.identity import NodeId, Subject, World
from bavn.kernel.mandate import Actor
from bavn.kernel.private import Private
from bavn.runtime import clock
from bavn.runtime import restore as restoring
from bavn.runtime.backup import back_up, last_backup
from bavn.runtime.erasures import Erasure, ErasureList
from bavn.runtime.folder import Folder
from bavn.runtime.founding import found_node
from bavn.runtime.halt import Halt
from bavn.runtime.manifest import Manifest
from bavn.runtime.opened import Opened
from bavn.runtime.restore import Restored, Sources
from bavn.runtime.vault_keys import KEY_BYTES
from bavn.runtime.writer import ThreadWriter
from tests.lilleland.vocabulary import Noted, catalogue
from tests.runtime.folders import TOWN, WORLD, fire, founded, note, opened


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    folder = founded(tmp_path / "node")
    with opened(folder) as node:
        node.journal.commit([fire(1), note(1, "Ane bor her")])
    return folder


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    return tmp_path / "copy"


def backed_up(folder: Folder, copy: Path, keys: Path | None = None) -> Manifest:
    return back_up(folder, WORLD, copy, catalogue(), keys)


def restored(folder: Folder, copy: Path, keys: Path | None = None, **more: object) -> Restored:
    sources = Sources(record=copy, keys=keys, **more)  # type: ignore[arg-type]
    return restoring.restore(folder, WORLD, sources, catalogue())


def erase(node: Opened, fire_id: str) -> None:
    content = EraseKey(subject=Subject(f"fire:{fire_id}"), ground="retention")
    actor = Actor(organisation=TOWN, function="archivist")
    (outcome,) = node.journal.commit([Request(owner=TOWN, actor=actor, content=content)])
    assert isinstance(outcome, Done)


def text_of(node: Opened, fire_id: str) -> Private | Gone:
    journal = node.journal
    reader = Reader(organisations=frozenset({TOWN}), personal=True)
    bodies = [
        journal.record.read(item.fact)
        for item in journal.query.history(reader, TOWN, f"fire:{fire_id}")
    ]
    (sealed,) = [body.text for body in bodies if isinstance(body, Noted)]
    assert isinstance(sealed, Sealed)
    opened_text = journal.query.reveal(reader, TOWN, sealed)
    assert isinstance(opened_text, Private | Gone)
    return opened_text


def _line(key: str) -> Erasure:
    return Erasure(at=clock.now(), world=WORLD, key=key)


def files_with(path: Path, raw: bytes) -> list[Path]:
    return [each for each in path.rglob("*") if each.is_file() and raw in each.read_bytes()]


class TestBackup:
    """A copy as it was at one instant."""

    def test_it_says_what_it_is_of(self, folder: Folder, copy: Path) -> None:
        manifest = backed_up(folder, copy)
        assert (manifest.node, manifest.world, manifest.facts) == ("east", WORLD, 2)
        assert manifest.heads["east/1/own"].sequence == 1
        assert sorted(path.name for path in copy.iterdir()) == [
            "journal.db",
            "manifest.json",
            "node.toml",
        ]
        last = last_backup(folder, WORLD)
        assert last is not None
        assert (last.taken_at, last.keys_taken_at) == (manifest.taken_at, None)

    def test_it_holds_no_key(self, folder: Folder, copy: Path) -> None:
        backed_up(folder, copy)
        secret = folder.signing_key(WORLD).encode()
        assert not files_with(copy, secret) + files_with(copy, secret.hex().encode())
        with opened(folder) as node:
            key = node.keys.key(f"{TOWN}/fire:f1")
            assert key is not None
        assert not files_with(copy, key)

    def test_it_is_whole_while_writing_goes_on(self, folder: Folder, copy: Path) -> None:
        with opened(folder) as node:
            writer = ThreadWriter(node.journal, node.reserve)
            stop = threading.Event()
            acknowledged: list[int] = []

            def write() -> None:
                number = 10
                while not stop.is_set():
                    writer.write(fire(number))
                    acknowledged.append(number)
                    number += 1

            writing = threading.Thread(target=write)
            writing.start()
            while len(acknowledged) < 50:
                stop.wait(0.001)
            before = len(acknowledged)
            manifest = backed_up(folder, copy)
            stop.set()
            writing.join(10)
        assert manifest.facts >= before + 2
        restored(folder, copy)
        with opened(folder) as node:
            assert list(node.journal.verify()) == []
            repeats = node.journal.commit([fire(n) for n in acknowledged[:before]])
        assert all(isinstance(each, Done) and each.repeated for each in repeats)

    def test_a_record_that_cannot_be_read_leaves_no_half_copy(
        self, folder: Folder, copy: Path
    ) -> None:
        folder.journal_path(WORLD).write_bytes(b"x" * 5000)
        with pytest.raises(StoreBroken):
            backed_up(folder, copy)
        assert list(copy.iterdir()) == []
        assert last_backup(folder, WORLD) is None

    def test_nothing_is_written_over(self, folder: Folder, copy: Path) -> None:
        copy.mkdir()
        (copy / "other").write_text("mine")
        with pytest.raises(Halt, match="not empty"):
            backed_up(folder, copy)

    @pytest.mark.parametrize("beside", ["", "keys"])
    def test_the_keys_do_not_lie_beside_what_they_open(
        self, folder: Folder, copy: Path, beside: str
    ) -> None:
        with pytest.raises(Halt, match="beside"):
            backed_up(folder, copy, copy / beside)
        assert not copy.exists()

    def test_the_keys_are_their_owners_alone(
        self, folder: Folder, copy: Path, tmp_path: Path
    ) -> None:
        backed_up(folder, copy, tmp_path / "keys")
        for path in [tmp_path / "keys", *(tmp_path / "keys").iterdir()]:
            assert path.stat().st_mode & 0o077 == 0


class TestRestore:
    """Back in place, or refused with nothing changed."""

    def test_the_old_record_is_moved_aside_whole(self, folder: Folder, copy: Path) -> None:
        backed_up(folder, copy)
        with opened(folder) as node:
            node.journal.commit([fire(2)])
        old = folder.journal_path(WORLD).read_bytes()
        result = restored(folder, copy)
        assert [path.read_bytes() for path in result.set_aside] == [old]
        with opened(folder) as node:
            assert node.journal.record.position == 2
            assert list(node.journal.verify()) == []

    def test_a_new_incarnation_begins_and_reactions_are_held(
        self, folder: Folder, copy: Path
    ) -> None:
        backed_up(folder, copy)
        result = restored(folder, copy)
        with opened(folder) as node:
            assert node.journal.record.incarnation == result.incarnation > 1
            assert node.journal.reactor.held
            assert node.journal.turn() == 0
            node.journal.commit([fire(3)])
            names = {name.text() for name in node.journal.record.channels}
        assert f"east/{result.incarnation}/nation" in names

    def test_two_restores_of_one_backup_never_share_an_incarnation(
        self, folder: Folder, copy: Path
    ) -> None:
        backed_up(folder, copy)
        assert restored(folder, copy).incarnation != restored(folder, copy).incarnation

    def test_on_a_new_machine_it_needs_the_keys(
        self, folder: Folder, copy: Path, tmp_path: Path
    ) -> None:
        backed_up(folder, copy, tmp_path / "keys")
        new = Folder(tmp_path / "new")
        with pytest.raises(Halt, match="no keys"):
            restored(new, copy, no_later_erasures=True)
        restored(new, copy, tmp_path / "keys", no_later_erasures=True)
        with opened(new) as node:
            assert text_of(node, "f1") == Private("Ane bor her")
            assert list(node.journal.verify()) == []
        assert new.readable_by_others() == []

    @pytest.mark.parametrize("file", ["journal.db", "node.toml", "manifest.json"])
    def test_a_flipped_byte_in_the_backup_is_refused(
        self, folder: Folder, copy: Path, file: str
    ) -> None:
        backed_up(folder, copy)
        raw = bytearray((copy / file).read_bytes())
        # In the manifest, a digit of the number of facts.
        place = raw.index(b'"facts": 2') + 9 if file == "manifest.json" else len(raw) // 2
        raw[place] ^= 1
        (copy / file).write_bytes(raw)
        self.refused_and_unchanged(folder, copy, "backup_damaged", "backup_not_ours")

    def test_a_manifest_that_is_none_is_refused(self, folder: Folder, copy: Path) -> None:
        backed_up(folder, copy)
        (copy / "manifest.json").write_text("{}")
        self.refused_and_unchanged(folder, copy, "backup_damaged")
        (copy / "manifest.json").unlink()
        self.refused_and_unchanged(folder, copy, "no_backup")

    def test_another_nodes_backup_is_refused(self, folder: Folder, tmp_path: Path) -> None:
        other = Folder(tmp_path / "other")
        parts = catalogue()
        found_node(other, WORLD, NodeId("west"), hosts=[], areas=[], catalogue=parts)
        backed_up(other, tmp_path / "copy")
        self.refused_and_unchanged(folder, tmp_path / "copy", "backup_of_another")

    def test_a_twins_backup_under_the_same_name_is_refused(
        self, folder: Folder, tmp_path: Path
    ) -> None:
        backed_up(founded(tmp_path / "twin"), tmp_path / "copy")
        self.refused_and_unchanged(folder, tmp_path / "copy", "backup_not_ours")

    def test_keys_in_place_of_the_record_are_refused(
        self, folder: Folder, copy: Path, tmp_path: Path
    ) -> None:
        backed_up(folder, copy, tmp_path / "keys")
        self.refused_and_unchanged(folder, tmp_path / "keys", "backup_of_other_sort")

    def test_a_node_that_runs_is_not_restored(self, folder: Folder, copy: Path) -> None:
        backed_up(folder, copy)
        with opened(folder):
            self.refused_and_unchanged(folder, copy, "another_writer")

    def test_a_restore_that_is_cut_off_leaves_no_old_incarnation(
        self, folder: Folder, copy: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        backed_up(folder, copy)

        def power_lost(_aside: object, _path: Path) -> None:
            raise KeyboardInterrupt

        with monkeypatch.context() as cut:
            cut.setattr(restoring._Aside, "move", power_lost)
            with pytest.raises(KeyboardInterrupt):
                restored(folder, copy)
        with opened(folder) as node:
            assert node.journal.record.incarnation == 1
            assert list(node.journal.verify()) == []
        assert restored(folder, copy).incarnation > 1

    def refused_and_unchanged(self, folder: Folder, copy: Path, *codes: str) -> None:
        before = folder.journal_path(WORLD).read_bytes()
        with pytest.raises(Halt) as halted:
            restored(folder, copy)
        assert halted.value.refused.code in codes
        assert folder.journal_path(WORLD).read_bytes() == before


class TestErasure:
    """What was erased stays gone, whatever is restored."""

    def test_it_is_listed_before_the_key_is_gone(self, folder: Folder) -> None:
        with opened(folder) as node:
            erase(node, "f1")
            assert text_of(node, "f1") is Gone.ERASED
        assert folder.erasures.keys(WORLD) == [f"{TOWN}/fire:f1"]

    def test_a_key_that_is_listed_is_destroyed_when_the_world_opens(self, folder: Folder) -> None:
        # As after a power loss between the list and the destruction.
        folder.erasures.add(_line(f"{TOWN}/fire:f1"))
        with opened(folder) as node:
            assert text_of(node, "f1") is Gone.ERASED

    def test_an_older_backup_does_not_bring_it_back(self, folder: Folder, copy: Path) -> None:
        backed_up(folder, copy)
        with opened(folder) as node:
            key = node.keys.key(f"{TOWN}/fire:f1")
            assert key is not None
            assert len(key) == KEY_BYTES
            erase(node, "f1")
        result = restored(folder, copy)
        assert result.erased == 1
        with opened(folder) as node:
            assert text_of(node, "f1") is Gone.ERASED
            assert list(node.journal.verify()) == []
        assert files_with(folder.path, key) == []
        assert files_with(folder.path, b"Ane bor her") == []

    def test_nor_do_older_keys_bring_it_back(
        self, folder: Folder, copy: Path, tmp_path: Path
    ) -> None:
        backed_up(folder, copy, tmp_path / "keys")
        with opened(folder) as node:
            key = node.keys.key(f"{TOWN}/fire:f1")
            assert key is not None
            erase(node, "f1")
        restored(folder, copy, tmp_path / "keys")
        with opened(folder) as node:
            assert text_of(node, "f1") is Gone.ERASED
        assert files_with(folder.path, key) == []

    def test_on_a_new_machine_somebody_must_know_what_was_erased(
        self, folder: Folder, copy: Path, tmp_path: Path
    ) -> None:
        keys, new = tmp_path / "keys", Folder(tmp_path / "new")
        backed_up(folder, copy, keys)
        with opened(folder) as node:
            erase(node, "f1")
        for lists in ([], [keys / "erasures.log"]):
            with pytest.raises(Halt) as halted:
                restored(new, copy, keys, erasures=lists)
            assert halted.value.refused.code == "erasures_unknown"
        with pytest.raises(Halt, match="no list"):
            restored(new, copy, keys, erasures=[tmp_path / "nowhere"])
        assert not new.path.exists()
        restored(new, copy, keys, erasures=[folder.erasures.path])
        with opened(new) as node:
            assert text_of(node, "f1") is Gone.ERASED
        assert new.erasures.keys(WORLD) == [f"{TOWN}/fire:f1"]

    def test_another_worlds_list_does_not_count(
        self, folder: Folder, copy: Path, tmp_path: Path
    ) -> None:
        keys = tmp_path / "keys"
        backed_up(folder, copy, keys)
        other = tmp_path / "erasures.log"
        line = json.loads(folder.erasures.path.read_text().splitlines()[-1])
        other.write_text(json.dumps({**line, "world": World("exercise")}) + "\n")
        with pytest.raises(Halt) as halted:
            restored(Folder(tmp_path / "new"), copy, keys, erasures=[other])
        assert halted.value.refused.code == "erasures_unknown"

    def test_a_line_that_was_cut_off_does_not_swallow_the_next(self, tmp_path: Path) -> None:
        erasures = ErasureList(tmp_path / "erasures.log")
        (tmp_path / "erasures.log").write_bytes(b'{"at":"2026-')
        erasures.add(_line("k"))
        with pytest.raises(Halt, match="Line 1"):
            erasures.lines()
        lines = (tmp_path / "erasures.log").read_bytes().splitlines()
        (tmp_path / "erasures.log").write_bytes(lines[1] + b"\n")
        assert erasures.keys(WORLD) == ["k"]

    def test_the_same_erasure_is_listed_once(self, folder: Folder) -> None:
        for _ in range(3):
            with opened(folder) as node:
                node.keys.erase("k")
        lines: Sequence[object] = [each for each in folder.erasures.lines() if each.key]
        assert len(lines) == 1
