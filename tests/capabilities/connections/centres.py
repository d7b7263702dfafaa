# SPDX-License-Identifier: Apache-2.0
"""Lilleland's centres with the real journals: lines that a test cuts, and what people do there."""

from collections.abc import Collection
from datetime import timedelta
from itertools import combinations

from bavn.capabilities.connections.capability import CONNECTIONS
from bavn.capabilities.connections.decisions.settling import SettleConflict
from bavn.capabilities.connections.decisions.taking_over import HandBack, TakeOver
from bavn.capabilities.connections.model.contact import Contact
from bavn.capabilities.operations.capability import OPERATIONS
from bavn.capabilities.operations.decisions import (
    CloseIncident,
    CorrectIncident,
    NoteIncident,
    ReportIncident,
    SetUnitStatus,
    subject_of,
)
from bavn.capabilities.operations.facts import IncidentDescribed, IncidentNoted
from bavn.capabilities.operations.model.unit import UnitStatus
from bavn.capabilities.operations.views.tables import INCIDENT_PICTURE, UNIT_PICTURE
from bavn.journal.catalogue import catalogue_of
from bavn.journal.conflicts import Conflict, Conflicts
from bavn.journal.decision import Done, Outcome
from bavn.journal.fact import Sealed
from bavn.journal.reader import Reader
from bavn.journal.table import Row
from bavn.journal.trust.deciding import NameStandIn
from bavn.journal.trust.statements import StandInNamed
from bavn.kernel.identity import NodeId, OrganisationId
from bavn.kernel.private import Private
from tests.lilleland.nodes import (
    AGENCY,
    EAST,
    EASTERN,
    EASTTOWN,
    HARBOUR,
    NATION,
    NODES,
    PORT,
    WEST,
    WESTERN,
    Clock,
    Node,
    Settings,
    request,
    roster,
)

CHIEF, CALLED = "vagtleder Mette Opdigtet", "Erik Opfundet paa telefon"
SEAT = {NATION: AGENCY, EAST: EASTERN, WEST: WESTERN, HARBOUR: PORT}


