# SPDX-License-Identifier: Apache-2.0
"""Asking, for pages and programming interface alike."""

from bavn.capabilities.dispatch.decisions import ExplainOrder, OrderUnits, StandDown
from bavn.capabilities.dispatch.ports import Goal
from bavn.frame.call import Call
from bavn.frame.desk import Desk, Refusal, carried_out
from bavn.journal.decision import Done
from bavn.kernel.private import Private


class Unexplained(Refusal):
    """Units were sent, and the reason that came with it was refused: they go all the same."""

    def __init__(self, done: Done, refusal: Refusal) -> None:
        super().__init__(refusal.refused, refusal.problems)
        self.done = done


async def order(  # noqa: PLR0913 - an order, and what is said of it
    desk: Desk,
    call: Call,
    goal: Goal,
    *,
    units: tuple[str, ...],
    proposed: tuple[str, ...],
    unregistered: tuple[str, ...],
    reason: Private,
    ref: str | None,
) -> Done:
    """Have units sent; a reason that comes with it is a request with a number of its own.

    Raises Unexplained where the units were sent and the reason was refused.
    """
    content = OrderUnits(
        incident=goal.incident,
        area=goal.area,
        units=units,
        proposed=proposed,
        unregistered=unregistered,
    )
    done = await carried_out(desk, call, goal.service, content, ref)
    if reason.reveal().strip():
        try:
            await explain(desk, call, goal, reason, ref and f"{ref}/reason")
        except Refusal as refusal:
            raise Unexplained(done, refusal) from refusal
    return done


async def explain(desk: Desk, call: Call, goal: Goal, reason: Private, ref: str | None) -> Done:
    """Have it kept why something else was sent than was proposed."""
    content = ExplainOrder(incident=goal.incident, text=reason)
    return await carried_out(desk, call, goal.service, content, ref)


async def stand_down(
    desk: Desk, call: Call, goal: Goal, units: tuple[str, ...], ref: str | None
) -> Done:
    """Have units called back."""
    content = StandDown(incident=goal.incident, area=goal.area, units=units)
    return await carried_out(desk, call, goal.service, content, ref)
