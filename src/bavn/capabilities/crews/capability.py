# SPDX-License-Identifier: Apache-2.0
"""What crews brings to the house."""

from bavn.capabilities.crews import decisions
from bavn.capabilities.crews.api import HANDLERS
from bavn.capabilities.crews.decisions import ManUnit
from bavn.capabilities.crews.facts import KINDS
from bavn.capabilities.crews.pages import PAGES
from bavn.capabilities.crews.views import CREWS, VIEWS
from bavn.frame.capability import Capability, Panel
from bavn.journal.catalogue import Part
from bavn.journal.decision import Decision, Reading
from bavn.journal.table import Row
from bavn.kernel.identity import OrganisationId


def _aboard(reading: Reading, request: ManUnit, _owner: OrganisationId) -> Row | None:
    return reading.row(CREWS, decisions.unit_subject(request.unit))


DECISIONS = (Decision(act="crews.man_unit", request=ManUnit, load=_aboard, decide=decisions.man),)
CREWS_CAPABILITY = Capability(
    name="crews",
    part=Part(kinds=KINDS, views=VIEWS, decisions=DECISIONS),
    handlers=(*HANDLERS, *PAGES),
    panels=(Panel(about="unit", path="/units/{id}/crew-part"),),
)
