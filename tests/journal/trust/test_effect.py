# SPDX-License-Identifier: Apache-2.0
"""What is stated about trust takes effect at once, on what was heard before as well."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from itertools import permutations
from pathlib import Path
from typing import Any

import apsw
import pytest

from bavn.journal.chain import ChannelName, Segment
from bavn.journal.conflicts import Conflicts
from bavn.journal.decision import Request
from bavn.journal.kept import EVIDENCE, SET_ASIDE, TRUST
from bavn.journal.merge import Merged
from bavn.journal.rebuild import in_silence, rebuilding, reindex
from bavn.journal.roster import Roster, roster_of
from bavn.journal.store import StoreFull
from bavn.journal.strike import StrikeFact
from bavn.journal.trust.deciding import (
    ChangeKey,
    GrantOrganisation,
    InviteNode,
    NameStandIn,
    RevokeKey,
    SettleClaim,
)
from bavn.journal.trust.statements import KeyChanged, KeyRevoked
from bavn.kernel.audience import NATION, area
from bavn.kernel.refusal import Refused
from tests.journal.pictures import picture, rows_told_to, views_of
from tests.journal.segments import channel_of, cut
from tests.journal.trust.told import granted, joined, secret_of, settled, stand_in
from tests.lilleland.nodes import (
    AGENCY,
    EAST,
    EASTERN,
    EASTTOWN,
    HARBOUR,
    PORT,
    START,
    WEST,
    WESTERN,
    Clock,
    Node,
    Settings,
    key_of,
    request,
)
from tests.lilleland.nodes import NATION as NATIONS_NODE
from tests.lilleland.nodes import roster as plain_roster
from tests.lilleland.vocabulary import CloseFire, ReportFire


def rooted() -> Roster:
    """Lilleland with the nation's node as its root, and the others under it."""
    plain = plain_roster()
    peers = [
        replace(peer, parent=None if peer.node == NATIONS_NODE else NATIONS_NODE)
        for peer in plain.peers.values()
    ]
    return roster_of(peers, plain.grants, [NATIONS_NODE])


@contextmanager
def nodes(*names: Any, **settings: Any) -> Iterator[list[Node]]:
    made = [Node(name, settings=Settings(roster=rooted(), **settings)) for name in names]
    yield made
    for node in made:
        node.close()


def refused(node: Node, asked: Request) -> Refused:
    outcome = node.ask(asked)
    assert isinstance(outcome, Refused), outcome
    return outcome


def fire(number: int, owner: Any = WESTERN) -> Request:
    return request(owner, ReportFire(fire=str(number), what="fire", area=owner))


def fires_seen(node: Node) -> list[tuple[str, str]]:
    """Give what the nation sees: the owner and the number of each fire."""
    rows = rows_told_to(node, NATION)["fire_seen"]
    return sorted((str(row["owner"]), str(row["subject"])) for row in rows)


def aside(node: Node) -> list[str]:
    return sorted(str(row["sort"]) for row in node.store.rows(SET_ASIDE, {}))


def pieces_of(node: Node) -> list[Segment]:
    """Give what a node has told the nation, entry by entry."""
    channel = channel_of(node, NATION)
    last = node.journal.record.channels[channel].sequence
    return [cut(node, channel, number, number) for number in range(1, last + 1)]


def evidence(node: Node) -> list[str]:
    return sorted(str(row["sort"]) for row in node.store.rows(EVIDENCE, {}))


def take_over(west: Node, east: Node) -> None:
    """Let east be named, take western over, and tell of a fire as its host."""
    west.done(request(WESTERN, NameStandIn(named=stand_in(WESTERN, EAST))))
    west.done(fire(1))
    east.hear(west)
    assert refused(east, fire(2)).code == "not_hosted_here"
    taking = granted(WESTERN, EAST, 2, ground="take_over", knew=east.journal.have())
    east.done(request(EASTERN, GrantOrganisation(granted=taking)))
    east.done(fire(2))


