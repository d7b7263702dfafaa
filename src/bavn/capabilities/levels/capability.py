# SPDX-License-Identifier: Apache-2.0
"""What levels brings to the house."""

from bavn.capabilities.levels import decisions
from bavn.capabilities.levels.api import HANDLERS
from bavn.capabilities.levels.decisions import (
    AgreeProcedure,
    EndProcedure,
    Known,
    ProposeProcedure,
    SetLevel,
)
from bavn.capabilities.levels.facts import KINDS, LOWEST
from bavn.capabilities.levels.model import named_in
from bavn.capabilities.levels.pages import PAGES
from bavn.capabilities.levels.views import AGREED, ENDED, LEVELS, PROCEDURES, VIEWS
from bavn.frame.capability import Capability, MenuEntry, Panel
from bavn.journal.catalogue import Part
from bavn.journal.decision import Decision, Reading
from bavn.journal.table import Row
from bavn.kernel.identity import OrganisationId, is_subject


def _level_now(reading: Reading, _request: SetLevel, owner: OrganisationId) -> int:
    """The owner's last level that was set under a mandate."""
    rows = reading.rows(LEVELS, {"subject": decisions.level_subject(owner), "owner": owner})
    own = [row for row in rows if row["organisation"] == owner and named_in(str(row["basis"]))]
    last = max(own, key=lambda row: (int(str(row["at_ms"])), str(row["recorded"])), default=None)
    return LOWEST if last is None else int(str(last["level"]))


def _unseen(_reading: Reading, _request: ProposeProcedure, _owner: OrganisationId) -> None:
    return None


def _known(
    reading: Reading, request: AgreeProcedure | EndProcedure, _owner: OrganisationId
) -> Known:
    subject = decisions.procedure_subject(request.procedure)
    if not is_subject(subject):
        return Known(proposed=None, agreed=(), ended=())
    proposed = reading.rows(PROCEDURES, {"subject": subject, "owner": request.of})
    row = next(iter(proposed), None)
    return Known(
        proposed=row,
        agreed=tuple(_to(reading.rows(AGREED, {"subject": subject}), request.of)),
        ended=tuple(
            each
            for each in _to(reading.rows(ENDED, {"subject": subject}), request.of)
            if row is not None and each["owner"] in {row["owner"], *str(row["services"]).split()}
        ),
    )


def _to(rows: list[Row], of: OrganisationId) -> list[Row]:
    return [row for row in rows if row["of"] == of]


DECISIONS = (
    Decision(act="levels.set_level", request=SetLevel, load=_level_now, decide=decisions.set_level),
    Decision(
        act="levels.propose_procedure",
        request=ProposeProcedure,
        load=_unseen,
        decide=decisions.propose,
    ),
    Decision(
        act="levels.agree_procedure", request=AgreeProcedure, load=_known, decide=decisions.agree
    ),
    Decision(act="levels.end_procedure", request=EndProcedure, load=_known, decide=decisions.end),
)
LEVELS_CAPABILITY = Capability(
    name="levels",
    part=Part(kinds=KINDS, views=VIEWS, decisions=DECISIONS),
    handlers=(*HANDLERS, *PAGES),
    menu=(MenuEntry(text="levels.menu", path="/levels", act="levels.read_levels"),),
    panels=(Panel(about="head", path="/levels/head-part"),),
)
