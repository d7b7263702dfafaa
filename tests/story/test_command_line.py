# SPDX-License-Identifier: Apache-2.0
"""A node's life by the real command line: made, damaged, backed up while writing, restored."""

from pathlib import Path

import pytest

from bavn.capabilities.operations.decisions import NoteIncident
from bavn.journal.decision import Done, Request
from bavn.journal.strike import EraseKey
from bavn.kernel.identity import REAL, Subject
from bavn.kernel.mandate import Actor
from bavn.kernel.private import Private
from bavn.node.wiring import catalogue
from bavn.runtime.folder import Folder
from bavn.runtime.opened import Opened, open_to_write
from tests.story.writers import SERVICE, Writing, bavn, made_node

# Each step is a process of its own, as it is for people.
pytestmark = [pytest.mark.story, pytest.mark.slow]

TEXT = "beboeren på første sal går dårligt"


def opened(data: Path) -> Opened:
    return open_to_write(Folder(data), REAL, catalogue())


def asked(data: Path, content: object) -> None:
    actor = Actor(organisation=SERVICE, function="duty_officer")
    with opened(data) as node:
        (outcome,) = node.journal.commit([Request(owner=SERVICE, actor=actor, content=content)])  # type: ignore[arg-type]
        assert isinstance(outcome, Done), outcome


def flip(path: Path, text: bytes) -> None:
    """Flip a bit in a text wherever it stands: pages also keep stale copies that nobody reads."""
    raw = path.read_bytes()
    assert text in raw
    flipped = bytearray(text)
    flipped[-2] ^= 1
    path.write_bytes(raw.replace(text, bytes(flipped)))


def test_made_damaged_backed_up_while_writing_and_restored(tmp_path: Path) -> None:
    data = made_node(tmp_path / "node")
    place = ["--data", data]

    with Writing(data, REAL, 1) as writing:
        writing.until(40)
        writing.kill()
    assert bavn("verify", *place).code == 0
    assert bavn("rebuild", *place).code == 0

    journal = Folder(data).journal_path(REAL)
    whole = journal.read_bytes()
    flip(journal, b'"about":["incident:R3"]')
    damaged = bavn("verify", *place)
    assert damaged.code == 1
    assert "FEJL  nordjylland/1/" in damaged.out
    journal.write_bytes(whole)
    assert bavn("verify", *place, "--lang", "en").out.startswith("In order")

    copy, keys = tmp_path / "copy", tmp_path / "keys"
    with Writing(data, REAL, 10_000) as writing:
        writing.until(40)
        before = len(writing.acknowledged)
        assert bavn("backup", *place, copy, "--keys-to", keys).code == 0
        writing.until(before + 40)
        acknowledged = writing.kill()[:before]

    restored = bavn("restore", *place, copy)
    assert restored.code == 0, restored
    assert "set-aside-" in restored.out
    assert bavn("verify", *place).code == 0
    held = bavn("doctor", *place)
    assert held.code == 1
    assert "Reaktioner holdes tilbage" in held.out
    assert bavn("resume", *place).code == 0
    assert bavn("verify", *place).code == 0
    assert bavn("doctor", *place).code == 0
    with opened(data) as node:
        assert node.journal.record.incarnation > 1
        refs = {row.ref for row in node.journal.record.store.all_refs()}
    assert {str(number) for number in acknowledged} <= refs


def test_an_erased_text_stays_gone_when_an_older_backup_is_restored(tmp_path: Path) -> None:
    data = made_node(tmp_path / "node")
    with Writing(data, REAL, 1) as writing:
        writing.until(8)
        writing.kill()
    asked(data, NoteIncident(incident="R1", text=Private(TEXT)))
    copy, keys = tmp_path / "copy", tmp_path / "keys"
    assert bavn("backup", "--data", data, copy, "--keys-to", keys).code == 0

    with opened(data) as node:
        key = node.keys.key(f"{SERVICE}/incident:R1")
    assert key is not None
    asked(data, EraseKey(subject=Subject("incident:R1"), ground="retention"))
    restored = bavn("restore", "--data", data, copy, "--keys", keys)
    assert restored.code == 0, restored
    assert bavn("verify", "--data", data).code == 0

    files = [path for path in data.rglob("*") if path.is_file()]
    assert [path for path in files if key in path.read_bytes()] == []
    assert [path for path in files if TEXT.encode() in path.read_bytes()] == []

    refused = bavn("restore", "--data", tmp_path / "new", copy, "--keys", keys)
    assert refused.code == 2
    assert "--no-later-erasures" in refused.err


@pytest.mark.requirement("E0.1")
def test_two_nodes_go_on_through_a_cut_and_a_kill_and_agree_again(tmp_path: Path) -> None:
    told = bavn("demo", "--record", "--fast", "--lang", "en", "--data", tmp_path / "demo")
    assert told.code == 0, told
    assert "Alike" in told.out
    for node in ("nordjylland", "nation"):
        assert bavn("verify", "--data", tmp_path / "demo" / node, "--world", "demo").code == 0
    again = bavn("demo", "--record", "--fast", "--data", tmp_path / "demo")
    assert again.code == 2