@pytest.mark.requirement("E5.6")
def test_a_stand_in_takes_over_and_all_who_hear_of_it_in_whatever_order_agree() -> None:
    with nodes(WEST, EAST) as (west, east):
        take_over(west, east)
        # What it hosts now has its views of its own, and no earlier fire is missing in them.
        own = {row["subject"] for row in views_of(east)["fire_own"] if row["owner"] == WESTERN}
        assert own == {"fire:1", "fire:2"}
        pieces = [*pieces_of(west), *pieces_of(east)]
        pictures = []
        for order in permutations(pieces):
            with nodes(NATIONS_NODE) as (nation,):
                for piece in order:
                    merged = nation.journal.merge(piece)
                    assert isinstance(merged, Merged)
                record = nation.journal.record
                assert record.roster.host_of(WESTERN) == EAST
                assert fires_seen(nation) == [(WESTERN, "fire:1"), (WESTERN, "fire:2")]
                assert aside(nation) == []
                assert record.views_are_current
                assert list(nation.journal.verify()) == []
                pictures.append(picture(nation))
        assert all(each == pictures[0] for each in pictures)


def test_the_old_host_that_hears_of_it_hosts_no_longer_and_forgets_its_own_views(
    tmp_path: Path,
) -> None:
    west = Node(WEST, str(tmp_path), Settings(roster=rooted()))
    with nodes(EAST) as (east,):
        take_over(west, east)
        west.done(fire(3))
        west.hear(east)
        assert refused(west, fire(4)).values["host"] == EAST
        assert [row for row in views_of(west)["fire_own"] if row["owner"] == WESTERN] == []
        # What it told under its own epoch stays, beside what the stand-in told.
        assert [subject for _, subject in fires_seen(west)] == ["fire:1", "fire:2", "fire:3"]
        before = picture(west)
        west.close()
        again = Node(WEST, str(tmp_path), Settings(roster=rooted()))
        assert again.journal.record.views_are_current
        assert again.journal.record.views.generation == 0
        assert picture(again) == before
        # Given back, all of it is there again.
        back = granted(WESTERN, WEST, 3, ground="return", knew=east.journal.have())
        east.done(request(EASTERN, GrantOrganisation(granted=back)))
        again.hear(east)
        again.done(fire(5))
        own = [row["subject"] for row in views_of(again)["fire_own"] if row["owner"] == WESTERN]
        assert own == ["fire:1", "fire:2", "fire:3", "fire:5"]
        assert list(again.journal.verify()) == []
        again.close()


def test_two_claims_stand_until_a_person_settles_them() -> None:
    with nodes(WEST, EAST, HARBOUR, NATIONS_NODE) as (west, east, harbour, nation):
        for name in (EAST, HARBOUR):
            west.done(request(WESTERN, NameStandIn(named=stand_in(WESTERN, name))))
        for node, owner in ((east, EASTERN), (harbour, PORT)):
            node.hear(west)
            taking = granted(WESTERN, node.name, 2, ground="take_over")
            node.done(request(owner, GrantOrganisation(granted=taking)))
            node.done(request(WESTERN, ReportFire(fire=node.name, what="fire", area=WESTERN)))
        nation.hear(west, east, harbour)
        east.hear(harbour)
        roster = nation.journal.record.roster
        assert roster.host_of(WESTERN) is None
        assert [each.node for each in roster.claims_to(WESTERN)] == [EAST, HARBOUR]
        assert refused(east, fire(9)).code == "not_hosted_here"
        assert len(fires_seen(nation)) == 2
        nation.done(request(AGENCY, SettleClaim(settled=settled(WESTERN, 2, EAST))))
        east.hear(nation)
        east.done(fire(9))
        assert nation.journal.record.roster.host_of(WESTERN) == EAST
        assert len(fires_seen(nation)) == 2


