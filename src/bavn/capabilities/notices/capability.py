# SPDX-License-Identifier: Apache-2.0
"""What notices bring to the house."""

from bavn.capabilities.notices import decisions
from bavn.capabilities.notices.api import HANDLERS
from bavn.capabilities.notices.decisions import TellNotice, WithdrawNotice, notice_subject
from bavn.capabilities.notices.facts import KINDS
from bavn.capabilities.notices.pages import PAGES
from bavn.capabilities.notices.views import NOTICES, VIEWS
from bavn.frame.capability import Capability, MenuEntry, Panel
from bavn.journal.catalogue import Part
from bavn.journal.decision import Decision, Reading
from bavn.journal.table import Row
from bavn.kernel.identity import OrganisationId, is_subject


def _own(
    reading: Reading, request: TellNotice | WithdrawNotice, _owner: OrganisationId
) -> Row | None:
    subject = notice_subject(request.id)
    return reading.row(NOTICES, subject) if is_subject(subject) else None


DECISIONS = (
    Decision(act="notices.tell", request=TellNotice, load=_own, decide=decisions.tell),
    Decision(act="notices.withdraw", request=WithdrawNotice, load=_own, decide=decisions.withdraw),
)
NOTICES_CAPABILITY = Capability(
    name="notices",
    part=Part(kinds=KINDS, views=VIEWS, decisions=DECISIONS),
    handlers=(*HANDLERS, *PAGES),
    menu=(MenuEntry(text="notices.menu", path="/notices", act="notices.read_notices"),),
    # What is serious stands first on an incident's page, and the rest below what one works with.
    panels=(
        Panel(about="head", path="/notices/head-part"),
        Panel(about="incident", path="/incidents/{id}/serious-notices-part", rank=5),
        Panel(about="incident", path="/incidents/{id}/notices-part", rank=60),
    ),
)
