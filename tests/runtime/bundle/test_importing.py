# SPDX-License-Identifier: Apache-2.0
"""What comes in by hand may be anything: torn, for others, made up, or told before."""

from collections.abc import Iterator
from hashlib import sha256
from io import BytesIO
from typing import Any

import msgspec
import pytest
from nacl.signing import SigningKey

from bavn.journal.chain import SEGMENT_BYTES_LIMIT, ChannelName
from bavn.journal.decision import Request
from bavn.journal.journal import DISK_FULL
from bavn.kernel.audience import Audience
from bavn.kernel.identity import NodeId, World
from bavn.runtime.bundle import form
from bavn.runtime.bundle.form import (
    MANIFEST,
    PAGE,
    SEGMENT,
    Label,
    Manifest,
    NotABundle,
    Part,
    Records,
    Stretch,
    pack,
    page_name,
    read_label,
    sign_manifest,
    write_label,
)
from bavn.runtime.bundle.importing import Report, Source, import_bundle, still_needed
from bavn.runtime.halt import Halt
from tests.journal import segments as made_up
from tests.journal.pictures import bytes_held, picture
from tests.lilleland.nodes import (
    EAST,
    EASTERN,
    EASTTOWN,
    HARBOUR,
    NATION,
    WEST,
    WORLD,
    Node,
    key_of,
    request,
)
from tests.lilleland.vocabulary import Note, ReportFire, SendCrew
from tests.runtime.bundle.carrying import bundle, opened, receiver, sealed, silent, taken


@pytest.fixture
def east() -> Iterator[Node]:
    node = Node(EAST)
    for number in range(60):
        node.done(request(EASTTOWN, ReportFire(fire=f"f{number}", what="barn", area=EASTERN)))
        node.done(request(EASTTOWN, SendCrew(fire=f"f{number}", crew="1", area=EASTERN)))
        node.done(request(EASTTOWN, Note(fire=f"f{number}", mark="secret")))
    yield node
    node.close()


@pytest.fixture
def nation() -> Iterator[Node]:
    node = Node(NATION)
    yield node
    node.close()


def report(fire: str) -> Request:
    """Give a report that does not get much smaller when it is packed."""
    what = key_of(NodeId(f"chance {fire}")).encode().hex() * 8
    return request(EASTTOWN, ReportFire(fire=fire, what=what, area=EASTERN))


def label_of(raw: bytes) -> Label:
    return read_label(BytesIO(raw).readline())


def useless(report: Report) -> str:
    """Give the code of the one refusal, when nothing at all was taken."""
    ((_, refused),) = report.useless
    assert (report.new, report.known, report.waiting, report.torn) == (0, 0, 0, [])
    return refused.code


class TestTaking:
    """What is whole is used, once."""

    @pytest.mark.requirement("E5.6")
    def test_it_is_heard_and_heard_again_without_a_trace(self, east: Node, nation: Node) -> None:
        (raw,) = bundle(east, NATION)
        report = taken(nation, raw)
        assert (report.new, report.known, report.is_well) == (60, 0, True)
        assert nation.journal.have() == {"east/1/nation": 60}
        before = picture(nation)
        again = taken(nation, raw, raw)
        assert (again.new, again.known, again.is_well) == (0, 120, True)
        assert picture(nation) == before

    def test_what_the_receiver_says_that_it_has_is_not_carried(
        self, east: Node, nation: Node
    ) -> None:
        taken(nation, *bundle(east, NATION))
        for number in range(3):
            east.done(request(EASTTOWN, ReportFire(fire=f"g{number}", what="x", area=EASTERN)))
        (raw,) = bundle(east, NATION, have=nation.journal.have())
        report = taken(nation, raw)
        assert (report.new, report.known) == (3, 0)
        with pytest.raises(Halt) as halted:
            bundle(east, NATION, have=nation.journal.have())
        assert halted.value.refused.code == "bundle_nothing"

    def test_what_was_told_since_an_instant_waits_for_what_came_before(
        self, east: Node, nation: Node
    ) -> None:
        first = bundle(east, NATION)
        east.settings.clock.forward(hours=1)  # type: ignore[attr-defined]
        since = east.settings.clock()
        east.done(request(EASTTOWN, ReportFire(fire="late", what="x", area=EASTERN)))
        (raw,) = bundle(east, NATION, since=since)
        report = taken(nation, raw)
        assert (report.new, report.waiting) == (0, 1)
        report = taken(nation, *first)
        assert (report.new, report.waiting) == (61, 0)

    def test_both_bundles_at_once_are_taken_in_the_order_in_which_they_were_made(
        self, east: Node, nation: Node
    ) -> None:
        first = bundle(east, NATION)
        east.settings.clock.forward(hours=1)  # type: ignore[attr-defined]
        since = east.settings.clock()
        east.done(request(EASTTOWN, ReportFire(fire="late", what="x", area=EASTERN)))
        report = taken(nation, *bundle(east, NATION, since=since), *first)
        assert (report.new, report.waiting, len(report.bundles)) == (61, 0, 2)

    def test_it_is_passed_on_by_whoever_holds_it(self, east: Node, nation: Node) -> None:
        taken(nation, *bundle(east, NATION))
        west = Node(WEST)
        assert taken(west, *bundle(nation, WEST)).new == 60
        west.close()

    def test_a_node_is_not_told_what_it_told_itself(self, east: Node, nation: Node) -> None:
        taken(nation, *bundle(east, NATION))
        with pytest.raises(Halt) as halted:
            bundle(nation, EAST)
        assert halted.value.refused.code == "bundle_nothing"
        # But it is, when it says that it has lost it.
        anew = Node(EAST)
        report = taken(anew, *bundle(nation, EAST, have={"west/1/nation": 0}))
        assert list(report.stopped.values()) == ["rolled_back"]
        anew.close()