def test_who_shares_an_epoch_with_another_does_not_take_what_it_tells_for_the_newest() -> None:
    with nodes(WEST, EAST, HARBOUR, NATIONS_NODE) as (west, east, harbour, nation):
        for name in (EAST, HARBOUR):
            west.done(request(WESTERN, NameStandIn(named=stand_in(WESTERN, name))))
        for node, owner in ((east, EASTERN), (harbour, PORT)):
            node.hear(west)
            taking = granted(WESTERN, node.name, 2, ground="take_over")
            node.done(request(owner, GrantOrganisation(granted=taking)))
        # Restored before: all that it tells stands after what the other tells.
        harbour.journal.begin_incarnation()
        harbour.done(fire(1))
        nation.hear(west, east, harbour)
        nation.done(request(AGENCY, SettleClaim(settled=settled(WESTERN, 2, EAST))))
        east.hear(nation)
        east.done(request(WESTERN, CloseFire(fire="1", area=WESTERN)))
        nation.hear(east)
        assert rows_told_to(nation, NATION) == rows_told_to(east, NATION)
        assert list(east.journal.verify()) == []


@pytest.mark.requirement("E0.1")
def test_what_nobody_may_state_is_kept_passed_on_and_never_applied() -> None:
    with nodes(EAST, NATIONS_NODE) as (east, nation):
        grab = request(EASTERN, GrantOrganisation(granted=granted(WESTERN, EAST, 2)))
        assert refused(east, grab).code == "no_authority"
        # A node that does not ask its own gate.
        loose = replace(rooted(), roots=frozenset({EAST, NATIONS_NODE}))
        thief = Node(EAST, settings=Settings(roster=loose))
        thief.done(grab)
        thief.done(request(WESTERN, ReportFire(fire="1", what="stolen", area=WESTERN)))
        nation.hear(thief)
        assert aside(nation) == ["disputed", "no_authority"]
        assert nation.journal.record.roster.host_of(WESTERN) == WEST
        assert fires_seen(nation) == []
        with nodes(WEST) as (west,):
            west.hear(nation)
            assert aside(west) == ["disputed", "no_authority"]
            assert list(west.journal.verify()) == []
        thief.close()


def test_what_was_told_before_its_right_to_it_was_heard_counts_when_it_is() -> None:
    with nodes(EAST, NATIONS_NODE, WEST) as (east, nation, west):
        take_over(west, east)
        # Heard before the naming that gives it its right.
        for piece in pieces_of(east):
            nation.journal.merge(piece)
        assert aside(nation) == ["disputed", "no_authority"]
        assert fires_seen(nation) == []
        nation.hear(west)
        assert aside(nation) == []
        assert len(fires_seen(nation)) == 2
        assert list(nation.journal.verify()) == []


def test_a_statement_is_not_struck_through() -> None:
    with nodes(NATIONS_NODE) as (nation,):
        (fact,) = nation.done(request(AGENCY, NameStandIn(named=stand_in(WESTERN, EAST)))).facts
        assert refused(nation, request(AGENCY, StrikeFact(fact=fact))).code == "trust_stands"


def test_a_node_that_is_invited_is_heard_and_hears_from_then_on() -> None:
    quay, key = "quay", secret_of("quay")
    with nodes(EAST, NATIONS_NODE) as (east, nation):
        invitation = InviteNode(
            joined=joined(quay, EAST, hears=("area:eastern",)),
            grants=(granted(EASTTOWN, quay, 2),),
        )
        east.done(request(EASTERN, invitation))
        record = east.journal.record
        guest = Node(quay, settings=Settings(roster=record.roster, key=key))  # type: ignore[arg-type]
        guest.done(fire(1, EASTTOWN))
        (piece,) = (p for p in guest.journal.offer(NATIONS_NODE, {}))
        assert isinstance(nation.journal.merge(piece), Refused)
        nation.hear(east)
        assert isinstance(nation.journal.merge(piece), Merged)
        assert fires_seen(nation) == [(EASTTOWN, "fire:1")]
        told = {segment.channel.audience for segment in east.journal.offer(guest.name, {})}
        assert told == {NATION}
        east.done(request(EASTERN, ReportFire(fire="2", what="fire", area=EASTERN)))
        told = {segment.channel.audience for segment in east.journal.offer(guest.name, {})}
        assert told == {NATION, area(EASTERN)}
        guest.close()


