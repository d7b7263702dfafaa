# SPDX-License-Identifier: Apache-2.0
"""Asking, for pages and programming interface alike: each in the name of its own organisation."""

from datetime import datetime

import msgspec

from bavn.capabilities.needs.decisions import AnswerNeed, AskNeed, TakeBackNeed
from bavn.capabilities.needs.facts import Wanted
from bavn.capabilities.needs.model.need import Answer, Sort
from bavn.capabilities.needs.ports import Scene
from bavn.frame.call import Call
from bavn.frame.desk import Desk, carried_out
from bavn.journal.decision import Done
from bavn.kernel.identity import OrganisationId
from bavn.kernel.private import Private


class Wish(msgspec.Struct, frozen=True, kw_only=True):
    """What is asked for."""

    sort: Sort
    wants: tuple[Wanted, ...] = ()
    unit: str | None = None
    text: Private | None = None
    urgent: bool = False
    by_at: datetime | None = None
    at: datetime | None = None
    by_radio: bool = False


class Word(msgspec.Struct, frozen=True, kw_only=True):
    """What is answered, and to whose need."""

    need: str
    asker: OrganisationId

    answer: Answer
    units: tuple[str, ...] = ()
    because: str | None = None
    text: Private | None = None


async def ask(desk: Desk, call: Call, scene: Scene, wish: Wish, ref: str | None) -> Done:
    """Have it told what the scene asks for."""
    owner = _asker(call, scene)
    content = AskNeed(
        incident=scene.incident,
        area=scene.area,
        to=scene.assigned,
        sort=wish.sort,
        wants=wish.wants,
        unit=wish.unit,
        text=wish.text,
        urgent=wish.urgent,
        by_at=wish.by_at,
        at=wish.at,
        by_radio=wish.by_radio,
        assigned=owner in scene.assigned,
    )
    return await carried_out(desk, call, owner, content, ref)


async def answer(desk: Desk, call: Call, scene: Scene, word: Word, ref: str | None) -> Done:
    """Have it told what the centre answers."""
    own = (each for each in scene.answering if each in call.organisations)
    owner = next(own, call.actor.organisation)
    content = AnswerNeed(
        need=word.need,
        area=scene.area,
        # Whoever asked hears it, also where it works there no longer.
        to=tuple(dict.fromkeys((word.asker, *scene.assigned))),
        answering=scene.answering,
        answer=word.answer,
        units=word.units,
        because=word.because,
        text=word.text,
    )
    return await carried_out(desk, call, owner, content, ref)


async def take_back(
    desk: Desk, call: Call, scene: Scene, need: str, asker: OrganisationId, ref: str | None
) -> Done:
    """Have it told that it is needed no longer."""
    owner = asker if asker in call.organisations else call.actor.organisation
    content = TakeBackNeed(need=need, area=scene.area, to=scene.assigned)
    return await carried_out(desk, call, owner, content, ref)


def _asker(call: Call, scene: Scene) -> OrganisationId:
    """In whose name: the incident's owner where one acts for it, else one's own organisation."""
    if scene.service in call.organisations:
        return scene.service
    own = (each for each in scene.assigned if each in call.organisations)
    return next(own, call.actor.organisation)
