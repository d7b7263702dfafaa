# SPDX-License-Identifier: Apache-2.0
"""The vault: private texts are sealed, opened for who may read them, and erased for good."""

import shutil
from dataclasses import replace
from pathlib import Path
from random import Random

import apsw
import msgspec
import pytest

from bavn.journal.decision import Done, Failed
from bavn.journal.fact import Sealed
from bavn.journal.kept import SEALED
from bavn.journal.reader import NOBODY, Reader
from bavn.journal.store import StoreFull
from bavn.journal.strike import EraseKey, StrikeFact
from bavn.journal.vault import Gone, key_name
from bavn.kernel.identity import OrganisationId, Subject
from bavn.kernel.private import Private
from bavn.kernel.refusal import BrokenPromise, Refused
from bavn.runtime.vault_keys import KEY_BYTES, FileKeys
from tests.journal.faulty import copy_at_rest, fail
from tests.journal.segments import facts_of
from tests.lilleland.nodes import EAST, EASTERN, EASTTOWN, HARBOUR, Node, Settings, request
from tests.lilleland.vocabulary import Note, Noted, catalogue

TEXT = "Mrs. A., third floor"
ITS_OWNER = Reader(organisations=frozenset({EASTERN}), personal=True)
ERASE = request(EASTERN, EraseKey(subject=Subject("fire:1"), ground="retention"))
NAME = key_name(EASTERN, "fire:1")


def note(text: str = TEXT, fire: str = "1") -> Note:
    return Note(fire=fire, mark="m", text=Private(text))


def noted(node: Node, text: str = TEXT, fire: str = "1") -> Sealed:
    """Give what stands in the fact in place of a text."""
    node.done(request(EASTERN, note(text, fire)))
    body = msgspec.json.decode(facts_of(node)[-1].body, type=Noted)
    assert body.text is not None
    return body.text


def opened(node: Node, sealed: Sealed) -> str | Gone | Refused:
    text = node.journal.query.reveal(ITS_OWNER, EASTERN, sealed)
    return text.reveal() if isinstance(text, Private) else text


def bytes_of(folder: Path, pattern: str = "*") -> bytes:
    return b"".join(path.read_bytes() for path in sorted(folder.glob(pattern)))


# Sealing and opening


def test_a_sealed_text_opens_again_also_after_a_restart(tmp_path: Path) -> None:
    node = Node(EAST, str(tmp_path))
    sealed = noted(node)
    assert opened(node, sealed) == TEXT
    node.close()
    assert opened(Node(EAST, str(tmp_path)), sealed) == TEXT


def test_a_sealed_text_is_in_no_file_and_no_fact(tmp_path: Path) -> None:
    node = Node(EAST, str(tmp_path))
    noted(node)
    node.done(request(EASTERN, StrikeFact(fact=facts_of(node)[0].id, reason=Private("Mr. B."))))
    for secret in (b"Mrs. A.", b"Mr. B."):
        assert secret not in bytes_of(tmp_path)


def test_one_text_sealed_twice_is_two_ciphertexts() -> None:
    node = Node(EAST)
    assert noted(node).sealed != noted(node).sealed


@pytest.mark.parametrize(
    ("reader", "may"),
    [
        (ITS_OWNER, True),
        (Reader(organisations=frozenset({EASTERN})), False),
        (Reader(organisations=frozenset({EASTTOWN}), personal=True), False),
        (Reader(areas=frozenset({EASTERN}), personal=True), False),
        (NOBODY, False),
    ],
)
def test_a_text_opens_for_a_reader_of_its_owner_who_may_read_personal_data(
    reader: Reader,
    may: bool,
) -> None:
    node = Node(EAST)
    answer = node.journal.query.reveal(reader, EASTERN, noted(node))
    assert isinstance(answer, Private if may else Refused)
    if isinstance(answer, Refused):
        assert answer.code == "not_for_this_reader"


def test_another_owners_text_does_not_open_under_ones_own_name() -> None:
    node = Node(EAST)
    theirs = noted(node)
    mine = Reader(organisations=frozenset({EASTTOWN}), personal=True)
    assert node.journal.query.reveal(mine, EASTTOWN, theirs) is Gone.NOT_HERE


@pytest.mark.parametrize(
    "change",
    [
        {"key": f"{EASTERN}/fire:2"},
        {"sealed": "0" * 64},
        {"ciphertext": b""},
        {"ciphertext": b"x" * 60},
    ],
)
def test_a_text_that_was_moved_or_changed_does_not_open(change: dict[str, str | bytes]) -> None:
    node = Node(EAST)
    sealed = noted(node)
    noted(node, "other", fire="2")  # so that there is another key
    (row,) = node.store.rows(SEALED, {"sealed": sealed.sealed})
    moved = {**row, **change}
    told = Sealed(sealed=str(moved["sealed"]), key=str(moved["key"]))
    assert node.journal.vault.open(row, sealed) == Private(TEXT)
    assert node.journal.vault.open(moved, told) is Gone.DAMAGED