class Centres:
    """All nodes of Lilleland; which lines are cut is up to the test."""

    def __init__(self, *, root: NodeId | None = None) -> None:
        self.clock = Clock()
        told = roster()
        if root is not None:
            told = type(told)(told.peers, told.grants, frozenset({root}))
        parts = catalogue_of([OPERATIONS.part, CONNECTIONS.part])
        self.nodes = {
            name: Node(name, None, Settings(clock=self.clock, catalogue=parts, roster=told))
            for name in NODES
        }
        self.cut: set[frozenset[NodeId]] = set()

    def __getitem__(self, name: NodeId) -> Node:
        """One of them."""
        return self.nodes[name]

    def cut_off(self, name: NodeId) -> None:
        """Nothing comes to a node or from it any more."""
        self.cut |= {frozenset({name, other}) for other in NODES if other != name}

    def mend(self) -> None:
        """All lines are whole."""
        self.cut.clear()

    def talk(self) -> None:
        """All who can tell each other what they have, and act on it, until nothing is new."""
        while True:
            before = [node.journal.record.position for node in self.nodes.values()]
            for one, other in combinations(self.nodes.values(), 2):
                if frozenset({one.name, other.name}) not in self.cut:
                    one.hear(other)
                    other.hear(one)
            for node in self.nodes.values():
                while node.journal.turn():
                    pass
            if before == [node.journal.record.position for node in self.nodes.values()]:
                return

    def later(self, **by: float) -> None:
        """Time passes."""
        self.clock.forward(**by)

    # What people do

    def name(self, owner: OrganisationId, *stand_ins: NodeId) -> None:
        """Name who stands in for an owner of the east, in order."""
        for order, node in enumerate(stand_ins, 1):
            named = StandInNamed(owner=owner, stand_in=node, order=order)
            self[EAST].done(request(owner, NameStandIn(named=named)))
        self.talk()

    def report(self, at: NodeId, incident: str, **more: object) -> Done:
        """An alarm for the town in the east."""
        content = ReportIncident(
            incident=incident,
            area=EASTERN,
            text=Private(f"tekst {incident}"),
            **more,  # type: ignore[arg-type]
        )
        return self[at].done(request(EASTTOWN, content))

    def report_for(self, at: NodeId, incident: str) -> Done:
        """An alarm for the town in the east, taken at a node that does not host it."""
        content = ReportIncident(
            incident=incident,
            area=EASTERN,
            incident_type="BR-VIL",
            text=Private(f"tekst {incident}"),
            meant_for=EASTTOWN,
        )
        return self[at].done(request(SEAT[at], content))

    def note(self, at: NodeId, incident: str, text: str) -> Outcome:
        """A note for the town in the east."""
        return self[at].ask(request(EASTTOWN, NoteIncident(incident=incident, text=Private(text))))

    def correct(self, at: NodeId, incident: str, incident_type: str) -> Done:
        """Another incident type."""
        content = CorrectIncident(incident=incident, area=EASTERN, incident_type=incident_type)
        return self[at].done(request(EASTTOWN, content))

    def close(self, at: NodeId, incident: str) -> Done:
        """The work is over."""
        return self[at].done(request(EASTTOWN, CloseIncident(incident=incident, area=EASTERN)))

    def unit(self, at: NodeId, unit: str, status: UnitStatus, incident: str) -> Done:
        """A unit says where it stands."""
        content = SetUnitStatus(unit=unit, area=EASTERN, status=status, incident=incident)
        return self[at].done(request(EASTTOWN, content))

    def take_over(self, at: NodeId, **otherwise: object) -> Outcome:
        """Take the town in the east over, after it was called in vain."""
        asked: dict[str, object] = {
            "of": EASTTOWN,
            "from_node": EAST,
            "contact": Contact.NO_CONTACT,
            "tried_by": ("sine", "phone"),
            "tried_at": self.clock.now - timedelta(minutes=5),
            "decider": Private(CHIEF),
            "called": Private(CALLED),
            "reason": Private("ingen svarer"),
            "is_heard": False,
        }
        return self[at].ask(request(SEAT[at], TakeOver(**asked | otherwise)))  # type: ignore[arg-type]

    def hand_back(self, at: NodeId, to: NodeId = EAST, **otherwise: object) -> Outcome:
        """Give the town in the east back."""
        asked: dict[str, object] = {"node": to, "is_heard": True}
        return self[at].ask(request(EASTTOWN, HandBack(**asked | otherwise)))  # type: ignore[arg-type]

    def settle(self, at: NodeId, conflict: Conflict, keeps: str) -> Outcome:
        """Say which course holds."""
        content = SettleConflict(
            subject=conflict.subject,
            keeps=keeps,
            weighed=conflict.weighed,
            reason=Private("talt med begge"),
        )
        return self[at].ask(request(conflict.owner, content))

    # What is seen

    def conflicts(self, at: NodeId) -> list[Conflict]:
        """What a node finds, from the record alone."""
        return Conflicts(self[at].journal.record).all()

    def incidents(self, at: NodeId) -> dict[tuple[str, str], Row]:
        """The open and closed incidents that everyone knows, as a node has them."""
        rows = self[at].journal.query.rows(Reader(), INCIDENT_PICTURE)
        return {(str(row["owner"]), _id(row)): row for row in rows}

    def units(self, at: NodeId) -> dict[str, Row]:
        """Where units stand, as a node has it."""
        rows = self[at].journal.query.rows(Reader(), UNIT_PICTURE)
        return {_id(row): row for row in rows}

    def texts(
        self,
        at: NodeId,
        incident: str,
        *organisations: OrganisationId,
        owners: Collection[str] = (),
    ) -> list[str]:
        """What a reader comes to read of an incident."""
        node, found = self[at], []
        reader = Reader(organisations=frozenset(organisations), personal=True)
        for owner in map(OrganisationId, owners or (EASTTOWN,)):
            for item in node.journal.query.history(reader, owner, subject_of(incident)):
                body = node.journal.record.catalogue.kinds.read(item.fact)
                if isinstance(body, IncidentDescribed | IncidentNoted):
                    sealed = body.text
                    assert isinstance(sealed, Sealed)
                    text = node.journal.query.reveal(reader, owner, sealed)
                    if isinstance(text, Private):
                        found.append(text.reveal())
        return sorted(found)

    def are_whole(self) -> None:
        """Every node proves its record, and all show the nation the same."""
        pictures = []
        for node in self.nodes.values():
            assert list(node.journal.verify()) == []
            pictures.append((self.incidents(node.name), self.units(node.name)))
        assert all(each == pictures[0] for each in pictures)


def _id(row: Row) -> str:
    return str(row["subject"]).partition(":")[2]