def test_who_was_invited_until_a_day_is_told_nothing_after_it_and_its_alarms_still_count() -> None:
    clock = Clock()
    with nodes(EAST, NATIONS_NODE, HARBOUR, clock=clock) as (east, nation, harbour):
        until = joined(
            HARBOUR,
            NATIONS_NODE,
            key=key_of(HARBOUR).verify_key.encode().hex(),
            valid_from=START,
            valid_to=START + timedelta(days=1),
        )
        nation.done(request(AGENCY, InviteNode(joined=until)))
        for node in (east, harbour):
            node.hear(nation)
        east.done(fire(1, EASTERN))
        assert east.journal.offer(HARBOUR, {}) != []
        clock.forward(days=3)
        east.done(fire(2, EASTERN))
        assert east.journal.offer(HARBOUR, {}) == []
        # It still takes alarms, and nothing else.
        harbour.done(fire(3, PORT))
        closing = request(PORT, CloseFire(fire="3", area=EASTERN))
        assert refused(harbour, closing).code == "grant_run_out"
        nation.hear(harbour)
        assert (PORT, "fire:3") in fires_seen(nation)
        assert aside(nation) == []
        nation.journal.rebuild()
        assert (PORT, "fire:3") in fires_seen(nation)


def test_what_a_node_tells_after_its_invitation_ran_out_is_set_aside_but_for_alarms() -> None:
    clock = Clock()
    with nodes(NATIONS_NODE, HARBOUR, clock=clock) as (nation, unaware):
        key = key_of(HARBOUR).verify_key.encode().hex()
        until = joined(HARBOUR, NATIONS_NODE, key=key, valid_to=START + timedelta(days=1))
        nation.done(request(AGENCY, InviteNode(joined=until)))
        clock.forward(days=3)
        unaware.done(fire(1, PORT))
        unaware.done(request(PORT, CloseFire(fire="1", area=EASTERN)))
        nation.hear(unaware)
        assert aside(nation) == ["disputed"]
        assert fires_seen(nation) == [(PORT, "fire:1")]
        # Invited for longer, all of it counts.
        longer = joined(HARBOUR, NATIONS_NODE, key=key, valid_to=START + timedelta(days=30))
        nation.done(request(AGENCY, InviteNode(joined=longer)))
        assert aside(nation) == []
        assert list(nation.journal.verify()) == []


def test_statements_are_kept_through_a_restart_and_a_new_index(tmp_path: Path) -> None:
    nation = Node(NATIONS_NODE, str(tmp_path), Settings(roster=rooted()))
    with nodes(WEST, EAST) as (west, east):
        take_over(west, east)
        nation.hear(west, east)
    before, roster = picture(nation), nation.journal.record.roster
    rows = nation.store.rows(TRUST, {})
    reindex(nation.journal.record)
    assert nation.store.rows(TRUST, {}) == rows
    assert len(rows) == 2
    nation.journal.rebuild()
    assert picture(nation) == before
    nation.close()
    again = Node(NATIONS_NODE, str(tmp_path), Settings(roster=rooted()))
    assert again.journal.record.roster == roster
    assert picture(again) == before
    again.store.connection.execute("DELETE FROM trust WHERE sequence = 1")
    assert {fault.where for fault in again.journal.verify()} == {"index trust"}
    again.close()


