# SPDX-License-Identifier: Apache-2.0
"""The newest picture out of a small bundle: kept apart, shown as what it is, gone when proved."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import msgspec
import pytest

from bavn.journal.chain import Segment
from bavn.journal.decision import Request
from bavn.journal.fact import decode_fact
from bavn.journal.roster import Cut, roster_of
from bavn.kernel.identity import NodeId, OrganisationId
from bavn.runtime.bundle import carried as carrying_home
from bavn.runtime.bundle.carried import by_subject, keep_carried, read_carried, unheard
from bavn.runtime.bundle.form import PAGE, SEGMENT
from bavn.runtime.bundle.having import read_have, sign_have
from bavn.runtime.bundle.importing import Page, Report
from bavn.runtime.halt import Halt
from tests.journal.pictures import picture
from tests.journal.segments import facts_of, retold
from tests.lilleland.nodes import (
    AGENCY,
    EAST,
    EASTERN,
    EASTTOWN,
    HARBOUR,
    NATION,
    WORLD,
    Node,
    Settings,
    key_of,
    request,
    roster,
)
from tests.lilleland.vocabulary import CloseFire, Note, ReportFire, SendCrew
from tests.runtime.bundle.carrying import bundle, exported, opened, taken

FIRES = 1_200
# Too little for a thousand reports, enough for a part of them and for the newest.
SMALL = 60_000


@pytest.fixture(scope="module")
def told() -> Iterator[Node]:
    """Give a node after a long day; the last fires are written about to all sorts of audiences."""
    node = Node(EAST)
    for first in range(0, FIRES, 50):
        node.settings.clock.forward(minutes=1)  # type: ignore[attr-defined]
        node.journal.commit([report(number) for number in range(first, first + 50)])
    for number in (7, 8, 9):
        node.settings.clock.forward(minutes=1)  # type: ignore[attr-defined]
        fire = f"f{number}"
        node.done(request(EASTTOWN, SendCrew(fire=fire, crew="canary-area", area=EASTERN)))
        node.done(request(EASTTOWN, Note(fire=fire, mark="canary-own")))
        node.done(request(EASTTOWN, CloseFire(fire=fire, area=EASTERN)))
    yield node
    node.close()


@pytest.fixture
def nation() -> Iterator[Node]:
    node = Node(NATION)
    yield node
    node.close()


def report(number: int) -> Request:
    # What does not get much smaller when it is packed.
    what = key_of(NodeId(f"chance-{number}")).encode().hex()
    return request(EASTTOWN, ReportFire(fire=f"f{number}", what=what, area=EASTERN))


def kept(path: Path, node: Node, report: Report) -> list[list[str]]:
    """Give the kinds kept of each subject, the last touched first."""
    subjects = by_subject(keep_carried(path, report.pages, node.journal.record))
    return [[read.fact.kind for _, read in facts] for facts in subjects]


def test_a_small_bundle_has_the_newest_of_what_it_leaves_out(
    told: Node, nation: Node, tmp_path: Path
) -> None:
    with exported(told, NATION, most_bytes=SMALL) as (made, files):
        assert made.left_out > 0
        assert made.entries > 0
        report = taken(nation, *files)
    assert report.new == made.entries
    assert sum(len(page.facts) for page in report.pages) == made.pictured > 100
    before = picture(nation)
    subjects = kept(tmp_path / "carried.jsonl", nation, report)
    # The three that were closed last are first, and were reported first of all, in the chain.
    assert subjects[:3] == [["lilleland.fire_closed"]] * 3
    assert subjects[3] == ["lilleland.fire_reported"]
    assert picture(nation) == before


def test_it_says_nothing_that_the_receiver_may_not_hear(told: Node, nation: Node) -> None:
    report = taken(nation, *bundle(told, NATION, most_bytes=SMALL))
    said = b"".join(fact for page in report.pages for fact in page.facts)
    assert b"fire_closed" in said
    assert b"canary" not in said
    harbour = Node(HARBOUR)
    heard = taken(harbour, *bundle(told, HARBOUR, most_bytes=SMALL))
    said = b"".join(fact for page in heard.pages for fact in page.facts)
    assert b"canary-area" in said
    assert b"canary-own" not in said
    harbour.close()


def test_it_goes_when_the_chain_has_brought_it(told: Node, nation: Node, tmp_path: Path) -> None:
    path = tmp_path / "carried.jsonl"
    report = taken(nation, *bundle(told, NATION, most_bytes=SMALL))
    assert kept(path, nation, report)
    assert oct(path.stat().st_mode)[-3:] == "600"
    nation.hear(told)
    assert unheard(read_carried(path), nation.journal.record) == []
    assert kept(path, nation, Report()) == []
    assert path.read_bytes() == b""


def test_repeated_and_of_two_bundles_each_fact_is_kept_once(
    told: Node, nation: Node, tmp_path: Path
) -> None:
    path = tmp_path / "carried.jsonl"
    files = bundle(told, NATION, most_bytes=SMALL)
    first = kept(path, nation, taken(nation, *files, *files))
    raw = path.read_bytes()
    assert kept(path, nation, taken(nation, *files)) == first
    assert path.read_bytes() == raw
    facts = [bytes(each.fact) for each in read_carried(path)]
    assert len(facts) == len(set(facts))


def test_what_its_node_may_not_tell_is_not_shown(told: Node, nation: Node, tmp_path: Path) -> None:
    report = taken(nation, *bundle(told, NATION, most_bytes=SMALL))
    (page, *_) = report.pages
    fact = page.facts[0]
    untrue = [
        retold(fact, owner=AGENCY),
        retold(fact, world="exercise"),
        retold(fact, owner=OrganisationId("nobody")),
        retold(fact, about=("no subject",)),
        b"noise",
        b"",
    ]
    pages = [Page(page.manifest, "made up", tuple(untrue))]
    assert keep_carried(tmp_path / "carried.jsonl", pages, nation.journal.record) == []


def test_when_there_is_too_much_what_was_made_first_goes(
    told: Node, nation: Node, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(carrying_home, "CARRIED_BYTES_LIMIT", 3_000)
    report = taken(nation, *bundle(told, NATION, most_bytes=SMALL))
    (old, *_) = report.pages
    later = msgspec.structs.replace(old.manifest, made_at=told.settings.clock())
    assert later.made_at >= old.manifest.made_at
    kept_facts = keep_carried(tmp_path / "carried.jsonl", report.pages, nation.journal.record)
    assert 0 < sum(len(bytes(each.fact)) for each in kept_facts) <= 3_000


def test_a_damaged_file_is_named(tmp_path: Path) -> None:
    path = tmp_path / "carried.jsonl"
    path.write_bytes(b"noise\n")
    with pytest.raises(Halt) as halted:
        read_carried(path)
    assert halted.value.refused.code == "carried_unreadable"


def test_of_one_matter_only_the_newest_facts_are_carried(nation: Node) -> None:
    node = Node(EAST)
    for first in range(0, FIRES, 50):
        node.journal.commit([report(number) for number in range(first, first + 50)])
    for _ in range(100):
        node.done(request(EASTTOWN, ReportFire(fire="f1", what="again", area=EASTERN)))
    heard = taken(nation, *bundle(node, NATION, most_bytes=SMALL))
    facts = [decode_fact(raw) for page in heard.pages for raw in page.facts]
    again = [fact for fact in facts if fact.about == ("fire:f1",)]
    assert len(again) == 32
    assert again[-1].id == facts_of(node)[-1].id
    node.close()


class TestHave:
    """What a node says that it has is believed under its own signature."""

    @pytest.fixture
    def path(self, told: Node, tmp_path: Path) -> Path:
        path = tmp_path / "east.have.json"
        journal = told.journal
        path.write_bytes(
            sign_have(journal.record.identity, key_of(EAST), journal.have(), told.settings.clock())
        )
        return path

    def test_it_is_read_as_it_was_written(self, told: Node, path: Path) -> None:
        said = read_have(path, WORLD, EAST, key_of(EAST).verify_key)
        assert said.have == told.journal.have()

    @pytest.mark.parametrize(
        ("node", "key", "code"),
        [(NATION, EAST, "have_of_another"), (EAST, NATION, "have_not_signed")],
    )
    def test_anothers_is_refused(self, path: Path, node: NodeId, key: NodeId, code: str) -> None:
        with pytest.raises(Halt) as halted:
            read_have(path, WORLD, node, key_of(key).verify_key)
        assert halted.value.refused.code == code

    def test_a_changed_one_is_refused(self, path: Path) -> None:
        path.write_bytes(path.read_bytes().replace(b'"east/1/nation": 12', b'"east/1/nation": 92'))
        with pytest.raises(Halt) as halted:
            read_have(path, WORLD, EAST, key_of(EAST).verify_key)
        assert halted.value.refused.code == "have_not_signed"

    @pytest.mark.parametrize("size", [0, 1, 100])
    def test_a_torn_one_is_refused(self, path: Path, size: int) -> None:
        path.write_bytes(path.read_bytes()[:size])
        with pytest.raises(Halt) as halted:
            read_have(path, WORLD, EAST, key_of(EAST).verify_key)
        assert halted.value.refused.code == "have_not_signed"


class TestRevoked:
    """What is not believed is not carried, neither in its chain nor as a picture."""

    @pytest.fixture
    def bearer(self, told: Node, tmp_path: Path) -> Iterator[Node]:
        """Give a node that has heard all, and then that the teller's key is revoked."""
        before = Node(HARBOUR, str(tmp_path))
        before.hear(told)
        peers = dict(before.journal.record.roster.peers)
        before.close()
        cut = Cut(key=peers[EAST].key, believed={"east/1/nation": 1_000})
        peers[EAST] = replace(peers[EAST], cuts=(cut,))
        after = roster_of(peers.values(), roster().grants)
        node = Node(HARBOUR, str(tmp_path), Settings(roster=after))
        assert node.journal.have()["east/1/nation"] == FIRES + 3
        yield node
        node.close()

    def test_nothing_beyond_what_is_believed_is_carried(self, bearer: Node) -> None:
        whole = bundle(bearer, NATION)
        small = bundle(bearer, NATION, most_bytes=SMALL // 2)
        for files in (whole, small):
            facts: list[bytes] = []
            for sort, content in (each for raw in files for each in opened(raw, key_of(NATION))):
                if sort == PAGE:
                    facts += content.split(b"\n")
                elif sort == SEGMENT:
                    segment = Segment.from_bytes(content)
                    assert segment.last <= 1_000
                    facts += segment.facts
            fires = {decode_fact(raw).about[0] for raw in facts}
            assert "fire:f999" in fires
            assert "fire:f1000" not in fires
            assert not any(b"fire_closed" in raw for raw in facts)

    def test_a_node_whose_key_is_revoked_gets_no_bundle_and_none_of_its_is_taken(
        self, bearer: Node, told: Node
    ) -> None:
        with pytest.raises(Halt) as halted:
            bundle(bearer, EAST)
        assert halted.value.refused.code == "bundle_unknown_receiver"
        ((_, refused),) = taken(bearer, *bundle(told, HARBOUR)).useless
        assert refused.code == "bundle_unknown_sender"
