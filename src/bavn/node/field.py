# SPDX-License-Identifier: Apache-2.0
"""Field clients and the house: what phones with TAK are shown, and what becomes of what they say.

A device acts for its organisation, through the same gate as all others. Where it is is where its
unit is; what is typed, and what somebody marks on the map, is a word in the joint log of the
incident that its unit is at. What a device itself says of a unit is not said by the house beside
it.
"""

import asyncio
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

from bavn.capabilities.command.decisions import asking
from bavn.capabilities.operations.model.incident import IncidentState
from bavn.capabilities.operations.views.authority import voice_of
from bavn.capabilities.operations.views.incidents import (
    Incident,
    Wanted,
    id_of,
    incident,
    incidents,
)
from bavn.capabilities.operations.views.tables import UNIT_PICTURE
from bavn.capabilities.operations.views.units import Unit, Units
from bavn.capabilities.operations.views.words import Words
from bavn.capabilities.safety.decisions import EndMayday, TellMayday
from bavn.capabilities.safety.decisions import asking as maydays
from bavn.capabilities.safety.facts import CALLSIGN_CHARACTERS_LIMIT
from bavn.codecs.cot import Event
from bavn.frame.call import Call
from bavn.frame.desk import Refusal
from bavn.journal.fact import Fact
from bavn.kernel.identity import OrganisationId
from bavn.kernel.instants import instant_of
from bavn.kernel.mandate import Resource, ask
from bavn.kernel.private import Private
from bavn.kernel.refusal import Refused
from bavn.node.field_words import (
    HELP,
    HELP_OVER,
    answered,
    gone,
    help_of,
    in_words,
    kept_of,
    of_incident,
    of_unit,
    ref_of,
)
from bavn.node.positions import EVENT
from bavn.runtime import clock
from bavn.runtime.folder import Folder
from bavn.runtime.halt import halt
from bavn.runtime.log import log, log_error
from bavn.runtime.tak import TakServer
from bavn.runtime.tak.devices import KnownDevice
from bavn.runtime.tak.field import Answer
from bavn.runtime.tak.package import field_tls
from bavn.runtime.texts import DEFAULT_LANGUAGE
from bavn.runtime.tokens import Token
from bavn.runtime.web.callers import Callers

SEND, APPEND = "operations.send_positions", "command.append_word"
INCIDENT, UNIT = "incident:", "unit:"
# As the country's table of sources calls those who stand there.
SCENE = "scene"
# A group is shown so many incidents; more are looked at on a page.
INCIDENTS_LIMIT = 200
# Facts come in groups; a device is told once of all that they change.
GATHER_S = 0.5
# What holds is told again before it goes stale.
AGAIN_S = 20 * 60.0
# So long after a device's last word the house speaks of its unit again.
SILENT = timedelta(minutes=2)


