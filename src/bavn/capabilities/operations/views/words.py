# SPDX-License-Identifier: Apache-2.0
"""What things are called, in the caller's language; a code without a name stands as it is."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime

from bavn.capabilities.operations.model.authority import STATUS, TYPE, URGENCY
from bavn.capabilities.operations.views.room import Room
from bavn.frame.call import Call
from bavn.frame.country import Named
from bavn.kernel.audience import Scope
from bavn.kernel.identity import OrganisationId

DANISH = "da"
# What a function may do is its own basis for having done it: `function:duty_officer`.
_FUNCTION = "function:"
# What a policy allows, by the policy's name: `mandate:own-response`; and what it took beside one.
_MANDATE, _BESIDE = "mandate:", frozenset({"delegation", "emergency"})
# The other bases that the gate gives.
_BASES = frozenset({"owner", "alarm", "alarm_gate_broken", "alarm_refused"})


class Words:
    """Names, for one caller. On paper every instant has its day and year: it will be read later."""

    def __init__(self, call: Call, room: Room, *, on_paper: bool = False) -> None:
        self._call = call
        self._on_paper = on_paper
        self._say = call.say
        self._is_danish = call.language == DANISH
        self._room = room
        self._day: date = call.now.date()
        # A program is told UTC, and which zone it is; people have the country's own time.
        self._zone = room.zone if call.is_person else UTC
        self._today = call.now.astimezone(self._zone).date()
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

    def instant(self, at: datetime) -> str:
        """When something was, to the second: today without its day, this year without its year."""
        here = at.astimezone(self._zone)
        clock = f"{here:%H:%M:%S}" + ("Z" if self._zone is UTC else "")
        if here.date() == self._today and not self._on_paper:
            return clock
        month = self._say(f"operations.month.{here.month}")
        day = self._say("operations.day", day=here.day, month=month)
        has_year = self._on_paper or here.year != self._today.year
        year = f" {here.year}" if has_year else ""
        return f"{day}{year} {clock}"

    def short(self, at: datetime) -> str:
        """The time of day, and the day where it is another one."""
        here = at.astimezone(self._zone)
        clock = f"{here:%H:%M}" + ("Z" if self._zone is UTC else "")
        if here.date() == self._today:
            return clock
        month = self._say(f"operations.month.{here.month}")
        return f"{self._say('operations.day', day=here.day, month=month)} {clock}"

    def source(self, code: str | None) -> str:
        """What a source of words is called."""
        return self._named(self._room.sources, code or "")

    def said(self, field: str, value: object) -> str:
        """What a source says of a field, as it is shown."""
        if isinstance(value, list):
            latitude, longitude = value[:2]
            return f"{latitude}, {longitude}"
        named = {TYPE: self.type, URGENCY: self.urgency, STATUS: self.status}
        return named.get(field, self.municipality)(str(value))

    def function(self, code: str) -> str:
        """What a function is called."""
        return self._named(self._room.functions, code)

    def unit_type(self, code: str | None) -> str:
        """What a kind of unit is called; nothing for none."""
        return self._named(self._room.resource_types, code or "")

    def capabilities(self, codes: Iterable[str]) -> str:
        """What a unit can do, in words."""
        return ", ".join(self._named(self._room.capability_names, each) for each in codes)

    def _named(self, names: Mapping[str, Named], code: str) -> str:
        known = names.get(code)
        if known is None:
            return code
        return known.danish if self._is_danish else known.english

    def basis(self, basis: str) -> str:
        """Why something was allowed."""
        if basis.startswith(_FUNCTION):
            function = self.function(basis.removeprefix(_FUNCTION))
            return self._say("operations.basis.function", function=function)
        if basis.startswith(_MANDATE):
            return self._grounds(basis.split())
        return self._say(f"operations.basis.{basis}") if basis in _BASES else basis

    def _grounds(self, tokens: Sequence[str]) -> str:
        """The grounds of the policies that allowed it, and what else it took."""
        found = []
        for token in tokens:
            sort, _, id_ = token.partition(":")
            if token.startswith(_MANDATE):
                found.append(self._room.grounds.get(id_, id_))
            elif sort in _BESIDE:
                found.append(self._say(f"operations.basis.{sort}"))
        return ", ".join(dict.fromkeys(found))

    def told_to(self, audiences: Iterable[str]) -> str:
        """Who was told."""
        return ", ".join(self._audience(each) for each in audiences)

    def _audience(self, audience: str) -> str:
        sort, _, organisation = audience.partition(":")
        name = self.organisation(organisation)
        if sort == Scope.TO:
            areas = {each.id for each in self._room.territory.areas(self._day)}
            # The centre has its area's name, and is not all of it.
            return self._say("operations.to.centre", name=name) if organisation in areas else name
        return self._say(f"operations.to.{Scope(sort)}", name=name)

    def told(self, body: object) -> str | None:
        """What others say of a fact of theirs; None where its kind's name says it."""
        saying = self._room.sayings.get(type(body))
        return None if saying is None else saying(self._call, body)

    def unit(self, unit: str) -> str:
        """How a unit is called on the radio; its id where the register knows none."""
        known = self._room.registry.unit(unit, self._day)
        return unit if known is None else known.callsign

    def station(self, code: str | None) -> str:
        """What a station is called; nothing for none."""
        found = (
            each.name for each in self._room.territory.stations(self._day) if each.code == code
        )
        return next(found, code or "")