@pytest.fixture(scope="module")
def raw() -> bytes:
    node = Node(EAST)
    for first in range(0, 460, 5):
        group = [report(f"t{number}") for number in range(first, first + 5)]
        node.journal.commit(group)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("bavn.journal.offer.SEGMENT_FACTS_LIMIT", 5)
        # Not to be packed smaller than one of age's chunks, as a real day never is.
        patch.setattr(form, "LEVEL", -100)
        (raw,) = bundle(node, NATION)
    node.close()
    assert len(raw) > 3 * 65_536
    return raw


class TestTorn:
    """A file that ends too early: what is whole before the tear is used."""

    @pytest.mark.parametrize("share", [0.3, 0.6, 0.95, 0.9999])
    def test_the_segments_before_the_tear_are_used(
        self, raw: bytes, share: float, nation: Node
    ) -> None:
        report = taken(nation, raw[: int(len(raw) * share)])
        assert 0 < report.new < 460 or share > 0.9
        assert report.new % 5 == 0
        assert report.torn
        assert not report.is_well
        (seen,) = report.bundles.values()
        assert seen.missing == [1]
        assert nation.journal.have() == {"east/1/nation": report.new}
        assert list(nation.journal.verify()) == []
        whole = taken(nation, raw)
        assert (whole.new + report.new, whole.known, whole.is_well) == (460, report.new, True)

    @pytest.mark.parametrize("size", [0, 5, 40, 150, 180, 400, 700])
    def test_before_the_first_segment_nothing_is_used_and_it_is_said(
        self, raw: bytes, size: int, nation: Node
    ) -> None:
        report = taken(nation, raw[:size])
        assert report.useless or report.torn
        assert not report.is_well
        assert nation.journal.have() == {}

    def test_a_changed_byte_is_a_tear(self, raw: bytes, nation: Node) -> None:
        at = 2 * 65_536 + 5_000
        report = taken(nation, raw[:at] + bytes([raw[at] ^ 1]) + raw[at + 1 :])
        assert 0 < report.new < 460
        assert report.torn


class TestParts:
    """What is missing is said by its number, and what came earlier is not missed."""

    @pytest.fixture
    def parts(self, east: Node, monkeypatch: pytest.MonkeyPatch) -> list[bytes]:
        monkeypatch.setattr("bavn.journal.offer.SEGMENT_FACTS_LIMIT", 5)
        parts = bundle(east, NATION, part_bytes=5_000)
        assert len(parts) > 2
        return parts

    def test_the_missing_ones_are_named(self, parts: list[bytes], nation: Node) -> None:
        report = taken(nation, parts[1])
        (seen,) = report.bundles.values()
        assert seen.whole == {2}
        assert seen.missing == [1, *range(3, len(parts) + 1)]
        assert report.new == 0
        assert report.waiting > 0
        assert taken(nation, *reversed([*parts[:1], *parts[2:]])).new == 60

    def test_a_part_is_known_by_what_it_holds_and_not_by_its_label(
        self, parts: list[bytes], nation: Node
    ) -> None:
        label = label_of(parts[1])
        other = write_label(msgspec.structs.replace(label, part=1))
        report = taken(nation, parts[1].replace(write_label(label), other))
        assert next(iter(report.bundles.values())).whole == {2}

    def test_a_part_whose_entries_are_held_is_not_needed(
        self, parts: list[bytes], nation: Node
    ) -> None:
        (seen,) = taken(nation, parts[1]).bundles.values()
        first, third = seen.manifest.parts[0].holds, seen.manifest.parts[2].holds
        assert still_needed(seen, lambda each: each in first, set()) == [*seen.missing[1:]]
        assert still_needed(seen, lambda each: each in first + third, set()) == seen.missing[2:]


