# SPDX-License-Identifier: Apache-2.0
"""What dispatch brings to the house."""

from bavn.capabilities.dispatch import decisions
from bavn.capabilities.dispatch.api import HANDLERS
from bavn.capabilities.dispatch.decisions import ExplainOrder, OrderUnits, StandDown, TellTurnOut
from bavn.capabilities.dispatch.facts import KINDS
from bavn.capabilities.dispatch.pages import PAGES
from bavn.capabilities.dispatch.views import ORDERS, VIEWS
from bavn.frame.capability import Capability, Panel, Way
from bavn.journal.catalogue import Part
from bavn.journal.decision import Decision, Reading
from bavn.journal.table import Row
from bavn.kernel.identity import OrganisationId


def _on_order(
    reading: Reading, request: OrderUnits | StandDown, _owner: OrganisationId
) -> list[Row]:
    return [
        row for unit in request.units for row in reading.rows(ORDERS, {"subject": f"unit:{unit}"})
    ]


def _is_any_ordered(reading: Reading, request: ExplainOrder, owner: OrganisationId) -> bool:
    return bool(reading.rows(ORDERS, {"owner": owner, "incident": request.incident}))


def _nothing(_reading: Reading, _request: TellTurnOut, _owner: OrganisationId) -> None:
    return None


DECISIONS = (
    Decision(
        act="dispatch.order_units",
        request=OrderUnits,
        load=_on_order,
        decide=decisions.order,
        alarm=True,
    ),
    Decision(
        act="dispatch.stand_down",
        request=StandDown,
        load=_on_order,
        decide=decisions.stand_down,
    ),
    Decision(
        act="dispatch.explain_order",
        request=ExplainOrder,
        load=_is_any_ordered,
        decide=decisions.explain,
    ),
    Decision(
        act="dispatch.tell_turn_out",
        request=TellTurnOut,
        load=_nothing,
        decide=decisions.tell_turn_out,
    ),
)
DISPATCH = Capability(
    name="dispatch",
    part=Part(kinds=KINDS, views=VIEWS, decisions=DECISIONS),
    handlers=(*HANDLERS, *PAGES),
    ways=(Way(about="incident", text="dispatch.title", path="/incidents/{id}/send"),),
    panels=(
        Panel(about="incident", path="/incidents/{id}/send-part", rank=10),
        Panel(about="board", path="/dispatch/waiting-part"),
    ),
)