class FieldHouse:
    """The house as field clients meet it; lives in the event loop of its node."""

    def __init__(self, given: Mapping[str, Any], callers: Callers) -> None:
        self._live, self._desk = given["live"], given["desk"]
        self._operations, self._command = given["operations"], given["command"]
        self._safety = given["safety"]
        self._callers = callers
        self.server = TakServer(self)
        # Units whose own devices speak for them, and since when they have not.
        self._spoken: dict[str, datetime] = {}
        self._changed: set[str] = set()
        # The incidents that a group's devices have on their maps.
        self._shown: dict[str, set[str]] = {}
        self._due: asyncio.TimerHandle | None = None
        self._again: asyncio.TimerHandle | None = None
        self._writing: set[asyncio.Task[None]] = set()
        self._live.watch(self._heard)
        self._live.on_publish(self._moved)
        self._live.before_close(self.close)

    @property
    def waiting(self) -> int:
        """Of how many things devices are about to be told."""
        return len(self._changed)

    async def close(self) -> None:
        """Let the devices go."""
        for timer in (self._due, self._again):
            if timer is not None:
                timer.cancel()
        await self.server.close()
        await asyncio.gather(*self._writing)

    # What the server asks

    def device(self, certificate: bytes | None) -> KnownDevice | None:
        """Whose certificate it is; nobody comes without one."""
        if certificate is None:
            return None
        return self._callers.access.devices.of(certificate, clock.now())

    def begins_with(self, device: KnownDevice) -> Iterable[Event]:
        """The open incidents of its organisation, its units, and those at its incidents."""
        return self._all(device.group)

    def came(self, device: KnownDevice, event: Event, *, is_own: bool, answer: Answer) -> None:
        """Where its unit is, a word, or a mark that somebody put on the map."""
        if is_own and device.unit is not None and event.has_place:
            self._take_position(device, device.unit, event)
        elif kept_of(event):
            task = asyncio.create_task(self._keep_word(device, event, answer))
            self._writing.add(task)
            task.add_done_callback(self._writing.discard)

    # What comes in

    def _take_position(self, device: KnownDevice, unit: str, event: Event) -> None:
        call = self._call(device.token, SEND)
        try:
            self._allow(call, SEND)
        except Refusal as refusal:
            log("tak.position_refused", device=device.name, code=refusal.refused.code)
            return
        at = min(instant_of(event.time_ms), call.now)
        item = {"unit": unit, "lat": event.lat, "lon": event.lon, "at": at}
        self._spoken[unit] = call.now
        owner = call.actor.organisation
        # A device aboard stands there, whatever function it was let in as.
        voice = voice_of(self._live.query, self._operations.authority, owner, SCENE)
        heard = self._operations.positions.take(
            [item], call.now, lambda _: None, self._desk.publish, lambda _: voice
        )
        for problem in heard.problems:
            log("tak.position_refused", device=device.name, code="not_taken", says=problem.says)

    async def _keep_word(self, device: KnownDevice, event: Event, answer: Answer) -> None:
        """A word for all at the incident that the unit is at, kept before anybody is told so."""
        call = self._call(device.token, APPEND)
        try:
            scene = self._scene(call, device)
            if scene is None:
                answer(answered(event, call.say("field.not_kept_no_incident"), call.now))
                return
            text = in_words(event, call)
            ref = ref_of(event, text)
            # No policy stands before it.
            if event.type.startswith(HELP):
                await self._tell_mayday(call, scene.incident, device, event, ref)
            self._allow(call, APPEND)
            await asking.append(self._desk, call, scene, Private(text), ref)
        except Refusal as refusal:
            log("tak.word_refused", device=device.name, code=refusal.refused.code)
            answer(answered(event, call.say("field.not_kept"), call.now))
        except Exception as error:  # noqa: BLE001 - who wrote it is told that it is not kept
            log_error("tak.word_failed", error, device=device.name)
            answer(answered(event, call.say("field.not_kept"), call.now))

    async def _tell_mayday(
        self, call: Call, incident_: str, device: KnownDevice, event: Event, ref: str
    ) -> None:
        """The button for emergencies sounds where a mayday does; the words come after it."""
        scene = self._safety.around.known(call, incident_)
        if scene is None:
            return
        unit = "" if device.unit is None else Words(call, self._operations).unit(device.unit)
        said = {
            "team": help_of(event),
            "callsign": unit[:CALLSIGN_CHARACTERS_LIMIT],
            "at": min(instant_of(event.time_ms), call.now),
            "step": ref,
        }
        if event.type == HELP_OVER:
            over = maydays.at_scene(call, scene, EndMayday, kept=True, **said)
            await maydays.ask(self._desk, call, scene, over, f"{ref}-mayday")
        else:
            told = maydays.at_scene(call, scene, TellMayday, **said)
            await maydays.alarm(self._desk, call, scene, told, f"{ref}-mayday")

    def _scene(self, call: Call, device: KnownDevice) -> Any:
        if device.unit is None:
            return None
        unit = self._units().one(call.reader, device.unit, call.now.date())
        if unit is None or unit.incident is None:
            return None
        return self._command.around.known(call, unit.incident)

    def _allow(self, call: Call, act: str) -> None:
        """Ask the gate, as the door does; raises Refusal when it says no."""
        resource = Resource(owner=call.actor.organisation)
        answer = ask(self._live.may, call.actor, act, resource, call.now)
        if isinstance(answer, Refused):
            raise Refusal(answer)

    # What goes out

    def _heard(self, fact: Fact) -> None:
        """Something was told: the incidents that it may change are looked at in a moment."""
        self._tell_soon(each for each in fact.about if each.startswith((INCIDENT, UNIT)))

    def _moved(self, event: str, data: object) -> None:
        if event == EVENT and isinstance(data, dict):
            self._tell_soon(f"{UNIT}{each[0]}" for each in data["items"])

    def _tell_soon(self, subjects: Iterable[str]) -> None:
        """Gather what has changed while somebody is there; who comes is told how all stands."""
        if not self.server.count:
            return
        self._changed.update(subjects)
        if self._due is None and self._changed:
            self._due = asyncio.get_running_loop().call_later(GATHER_S, self._tell_changed)

    def _tell_changed(self) -> None:
        self._due = None
        self.server.let_go_strangers()
        changed, self._changed = self._changed, set()
        incidents_, units = (
            {each.removeprefix(sort) for each in changed if each.startswith(sort)}
            for sort in (INCIDENT, UNIT)
        )
        try:
            for group in self.server.groups:
                self.server.tell(group, self._of(group, incidents_, units))
        except Exception as error:  # noqa: BLE001 - told again with the next change
            log_error("tak.tell_failed", error)
        if self._again is None:
            self._again = asyncio.get_running_loop().call_later(AGAIN_S, self._tell_again)

    def _tell_again(self) -> None:
        self._again = None
        self.server.let_go_strangers()
        for group in self.server.groups:
            self.server.tell(group, self._all(group))

    def _of(self, group: str, names: set[str], units: set[str]) -> Iterator[Event]:
        """What a group is told of some incidents and units."""
        call = self._call(_watching(group))
        words = Words(call, self._operations)
        ours = self._concern(call, group)
        for name in names:
            found = incident(self._live.query, call.reader, self._operations.types, name)
            is_open = found is not None and found.state == IncidentState.OPEN
            if not is_open and name in self._shown.get(group, ()):
                self._shown[group].discard(name)
                yield gone(f"incident-{name}", call.now)
            elif found is not None and is_open and name in ours:
                yield from self._put(group, found, words, call)
        reading = self._units()
        for unit in units & self._near(call, group, ours, units):
            found_unit = reading.one(call.reader, unit, call.now.date())
            if found_unit is not None and self._is_shown(found_unit, group, ours, call.now):
                yield from _placed(of_unit(found_unit, words, call))

    def _near(
        self, call: Call, group: str, ours: Mapping[str, Incident], units: set[str]
    ) -> set[str]:
        """Of some units those that a group may be shown: a country's move all the time."""
        registry, on = self._operations.registry, call.now.date()
        registered = ((unit, registry.unit(unit, on)) for unit in units)
        near = {unit for unit, known in registered if known is not None and known.service == group}
        for name in ours:
            rows = self._live.query.rows(call.reader, UNIT_PICTURE, {"incident": name})
            near.update(id_of(row) for row in rows)
        return near

    def _all(self, group: str) -> Iterator[Event]:
        call = self._call(_watching(group))
        words, ours = Words(call, self._operations), self._concern(call, group)
        for each in ours.values():
            yield from self._put(group, each, words, call)
        for unit in self._units().all(call.reader, call.now.date()):
            if self._is_shown(unit, group, ours, call.now):
                yield from _placed(of_unit(unit, words, call))

    def _put(self, group: str, incident_: Incident, words: Words, call: Call) -> Iterator[Event]:
        self._shown.setdefault(group, set()).add(incident_.id)
        yield from _placed(of_incident(incident_, words, call))

    def _concern(self, call: Call, group: str) -> dict[str, Incident]:
        """The open incidents of a group, and those that its units are at, by id."""
        wanted = Wanted(
            today=call.now.date(),
            state=IncidentState.OPEN,
            service=group,
            limit=INCIDENTS_LIMIT,
        )
        types = self._operations.types
        found = {
            each.id: each for each in incidents(self._live.query, call.reader, types, wanted).items
        }
        # Of its own units' words alone: all units of a country are asked for when a device comes.
        for row in self._live.query.rows(call.reader, UNIT_PICTURE, {"owner": group}):
            name = row["incident"]
            if not isinstance(name, str) or name in found:
                continue
            other = incident(self._live.query, call.reader, types, name)
            if other is not None and other.state == IncidentState.OPEN:
                found[name] = other
        return found

    def _is_shown(
        self, unit: Unit, group: str, ours: Mapping[str, Incident], now: datetime
    ) -> bool:
        speaks = self._spoken.get(unit.id)
        is_silent = speaks is None or now - speaks > SILENT
        return is_silent and (unit.service == group or unit.incident in ours)

    def _units(self) -> Units:
        operations = self._operations
        return Units(
            self._live.query, operations.registry, operations.territory, operations.positions
        )

    def _call(self, token: Token, act: str = SEND) -> Call:
        return self._callers.acting(token, self._callers.purpose_of(act), DEFAULT_LANGUAGE)


async def meet_field(
    address: str, folder: Folder, given: Mapping[str, Any], callers: Callers
) -> FieldHouse | None:
    """Listen for devices at an address with its port; nobody does where none is given."""
    if not address:
        return None
    host, _, port = address.rpartition(":")
    if not host or not port.isdecimal():
        raise halt(
            "field_address",
            f"{address} is no address with a port.",
            "Write for instance --field 0.0.0.0:8089.",
            address=address,
        )
    tls = field_tls(folder.keys_path / "field")
    if tls is None:
        raise halt(
            "field_no_devices",
            "The node has no certificate to meet devices with.",
            "Add the first: bavn device add --name … --organisation … --address HOST:PORT"
            " --to FILE.zip.",
        )
    house = FieldHouse(given, callers)
    await house.server.start(host, int(port), tls)
    return house


def _watching(group: str) -> Token:
    """What a group's devices are shown is what its own systems may read."""
    return Token(name="field", function="system", organisations=(OrganisationId(group),))


def _placed(event: Event | None) -> Iterator[Event]:
    if event is not None:
        yield event
