# SPDX-License-Identifier: Apache-2.0
"""Asking, for pages and programming interface alike: each in the name of its own organisation."""

import msgspec

from bavn.capabilities.scene.decisions import PlaceUnit, Tell, TellHazard, TellTask
from bavn.capabilities.scene.ports import Around, Site
from bavn.frame.call import Call
from bavn.frame.desk import Desk, Refusal, carried_out
from bavn.journal.decision import Done
from bavn.kernel.identity import OrganisationId, is_subject
from bavn.kernel.refusal import Refused

NOT_HERE = "not_hosted_here"


async def tell(
    desk: Desk, call: Call, around: Around, site: Site, content: Tell, ref: str | None
) -> Done:
    """Have it told of the scene, by whoever is asked in the name of.

    Some who lead there have no node anywhere, such as the police: then whose incident it is writes
    it down, and the fact says who said it.
    """
    _look(around, content)
    first: Refusal | None = None
    for owner in _tellers(call, site):
        is_own = owner in call.organisations
        told = msgspec.structs.replace(
            content,
            to=tuple(each for each in site.assigned if each != owner),
            assigned=(owner if is_own else call.actor.organisation) in site.assigned,
        )
        try:
            return await carried_out(desk, call, owner, told, ref)
        except Refusal as refusal:
            # Who has no leave to speak through another is told what was wrong at first.
            first = first or refusal
            if refusal.refused.code != NOT_HERE:
                break
    assert first is not None, "somebody is asked"
    raise first


def _look(around: Around, content: Tell) -> None:
    """Raise for what nobody could read on a board."""
    unit = content.unit if isinstance(content, PlaceUnit | TellTask) else None
    if unit is not None and not is_subject(f"unit:{unit}"):
        raise Refusal(
            Refused(
                code="unit_unreadable",
                says="That is no unit.",
                try_instead="Take the unit from the board.",
            )
        )
    if isinstance(content, TellHazard) and content.kind not in {
        each.code for each in around.hazards
    }:
        raise Refusal(
            Refused(
                code="no_such_hazard",
                says="There is no such kind of hazard.",
                try_instead="Choose one from the list; the last of them is for all others.",
            )
        )


def _tellers(call: Call, site: Site) -> list[OrganisationId]:
    """In whose name: the incident's owner where one acts for it, else one's own organisation."""
    if site.service in call.organisations:
        return [site.service]
    own = [each for each in site.assigned if each in call.organisations]
    first = own[0] if own else call.actor.organisation
    return list(dict.fromkeys((first, site.service, site.area)))
