# SPDX-License-Identifier: Apache-2.0
"""What lies beside the record is in the backup of the keys, and comes back where it is missing."""

import io
import sqlite3
import tarfile
from contextlib import closing
from pathlib import Path

import pytest

from bavn.runtime import restore as restoring
from bavn.runtime.backup import back_up
from bavn.runtime.beside import NAME, put_back
from bavn.runtime.folder import Folder
from bavn.runtime.halt import Halt
from bavn.runtime.manifest import Manifest
from bavn.runtime.restore import Restored, Sources
from tests.lilleland.vocabulary import catalogue
from tests.runtime.folders import WORLD, fire, founded, opened

SETTINGS, POLICY, LINE = "oidc.toml", "mandates/own.cedar", "keys/line.nk"
ACCOUNTS = f"worlds/{WORLD}/access.db"
KEPT = {SETTINGS: b"secret = 1\n", POLICY: b"permit();", LINE: b"key", "later/part.bin": b"\x00"}
# Rows that name people for some days.
FEEDS = f"worlds/{WORLD}/feeds.db"
# Of this machine alone, of another world, or made again by a command.
LEFT = ("reserve", "addresses.db", "worlds/other/past.db", "slips/1.html", "server.log", FEEDS)


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    found = founded(tmp_path / "node")
    with opened(found) as node:
        node.journal.commit([fire(1)])
    for name, raw in {**KEPT, **dict.fromkeys(LEFT, b"left")}.items():
        (found.path / name).parent.mkdir(parents=True, exist_ok=True)
        (found.path / name).write_bytes(raw)
    return found


def backed_up(folder: Folder, to: Path) -> Manifest:
    return back_up(folder, WORLD, to / "copy", catalogue(), to / "copied-keys")


def restored(into: Path, to: Path) -> Restored:
    sources = Sources(record=to / "copy", keys=to / "copied-keys", no_later_erasures=True)
    return restoring.restore(Folder(into), WORLD, sources, catalogue())


def accounts(path: Path) -> list[str]:
    with closing(sqlite3.connect(path)) as database:
        return [row[0] for row in database.execute("SELECT name FROM account")]


@pytest.mark.requirement("E0.1")
def test_a_new_machine_has_accounts_settings_and_own_policies_again(
    folder: Folder, tmp_path: Path
) -> None:
    with closing(sqlite3.connect(folder.path / ACCOUNTS)) as writing:
        # Written while it is copied: what stands in the log alone goes along.
        writing.execute("PRAGMA journal_mode=wal")
        writing.execute("CREATE TABLE account (name)")
        writing.execute("INSERT INTO account VALUES ('vagt')")
        writing.commit()
        backed_up(folder, tmp_path)
    found = restored(tmp_path / "new", tmp_path)
    new = tmp_path / "new"
    assert {str(path.relative_to(new)) for path in found.placed} == {*KEPT, ACCOUNTS}
    assert found.stays == ()
    for name, raw in KEPT.items():
        assert (new / name).read_bytes() == raw
        assert (new / name).stat().st_mode & 0o077 == 0
    assert accounts(new / ACCOUNTS) == ["vagt"]
    assert [name for name in LEFT if (new / name).exists()] == []


def test_what_is_there_stays_as_it_is(folder: Folder, tmp_path: Path) -> None:
    backed_up(folder, tmp_path)
    (folder.path / SETTINGS).write_bytes(b"newer")
    (folder.path / POLICY).unlink()
    found = restored(folder.path, tmp_path)
    assert (folder.path / SETTINGS).read_bytes() == b"newer"
    assert folder.path / SETTINGS in found.stays
    assert found.placed == (folder.path / POLICY,)


def test_nothing_of_it_lies_beside_the_record_alone(folder: Folder, tmp_path: Path) -> None:
    backed_up(folder, tmp_path)
    assert {path.name for path in (tmp_path / "copy").iterdir()} == {
        "journal.db",
        "node.toml",
        "manifest.json",
    }


def test_a_database_that_is_broken_costs_nothing_else(folder: Folder, tmp_path: Path) -> None:
    broken = b"SQLite format 3\x00 and then nothing"
    (folder.path / ACCOUNTS).write_bytes(broken)
    backed_up(folder, tmp_path)
    restored(tmp_path / "new", tmp_path)
    assert (tmp_path / "new" / ACCOUNTS).read_bytes() == broken
    assert (tmp_path / "new" / SETTINGS).read_bytes() == KEPT[SETTINGS]


def test_one_that_was_changed_is_refused(folder: Folder, tmp_path: Path) -> None:
    backed_up(folder, tmp_path)
    kept = tmp_path / "copied-keys" / NAME
    kept.write_bytes(kept.read_bytes().replace(b"secret = 1", b"secret = 2"))
    with pytest.raises(Halt):
        restored(tmp_path / "new", tmp_path)
    assert not (tmp_path / "new" / SETTINGS).exists()


@pytest.mark.parametrize("name", ["../out", "/tmp/bavn-out", "a/../../out"])  # noqa: S108
def test_nothing_is_written_outside_the_folder(tmp_path: Path, name: str) -> None:
    kept = tmp_path / NAME
    with tarfile.open(kept, "w") as archive:
        for each in (name, "inside"):
            member = tarfile.TarInfo(each)
            member.size = 1
            archive.addfile(member, io.BytesIO(b"x"))
        link = tarfile.TarInfo("link")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc"
        archive.addfile(link)
    folder = tmp_path / "node"
    folder.mkdir()
    placed, _ = put_back(Folder(folder), kept)
    assert placed == [folder / "inside"]
    assert sorted(path.name for path in tmp_path.iterdir()) == [NAME, "node"]
