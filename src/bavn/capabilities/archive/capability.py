# SPDX-License-Identifier: Apache-2.0
"""What the archive brings to the house, by the country's rules of retention."""

from typing import Any

from bavn.capabilities.archive.api import HANDLERS
from bavn.capabilities.archive.decisions import access, keeping
from bavn.capabilities.archive.decisions.asking import (
    ApproveAccess,
    ApproveErasure,
    AskErasure,
    ChooseAccess,
    DeliverPackage,
    DropErasure,
    EndAccess,
    GiveAccess,
    LiftHold,
    OpenAccess,
    PlaceHold,
    ReturnAccess,
    SubmitAccess,
)
from bavn.capabilities.archive.facts import KINDS
from bavn.capabilities.archive.model.retention import INCIDENT, Rules
from bavn.capabilities.archive.model.standing import ErasureStands, Standing
from bavn.capabilities.archive.pages import PAGES
from bavn.capabilities.archive.views import VIEWS, standing
from bavn.frame.capability import Capability, MenuEntry, Panel
from bavn.journal.catalogue import Part
from bavn.journal.decision import Decision, Reading
from bavn.journal.table import Row
from bavn.kernel.identity import OrganisationId


def _incident(reading: Reading, request: PlaceHold | OpenAccess, owner: OrganisationId) -> Standing:
    return standing.standing(reading, f"{INCIDENT}:{request.incident}", owner)


def _each(reading: Reading, request: AskErasure, owner: OrganisationId) -> tuple[Standing, ...]:
    subjects = dict.fromkeys(request.subjects)
    return tuple(standing.standing(reading, each, owner) for each in subjects)


def _erasure(
    reading: Reading, request: ApproveErasure | DropErasure, owner: OrganisationId
) -> ErasureStands | None:
    return standing.of_erasure(reading, request.erasure, owner)


def _package(
    reading: Reading, request: DeliverPackage, owner: OrganisationId
) -> tuple[bool, tuple[Standing, ...]]:
    incidents = (each.incident for each in request.incidents)
    return standing.of_package(reading, request.digest, incidents, owner)


def _hold(reading: Reading, request: LiftHold, _owner: OrganisationId) -> Row | None:
    return standing.of_hold(reading, f"{INCIDENT}:{request.incident}", request.hold)


def _request(reading: Reading, request: Any, _owner: OrganisationId) -> Row | None:
    return standing.of_request(reading, request.access)


ACCESS_DECISIONS = (
    Decision(
        act="archive.open_access",
        request=OpenAccess,
        load=_incident,
        decide=access.open_access,
    ),
    *(
        Decision(act=f"archive.{name}_access", request=request, load=_request, decide=decide)
        for name, request, decide in (
            ("choose", ChooseAccess, access.choose_access),
            ("submit", SubmitAccess, access.submit_access),
            ("return", ReturnAccess, access.return_access),
            ("approve", ApproveAccess, access.approve_access),
            ("give", GiveAccess, access.give_access),
            ("end", EndAccess, access.end_access),
        )
    ),
)


def decisions_by(rules: Rules) -> tuple[Decision, ...]:
    """All that is decided, by the country's rules of retention."""
    return (
        Decision(
            act="archive.place_hold",
            request=PlaceHold,
            load=_incident,
            decide=keeping.place_hold,
        ),
        Decision(act="archive.lift_hold", request=LiftHold, load=_hold, decide=keeping.lift_hold),
        Decision(
            act="archive.deliver_package",
            request=DeliverPackage,
            load=_package,
            decide=keeping.deliver_package,
        ),
        Decision(
            act="archive.ask_erasure",
            request=AskErasure,
            load=_each,
            decide=keeping.ask_erasure(rules),
        ),
        Decision(
            act="archive.approve_erasure",
            request=ApproveErasure,
            load=_erasure,
            decide=keeping.approve_erasure(rules),
            erases=True,
        ),
        Decision(
            act="archive.drop_erasure",
            request=DropErasure,
            load=_erasure,
            decide=keeping.drop_erasure,
        ),
        *ACCESS_DECISIONS,
    )


def archive(rules: Rules) -> Capability:
    """The capability, by these rules."""
    return Capability(
        name="archive",
        part=Part(kinds=KINDS, views=VIEWS, decisions=decisions_by(rules)),
        handlers=(*HANDLERS, *PAGES),
        menu=(MenuEntry(text="archive.menu", path="/archive", act="archive.read_archive"),),
        panels=(Panel(about="incident", path="/incidents/{id}/archive-part", rank=97),),
    )
