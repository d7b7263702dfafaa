# SPDX-License-Identifier: Apache-2.0
"""What things are called, in the caller's language; a code without a name stands as it is."""

from datetime import date

from bavn.capabilities.operations.views.room import Room
from bavn.frame.call import Call
from bavn.kernel.identity import OrganisationId

DANISH = "da"


class Words:
    """Names, for one caller."""

    def __init__(self, call: Call, room: Room) -> None:
        self._say = call.say
        self._is_danish = call.language == DANISH
        self._room = room
        self._day: date = call.now.date()
        self._municipalities: dict[str, str] | None = None
        self._urgencies = {
            each.code: each.danish if self._is_danish else each.english
            for each in room.types.urgencies
        }

    def type(self, code: str | None) -> str:
        """What an incident type is called."""
        known = self._room.types.type_of(code)
        if known is None:
            return code or self._say("operations.type_unknown")
        return known.danish if self._is_danish else known.english

    def urgency(self, code: str | None) -> str:
        """What an urgency is called."""
        if code is None:
            return self._say("operations.urgency_unknown")
        return self._urgencies.get(code, code)

    def municipality(self, code: str | None) -> str:
        """What a municipality is called; nothing for none."""
        if code is None:
            return ""
        if self._municipalities is None:
            found = self._room.territory.municipalities(self._day)
            self._municipalities = {each.code: each.name for each in found}
        return self._municipalities.get(code, code)

    def organisation(self, organisation: str | None) -> str:
        """What an organisation is called; nothing for none."""
        if organisation is None:
            return ""
        name = self._room.territory.name_of(OrganisationId(organisation), self._day)
        return name or organisation

    def status(self, status: str | None) -> str:
        """What a unit's status is called."""
        return self._say(f"operations.status.{status or 'unknown'}")

    def outcome(self, outcome: str | None) -> str:
        """What an outcome is called."""
        return self._say(f"operations.outcome.{outcome or 'unknown'}")

    def state(self, state: str) -> str:
        """What an incident's state is called."""
        return self._say(f"operations.state.{state}")

    def owner_by(self, how: str | None) -> str:
        """How it was found whose incident it is."""
        return self._say(f"operations.owner_by.{how or 'unknown'}")

    def flag(self, flag: str) -> str:
        """What is odd about a unit's word."""
        return self._say(f"operations.flag.{flag}")
