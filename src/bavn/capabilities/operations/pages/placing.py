# SPDX-License-Identifier: Apache-2.0
"""Where a new incident is, and whose it becomes: looked up on this machine alone."""

from collections.abc import Sequence

import msgspec

from bavn.capabilities.operations.decisions.asking import Alarm, Near
from bavn.capabilities.operations.model.incident import PlaceBy, urgency_in
from bavn.capabilities.operations.pages.forms import Form
from bavn.capabilities.operations.ports import NamedPlace, Whose, whose
from bavn.capabilities.operations.views.room import Room
from bavn.capabilities.operations.views.words import Words
from bavn.frame.addresses import FoundAddress
from bavn.frame.call import Call
from bavn.kernel.identity import OrganisationId
from bavn.kernel.private import Private

# Two are enough to know that one alone is meant.
ALONE = 2


class Placed(msgspec.Struct, frozen=True, kw_only=True):
    """What a form says of a place. `address` is the one that the register has for what was typed.

    `place` is exact; `near` only stands for one.
    """

    place: tuple[float, float] | None = None
    near: Near | None = None
    municipality: str | None = None
    station: NamedPlace | None = None
    address: FoundAddress | None = None


def placed(form: Form, room: Room, call: Call) -> Placed:
    """The place of a form: its coordinates, else its address, else what it names."""
    place, (municipality, station) = form.place(), form.where(room, call)
    if place is not None:
        return Placed(place=place, municipality=municipality)
    address = _meant(form, room, call, municipality)
    if address is not None and address.exact:
        return Placed(
            place=(address.lat, address.lon), municipality=address.municipality, address=address
        )
    near = form.near(room, call)
    if address is not None:
        near = Near(lat=address.lat, lon=address.lon, by=PlaceBy.STREET)
        municipality = municipality or address.municipality
    return Placed(near=near, municipality=municipality, station=station, address=address)


def suggestions(
    form: Form, room: Room, call: Call, municipality: str | None
) -> Sequence[FoundAddress]:
    """The addresses that what was typed may mean, those that are near first."""
    typed = form.value("address")
    if not typed:
        return ()
    near = _near(room, call, municipality)
    return room.addresses.find(typed, municipality=municipality, near=near)


def alarm_of(form: Form, room: Room, call: Call) -> tuple[Alarm, Placed]:
    """The alarm in a form, and how its place was found; what is wrong stands in the form."""
    incident_type, found = form.type(room, Words(call, room)), placed(form, room, call)
    said = [form.value("text")]
    # What nobody could read is kept with what was said: whoever reads it may know what was meant.
    said += [form.value(name) for name in form.wrong]
    text = "\n".join(each for each in said if each)
    place, station = found.place, found.station
    alarm = Alarm(
        incident_type=incident_type,
        lat=None if place is None else place[0],
        lon=None if place is None else place[1],
        near=found.near,
        municipality=found.municipality,
        service=None if station is None else station.service,
        urgency=urgency_in(form.value("urgency")),
        address=form.private("address"),
        callback=form.private("callback"),
        text=Private(text) if text else None,
    )
    return alarm, found


def becomes(alarm: Alarm, room: Room, call: Call) -> Whose:
    """Whose incident it would be, reported as it stands."""
    return whose(
        room.territory,
        call.now.date(),
        call.actor.organisation,
        named=OrganisationId(alarm.service) if alarm.service else None,
        place=alarm.place,
        municipality=alarm.municipality,
    )


def _meant(form: Form, room: Room, call: Call, municipality: str | None) -> FoundAddress | None:
    """The one address that was meant: chosen from the list, or the only one that it can be."""
    typed = form.value("address")
    if not typed:
        return None
    near = _near(room, call, municipality)
    found = room.addresses.find(typed, municipality=municipality, near=near, limit=ALONE)
    chosen = next((each for each in found if each.text.casefold() == typed.casefold()), None)
    if chosen is None and municipality is not None:
        found = [each for each in found if each.municipality == municipality]
    return chosen or (found[0] if len(found) == 1 else None)


def _near(room: Room, call: Call, municipality: str | None) -> tuple[float, float] | None:
    """What near is: the municipality that was named, else the middle of the caller's stations."""
    on = call.now.date()
    if municipality is not None:
        named = room.territory.municipalities(on)
        return next(((each.lat, each.lon) for each in named if each.code == municipality), None)
    own = [each for each in room.territory.stations(on) if each.service == call.actor.organisation]
    if not own:
        return None
    return sum(each.lat for each in own) / len(own), sum(each.lon for each in own) / len(own)