class TestNotForUs:
    """Each sort of wrong file has its own words, and leaves nothing behind."""

    def test_for_another_node(self, east: Node, nation: Node) -> None:
        assert useless(taken(nation, *bundle(east, HARBOUR))) == "bundle_for_another"

    def test_of_another_world(self, east: Node, nation: Node) -> None:
        (raw,) = bundle(east, NATION)
        label = label_of(raw)
        other = write_label(msgspec.structs.replace(label, world=World("exercise")))
        changed = raw.replace(write_label(label), other)
        assert useless(taken(nation, changed)) == "bundle_other_world"

    def test_relabelled_for_us_it_still_does_not_open(self, east: Node, nation: Node) -> None:
        (raw,) = bundle(east, HARBOUR)
        label = label_of(raw)
        ours = write_label(msgspec.structs.replace(label, to=NATION))
        changed = raw.replace(write_label(label), ours)
        assert useless(taken(nation, changed)) == "bundle_other_key"

    def test_sealed_to_the_key_that_we_had_before(self, east: Node, nation: Node) -> None:
        key = SigningKey(bytes(32))
        assert useless(taken(nation, *bundle(east, NATION), key=key)) == "bundle_other_key"

    @pytest.mark.parametrize("raw", [b"", b"hello\n", b"bavn bundle 1 {}\nx", bytes(5_000)])
    def test_no_bundle_at_all(self, raw: bytes, nation: Node) -> None:
        assert useless(taken(nation, raw)) == "bundle_not_one"

    def test_one_wrong_file_does_not_keep_the_others_out(self, east: Node, nation: Node) -> None:
        report = taken(nation, *bundle(east, HARBOUR), b"hello", *bundle(east, NATION))
        assert (report.new, len(report.useless), report.is_well) == (60, 2, False)


