# SPDX-License-Identifier: Apache-2.0
"""What organisation brings to the house."""

from bavn.capabilities.organisation import api, pages
from bavn.capabilities.organisation.decisions import changes, founding, imports, people
from bavn.capabilities.organisation.facts import KINDS
from bavn.capabilities.organisation.model.changes import AreaRows
from bavn.capabilities.organisation.model.people import People
from bavn.capabilities.organisation.model.received import Received
from bavn.capabilities.organisation.model.settling import ApplyImport, Part
from bavn.capabilities.organisation.reactions import REACTIONS
from bavn.capabilities.organisation.views import VIEWS, looking
from bavn.frame.capability import Capability, MenuEntry
from bavn.journal.catalogue import Part as Brought
from bavn.journal.decision import Decision, Reading
from bavn.kernel.identity import OrganisationId


def _nothing(_reading: Reading, _request: founding.TellBuiltIn, _owner: OrganisationId) -> None:
    # What is told again replaces what was told.
    return None


def _area(
    reading: Reading,
    _request: changes.MergeServices | changes.SplitService,
    owner: OrganisationId,
) -> AreaRows:
    return looking.area_rows(reading.rows, owner)


def _import(
    reading: Reading,
    request: imports.ReceiveImport | imports.ConfirmImport | imports.RejectImport,
    owner: OrganisationId,
) -> Received | None:
    return looking.received(reading.rows, owner, request.id)


def _import_piece(reading: Reading, request: ApplyImport, owner: OrganisationId) -> Received | None:
    piece = request.piece if request.part is Part.ROWS else None
    return looking.received(reading.rows, owner, request.id, piece)


def _staffing(reading: Reading, request: people.CountStaffing, owner: OrganisationId) -> People:
    return looking.people(reading.rows, owner, f"staffing:{request.function}")


def _person(
    reading: Reading,
    request: people.EnrolPerson | people.EndEnrolment,
    owner: OrganisationId,
) -> People:
    return looking.people(reading.rows, owner, f"person:{request.person}")


DECISIONS = (
    Decision(
        act="organisation.tell_built_in",
        request=founding.TellBuiltIn,
        load=_nothing,
        decide=founding.tell,
    ),
    Decision(
        act="organisation.merge_services",
        request=changes.MergeServices,
        load=_area,
        decide=changes.merge,
    ),
    Decision(
        act="organisation.split_service",
        request=changes.SplitService,
        load=_area,
        decide=changes.split,
    ),
    Decision(
        act="organisation.receive_import",
        request=imports.ReceiveImport,
        load=_import,
        decide=imports.receive,
    ),
    Decision(
        act="organisation.confirm_import",
        request=imports.ConfirmImport,
        load=_import,
        decide=imports.confirm,
    ),
    Decision(
        act="organisation.reject_import",
        request=imports.RejectImport,
        load=_import,
        decide=imports.reject,
    ),
    Decision(
        act="organisation.apply_import",
        request=ApplyImport,
        load=_import_piece,
        decide=imports.apply,
    ),
    Decision(
        act="organisation.count_staffing",
        request=people.CountStaffing,
        load=_staffing,
        decide=people.count,
    ),
    Decision(
        act="organisation.enrol_person",
        request=people.EnrolPerson,
        load=_person,
        decide=people.enrol,
    ),
    Decision(
        act="organisation.end_enrolment",
        request=people.EndEnrolment,
        load=_person,
        decide=people.end,
    ),
)

ORGANISATION = Capability(
    name="organisation",
    part=Brought(kinds=KINDS, views=VIEWS, decisions=DECISIONS, reactions=REACTIONS),
    handlers=(*api.HANDLERS, *pages.HANDLERS),
    menu=(
        MenuEntry(
            text="organisation.menu", path="/organisation", act="organisation.read_structure"
        ),
    ),
)