def test_a_record_of_a_program_that_kept_no_statements_goes_on(tmp_path: Path) -> None:
    nation = Node(NATIONS_NODE, str(tmp_path), Settings(roster=rooted()))
    nation.close()
    connection = apsw.Connection(str(tmp_path / "journal.db"))
    connection.execute("DROP TABLE trust")
    connection.close()
    again = Node(NATIONS_NODE, str(tmp_path), Settings(roster=rooted()))
    again.done(request(AGENCY, NameStandIn(named=stand_in(WESTERN, EAST))))
    assert len(again.store.rows(TRUST, {})) == 1
    again.close()


def test_what_an_older_program_heard_about_trust_counts_after_the_upgrade(tmp_path: Path) -> None:
    nation = Node(NATIONS_NODE, str(tmp_path), Settings(roster=rooted()))
    with nodes(WEST, EAST) as (west, east):
        take_over(west, east)
        nation.hear(west, east)
    roster = nation.journal.record.roster
    nation.close()
    connection = apsw.Connection(str(tmp_path / "journal.db"))
    connection.execute("DROP TABLE trust")
    connection.close()
    again = Node(NATIONS_NODE, str(tmp_path), Settings(roster=rooted()))
    assert again.journal.record.roster == roster
    assert again.journal.record.roster.host_of(WESTERN) == EAST
    assert list(again.journal.verify()) == []
    again.close()


def test_what_changes_while_views_are_rebuilt_is_in_the_new_ones() -> None:
    with nodes(WEST, EAST, NATIONS_NODE) as (west, east, nation):
        take_over(west, east)
        nation.hear(east)
        steps = rebuilding(nation.journal.record, in_silence)
        next(steps)
        nation.hear(west)
        for _ in steps:
            pass
        assert aside(nation) == []
        assert len(fires_seen(nation)) == 2
        assert nation.journal.record.views_are_current
        assert list(nation.journal.verify()) == []


def test_what_was_not_written_is_not_heeded(monkeypatch: pytest.MonkeyPatch) -> None:
    with nodes(NATIONS_NODE) as (nation,):
        stating = request(AGENCY, NameStandIn(named=stand_in(WESTERN, EAST)))
        before = nation.journal.record.roster

        def full() -> None:
            raise StoreFull

        monkeypatch.setattr(nation.store, "commit", full)
        assert refused(nation, stating).code == "disk_full"
        assert nation.journal.record.roster == before
        monkeypatch.undo()
        nation.done(stating)
        assert nation.journal.record.roster.stand_ins.keys() == {WESTERN}
        assert list(nation.journal.verify()) == []


def test_a_request_that_fails_beside_a_statement_does_not_take_it_along() -> None:
    with nodes(NATIONS_NODE) as (nation,):
        stating = request(AGENCY, NameStandIn(named=stand_in(WESTERN, EAST)))
        grab = request(AGENCY, RevokeKey(revoked=revoking(NATIONS_NODE, {})))
        outcomes = nation.journal.commit([grab, stating, grab])
        assert [isinstance(each, Refused) for each in outcomes] == [True, False, True]
        stand_ins = nation.journal.record.roster.stand_ins
        assert [each.node for each in stand_ins[WESTERN]] == [EAST]


# Keys


def revoking(
    node: Any,
    believed: dict[str, int],
    new_key: str | None = None,
    signatures: dict[str, str] | None = None,
) -> KeyRevoked:
    return KeyRevoked(
        signatures=signatures or {},
        node=node,
        key=key_of(node).verify_key.encode().hex(),
        believed=believed,
        new_key=None if new_key is None else secret_of(new_key).verify_key.encode().hex(),
        from_incarnation=2,
    )


EAST_TO_NATION = ChannelName(EAST, 1, NATION)


def signature_under(node: Node, name: ChannelName, sequence: int) -> str:
    """The signature that a node holds under an entry."""
    (row,) = node.store.chain(node.journal.record.channels[name].key, sequence, 1)
    assert row.signature is not None
    return row.signature.hex()