def test_a_damaged_or_missing_ciphertext_is_named_by_verify() -> None:
    node = Node(EAST)
    first, second = noted(node), noted(node)
    (row,) = node.store.rows(SEALED, {"sealed": first.sealed})
    node.store.put(SEALED, [{**row, "ciphertext": b"\0" * 60}])
    node.store.remove(SEALED, [(second.sealed,)])
    assert opened(node, first) is Gone.DAMAGED
    assert opened(node, second) is Gone.NOT_HERE
    assert {fault.where for fault in node.journal.verify()} == {
        f"sealed {first.sealed[:16]}",
        f"sealed {second.sealed[:16]}",
    }


def test_a_key_that_is_lost_but_not_erased_is_named_by_verify(tmp_path: Path) -> None:
    node = Node(EAST, str(tmp_path))
    sealed = noted(node)
    node.close()
    for path in tmp_path.glob("keys.db*"):
        path.unlink()
    again = Node(EAST, str(tmp_path))
    assert opened(again, sealed) is Gone.NOT_HERE
    (fault,) = again.journal.verify()
    assert NAME in fault.says


def test_no_key_is_kept_of_what_was_not_told(tmp_path: Path) -> None:
    node = Node(EAST, str(tmp_path))
    fail(node, commit=StoreFull("full"))
    assert isinstance(node.ask(request(EASTERN, note())), Refused)
    assert node.store.rows(SEALED, {}) == []
    assert opened(node, noted(node)) == TEXT


def test_keys_are_on_disk_before_what_they_sealed(tmp_path: Path) -> None:
    node = Node(EAST, str(tmp_path))
    sealed = noted(node)
    # A crash: what is on disk now is all there is.
    crashed = copy_at_rest(tmp_path, tmp_path.with_name("crashed"))
    assert opened(Node(EAST, str(crashed)), sealed) == TEXT
    shutil.rmtree(crashed)


# Erasing


@pytest.mark.requirement("E9.1")
def test_an_erased_text_is_unreadable_everywhere_and_the_erasure_is_on_record() -> None:
    node, peer = Node(EAST), Node(HARBOUR)
    sealed, other = noted(node), noted(node, "other", fire="2")
    node.done(ERASE)
    assert opened(node, sealed) is Gone.ERASED
    assert opened(node, other) == "other"
    assert [fact.kind for fact in facts_of(node)][-1] == "journal.key_erased"
    assert list(node.journal.verify()) == []
    peer.hear(node)
    assert facts_of(peer) == []


def test_only_a_decision_that_is_marked_so_erases() -> None:
    made = catalogue()
    made.decisions[EraseKey] = replace(made.decisions[EraseKey], erases=False)
    node = Node(EAST, settings=Settings(catalogue=made))
    sealed = noted(node)
    answer = node.ask(ERASE)
    assert isinstance(answer, Failed)
    assert isinstance(answer.error, BrokenPromise)
    assert opened(node, sealed) == TEXT


def test_an_erased_name_gets_no_new_key() -> None:
    node = Node(EAST)
    noted(node)
    node.done(ERASE)
    answer = node.ask(request(EASTERN, note("again")))
    assert isinstance(answer, Failed | Refused)
    with pytest.raises(BrokenPromise):
        node.keys.make(NAME)
    assert isinstance(node.ask(request(EASTERN, note("again", fire="2"))), Done)


def test_an_erasure_may_be_asked_again_and_before_there_is_a_key() -> None:
    node = Node(EAST)
    node.done(ERASE)
    noted(node, fire="2")
    node.done(ERASE)
    assert node.keys.erased() == [NAME]
    assert list(node.journal.verify()) == []


def test_an_owner_erases_its_own_keys_only() -> None:
    node = Node(EAST)
    sealed = noted(node)
    node.done(request(EASTTOWN, EraseKey(subject=Subject("fire:1"), ground="retention")))
    assert opened(node, sealed) == TEXT


def test_a_refused_erasure_erases_nothing() -> None:
    node = Node(EAST)
    sealed = noted(node)
    fail(node, commit=StoreFull("full"))
    assert isinstance(node.ask(ERASE), Refused)
    assert opened(node, sealed) == TEXT
    elsewhere = request(OrganisationId("western"), ERASE.content)
    assert isinstance(node.ask(elsewhere), Refused)
    assert opened(node, sealed) == TEXT


