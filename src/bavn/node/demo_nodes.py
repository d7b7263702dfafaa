# SPDX-License-Identifier: Apache-2.0
"""The two nodes of the demonstration: real folders, real keys, and a link that can be cut."""

from dataclasses import dataclass
from pathlib import Path

import msgspec

from bavn.capabilities.operations.views import INCIDENT_BOARD, INCIDENT_PICTURE
from bavn.journal.decision import Outcome, Request
from bavn.journal.reader import NOBODY, Reader
from bavn.journal.table import Row
from bavn.journal.views import digest_of
from bavn.kernel.identity import NodeId, OrganisationId, World
from bavn.kernel.mandate import Actor
from bavn.node.acquainted import hear_all
from bavn.node.demo_writer import SENDER
from bavn.node.wiring import catalogue
from bavn.runtime.folder import Folder
from bavn.runtime.founding import found_node, introduce, write_roster
from bavn.runtime.opened import Opened, open_to_write

# Invented incidents belong in a world of their own, never in the real one.
WORLD = World("demo")
NORDJYLLAND, NATION = NodeId("nordjylland"), NodeId("nation")
CENTRE = OrganisationId("nordjylland")
SERVICE = OrganisationId("nordjyllands-beredskab")
SITUATION_CENTRE = OrganisationId("situationscenter")


@dataclass(slots=True)
class DemoNode:
    """One node, open or not."""

    folder: Folder
    owner: OrganisationId
    opened: Opened | None = None

    @property
    def name(self) -> NodeId:
        """The node's name."""
        return self.running.journal.record.identity.node

    @property
    def running(self) -> Opened:
        """The node, opened when it is not."""
        if self.opened is None:
            self.opened = open_to_write(self.folder, WORLD, catalogue())
        return self.opened

    def stop(self) -> None:
        """Let go of the files; harmless when that is done."""
        if self.opened is not None:
            self.opened.close()
            self.opened = None

    def ask(self, content: msgspec.Struct, number: str) -> Outcome:
        """The outcome of one request of the node's own control room, numbered."""
        actor = Actor(organisation=self.owner, function="control_room")
        request = Request(owner=self.owner, actor=actor, content=content, sender=SENDER, ref=number)
        (outcome,) = self.running.journal.commit([request])
        return outcome

    def hear(self, other: "DemoNode") -> int:
        """Pull all that the other may tell; how many entries were new."""
        return hear_all(self.running.journal, other.running.journal)

    def picture(self) -> list[Row]:
        """What everyone may see, as this node knows it."""
        return self.running.journal.query.rows(NOBODY, INCIDENT_PICTURE)

    def board(self) -> list[Row]:
        """The service's own board."""
        reader = Reader(organisations=frozenset({self.owner}))
        return self.running.journal.query.rows(reader, INCIDENT_BOARD)

    def digest(self) -> str:
        """A hash of the picture."""
        return digest_of((INCIDENT_PICTURE, row) for row in self.picture())

    def files_with(self, text: bytes) -> list[Path]:
        """The files of this node that hold these bytes."""
        files = [path for path in sorted(self.folder.path.rglob("*")) if path.is_file()]
        return [path for path in files if text in path.read_bytes()]


def make_two(path: Path) -> tuple[DemoNode, DemoNode]:
    """Nordjylland's node and the nation's, in two folders, each with the other in its roster."""
    folders = Folder(path / NORDJYLLAND), Folder(path / NATION)
    parts = catalogue()
    rosters = [
        found_node(
            folders[0],
            WORLD,
            NORDJYLLAND,
            hosts=[CENTRE, SERVICE],
            areas=[CENTRE],
            catalogue=parts,
        ),
        found_node(folders[1], WORLD, NATION, hosts=[SITUATION_CENTRE], areas=[], catalogue=parts),
    ]
    for folder, roster in zip(folders, introduce(*rosters), strict=True):
        write_roster(folder, roster)
    return DemoNode(folders[0], SERVICE), DemoNode(folders[1], SITUATION_CENTRE)
