# SPDX-License-Identifier: Apache-2.0
"""Answers in words: what was asked and said, and what it changed."""

from collections.abc import Sequence

import msgspec

from bavn.capabilities.calls.ports import Called
from bavn.capabilities.calls.views.room import Room, Said
from bavn.frame.call import Call
from bavn.frame.desk import Desk
from bavn.kernel.private import Private

DANISH = "da"


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """One answer in the reader's language. `changes` is what of the incident it changed."""

    question: str
    answer: str
    changes: tuple[str, ...] = ()
    asks_for: tuple[str, ...] = ()
    advice: str = ""
    tell: str = ""
    is_hazard: bool = False
    is_sealed: bool = False


def chosen(call: Call, pair: tuple[str, str]) -> str:
    """The one of two texts, Danish and English, that the caller reads."""
    return pair[0] if call.language == DANISH else pair[1]


def named(call: Call, thing: object) -> str:
    """What something is called that has a name in both languages."""
    return str(getattr(thing, "danish" if call.language == DANISH else "english"))


async def told(call: Call, desk: Desk, room: Room, answers: Sequence[Said]) -> list[Told]:
    """The answers in words, in their order."""
    return [await told_one(call, desk, room, each) for each in answers]


async def told_one(call: Call, desk: Desk, room: Room, said: Said) -> Told:
    """One answer in words; a code that no table knows any more stands as it is."""
    protocol = room.around.protocols.of(said.protocol, said.version)
    question = None if protocol is None else protocol.question(said.question)
    answer = None if question is None else question.answer(said.answer)
    text, is_sealed = await _text(call, desk, said)
    effect = room.effect(said)
    words = named(call, answer) if answer is not None else said.answer or text
    return Told(
        question=said.question if question is None else named(call, question),
        answer=words,
        changes=_changes(call, room, said, words),
        asks_for=tuple(
            f"{count} {room.around.unit_name(call, code)}"
            for code, count in (effect.asks_for if effect else ())
        ),
        advice=chosen(call, effect.advice) if effect and effect.advice else "",
        tell=chosen(call, effect.tell) if effect and effect.tell else text,
        is_hazard=effect is not None and effect.is_hazard,
        is_sealed=is_sealed,
    )


def _changes(call: Call, room: Room, said: Said, because: str) -> tuple[str, ...]:
    found = []
    if said.incident_type is not None:
        name = room.around.type_name(call, said.incident_type)
        found.append(call.say("calls.changed_type", type=name, because=because))
    if said.urgency is not None:
        name = room.around.urgency_name(call, said.urgency)
        found.append(call.say("calls.raised", urgency=name, because=because))
    return tuple(found)


async def _text(call: Call, desk: Desk, said: Said) -> tuple[str, bool]:
    """What was said in words, and whether it is sealed for the reader."""
    if said.sealed is None:
        return "", False
    found = await desk.reveal(call.reader, said.owner, said.sealed)
    return (found.reveal(), False) if isinstance(found, Private) else ("", True)


def heading(call: Call, room: Room, called: Called) -> dict[str, str]:
    """What stands of an incident, above its questions."""
    around = room.around
    return {
        "type": around.type_name(call, called.type),
        "urgency": around.urgency_name(call, called.urgency),
        "where": around.place_name(call, called.municipality),
        "owner": around.organisation_name(call, called.service),
    }