@pytest.mark.requirement("E9.1")
@pytest.mark.parametrize("signature", ["told on", "not told", "made up", "of another number"])
def test_who_heard_a_channel_in_one_run_passes_on_what_is_believed_of_it(signature: str) -> None:
    with nodes(EAST, NATIONS_NODE, WEST) as (east, nation, west):
        for number in range(1, 5):
            east.done(fire(number, EASTERN))
        nation.hear(east)
        # As one segment: signed under the fourth alone.
        (whole,) = (each for each in east.journal.offer(WEST, {}) if each.channel == EAST_TO_NATION)
        west.journal.merge(whole)
        text = EAST_TO_NATION.text()
        told = {
            "told on": {text: signature_under(east, EAST_TO_NATION, 2)},
            "not told": {},
            "made up": {text: "ab" * 64},
            "of another number": {text: signature_under(east, EAST_TO_NATION, 1)},
        }[signature]
        stating = revoking(EAST, {text: 2}, signatures=told)
        nation.done(request(AGENCY, RevokeKey(revoked=stating)))
        for piece in nation.journal.offer(WEST, west.journal.have()):
            west.journal.merge(piece)
        offered = [
            each for each in west.journal.offer(HARBOUR, {}) if each.channel == EAST_TO_NATION
        ]
        if signature != "told on":
            assert offered == []
            return
        assert [each.last for each in offered] == [2]
        with nodes(HARBOUR) as (harbour,):
            for piece in (*nation.journal.offer(HARBOUR, {text: 2}), *offered):
                assert not isinstance(harbour.journal.merge(piece), Refused)
            assert fires_seen(harbour) == [(EASTERN, "fire:1"), (EASTERN, "fire:2")]
            for each in (west, harbour):
                assert list(each.journal.verify()) == []


@pytest.mark.requirement("E9.1")
@pytest.mark.parametrize("first", ["the revocation", "the facts"])
def test_what_a_revoked_key_told_beyond_what_is_believed_is_in_no_view_anywhere(
    first: str,
) -> None:
    with nodes(EAST, NATIONS_NODE, WEST) as (east, nation, west):
        for number in (1, 2):
            east.done(fire(number, EASTERN))
        nation.hear(east)
        text = EAST_TO_NATION.text()
        signed = {text: signature_under(nation, EAST_TO_NATION, 2)}
        stating = revoking(EAST, {text: 2}, signatures=signed)
        nation.done(request(AGENCY, RevokeKey(revoked=stating)))
        # The thief goes on with the key.
        east.done(fire(2, EASTERN))
        east.done(fire(3, EASTERN))
        pieces = pieces_of(east)
        if first == "the facts":
            west.hear(east)
            assert len(fires_seen(west)) == 3
        west.hear(nation)
        assert fires_seen(west) == [(EASTERN, "fire:1"), (EASTERN, "fire:2")]
        for piece in pieces:
            west.journal.merge(piece)
        assert fires_seen(west) == fires_seen(nation)
        counted = [row["facts"] for row in rows_told_to(west, NATION)["fire_seen"]]
        assert counted == [1, 1]
        assert aside(west) == (["revoked"] * 2 if first == "the facts" else [])
        # Nobody passes on what is not believed.
        offered = [
            piece.last
            for piece in west.journal.offer(NATIONS_NODE, {})
            if piece.channel == EAST_TO_NATION
        ]
        assert offered == [2]
        beyond = pieces[-1]
        assert beyond.last == 4
        said = west.journal.merge(beyond)
        assert isinstance(said, Refused)
        assert said.code == "key_revoked"
        assert evidence(west) == ["key_revoked"]
        assert list(west.journal.verify()) == []
        assert west.journal.record.views_are_current


def test_what_a_revoked_key_told_is_weighed_in_no_conflict() -> None:
    with nodes(WEST, EAST, NATIONS_NODE) as (west, east, nation):
        take_over(west, east)
        west.done(fire(2))
        nation.hear(west, east)
        conflicts = Conflicts(nation.journal.record)
        assert [each.subject for each in conflicts.all()] == ["fire:2"]
        believed = {channel_of(west, NATION).text(): 2}
        nation.done(request(AGENCY, RevokeKey(revoked=revoking(WEST, believed))))
        assert conflicts.all() == Conflicts(nation.journal.record).all() == []


