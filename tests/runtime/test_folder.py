# SPDX-License-Identifier: Apache-2.0
"""A data folder: its owner's alone, readable by a person, and written by one process at a time."""

import subprocess
import sys
from pathlib import Path

import pytest

from bavn.journal.decision import Done
from bavn.journal.roster import Grant
from bavn.journal.store import StoreBroken
from bavn.kernel.identity import NodeId, OrganisationId, World
from bavn.kernel.refusal import Refused
from bavn.runtime.folder import Folder
from bavn.runtime.founding import found_node, introduce
from bavn.runtime.halt import Halt
from bavn.runtime.opened import open_beside, writer_of
from bavn.runtime.roster_file import parse_roster
from tests.lilleland.vocabulary import catalogue
from tests.runtime.folders import AREA, NODE, TOWN, WORLD, fire, founded, note, opened


def code_of(halted: pytest.ExceptionInfo[Halt]) -> str:
    return halted.value.refused.code


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return founded(tmp_path / "node")


def test_everything_in_it_is_its_owners_alone(folder: Folder) -> None:
    with opened(folder) as node:
        node.journal.commit([fire(1), note(1, "text")])
        open_to_others = [
            path for path in [folder.path, *folder.path.rglob("*")] if path.stat().st_mode & 0o077
        ]
    assert open_to_others == []
    assert folder.signing_key_path(WORLD).stat().st_mode & 0o777 == 0o600
    assert folder.readable_by_others() == []


def test_keys_that_others_may_read_are_named(folder: Folder) -> None:
    folder.signing_key_path(WORLD).chmod(0o644)
    assert folder.readable_by_others() == [folder.signing_key_path(WORLD)]


def test_what_was_written_is_there_when_it_is_opened_again(folder: Folder) -> None:
    with opened(folder) as node:
        (first,) = node.journal.commit([fire(1)])
    assert isinstance(first, Done)
    with opened(folder) as node:
        assert node.journal.commit([fire(1)]) == [Done(first.facts, repeated=True)]
        assert list(node.journal.verify()) == []


def test_a_folder_is_not_taken_twice(folder: Folder) -> None:
    with pytest.raises(Halt) as halted:
        founded(folder.path)
    assert code_of(halted) == "folder_taken"


@pytest.mark.parametrize("name", ["", "Nord", "æ", "../x", "a" * 65])
def test_a_name_that_is_none_is_refused_before_anything_is_written(
    tmp_path: Path, name: str
) -> None:
    with pytest.raises(Halt) as halted:
        found_node(
            Folder(tmp_path / "new"),
            WORLD,
            NodeId(name),
            hosts=[],
            areas=[],
            catalogue=catalogue(),
        )
    assert code_of(halted) == "no_name"
    assert not (tmp_path / "new").exists()


class TestOneWriter:
    """One process writes, and others are told which."""

    def test_a_second_writer_is_told_who_the_first_is(self, folder: Folder) -> None:
        program = (
            "import sys, time; from pathlib import Path;"
            "from tests.runtime.folders import *; node = opened(Folder(Path(sys.argv[1])));"
            "print('open', flush=True); time.sleep(60)"
        )
        command = [sys.executable, "-c", program, str(folder.path)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as first:
            assert first.stdout is not None
            assert first.stdout.readline() == "open\n"
            with pytest.raises(Halt) as halted:
                opened(folder)
            assert code_of(halted) == "another_writer"
            assert halted.value.refused.values["pid"] == str(first.pid)
            assert writer_of(folder, WORLD) == str(first.pid)
            first.kill()
        assert writer_of(folder, WORLD) == ""
        opened(folder).close()

    def test_who_only_reads_may_come_beside(self, folder: Folder) -> None:
        with opened(folder) as node:
            node.journal.commit([fire(1)])
            with open_beside(folder, WORLD, catalogue()) as beside:
                node.journal.commit([fire(2)])
                assert beside.record.position == 1
                assert len(beside.record.store.facts_after(0, 10)) == 1

    def test_a_failed_opening_lets_go_of_the_right_to_write(self, folder: Folder) -> None:
        kept = folder.journal_path(WORLD).read_bytes()
        folder.journal_path(WORLD).write_bytes(b"x" * 5000)
        with pytest.raises(StoreBroken):
            opened(folder)
        folder.journal_path(WORLD).write_bytes(kept)
        opened(folder).close()


@pytest.mark.parametrize("lost", ["journal_path", "vault_path"])
def test_a_lost_file_is_never_begun_anew(folder: Folder, lost: str) -> None:
    getattr(folder, lost)(WORLD).unlink()
    for opening in (lambda: opened(folder), lambda: open_beside(folder, WORLD, catalogue())):
        with pytest.raises(Halt) as halted:
            opening()
        assert code_of(halted) == "file_missing"
    assert not getattr(folder, lost)(WORLD).exists()


def test_an_unknown_world_is_told_which_there_are(folder: Folder) -> None:
    with pytest.raises(Halt) as halted:
        opened(folder, World("other"))
    assert code_of(halted) == "no_such_world"
    assert WORLD in halted.value.refused.try_instead


def test_a_signing_key_that_is_none_is_named(folder: Folder) -> None:
    folder.signing_key_path(WORLD).write_text("not a key")
    with pytest.raises(Halt) as halted:
        opened(folder)
    assert code_of(halted) == "key_unreadable"


class TestRoster:
    """Who is who, in a file for people."""

    def test_it_reads_back_as_it_was_written(self, folder: Folder) -> None:
        roster = folder.roster_file()
        assert parse_roster(roster.text(), folder.roster_path) == roster
        assert roster.roster(WORLD).host_of(TOWN) == NODE
        assert roster.roster(WORLD).grants == {
            Grant(owner=owner, node=NODE, epoch=1) for owner in (TOWN, AREA)
        }

    def test_nodes_that_are_introduced_know_each_other(
        self, folder: Folder, tmp_path: Path
    ) -> None:
        other = Folder(tmp_path / "other")
        roster = found_node(
            other,
            WORLD,
            NodeId("west"),
            hosts=[OrganisationId("western")],
            areas=[],
            catalogue=catalogue(),
        )
        here, there = introduce(folder.roster_file(), roster)
        assert here.node == NODE
        assert set(here.roster(WORLD).peers) == set(there.roster(WORLD).peers) == {NODE, "west"}

    @pytest.mark.parametrize(
        "fault",
        [
            "node = ",
            "",
            'node = "Nord"',
            'node = "n"\nsecret = 1',
            'node = "n"\n[[peer]]\nnode = "p"\nhears = ["everyone"]',
            'node = "n"\n[[peer]]\nnode = "p"\nkeys = { real = "abc" }',
            'node = "n"\n[[grant]]\nowner = "o"\nnode = "n"\nepoch = "first"',
        ],
    )
    def test_a_fault_in_it_is_named_and_stops_the_opening(self, folder: Folder, fault: str) -> None:
        folder.roster_path.write_text(fault, encoding="utf-8")
        with pytest.raises(Halt) as halted:
            opened(folder)
        assert code_of(halted) == "roster_unreadable"
        assert isinstance(halted.value.refused, Refused)
