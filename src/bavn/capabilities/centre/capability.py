# SPDX-License-Identifier: Apache-2.0
"""What the centre brings to the house."""

from bavn.capabilities.centre import decisions
from bavn.capabilities.centre.decisions import (
    HandOverWatch,
    SeeAttention,
    TakeOverWatch,
    TickStep,
    TypePaper,
    WriteCard,
)
from bavn.capabilities.centre.facts import KINDS
from bavn.capabilities.centre.model.wants import subject_in
from bavn.capabilities.centre.pages import PAGES
from bavn.capabilities.centre.views import HANDOVERS, PAPER, SEEN, STEPS, VIEWS
from bavn.frame.capability import Capability, MenuEntry, Panel
from bavn.journal.catalogue import Part
from bavn.journal.decision import Decision, Reading
from bavn.journal.table import Row
from bavn.kernel.identity import OrganisationId


def _seen(reading: Reading, request: SeeAttention, _owner: OrganisationId) -> Row | None:
    return reading.row(SEEN, subject_in(request.item))


def _nothing(_reading: Reading, _request: object, _owner: OrganisationId) -> None:
    return None


def _handed(reading: Reading, request: TakeOverWatch, _owner: OrganisationId) -> Row | None:
    return reading.row(HANDOVERS, f"handover:{request.handover}")


def _ticked(reading: Reading, request: TickStep, owner: OrganisationId) -> Row | None:
    where = {"owner": owner, "subject": f"incident:{request.incident}"}
    rows = reading.rows(STEPS, {**where, "card": request.card, "step": request.step})
    return rows[0] if rows else None


def _typed(reading: Reading, request: TypePaper, _owner: OrganisationId) -> Row | None:
    return reading.row(PAPER, f"paper:{request.row}")


DECISIONS = (
    Decision(act="centre.see_attention", request=SeeAttention, load=_seen, decide=decisions.see),
    Decision(
        act="centre.hand_over", request=HandOverWatch, load=_nothing, decide=decisions.hand_over
    ),
    Decision(
        act="centre.take_over", request=TakeOverWatch, load=_handed, decide=decisions.take_over
    ),
    Decision(
        act="centre.write_card", request=WriteCard, load=_nothing, decide=decisions.write_card
    ),
    Decision(act="centre.tick_step", request=TickStep, load=_ticked, decide=decisions.tick),
    Decision(act="centre.type_paper", request=TypePaper, load=_typed, decide=decisions.type_paper),
)
CENTRE = Capability(
    name="centre",
    part=Part(kinds=KINDS, views=VIEWS, decisions=DECISIONS),
    handlers=PAGES,
    menu=(MenuEntry(text="centre.menu", path="/centre", act="centre.read_board", often=True),),
    panels=(Panel(about="incident", path="/incidents/{id}/cards-part", rank=80),),
)
