# SPDX-License-Identifier: Apache-2.0
"""A day carried by hand: size and time of a bundle, beside plain zip and beside direct merging.

An ordinary day of the whole country is some 110 incidents (docs/decisions/0013), here with some
thirty facts each; a storm day is ten times that (both an assumption). All is told by one node, to
the nation and to its area, so that the nation's bundle holds one entry of each fact.
"""

import statistics
import zipfile
from io import BytesIO
from pathlib import Path

from bavn.capabilities.operations.decisions import ReportIncident, SetUnitStatus
from bavn.capabilities.operations.model.unit import UnitStatus
from bavn.journal.chain import Segment
from bavn.journal.decision import Done, Request
from bavn.journal.merge import Merged
from bavn.kernel.identity import NodeId, OrganisationId, World
from bavn.kernel.mandate import Actor
from bavn.node.wiring import catalogue
from bavn.runtime import clock
from bavn.runtime.bundle.export import export_bundle
from bavn.runtime.bundle.gathering import Wanted
from bavn.runtime.bundle.importing import Source, import_bundle, receiver_of
from bavn.runtime.folder import Folder
from bavn.runtime.founding import found_node, introduce, write_roster
from bavn.runtime.memory import settle
from bavn.runtime.opened import Opened, open_to_write
from bench.measure import RUNS, folder, seconds

WORLD = World("bench")
CENTRE, NATION = NodeId("nordjylland"), NodeId("nation")
AREA, SERVICE = OrganisationId("nordjylland"), OrganisationId("nordjyllands-beredskab")
INCIDENTS, STORM = 110, 10
# With the report some thirty facts: six units, each with five words.
UNITS_OF_INCIDENT = 6
WORDS = (
    UnitStatus.ALERTED,
    UnitStatus.EN_ROUTE,
    UnitStatus.AT_SCENE,
    UnitStatus.RETURNING,
    UnitStatus.AVAILABLE,
)
GROUP = 8


def main() -> None:
    """Print what an ordinary day and a storm day cost."""
    for name, times in (("an ordinary day", 1), ("a storm day", STORM)):
        with folder() as place:
            _day(place, name, INCIDENTS * times)


def _day(place: Path, name: str, incidents: int) -> None:
    nodes = _two(place)
    with open_to_write(nodes[0], WORLD, catalogue()) as centre:
        _tell(centre, incidents)
        segments = centre.journal.offer(NATION, {}, limit=100_000)
        entries = sum(len(segment.facts) for segment in segments)
        plain = b"".join(segment.to_bytes() for segment in segments)
        print(f"\n{name}: {incidents:,} incidents, {entries:,} entries that the nation may hear")
        zipping, exporting, importing, merging = [], [], [], []
        zipped = size = 0
        for run in range(RUNS):
            settle()
            packed = BytesIO()
            zipping.append(seconds(lambda packed=packed: _zip(packed, plain)))  # type: ignore[misc]
            zipped = len(packed.getvalue())
            out = place / f"stick-{run}"
            out.mkdir()
            exporting.append(seconds(lambda out=out: _export(centre, nodes[0], out)))  # type: ignore[misc]
            (file,) = out.iterdir()
            size = file.stat().st_size
            importing.append(_import(place / f"by-hand-{run}", nodes[0], file, entries))
            merging.append(_merge(place / f"by-line-{run}", nodes[0], segments, entries))
        print(f"  plain {len(plain):>13,} bytes   {len(plain) / entries:>6.0f} a fact")
        _row("zip of the same segments", zipping, entries, f"{zipped:>10,} bytes")
        _row("bundle exported, on disk", exporting, entries, f"{size:>10,} bytes")
        print(f"  {size / entries:.0f} bytes a fact; ratio to zip: {size / zipped:.2f}; aim: 1.0")
        _row("bundle imported", importing, entries, "")
        _row("the same segments merged directly", merging, entries, "")
        pairs = [a / b for a, b in zip(importing, merging, strict=True)]
        spread = f"{min(pairs):.2f} to {max(pairs):.2f}"
        print(
            f"  import to direct merge, time: {statistics.median(pairs):.2f} ({spread}); aim: 1.1"
        )