def test_an_erasure_that_a_crash_came_before_is_done_at_the_next_start(tmp_path: Path) -> None:
    node = Node(EAST, str(tmp_path))
    sealed = noted(node)
    key = node.keys.key(NAME)
    assert key is not None
    before = copy_at_rest(tmp_path, tmp_path.with_name("keys-before"))
    node.done(ERASE)
    node.close()
    # The commit reached the disk, the destruction of the key did not.
    for path in tmp_path.glob("keys.db*"):
        path.unlink()
    for path in before.glob("keys.db*"):
        shutil.copy(path, tmp_path)
    shutil.rmtree(before)
    again = Node(EAST, str(tmp_path))
    assert opened(again, sealed) is Gone.ERASED
    assert key not in bytes_of(tmp_path)


def test_a_backup_of_the_keys_from_before_brings_no_erased_text_back(tmp_path: Path) -> None:
    node = Node(EAST, str(tmp_path))
    sealed = noted(node)
    backup = copy_at_rest(tmp_path, tmp_path.with_name("backup"))
    node.done(ERASE)
    node.close()
    for path in backup.glob("keys.db*"):
        shutil.copy(path, tmp_path)
    shutil.rmtree(backup)
    assert opened(Node(EAST, str(tmp_path)), sealed) is Gone.ERASED


# The key file


def keys_in(folder: Path, seed: int = 1) -> FileKeys:
    return FileKeys(str(folder / "keys.db"), Random(seed).randbytes)


@pytest.mark.parametrize("count", [1, 2, 200])
@pytest.mark.parametrize("restart", [True, False])
def test_the_bytes_of_an_erased_key_are_in_no_file_of_the_folder(
    tmp_path: Path, count: int, restart: bool
) -> None:
    # Names come in no order, so pages are split and keys are moved between them.
    names = [f"east/{Random(n).randbytes(8).hex()}" for n in range(count)]
    keys = keys_in(tmp_path)
    made: dict[str, bytes] = {}
    for start in range(0, count, 10):
        made |= {name: keys.make(name) for name in names[start : start + 10]}
        keys.flush()
    if restart:
        keys.close()
        keys = keys_in(tmp_path, seed=2)
    gone, kept = names[::2], names[1::2]
    for name in gone:
        keys.erase(name)
    on_disk = bytes_of(tmp_path)
    assert [name for name in gone if made[name] in on_disk] == []
    assert [name for name in kept if keys.key(name) != made[name]] == []
    assert keys.erased() == sorted(gone)
    keys.close()


@pytest.mark.parametrize("cut_after", [1, 2])
def test_an_erasure_that_was_cut_off_half_way_is_finished_by_the_next(
    tmp_path: Path, cut_after: int
) -> None:
    keys = keys_in(tmp_path)
    secret = keys.make("east/a")
    keys.flush()
    # What `erase` writes, up to where the power went.
    other = apsw.Connection(str(tmp_path / "keys.db"))
    other.pragma("secure_delete", value=True)
    statements: list[str] = [
        "INSERT INTO erased VALUES ('east/a')",
        "DELETE FROM key WHERE name = 'east/a'",
    ]
    for statement in statements[:cut_after]:
        other.execute(statement)
    crashed = copy_at_rest(tmp_path, tmp_path.with_name("crashed"))
    again = keys_in(crashed)
    again.erase("east/a")
    assert again.key("east/a") is None
    assert secret not in bytes_of(crashed)
    for connection in (keys, other, again):
        connection.close()
    shutil.rmtree(crashed)


def test_a_key_is_made_once_and_stays(tmp_path: Path) -> None:
    keys = keys_in(tmp_path)
    assert keys.key("east/a") is None
    key = keys.make("east/a")
    assert len(key) == KEY_BYTES
    assert keys.make("east/a") == key
    assert keys.make("east/b") != key
    keys.flush()
    repeat_key = keys.repeat_key()
    keys.close()
    again = keys_in(tmp_path, seed=2)
    assert (again.key("east/a"), again.repeat_key()) == (key, repeat_key)


def test_a_key_that_was_not_flushed_is_not_there_after_a_crash(tmp_path: Path) -> None:
    keys = keys_in(tmp_path)
    keys.make("east/a")
    assert keys_in(tmp_path, seed=2).key("east/a") is None


def test_a_text_told_in_the_group_of_its_erasure_is_not_done_and_lost() -> None:
    node = Node(EAST)
    noted(node)
    _, after = node.journal.commit([ERASE, request(EASTERN, note("new"))])
    facts = [fact for fact in facts_of(node) if fact.kind == "lilleland.noted"]
    told = isinstance(after, Done)
    assert told == (len(facts) == 2)
    if told:
        body = msgspec.json.decode(facts[-1].body, type=Noted)
        assert body.text is not None
        assert opened(node, body.text) == "new"
