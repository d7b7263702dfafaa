# SPDX-License-Identifier: Apache-2.0
"""Asking, for pages and programming interface alike: each in the name of its own organisation."""

from typing import Any, TypeVar

import msgspec

from bavn.capabilities.safety.ports import Scene
from bavn.frame.call import Call
from bavn.frame.desk import Desk, carried_out
from bavn.journal.decision import Done
from bavn.kernel.identity import OrganisationId

R = TypeVar("R", bound=msgspec.Struct)


def at_scene(
    call: Call, scene: Scene, request: type[R], *, is_alarm: bool = False, **said: Any
) -> R:
    """A request that tells those who work at the incident, by whoever calls."""
    owner = teller(call, scene, is_alarm=is_alarm)
    return request(
        incident=scene.incident,
        to=tuple(each for each in scene.assigned if each != owner),
        assigned=owner in scene.assigned,
        **said,
    )


async def ask(
    desk: Desk,
    call: Call,
    scene: Scene,
    content: msgspec.Struct,
    ref: str | None,
    *,
    is_alarm: bool = False,
) -> Done:
    """Have it told."""
    return await carried_out(desk, call, teller(call, scene, is_alarm=is_alarm), content, ref)


def teller(call: Call, scene: Scene, *, is_alarm: bool) -> OrganisationId:
    """In whose name: the incident's owner where one acts for it, else one's own organisation.

    An alarm of somebody who does not work there is the owner's, who has a node to take it.
    """
    if scene.service in call.organisations:
        return scene.service
    own = (each for each in scene.assigned if each in call.organisations)
    return next(own, scene.service if is_alarm else call.actor.organisation)