def _row(name: str, took: list[float], entries: int, more: str) -> None:
    middle = statistics.median(took)
    print(f"  {name:<36} {middle:>7.2f} s {entries / middle:>9,.0f} facts/s   {more}")


def _two(place: Path) -> tuple[Folder, Folder]:
    """The centre's folder and an empty one of the nation's, which know each other."""
    folders = Folder(place / CENTRE), Folder(place / NATION)
    parts = catalogue()
    hosts = [AREA, SERVICE]
    rosters = [
        found_node(folders[0], WORLD, CENTRE, hosts=hosts, areas=[AREA], catalogue=parts),
        found_node(folders[1], WORLD, NATION, hosts=[], areas=[], catalogue=parts),
    ]
    for each, roster in zip(folders, introduce(*rosters), strict=True):
        write_roster(each, roster)
    return folders


def _tell(centre: Opened, incidents: int) -> None:
    requests = [each for number in range(incidents) for each in _course(number)]
    for first in range(0, len(requests), GROUP):
        for outcome in centre.journal.commit(requests[first : first + GROUP]):
            assert isinstance(outcome, Done), outcome


def _course(number: int) -> list[Request]:
    report = ReportIncident(
        incident=f"R{number}",
        area=AREA,
        incident_type=("VE-SKY", "BR-BYG", "FU-TRA")[number % 3],
        municipality=("0851", "0860", "0787", "0813")[number % 4],
        latitude=56.5 + number % 97 / 100,
        longitude=9.0 + number % 131 / 100,
    )
    contents: list[object] = [report]
    for unit in range(UNITS_OF_INCIDENT):
        contents += [
            SetUnitStatus(
                unit=f"NJB-{(number + unit) % 40}", status=word, area=AREA, incident=f"R{number}"
            )
            for word in WORDS
        ]
    actor = Actor(organisation=SERVICE, function="control_room")
    return [Request(owner=SERVICE, actor=actor, content=each) for each in contents]  # type: ignore[arg-type]


def _zip(into: BytesIO, plain: bytes) -> None:
    with zipfile.ZipFile(into, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("segments", plain)


def _export(centre: Opened, node: Folder, out: Path) -> None:
    wanted, work = Wanted(to=NATION), node.world_path(WORLD)
    key = node.line_key(WORLD)
    export_bundle(centre.journal.record, wanted, key, (out, work), clock.now(), lambda *_: None)


def _fresh(place: Path, centre: Folder) -> Folder:
    """The nation's node with an empty record: its keys and roster, and no more."""
    nation = Folder(centre.path.parent / NATION)
    copy = Folder(place)
    for source in sorted(nation.path.rglob("*")):
        target = copy.path / source.relative_to(nation.path)
        if source.is_dir():
            target.mkdir(parents=True, mode=0o700)
        else:
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(source.read_bytes())
    return copy


def _import(place: Path, centre: Folder, file: Path, entries: int) -> float:
    nation = _fresh(place, centre)
    with open_to_write(nation, WORLD, catalogue()) as node, file.open("rb") as stream:
        receiver = receiver_of(node.journal.record, nation.line_key(WORLD))
        began = clock.seconds()
        source = Source(file.name, stream)
        report = import_bundle(node.journal.merge, [source], receiver, lambda _: None)
        took = clock.seconds() - began
        assert (report.new, report.is_well) == (entries, True), report
    return took


def _merge(place: Path, centre: Folder, segments: list[Segment], entries: int) -> float:
    with open_to_write(_fresh(place, centre), WORLD, catalogue()) as node:
        began = clock.seconds()
        applied = 0
        for segment in segments:
            merged = node.journal.merge(segment)
            assert isinstance(merged, Merged), merged
            applied += merged.applied
        took = clock.seconds() - began
        assert applied == entries
    return took


if __name__ == "__main__":
    main()
