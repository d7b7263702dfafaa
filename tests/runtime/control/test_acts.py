# SPDX-License-Identifier: Apache-2.0
"""What the command line asks: each act passes the gate, and one that is refused leaves nothing."""

from datetime import datetime
from pathlib import Path

import pytest

from bavn.kernel.identity import NodeId, OrganisationId, World
from bavn.kernel.mandate import Actor, Allowed, Resource
from bavn.kernel.refusal import Refused
from bavn.node.wiring import COUNTRY, country_gate
from bavn.runtime import clock
from bavn.runtime.control.acts import ACTS, Acting, carried_out
from bavn.runtime.control.words import (
    ANSWER_BYTES_LIMIT,
    ASKED_BYTES_LIMIT,
    HEAD_BYTES,
    Invite,
    Key,
    KeyOf,
    No,
    NotUnderstood,
    OfRecord,
    OtherVersion,
    Resume,
    Revoke,
    Roll,
    Settle,
    TakeIn,
    frame,
    read_answer,
    read_asked,
    size_in,
)
from bavn.runtime.countries import built_in
from bavn.runtime.folder import Folder
from bavn.runtime.functions import OPERATOR
from bavn.runtime.joining.beginning import found_root
from bavn.runtime.joining.inviting import Guest
from bavn.runtime.opened import Opened, open_to_write
from tests.lilleland.vocabulary import catalogue

WORLD = World("lilleland")
NATION, AGENCY = NodeId("nation"), OrganisationId("agency")
EAST = Guest(
    node=NodeId("east"),
    key="5f" * 32,
    hosts=(OrganisationId("eastern"),),
    hears=(),
    under=(),
    valid_from=clock.now(),
    valid_to=None,
    lines=(),
)
# One of each.
ASKED: tuple[OfRecord, ...] = (
    Invite(EAST),
    Revoke(NodeId("east"), None, None),
    Roll(stolen=False),
    Roll(stolen=True),
    TakeIn(b"noise"),
    KeyOf(NATION),
    Settle("0", "nothing"),
    Resume(),
)


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    found = Folder(tmp_path / "nation")
    found_root(found, WORLD, NATION, hosts=[AGENCY], areas=[], catalogue=catalogue())
    return found


def opened(folder: Folder) -> Opened:
    return open_to_write(folder, WORLD, catalogue())


def nobody_may(
    actor: Actor,
    act: str,
    resource: Resource,  # noqa: ARG001 - the port says so
    at: datetime,  # noqa: ARG001 - same
) -> Allowed | Refused:
    return Refused(code="refused_here", says=act, try_instead=actor.function)


def test_one_of_each_is_tried() -> None:
    assert {type(each) for each in ASKED} == set(ACTS)


@pytest.mark.parametrize("asked", ASKED, ids=lambda each: type(each).__name__)
def test_what_the_gate_refuses_is_not_done(folder: Folder, asked: OfRecord) -> None:
    files = {path: path.read_bytes() for path in folder.keys_path.rglob("*.*key")}
    with opened(folder) as open_here:
        before = open_here.journal.record.position
        incarnation = open_here.journal.record.incarnation
        answer = carried_out(Acting(folder, open_here.journal, nobody_may), asked)
        assert isinstance(answer, No)
        assert answer.refused.code == "refused_here"
        assert (answer.refused.says, answer.refused.try_instead) == (ACTS[type(asked)], OPERATOR)
        record = open_here.journal.record
        assert (record.position, record.incarnation) == (before, incarnation)
    assert {path: path.read_bytes() for path in folder.keys_path.rglob("*.*key")} == files


@pytest.mark.parametrize("act", sorted(ACTS.values()))
def test_they_are_the_operators_and_no_persons(act: str) -> None:
    country = built_in(COUNTRY)
    may, own = country_gate(country), Resource(owner=country.agency.id)
    operator = Actor(organisation=own.owner, function=OPERATOR)
    assert may(operator, act, own, clock.now()) == Allowed(basis="mandate:keep-the-machine")
    elsewhere = Resource(owner=OrganisationId("nordjylland"))
    assert isinstance(may(operator, act, elsewhere, clock.now()), Refused)
    for function in country.functions:
        if function.code == OPERATOR:
            continue
        actor = Actor(organisation=own.owner, function=function.code)
        is_reading = act == "journal.read_keys"
        assert is_reading or isinstance(may(actor, act, own, clock.now()), Refused), function


def test_a_key_is_given_for_a_node_that_is_believed(folder: Folder) -> None:
    with opened(folder) as open_here:
        acting = Acting(folder, open_here.journal, open_here.may)
        key = folder.signing_key(WORLD).verify_key.encode()
        assert carried_out(acting, KeyOf(NATION)) == Key(key)
        assert carried_out(acting, KeyOf(NodeId("nobody"))) == Key(None)


def test_noise_is_no_segment(folder: Folder) -> None:
    with opened(folder) as open_here:
        answer = carried_out(Acting(folder, open_here.journal, open_here.may), TakeIn(b"noise"))
        assert isinstance(answer, No)
        assert answer.refused.code == "segment_unreadable"


class TestWords:
    """What goes through the socket."""

    @pytest.mark.parametrize("asked", ASKED, ids=lambda each: type(each).__name__)
    def test_what_is_asked_is_heard(self, asked: OfRecord) -> None:
        raw = frame(WORLD, asked)
        assert size_in(raw[:HEAD_BYTES], ASKED_BYTES_LIMIT) == len(raw) - HEAD_BYTES
        assert read_asked(raw[HEAD_BYTES:], WORLD) == asked

    def test_what_is_of_another_world_version_or_size_is_not_taken(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        raw = frame(WORLD, Resume())[HEAD_BYTES:]
        with pytest.raises(NotUnderstood):
            read_asked(raw, World("real"))
        with pytest.raises(NotUnderstood):
            read_answer(raw, WORLD)
        for wrong in (raw[:-1], b"", b"\xc1", raw + b"\0"):
            with pytest.raises(NotUnderstood):
                read_asked(wrong, WORLD)
        for size in (0, ANSWER_BYTES_LIMIT + 1):
            with pytest.raises(NotUnderstood):
                size_in(size.to_bytes(HEAD_BYTES), ANSWER_BYTES_LIMIT)
        monkeypatch.setattr("bavn.runtime.control.words.VERSION", "0.0.0-later")
        with pytest.raises(OtherVersion) as other:
            read_asked(raw, WORLD)
        assert other.value.version != "0.0.0-later"
