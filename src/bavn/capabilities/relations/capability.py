# SPDX-License-Identifier: Apache-2.0
"""What relations brings to the house."""

from bavn.capabilities.relations import decisions
from bavn.capabilities.relations.api import HANDLERS
from bavn.capabilities.relations.decisions import (
    NameEvent,
    SayApart,
    SayPair,
    SaySame,
    Stands,
    TieIncident,
    UntieIncident,
)
from bavn.capabilities.relations.facts import KINDS
from bavn.capabilities.relations.model.requests import CloseParts
from bavn.capabilities.relations.pages import PAGES
from bavn.capabilities.relations.reactions import REACTIONS
from bavn.capabilities.relations.views import EVENTS, REPORTED, TIES, VIEWS
from bavn.capabilities.relations.views.gathering import INCIDENT, around, known_of, words_of
from bavn.frame.capability import Capability, MenuEntry, Panel
from bavn.journal.catalogue import Part
from bavn.journal.decision import Decision, Reading
from bavn.journal.table import Row
from bavn.kernel.identity import OrganisationId


def _stands(reading: Reading, request: SayPair, _owner: OrganisationId) -> Stands:
    names = (request.incident, request.into)
    known = {name: known_of(reading.rows, name) for name in names}
    return Stands(
        known={name: found for name, found in known.items() if found is not None},
        words=tuple(words_of(reading.rows, {"subject": f"{INCIDENT}{request.incident}"})),
        together=around(reading.rows, names),
    )


def _named(reading: Reading, request: NameEvent, _owner: OrganisationId) -> Row | None:
    return None if request.event is None else reading.row(EVENTS, f"event:{request.event}")


def _ties(reading: Reading, request: TieIncident, _owner: OrganisationId) -> list[Row]:
    """What is tied to the event, or its own row where nothing is."""
    subject = decisions.event_subject(request.event)
    if not reading.rows(EVENTS, {"subject": subject}):
        return []
    nothing: Row = {"incident": "", "tied": 0, "owner": ""}
    return reading.rows(TIES, {"subject": subject}) or [nothing]


def _parts(
    reading: Reading, request: CloseParts, owner: OrganisationId
) -> list[tuple[str, OrganisationId]]:
    """The open parts of the owner's own, with the area that is told of each."""
    found = []
    for part in around(reading.rows, [request.incident]).merged_into(request.incident):
        row = reading.row(REPORTED, f"{INCIDENT}{part}")
        if row is not None and row["is_open"]:
            found.append((part, OrganisationId(str(row["area"] or owner))))
    return found


DECISIONS = (
    Decision(act="relations.say_same", request=SaySame, load=_stands, decide=decisions.same),
    Decision(act="relations.say_apart", request=SayApart, load=_stands, decide=decisions.apart),
    Decision(
        act="relations.close_parts",
        request=CloseParts,
        load=_parts,
        decide=decisions.close_parts,
    ),
    Decision(
        act="relations.name_event", request=NameEvent, load=_named, decide=decisions.name_event
    ),
    Decision(act="relations.tie", request=TieIncident, load=_ties, decide=decisions.tie),
    Decision(act="relations.untie", request=UntieIncident, load=_ties, decide=decisions.untie),
)
RELATIONS = Capability(
    name="relations",
    part=Part(kinds=KINDS, views=VIEWS, decisions=DECISIONS, reactions=REACTIONS),
    handlers=(*HANDLERS, *PAGES),
    menu=(MenuEntry(text="relations.menu", path="/events", act="relations.read_relations"),),
    panels=(
        Panel(about="incident", path="/incidents/{id}/relations-part", rank=70),
        # Beside the questions that are asked of whoever has just reported it.
        Panel(about="call", path="/incidents/{id}/alike-part"),
    ),
)
