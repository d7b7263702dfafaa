# SPDX-License-Identifier: Apache-2.0
"""Forms: what was typed, what it stands for, and what is wrong with it, in the reader's words."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from litestar import Request

from bavn.capabilities.operations.decisions.asking import Near
from bavn.capabilities.operations.model.incident import PlaceBy, incident_type_in
from bavn.capabilities.operations.ports import NamedPlace
from bavn.capabilities.operations.views.room import Room
from bavn.capabilities.operations.views.words import Words
from bavn.frame.call import Call
from bavn.journal.decision import REF_CHARACTERS_LIMIT
from bavn.kernel.place import is_on_earth
from bavn.kernel.private import Private

_NUMBER = r"-?\d{1,3}(?:[.,]\d+)?"
_PLACE = re.compile(rf"\s*({_NUMBER})(?:\s*[,;]\s+|\s*;\s*|\s+|,(?=-?\d{{1,3}}\.))({_NUMBER})\s*")
Wrong = dict[str, str]


@dataclass(slots=True)
class Form:
    """A form that was sent: its fields, and what is wrong with them by the field's name."""

    typed: Mapping[str, str]
    say: Callable[..., str]
    wrong: Wrong = field(default_factory=dict)

    @classmethod
    async def of(cls, request: Request[Any, Any, Any], call: Call) -> "Form":
        """The form in a request."""
        sent = await request.form()
        typed = {str(name): each for name, each in sent.items() if isinstance(each, str)}
        return cls(typed, call.say)

    def value(self, name: str) -> str:
        """What was typed in a field, without the blanks around it."""
        return self.typed.get(name, "").strip()

    @property
    def ref(self) -> str | None:
        """The sender's own number of the form: the same however often it is sent."""
        ref = self.value("sender_ref") or self.value("key")
        return ref if 1 <= len(ref) <= REF_CHARACTERS_LIMIT else None

    def private(self, name: str) -> Private | None:
        """A text that may name people."""
        typed = self.value(name)
        return Private(typed) if typed else None

    def needed(self, name: str) -> str:
        """A text that must be there."""
        typed = self.value(name)
        if not typed:
            self.wrong[name] = self.say(f"operations.wrong.{name}")
        return typed

    def type(self, room: Room, words: Words) -> str | None:
        """The incident type that was typed: its code, its name, or the only one with that in it."""
        typed = self.value("type")
        if not typed:
            return None
        code = typed.partition(" ")[0].upper()
        if incident_type_in(code) and (room.types.type_of(code) or not room.types.types):
            return code
        names = {each.code: words.type(each.code).casefold() for each in room.types.types}
        whole = [code for code, name in names.items() if name == typed.casefold()]
        parts = [code for code, name in names.items() if typed.casefold() in name]
        found = whole or parts
        if len(found) == 1:
            return found[0]
        self.wrong["type"] = self.say("operations.wrong.type", value=typed)
        return None

    def place(self) -> tuple[float, float] | None:
        """The place that was typed."""
        typed = self.value("place")
        if not typed:
            return None
        found = place_in(typed)
        if found is None:
            self.wrong["place"] = self.say("operations.wrong.place", value=typed)
        return found

    def near(self, room: Room, call: Call) -> Near | None:
        """The point of the municipality or the station that was typed."""
        code, station = self.where(room, call)
        if station is not None:
            return Near(lat=station.lat, lon=station.lon, by=PlaceBy.STATION)
        on = call.now.date()
        found = (each for each in room.territory.municipalities(on) if each.code == code)
        named = next(found, None)
        if named is None:
            return None
        return Near(lat=named.lat, lon=named.lon, by=PlaceBy.MUNICIPALITY)

    def where(self, room: Room, call: Call) -> tuple[str | None, NamedPlace | None]:
        """The municipality that was typed, or the station."""
        typed = self.value("where").casefold()
        if not typed:
            return None, None
        on = call.now.date()
        for each in room.territory.municipalities(on):
            if typed in {each.code, each.name.casefold()}:
                return each.code, None
        for each in room.territory.stations(on):
            if typed in {each.code.casefold(), station_label(each).casefold()}:
                return None, each
        self.wrong["where"] = self.say("operations.wrong.where", value=self.value("where"))
        return None, None


def place_in(typed: str) -> tuple[float, float] | None:
    """Latitude and longitude as people write them, with a point or a comma.

    >>> place_in("57.0488, 9.9217"), place_in("57,0488 9,9217"), place_in("Aalborg")
    ((57.0488, 9.9217), (57.0488, 9.9217), None)
    """
    found = _PLACE.fullmatch(typed)
    if found is None:
        return None
    lat, lon = (float(each.replace(",", ".")) for each in found.groups())
    return (lat, lon) if is_on_earth(lat, lon) else None


def station_label(station: NamedPlace) -> str:
    """How a station stands in the list that is searched."""
    return f"{station.name} ({station.code})"