def test_what_waits_behind_a_gap_is_not_waited_for_when_its_key_is_revoked() -> None:
    with nodes(EAST, NATIONS_NODE) as (east, nation):
        for number in range(1, 4):
            east.done(fire(number, EASTERN))
        *_, last = pieces_of(east)
        nation.journal.merge(last)
        assert nation.journal.record.channels[EAST_TO_NATION].announced == 3
        nation.done(request(AGENCY, RevokeKey(revoked=revoking(EAST, {EAST_TO_NATION.text(): 1}))))
        channel = nation.journal.record.channels[EAST_TO_NATION]
        assert channel.announced == 1
        assert nation.store.rows(EVIDENCE, {}) == []


def test_a_node_does_not_disbelieve_itself_but_is_told_that_others_do() -> None:
    with nodes(EAST, NATIONS_NODE) as (east, nation):
        east.done(fire(1, EASTERN))
        nation.done(request(AGENCY, RevokeKey(revoked=revoking(EAST, {}))))
        east.hear(nation)
        assert evidence(east) == ["own_key_revoked"]
        assert fires_seen(east) == [(EASTERN, "fire:1")]
        # An alarm is taken all the same.
        east.done(fire(2, EASTERN))
        assert list(east.journal.verify()) == []


def test_a_node_changes_its_key_and_is_heard_by_those_who_heard_of_it(tmp_path: Path) -> None:
    clock = Clock()
    settings = Settings(roster=rooted(), clock=clock)
    east = Node(EAST, str(tmp_path), settings)
    with nodes(NATIONS_NODE) as (nation,):
        east.done(fire(1, EASTERN))
        new = secret_of("east 2")
        change = KeyChanged(node=EAST, key=new.verify_key.encode().hex(), from_incarnation=2)
        east.done(request(EASTERN, ChangeKey(changed=change)))
        east.close()
        east = Node(EAST, str(tmp_path), replace(settings, key=new))
        incarnation = east.journal.record.incarnation
        assert incarnation > 2
        assert not east.journal.reactor.held
        east.done(fire(2, EASTERN))
        old, later = (
            [p for p in east.journal.offer(NATIONS_NODE, {}) if p.channel.incarnation == number]
            for number in (1, incarnation)
        )
        said = nation.journal.merge(later[0])
        assert isinstance(said, Refused)
        assert said.code == "not_signed"
        for piece in (*old, *later):
            assert isinstance(nation.journal.merge(piece), Merged)
        assert len(fires_seen(nation)) == 2
        assert list(nation.journal.verify()) == list(east.journal.verify()) == []
        assert nation.journal.record.roster.line_key_of(EAST) == key_of(EAST).verify_key.encode()
        east.close()


def test_with_the_new_key_of_a_revocation_a_node_goes_on(tmp_path: Path) -> None:
    settings = Settings(roster=rooted(), clock=Clock())
    east = Node(EAST, str(tmp_path), settings)
    with nodes(NATIONS_NODE) as (nation,):
        east.done(fire(1, EASTERN))
        nation.hear(east)
        east.close()
        east = Node(EAST, str(tmp_path), replace(settings, key=secret_of("east 2")))
        assert evidence(east) == ["own_key"]
        believed = {EAST_TO_NATION.text(): 1}
        nation.done(request(AGENCY, RevokeKey(revoked=revoking(EAST, believed, "east 2"))))
        east.hear(nation)
        assert east.journal.record.incarnation > 1
        east.done(fire(2, EASTERN))
        nation.hear(east)
        assert len(fires_seen(nation)) == 2
        assert nation.journal.record.roster.line_key_of(EAST) == (
            secret_of("east 2").verify_key.encode()
        )
        east.close()
