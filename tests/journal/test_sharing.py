# SPDX-License-Identifier: Apache-2.0
"""What a stand-in would need is there beforehand, readable there and nowhere else, until erased."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bavn.capabilities.operations.capability import OPERATIONS
from bavn.capabilities.operations.decisions import (
    CloseIncident,
    NoteIncident,
    ReportIncident,
    subject_of,
)
from bavn.capabilities.operations.facts import IncidentDescribed, IncidentNoted
from bavn.journal import carrying
from bavn.journal.catalogue import catalogue_of
from bavn.journal.fact import Sealed
from bavn.journal.giving import OfferWrapKey, ShareKey
from bavn.journal.kept import EVIDENCE, SHARED, WRAP_KEY
from bavn.journal.reader import Reader
from bavn.journal.sharing import seat_of, unwrapped, variants, wrap_key_name, wrap_key_of, wrapped
from bavn.journal.strike import EraseKey
from bavn.journal.trust.deciding import GrantOrganisation, NameStandIn
from bavn.journal.trust.statements import Granted, StandInNamed
from bavn.journal.vault import Gone
from bavn.kernel.identity import NodeId, OrganisationId, Subject, World
from bavn.kernel.private import Private
from bavn.kernel.refusal import BrokenPromise, Refused
from tests.lilleland.nodes import (
    EAST,
    EASTERN,
    EASTTOWN,
    HARBOUR,
    NATION,
    NODES,
    PORT,
    WEST,
    WESTERN,
    Node,
    Settings,
    request,
    roster,
)

INCIDENT = "one"
SAID, NOTED, PHONE = "pige savnes i kælderen", "nøglen ligger hos naboen", "telefon 87654321"
ANYBODY = OrganisationId("anybody")


def lilleland(folder: Path | None = None, names: tuple[NodeId, ...] = NODES) -> dict[NodeId, Node]:
    nodes = {}
    for name in names:
        path = None
        if folder is not None:
            (folder / name).mkdir()
            path = str(folder / name)
        nodes[name] = Node(name, path, Settings(catalogue=catalogue_of([OPERATIONS.part])))
    return nodes


def all_hear(nodes: dict[NodeId, Node]) -> None:
    """All tell all, and act on what they heard, until nothing more comes of it."""
    while True:
        heard = sum(
            one.hear(*(other for other in nodes.values() if other is not one))
            for one in nodes.values()
        )
        before = [one.journal.record.position for one in nodes.values()]
        for one in nodes.values():
            while one.journal.turn():
                pass
        after = [one.journal.record.position for one in nodes.values()]
        if not heard and before == after:
            return


def named(nodes: dict[NodeId, Node]) -> None:
    """West stands in for the town in the east."""
    stand_in = StandInNamed(owner=EASTTOWN, stand_in=WEST, order=1)
    nodes[EAST].done(request(EASTTOWN, NameStandIn(named=stand_in)))
    all_hear(nodes)


def reported(node: Node, incident: str = INCIDENT) -> None:
    node.done(
        request(
            EASTTOWN,
            ReportIncident(
                incident=incident, area=EASTERN, text=Private(SAID), callback=Private(PHONE)
            ),
        )
    )


def noted(node: Node, incident: str = INCIDENT) -> None:
    node.done(request(EASTTOWN, NoteIncident(incident=incident, text=Private(NOTED))))


def texts_at(node: Node, *organisations: OrganisationId, personal: bool = True) -> list[object]:
    """What a reader there comes to read of the incident, or why he does not."""
    reader = Reader(organisations=frozenset(organisations), personal=personal)
    found: list[object] = []
    for item in node.journal.query.history(reader, EASTTOWN, subject_of(INCIDENT)):
        body = node.journal.record.catalogue.kinds.read(item.fact)
        if isinstance(body, IncidentDescribed | IncidentNoted):
            for name in body.__struct_fields__:
                sealed = getattr(body, name)
                if isinstance(sealed, Sealed):
                    text = node.journal.query.reveal(reader, EASTTOWN, sealed)
                    found.append(text.reveal() if isinstance(text, Private) else text)
    return found


@pytest.mark.requirement("E5.6")
def test_what_was_said_and_noted_is_read_at_the_stand_in_and_at_nobody_else() -> None:
    nodes = lilleland()
    named(nodes)
    reported(nodes[EAST])
    noted(nodes[EAST])
    all_hear(nodes)
    assert sorted(map(str, texts_at(nodes[WEST], WESTERN))) == sorted((SAID, NOTED, PHONE))
    for node, organisation in ((NATION, ANYBODY), (HARBOUR, ANYBODY), (WEST, ANYBODY)):
        assert texts_at(nodes[node], organisation) == []
    refused = texts_at(nodes[WEST], WESTERN, personal=False)
    assert refused
    assert all(isinstance(each, Refused) for each in refused)
    for each in nodes.values():
        assert list(each.journal.verify()) == []


def test_no_text_and_no_key_is_in_clear_where_it_is_not_for(tmp_path: Path) -> None:
    nodes = lilleland(tmp_path)
    named(nodes)
    reported(nodes[EAST])
    noted(nodes[EAST])
    all_hear(nodes)
    key = nodes[EAST].keys.key(f"{EASTTOWN}/incident:{INCIDENT}")
    assert key is not None
    assert nodes[WEST].keys.key(f"{EASTTOWN}/incident:{INCIDENT}") == key
    for node in nodes.values():
        node.close()
    for file in tmp_path.rglob("*"):
        held = file.read_bytes() if file.is_file() else b""
        for text in (SAID, NOTED, PHONE):
            assert text.encode() not in held, file
        if file.name.startswith("keys.db") and file.parent.name in (EAST, WEST):
            continue
        assert key not in held, file
        assert key.hex().encode() not in held, file


def test_nobody_is_told_where_nobody_was_named() -> None:
    nodes = lilleland()
    reported(nodes[EAST])
    noted(nodes[EAST])
    all_hear(nodes)
    assert texts_at(nodes[WEST], WESTERN) == []
    assert nodes[EAST].store.rows(SHARED, {}) == []
    assert nodes[WEST].store.rows(WRAP_KEY, {}) == []


def test_a_key_that_could_not_be_given_yet_is_given_when_it_can() -> None:
    nodes = lilleland()
    stand_in = StandInNamed(owner=EASTTOWN, stand_in=WEST, order=1)
    nodes[EAST].done(request(EASTTOWN, NameStandIn(named=stand_in)))
    reported(nodes[EAST])
    (row,) = nodes[EAST].store.rows(SHARED, {})
    assert (row["node"], row["waits"]) == (WEST, 1)
    all_hear(nodes)
    assert sorted(map(str, texts_at(nodes[WEST], WESTERN))) == sorted((SAID, PHONE))
    assert nodes[EAST].store.rows(SHARED, {"waits": 1}) == []


def test_an_erasure_is_carried_out_at_the_stand_in_and_what_the_key_came_under_goes_too() -> None:
    nodes = lilleland()
    named(nodes)
    reported(nodes[EAST])
    all_hear(nodes)
    offered = nodes[WEST].store.row(WRAP_KEY, (WEST,))
    assert offered is not None
    nodes[EAST].done(request(EASTTOWN, EraseKey(subject=subject_of(INCIDENT), ground="retention")))
    all_hear(nodes)
    assert texts_at(nodes[WEST], WESTERN) == [Gone.ERASED, Gone.ERASED]
    assert nodes[WEST].keys.key(wrap_key_name(str(offered["wrap_key"]))) is None
    # It offers another, and what is reported from now on comes to it as before.
    after = nodes[WEST].store.row(WRAP_KEY, (WEST,))
    assert after is not None
    assert after["wrap_key"] != offered["wrap_key"]
    for each in nodes.values():
        assert list(each.journal.verify()) == []


def test_open_incidents_are_given_anew_under_a_new_wrapping_key_and_closed_ones_are_not() -> None:
    nodes = lilleland()
    named(nodes)
    for incident in ("open", "over", "gone"):
        reported(nodes[EAST], incident)
    nodes[EAST].done(request(EASTTOWN, CloseIncident(incident="over", area=EASTERN)))
    all_hear(nodes)
    nodes[EAST].done(request(EASTTOWN, EraseKey(subject=subject_of("gone"), ground="retention")))
    all_hear(nodes)
    (now,) = (row["wrap_key"] for row in nodes[EAST].store.rows(WRAP_KEY, {"node": WEST}))
    rows = {row["key"]: row["wrap_key"] == now for row in nodes[EAST].store.rows(SHARED, {})}
    assert rows == {
        f"{EASTTOWN}/incident:open": True,
        f"{EASTTOWN}/incident:over": False,
        f"{EASTTOWN}/incident:gone": False,
    }


def test_a_stand_in_that_was_cut_off_and_restarted_opens_what_it_hears_later(
    tmp_path: Path,
) -> None:
    nodes = lilleland(tmp_path)
    named(nodes)
    reported(nodes[EAST])
    nodes[WEST].hear(nodes[EAST])
    # Heard and not yet acted on when the power went.
    nodes[WEST].close()
    nodes[WEST] = Node(
        WEST, str(tmp_path / WEST), Settings(catalogue=catalogue_of([OPERATIONS.part]), seed=2)
    )
    all_hear(nodes)
    assert sorted(map(str, texts_at(nodes[WEST], WESTERN))) == sorted((SAID, PHONE))


def test_a_node_is_told_by_its_centre_before_its_services() -> None:
    assert seat_of(roster(), EAST) == EASTERN
    assert seat_of(roster(), WEST) == WESTERN
    assert seat_of(roster(), NodeId("nowhere")) is None


@given(st.binary(min_size=32, max_size=32), st.binary(min_size=32, max_size=32), st.text())
def test_a_key_opens_under_its_wrapping_key_name_and_world_alone(
    key: bytes, private: bytes, name: str
) -> None:
    chance = iter(range(1, 9))
    world = World("lilleland")
    box = wrapped(
        world, (name, key), wrap_key_of(private), lambda count: bytes([next(chance)]) * count
    )
    assert unwrapped(world, name, box, private) == key
    assert unwrapped(world, name + "x", box, private) is None
    assert unwrapped(World("other"), name, box, private) is None
    assert unwrapped(world, name, box, bytes(31) + b"\1") is None
    assert unwrapped(world, name, box[:-1], private) is None


def test_a_key_under_another_owners_name_is_not_taken() -> None:
    nodes = lilleland()
    named(nodes)
    stand_in = StandInNamed(owner=PORT, stand_in=WEST, order=1)
    nodes[HARBOUR].done(request(PORT, NameStandIn(named=stand_in)))
    all_hear(nodes)
    key = f"{EASTTOWN}/incident:{INCIDENT}"
    nodes[HARBOUR].keys.keep(key, bytes(32))
    forged = ShareKey(key=key, about=Subject("texts:x"), organisation=WESTERN, node=WEST)
    nodes[HARBOUR].done(request(PORT, forged))
    all_hear(nodes)
    assert nodes[WEST].keys.key(key) is None
    # What is true comes through all the same.
    reported(nodes[EAST])
    all_hear(nodes)
    assert sorted(map(str, texts_at(nodes[WEST], WESTERN))) == sorted((SAID, PHONE))


def test_a_key_that_nothing_can_be_sealed_for_stops_no_alarm_and_a_person_is_told() -> None:
    nodes = lilleland()
    named(nodes)
    stand_in = StandInNamed(owner=EASTTOWN, stand_in=HARBOUR, order=2)
    nodes[EAST].done(request(EASTTOWN, NameStandIn(named=stand_in)))
    nodes[HARBOUR].done(request(PORT, OfferWrapKey(node=HARBOUR, wrap_key="00" * 32)))
    for other in (HARBOUR, WEST):
        nodes[EAST].hear(nodes[other])
    nodes[EAST].journal.turn()
    reported(nodes[EAST])
    found = {row["sort"] for row in nodes[EAST].store.rows(EVIDENCE, {})}
    assert found == {"wrap_key_unusable"}
    all_hear({name: nodes[name] for name in (EAST, WEST)})
    assert sorted(map(str, texts_at(nodes[WEST], WESTERN))) == sorted((SAID, PHONE))


def test_whatever_is_wrong_with_sharing_an_alarm_is_on_record_and_a_person_is_told(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    nodes = lilleland()
    named(nodes)

    def broken(*_args: object) -> bytes:
        raise RuntimeError

    monkeypatch.setattr(carrying, "wrapped", broken)
    reported(nodes[EAST])
    found = {row["sort"] for row in nodes[EAST].store.rows(EVIDENCE, {})}
    assert found == {"not_shared"}
    assert sorted(map(str, texts_at(nodes[EAST], EASTTOWN))) == sorted((SAID, PHONE))
    all_hear(nodes)
    for each in nodes.values():
        assert list(each.journal.verify()) == []


def test_a_key_that_was_erased_does_not_come_back() -> None:
    nodes = lilleland()
    named(nodes)
    reported(nodes[EAST])
    all_hear(nodes)
    key = f"{EASTTOWN}/incident:{INCIDENT}"
    nodes[WEST].keys.erase(key)
    again = ShareKey(key=key, about=Subject("texts:x"), organisation=WESTERN, node=WEST)
    nodes[EAST].done(request(EASTTOWN, again))
    all_hear(nodes)
    assert nodes[WEST].keys.key(key) is None
    with pytest.raises(BrokenPromise):
        nodes[WEST].keys.keep(key, bytes(32))


def test_two_who_make_a_key_for_one_incident_do_not_lose_each_others_texts() -> None:
    nodes = lilleland()
    named(nodes)
    base = f"{EASTTOWN}/incident:{INCIDENT}"
    names = list(variants(nodes[WEST].journal.record.roster, EASTTOWN, base))
    assert names == [base]
    # West goes on for the town before the key of the incident has come.
    granted = Granted(
        owner=EASTTOWN,
        node=WEST,
        epoch=2,
        valid_from=None,
        valid_to=None,
        ground="take_over",
        knew={},
        decider=None,
        under=(),
    )
    nodes[WEST].done(request(WESTERN, GrantOrganisation(granted=granted)))
    reported(nodes[EAST])
    reported(nodes[WEST])
    all_hear(nodes)
    for node in (EAST, WEST):
        said = sorted(map(str, texts_at(nodes[node], EASTTOWN)))
        assert said == sorted((SAID, PHONE, SAID, PHONE))
    nodes[WEST].done(request(EASTTOWN, EraseKey(subject=subject_of(INCIDENT), ground="retention")))
    all_hear(nodes)
    for node in (EAST, WEST):
        assert set(map(str, texts_at(nodes[node], EASTTOWN))) == {str(Gone.ERASED)}
    for each in nodes.values():
        assert list(each.journal.verify()) == []
