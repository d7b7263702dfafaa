# SPDX-License-Identifier: Apache-2.0
"""Asking, for pages and programming interface alike: each in the name of its own organisation."""

from typing import Any, TypeVar

import msgspec

from bavn.capabilities.safety.ports import Scene
from bavn.frame.call import Call
from bavn.frame.desk import Desk, Refusal, carried_out
from bavn.journal.decision import Done
from bavn.kernel.identity import OrganisationId

R = TypeVar("R", bound=msgspec.Struct)
# How the record says that an organisation has its node elsewhere.
NOT_HERE = "not_hosted_here"


def at_scene(call: Call, scene: Scene, request: type[R], **said: Any) -> R:
    """A request that tells those who work at the incident, whoever calls."""
    return request(
        incident=scene.incident,
        to=scene.assigned,
        assigned=not call.organisations.isdisjoint(scene.assigned),
        **said,
    )


async def ask(
    desk: Desk, call: Call, scene: Scene, content: msgspec.Struct, ref: str | None
) -> Done:
    """Have it told, in the name of the caller's organisation at the incident."""
    return await carried_out(desk, call, _teller(call, scene), content, ref)


async def alarm(
    desk: Desk, call: Call, scene: Scene, content: msgspec.Struct, ref: str | None
) -> Done:
    """The same for what nothing may stop: where the caller's own has no node here, another's."""
    tellers = dict.fromkeys((_teller(call, scene), scene.service, scene.area))
    refused: Refusal | None = None
    for owner in tellers:
        try:
            return await carried_out(desk, call, owner, content, ref)
        except Refusal as refusal:
            refused = refused or refusal
            if refusal.refused.code != NOT_HERE:
                break
    assert refused is not None, "somebody is asked"
    raise refused


def _teller(call: Call, scene: Scene) -> OrganisationId:
    """In whose name: the incident's owner where one acts for it, else one's own organisation."""
    if scene.service in call.organisations:
        return scene.service
    own = (each for each in scene.assigned if each in call.organisations)
    return next(own, call.actor.organisation)