class TestMadeUp:
    """Anybody can seal to a node; what is in it has to prove itself."""

    def manifest(self, *records: tuple[bytes, bytes], **changes: Any) -> Manifest:
        digest = sha256(b"".join(pack(*each) for each in records)).hexdigest()
        pages = tuple(page_name(raw) for sort, raw in records if sort == PAGE)
        channel = ChannelName(EAST, 1, Audience("nation"))
        part = Part(sha256=digest, size=1, holds=(Stretch(channel, 1, 60),), pages=pages)
        said = {
            "world": WORLD,
            "sender": EAST,
            "to": NATION,
            "number": 1,
            "made_at": "2027-01-01T00:00:00Z",
            "parts": (part,),
            "left": (),
            **changes,
        }
        return msgspec.convert(said, Manifest, from_attributes=True)

    def part(
        self, manifest: Manifest, *records: tuple[bytes, bytes], key: SigningKey | None = None
    ) -> bytes:
        label = Label(world=WORLD, sender=EAST, to=NATION, number=1, part=1, parts=1)
        signed = sign_manifest(manifest, key or key_of(EAST))
        return sealed(label, NATION, (MANIFEST, signed), *records)

    @pytest.fixture
    def segment(self, east: Node) -> bytes:
        (found,) = east.journal.offer(NATION, {})
        return found.to_bytes()

    def test_what_is_made_up_as_it_should_be_is_taken(self, segment: bytes, nation: Node) -> None:
        record = (SEGMENT, segment)
        report = taken(nation, self.part(self.manifest(record), record))
        assert (report.new, report.is_well) == (60, True)

    @pytest.mark.parametrize(
        ("changes", "code"),
        [
            ({"sender": "nobody"}, "bundle_unknown_sender"),
            ({"sender": "west"}, "bundle_not_signed"),
            ({"to": "harbour"}, "bundle_not_as_one"),
            ({"world": "exercise"}, "bundle_not_as_one"),
            ({"parts": ()}, "bundle_not_as_one"),
        ],
    )
    def test_a_manifest_that_is_not_for_us_or_not_its_senders(
        self, changes: dict[str, Any], code: str, segment: bytes, nation: Node
    ) -> None:
        record = (SEGMENT, segment)
        raw = self.part(self.manifest(record, **changes), record)
        assert useless(taken(nation, raw)) == code
        assert bytes_held(nation) == 0

    def test_a_manifest_signed_by_somebody_else(self, segment: bytes, nation: Node) -> None:
        record = (SEGMENT, segment)
        raw = self.part(self.manifest(record), record, key=key_of(WEST))
        assert useless(taken(nation, raw)) == "bundle_not_signed"

    def test_an_empty_one(self, nation: Node) -> None:
        manifest = self.manifest(parts=(Part(sha256="", size=0, holds=(), pages=()),))
        assert useless(taken(nation, self.part(manifest))) == "bundle_empty"

    def test_records_that_the_manifest_does_not_name(self, segment: bytes, nation: Node) -> None:
        manifest = self.manifest((SEGMENT, segment))
        page = self.part(manifest, (SEGMENT, segment), (PAGE, b"{}"))
        report = taken(nation, page)
        assert [refused.code for _, refused in report.useless] == ["bundle_not_as_one"]
        assert report.pages == []
        again = self.part(manifest, (SEGMENT, segment), (SEGMENT, segment))
        report = taken(nation, again)
        assert [refused.code for _, refused in report.useless] == ["bundle_not_signed"]

    def test_a_segment_that_does_not_prove_itself_is_refused_and_the_rest_is_taken(
        self, east: Node, segment: bytes, nation: Node
    ) -> None:
        channel = made_up.channel_of(east, Audience("nation"))
        forged = made_up.signed(channel, [b"{}"], key=key_of(WEST)).to_bytes()
        hidden = made_up.signed(
            ChannelName(EAST, 1, Audience("area:eastern")),
            [b"{}"],
        ).to_bytes()
        records = [(SEGMENT, forged), (SEGMENT, hidden), (SEGMENT, segment)]
        report = taken(nation, self.part(self.manifest(*records), *records))
        assert report.new == 60
        assert sorted(code for code, _ in report.refused) == ["not_for_us", "not_signed"]
        assert not report.is_well

    def test_noise_in_the_place_of_a_segment(self, nation: Node) -> None:
        record = (SEGMENT, b"noise")
        raw = self.part(self.manifest(record), record)
        assert useless(taken(nation, raw)) == "bundle_not_as_one"

    def test_a_full_disk_ends_it_and_is_said(self, east: Node, nation: Node) -> None:
        (raw,) = bundle(east, NATION)
        sources = [Source("a", BytesIO(raw)), Source("b", BytesIO(raw))]
        report = import_bundle(lambda _: DISK_FULL, sources, receiver(nation), silent)
        assert report.is_full
        assert [count for _, count in report.refused.values()] == [60]


class TestRecords:
    """Records are bounded before they are unpacked."""

    @pytest.mark.parametrize(
        "raw",
        [
            b"X\0\0\0\1x",
            b"S\xff\xff\xff\xff",
            b"S\0\0\0\4abcd",
            pack(SEGMENT, bytes(SEGMENT_BYTES_LIMIT + 1)),
        ],
    )
    def test_what_is_out_of_bounds_is_no_record(self, raw: bytes) -> None:
        with pytest.raises(NotABundle):
            Records(lambda *_: None).feed(raw)

    def test_they_come_whole_however_they_are_cut(self) -> None:
        whole = [(SEGMENT, b"one"), (PAGE, b"two" * 1_000), (SEGMENT, b"")]
        raw = b"".join(pack(*each) for each in whole)
        for step in (1, 2, 7, len(raw)):
            got: list[tuple[bytes, bytes]] = []

            def take(sort: bytes, content: bytes, _: bytes, got: Any = got) -> None:
                got.append((sort, content))

            records = Records(take)
            for at in range(0, len(raw), step):
                records.feed(raw[at : at + step])
            assert got == whole
            assert records.is_between


def test_a_bundle_says_who_wrote_it_to_whom_and_nothing_else_in_clear(east: Node) -> None:
    (raw,) = bundle(east, NATION)
    label = label_of(raw)
    assert (label.sender, label.to, label.part, label.parts) == (EAST, NATION, 1, 1)
    assert b"easttown" not in raw
    sorts = [sort for sort, _ in opened(raw, key_of(NATION))]
    assert sorts == [MANIFEST, SEGMENT]
