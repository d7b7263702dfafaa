# SPDX-License-Identifier: Apache-2.0
"""Joining: an invitation is accepted when all of it is true; else nothing is written."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
from nacl.signing import SigningKey

from bavn.journal.journal import Journal
from bavn.kernel.audience import area
from bavn.kernel.identity import NodeId, OrganisationId, World
from bavn.kernel.refusal import Refused
from bavn.runtime import clock
from bavn.runtime.folder import Folder
from bavn.runtime.founding import found_node
from bavn.runtime.halt import Halt
from bavn.runtime.joining.accepting import join
from bavn.runtime.joining.beginning import found_root
from bavn.runtime.joining.invitation import (
    Invitation,
    fingerprint_of,
    proof_texts,
    read_invitation,
    sign_invitation,
)
from bavn.runtime.joining.inviting import Guest, invite
from bavn.runtime.joining.keys import replace_stolen_key, revoke_key, roll_key
from bavn.runtime.opened import Opened, open_to_write
from bavn.runtime.peers.lines_file import LineEntry, read_lines_file
from tests.lilleland.nodes import request
from tests.lilleland.vocabulary import ReportFire, catalogue

WORLD = World("lilleland")
NATION, EAST, HARBOUR = map(NodeId, ("nation", "east", "harbour"))
AGENCY, EASTERN, PORT = map(OrganisationId, ("agency", "eastern", "port"))
LINES = (LineEntry(kind="nats", url="tls://beredskab.example.dk:7422"),)
DAY = timedelta(days=1)


@dataclass(frozen=True)
class House:
    """A folder for each node, and what they hand each other."""

    path: Path

    def folder(self, node: str) -> Folder:
        return Folder(self.path / node)

    def opened(self, node: str) -> Opened:
        return open_to_write(self.folder(node), WORLD, catalogue())

    def key(self, node: str) -> str:
        return self.folder(node).signing_key(WORLD).verify_key.encode().hex()

    def rolled(
        self, node: str, how: Callable[[Folder, Journal], SigningKey] = roll_key
    ) -> SigningKey:
        """Have a node sign with another key."""
        with self.opened(node) as opened:
            return how(self.folder(node), opened.journal)

    def fingerprint(self) -> str:
        return fingerprint_of({NATION: self.key(NATION)})

    def invited(self, node: NodeId, parent: str, **given: Any) -> Path:
        """Have a parent invite a node, and give the file."""
        guest = guest_of(node, self.key(node), **given)
        with self.opened(parent) as opened:
            invitation = invite(opened.journal, guest, clock.now())
            raw = sign_invitation(invitation, opened.journal.record.identity.key)
        path = self.path / f"{node}.json"
        path.write_bytes(raw)
        return path

    def join(self, node: str, path: Path, **given: Any) -> tuple[Invitation, bool]:
        typed = given.get("fingerprint", self.fingerprint())
        now = given.get("now", clock.now())
        return join(self.folder(node), WORLD, path, typed, now)


def guest_of(node: NodeId, key: str, **given: Any) -> Guest:
    hosts = {EAST: (EASTERN,), HARBOUR: (PORT,)}
    fields: dict[str, Any] = {
        "hosts": hosts[node],
        "hears": (area(EASTERN),),
        "under": (PORT,) if node == EAST else (),
        "valid_from": clock.now() - DAY,
        "valid_to": None,
        "lines": LINES,
    }
    return Guest(node=node, key=key, **{**fields, **given})


@pytest.fixture
def house(tmp_path: Path) -> House:
    house = House(tmp_path)
    parts = catalogue()
    found_root(house.folder(NATION), WORLD, NATION, hosts=[AGENCY], areas=[], catalogue=parts)
    for node in (EAST, HARBOUR):
        found_node(house.folder(node), WORLD, node, hosts=[], areas=[], catalogue=parts)
    return house


def code_of(work: Callable[[], object]) -> str:
    with pytest.raises(Halt) as halted:
        work()
    return halted.value.refused.code


def hear(house: House, hearer: str, teller: str) -> int:
    """Let one hear all that another may tell it; how many entries were new."""
    applied = 0
    with house.opened(hearer) as here, house.opened(teller) as there:
        while segments := there.journal.offer(NodeId(hearer), here.journal.have()):
            before = applied
            for segment in segments:
                applied += getattr(here.journal.merge(segment), "applied", 0)
            if applied == before:
                break
    return applied


def changed(path: Path, key: SigningKey | None = None, **fields: Any) -> Path:
    """Change an invitation, signed anew where a key is given."""
    read = read_invitation(path)
    other = msgspec.structs.replace(read.invitation, **fields)
    if key is not None:
        path.write_bytes(sign_invitation(other, key))
    else:
        raw = msgspec.json.encode(
            {"invitation": msgspec.to_builtins(other), "signature": read.signature.hex()}
        )
        path.write_bytes(raw)
    return path


@pytest.mark.requirement("E0.1")
def test_a_country_joins_and_every_node_knows_who_is_who(house: House) -> None:
    invitation, before = house.join(EAST, house.invited(EAST, NATION))
    assert (invitation.parent, before) == (NATION, False)
    # East invites in turn, as soon as it has heard what proves that it was invited itself.
    assert code_of(lambda: house.invited(HARBOUR, EAST)) == "not_proven_yet"
    hear(house, EAST, NATION)
    house.join(HARBOUR, house.invited(HARBOUR, EAST))
    with house.opened(HARBOUR) as harbour:
        roster = harbour.journal.record.roster
        assert roster.roots == {NATION}
        assert (roster.parent_of(HARBOUR), roster.parent_of(EAST)) == (EAST, NATION)
        assert [roster.host_of(each) for each in (AGENCY, EASTERN, PORT)] == [
            NATION,
            EAST,
            HARBOUR,
        ]
        assert roster.may_hear(HARBOUR, area(EASTERN))
        fire = ReportFire(fire="1", what="fire", area=EASTERN)
        harbour.journal.commit([request(PORT, fire)])
    assert read_lines_file(house.folder(HARBOUR).path).line == LINES
    # The nation hears of the harbour by facts, and then the harbour itself, passed on by east.
    for hearer, teller in ((EAST, HARBOUR), (NATION, EAST), (NATION, EAST)):
        hear(house, hearer, teller)
    with house.opened(NATION) as nation:
        assert nation.journal.record.roster.host_of(PORT) == HARBOUR
        assert nation.journal.record.store.rows(_seen(nation), {}) != []
        assert list(nation.journal.verify()) == []


def _seen(opened: Opened) -> Any:
    return opened.journal.record.views.tables["fire_seen"]


def test_joined_twice_is_harmless(house: House) -> None:
    path = house.invited(EAST, NATION)
    house.join(EAST, path)
    folder = house.folder(EAST)
    before = folder.roster_path.read_bytes()
    (folder.path / "lines.toml").write_text("", encoding="utf-8")
    _, again = house.join(EAST, path)
    assert again
    assert folder.roster_path.read_bytes() == before
    assert read_lines_file(folder.path).line == ()


def test_invited_twice_nothing_is_stated_twice(house: House) -> None:
    house.invited(EAST, NATION)
    with house.opened(NATION) as nation:
        told = nation.journal.record.position
    path = house.invited(EAST, NATION)
    with house.opened(NATION) as nation:
        assert nation.journal.record.position == told
    house.join(EAST, path)


@dataclass(frozen=True)
class Lie:
    """What is wrong with an invitation, and the refusal that says so."""

    code: str
    change: Callable[[House, Path], Path] = lambda _house, path: path
    given: Callable[[House], dict[str, Any]] = lambda _house: {}
    join: Callable[[House], dict[str, Any]] = lambda _house: {}


THIEF = SigningKey(bytes(32))


def _thiefs_root(_house: House, path: Path) -> Path:
    return changed(path, THIEF, roots={NATION: THIEF.verify_key.encode().hex()})


def _without_proof(house: House, path: Path) -> Path:
    return changed(path, house.folder(NATION).signing_key(WORLD), proof=())


def _flipped(_house: House, path: Path) -> Path:
    raw = path.read_bytes()
    # One sign of a line, within what is signed.
    assert raw.count(b"beredskab.example.dk") == 1
    path.write_bytes(raw.replace(b"beredskab.example.dk", b"beredskab.example.de"))
    return path


def _shortened(_house: House, path: Path) -> Path:
    path.write_bytes(path.read_bytes()[:-20])
    return path


LIES = {
    "signed by another": Lie("invitation_not_signed", lambda _, path: changed(path, THIEF)),
    "changed after it was signed": Lie(
        "invitation_not_signed", lambda _, path: changed(path, lines=())
    ),
    "a sign of it changed on the way": Lie("invitation_not_signed", _flipped),
    "cut short": Lie("invitation_unreadable", _shortened),
    "not there": Lie("invitation_unreadable", lambda _, path: path.with_name("none.json")),
    "a proof that is none": Lie(
        "invitation_unreadable", lambda _, path: changed(path, proof=("rubbish",))
    ),
    "without a proof": Lie("not_invited", _without_proof),
    "another root": Lie("wrong_root", _thiefs_root),
    "a fingerprint that was heard wrong": Lie(
        "wrong_root", join=lambda _: {"fingerprint": "0" * 32}
    ),
    "no fingerprint": Lie("fingerprint_needed", join=lambda _: {"fingerprint": None}),
    "run out": Lie(
        "invitation_expired",
        given=lambda _: {"valid_to": clock.now() + DAY},
        join=lambda _: {"now": clock.now() + 2 * DAY},
    ),
    "not yet valid": Lie("invitation_too_early", given=lambda _: {"valid_from": clock.now() + DAY}),
    "another key of ours": Lie(
        "invitation_for_another_key", given=lambda _: {"key": THIEF.verify_key.encode().hex()}
    ),
}


@pytest.mark.requirement("E9.1")
@pytest.mark.parametrize("what", LIES)
def test_what_is_not_true_of_an_invitation_is_refused_and_nothing_is_written(
    house: House, what: str
) -> None:
    lie = LIES[what]
    given = lie.given(house)
    if "key" in given:
        with house.opened(NATION) as opened:
            guest = guest_of(EAST, given["key"])
            invitation = invite(opened.journal, guest, clock.now())
            raw = sign_invitation(invitation, opened.journal.record.identity.key)
        path = house.path / "east.json"
        path.write_bytes(raw)
    else:
        path = house.invited(EAST, NATION, **given)
    path = lie.change(house, path)
    folder = house.folder(EAST)
    before = folder.roster_path.read_bytes()
    assert code_of(lambda: house.join(EAST, path, **lie.join(house))) == lie.code
    assert folder.roster_path.read_bytes() == before
    assert not (folder.path / "lines.toml").exists()


def test_another_nodes_invitation_is_refused(house: House) -> None:
    path = house.invited(EAST, NATION)
    assert code_of(lambda: house.join(HARBOUR, path)) == "invitation_for_another"


def test_a_parent_that_nobody_above_vouches_for_is_refused(house: House) -> None:
    # A node that made itself a root, and hands out the true root's key.
    stranger = House(house.path / "stranger")
    parts = catalogue()
    found_root(
        stranger.folder("west"), WORLD, NodeId("west"), hosts=[AGENCY], areas=[], catalogue=parts
    )
    guest = guest_of(EAST, house.key(EAST))
    with stranger.opened("west") as west:
        invitation = invite(west.journal, guest, clock.now())
        key = west.journal.record.identity.key
    forged = msgspec.structs.replace(invitation, roots={NATION: house.key(NATION)})
    path = house.path / "forged.json"
    path.write_bytes(sign_invitation(forged, key))
    assert code_of(lambda: house.join(EAST, path)) == "invitation_not_signed"


def test_a_parent_whose_key_was_revoked_invites_nobody(house: House) -> None:
    house.join(EAST, house.invited(EAST, NATION))
    hear(house, EAST, NATION)
    path = house.invited(HARBOUR, EAST)
    with house.opened(NATION) as nation:
        revoke_key(nation.journal, EAST, None, None)
        segments = nation.journal.offer(EAST, {})
    proof = (*read_invitation(path).invitation.proof, *proof_texts(segments))
    key = house.folder(EAST).signing_key(WORLD)
    assert code_of(lambda: house.join(HARBOUR, changed(path, key, proof=proof))) == (
        "invitation_not_signed"
    )


def test_a_node_does_not_join_a_second_federation(house: House) -> None:
    house.join(EAST, house.invited(EAST, NATION))
    other = House(house.path / "other")
    found_root(other.folder(NATION), WORLD, NATION, hosts=[AGENCY], areas=[], catalogue=catalogue())
    guest = guest_of(EAST, house.key(EAST))
    with other.opened(NATION) as nation:
        raw = sign_invitation(
            invite(nation.journal, guest, clock.now()), nation.journal.record.identity.key
        )
    path = house.path / "second.json"
    path.write_bytes(raw)
    typed = other.fingerprint()
    assert code_of(lambda: house.join(EAST, path, fingerprint=typed)) == "joined_elsewhere"


def test_what_a_node_hosts_that_it_is_not_invited_to_keeps_it_from_joining(tmp_path: Path) -> None:
    house = House(tmp_path)
    parts = catalogue()
    found_root(house.folder(NATION), WORLD, NATION, hosts=[AGENCY], areas=[], catalogue=parts)
    found_node(house.folder(EAST), WORLD, EAST, hosts=[PORT], areas=[], catalogue=parts)
    path = house.invited(EAST, NATION)
    assert code_of(lambda: house.join(EAST, path)) == "hosting_not_granted"


def test_a_node_that_worked_alone_joins_with_all_that_it_told(tmp_path: Path) -> None:
    house = House(tmp_path)
    parts = catalogue()
    found_root(house.folder(NATION), WORLD, NATION, hosts=[AGENCY], areas=[], catalogue=parts)
    found_node(house.folder(EAST), WORLD, EAST, hosts=[EASTERN], areas=[], catalogue=parts)
    fire = ReportFire(fire="1", what="fire", area=EASTERN)
    with house.opened(EAST) as east:
        east.journal.commit([request(EASTERN, fire)])
    house.join(EAST, house.invited(EAST, NATION))
    assert hear(house, NATION, EAST) == 1
    with house.opened(NATION) as nation:
        assert len(nation.journal.record.store.rows(_seen(nation), {})) == 1


def test_who_may_not_invite_so_is_refused(house: House) -> None:
    house.join(EAST, house.invited(EAST, NATION))
    hear(house, EAST, NATION)
    assert code_of(lambda: house.invited(HARBOUR, EAST, hosts=(AGENCY,))) == "no_authority"
    house.join(HARBOUR, house.invited(HARBOUR, EAST, hosts=(), hears=()))
    hear(house, HARBOUR, EAST)
    assert code_of(lambda: house.invited(EAST, HARBOUR)) == "hosts_nobody"
    found_node(
        house.folder("alone"),
        WORLD,
        NodeId("alone"),
        hosts=[EASTERN],
        areas=[],
        catalogue=catalogue(),
    )
    assert code_of(lambda: house.invited(HARBOUR, "alone", hosts=(EASTERN,), hears=())) == "no_root"


def test_a_root_that_hosts_nobody_is_refused_with_nothing_made(tmp_path: Path) -> None:
    folder = Folder(tmp_path / "x")

    def found() -> None:
        found_root(folder, WORLD, NATION, hosts=[], areas=[], catalogue=catalogue())

    assert code_of(found) == "root_hosts_nobody"
    assert not folder.is_there()


def test_a_fingerprint_is_of_names_and_keys_and_read_however_it_is_typed(house: House) -> None:
    path = house.invited(EAST, NATION)
    typed = house.fingerprint().upper().replace(" ", ":")
    house.join(EAST, path, fingerprint=typed)
    assert fingerprint_of({NATION: "00"}) != fingerprint_of({NATION: "01"})
    assert fingerprint_of({NATION: "00"}) != fingerprint_of({EAST: "00"})


class TestKeys:
    """Keys that are rolled, and keys that are stolen."""

    def joined(self, house: House) -> None:
        house.join(EAST, house.invited(EAST, NATION))
        hear(house, EAST, NATION)

    def report(self, house: House, number: int) -> None:
        fire = ReportFire(fire=str(number), what="fire", area=EASTERN)
        with house.opened(EAST) as east:
            east.journal.commit([request(EASTERN, fire)])

    def seen(self, house: House) -> int:
        hear(house, NATION, EAST)
        with house.opened(NATION) as nation:
            assert list(nation.journal.verify()) == []
            return len(nation.journal.record.store.rows(_seen(nation), {}))

    def test_a_rolled_key_is_heard_of_and_letters_go_on_to_the_one_before(
        self, house: House
    ) -> None:
        self.joined(house)
        old = house.key(EAST)
        self.report(house, 1)
        new = house.rolled(EAST).verify_key.encode()
        assert house.key(EAST) == new.hex() != old
        self.report(house, 2)
        assert self.seen(house) == 2
        folder = house.folder(EAST)
        assert folder.line_key(WORLD).verify_key.encode().hex() == old
        assert not folder.next_key_path(WORLD).exists()
        with house.opened(NATION) as nation:
            roster = nation.journal.record.roster
            assert roster.line_key_of(EAST) == bytes.fromhex(old)
            assert roster.key_of(EAST, 1 << 50) == new
        # Once more: letters still go to the first.
        house.rolled(EAST)
        self.report(house, 3)
        assert self.seen(house) == 3
        assert folder.line_key(WORLD).verify_key.encode().hex() == old
        assert folder.worlds() == [WORLD]

    @pytest.mark.parametrize("cut_off", ["before it is told", "before it is put in place"])
    def test_rolling_that_was_cut_off_is_carried_on(
        self, house: House, cut_off: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        self.joined(house)
        folder, told = house.folder(EAST), "bavn.runtime.joining.keys.state"
        if cut_off == "before it is told":
            monkeypatch.setattr(told, _fail)
        else:
            monkeypatch.setattr(Folder, "line_key_path", _fail)
        with pytest.raises(ZeroDivisionError):
            house.rolled(EAST)
        monkeypatch.undo()
        waiting = folder.next_key_path(WORLD).read_bytes()
        self.report(house, 1)
        assert self.seen(house) == 1
        house.rolled(EAST)
        assert folder.signing_key_path(WORLD).read_bytes() == waiting
        self.report(house, 2)
        assert self.seen(house) == 2

    def test_a_stolen_key_is_replaced_and_revoked_and_the_node_goes_on(self, house: House) -> None:
        self.joined(house)
        self.report(house, 1)
        assert self.seen(house) == 1
        thiefs = {
            path.relative_to(house.path): path.read_bytes()
            for path in house.folder(EAST).path.rglob("*")
            if path.is_file()
        }
        new = house.rolled(EAST, replace_stolen_key).verify_key.encode()
        self.report(house, 2)
        assert self.seen(house) == 1
        with house.opened(NATION) as nation:
            revoked = revoke_key(nation.journal, EAST, new.hex(), None)
        assert revoked.believed == {"east/1/nation": 1}
        assert revoked.signatures.keys() == revoked.believed.keys()
        hear(house, EAST, NATION)
        assert self.seen(house) == 2
        # The thief goes on with what he took.
        thief = House(house.path / "thief")
        for name, raw in thiefs.items():
            (thief.path / name).parent.mkdir(parents=True, exist_ok=True)
            (thief.path / name).write_bytes(raw)
        self.report(thief, 3)
        with thief.opened(EAST) as stolen:
            offered = stolen.journal.offer(NATION, {"east/1/nation": 1})
            (piece,) = (each for each in offered if each.channel.node == EAST)
        with house.opened(NATION) as nation:
            said = nation.journal.merge(piece)
            assert isinstance(said, Refused)
            assert said.code == "key_revoked"
        assert self.seen(house) == 2

    def test_what_was_recorded_since_an_instant_is_not_believed(self, house: House) -> None:
        self.joined(house)
        self.report(house, 1)
        since = datetime.now(UTC)
        self.report(house, 2)
        assert self.seen(house) == 2
        with house.opened(NATION) as nation:
            revoked = revoke_key(nation.journal, EAST, None, since)
            # Both were heard in one run, and there is no signature under the first alone.
            assert revoked.believed.get("east/1/nation", 0) in (0, 1)
            rows = nation.journal.record.store.rows(_seen(nation), {})
            assert len(rows) == revoked.believed.get("east/1/nation", 0)

    def test_who_is_not_above_revokes_nobody(self, house: House) -> None:
        self.joined(house)
        with house.opened(EAST) as east:
            assert code_of(lambda: revoke_key(east.journal, NATION, None, None)) == "no_authority"
            assert (
                code_of(lambda: revoke_key(east.journal, NodeId("nobody"), None, None))
                == "no_such_node"
            )


def _fail(*_: object) -> None:
    raise ZeroDivisionError
