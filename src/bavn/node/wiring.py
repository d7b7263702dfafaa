# SPDX-License-Identifier: Apache-2.0
"""What this installation is made of: the list of capabilities, and how they are connected."""

import tomllib
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from bavn.capabilities.alerting.capability import alerting
from bavn.capabilities.archive.capability import archive
from bavn.capabilities.calls.capability import CALLS
from bavn.capabilities.centre.capability import CENTRE
from bavn.capabilities.command.capability import COMMAND
from bavn.capabilities.command.views.room import Room as CommandRoom
from bavn.capabilities.connections.capability import CONNECTIONS
from bavn.capabilities.crews.capability import CREWS_CAPABILITY
from bavn.capabilities.crews.views.reading import Room as CrewsRoom
from bavn.capabilities.dispatch.capability import DISPATCH
from bavn.capabilities.dispatch.views.room import Room as DispatchRoom
from bavn.capabilities.duty.capability import DUTY
from bavn.capabilities.exchange.capability import EXCHANGE
from bavn.capabilities.feeds.capability import FEEDS
from bavn.capabilities.levels.capability import LEVELS_CAPABILITY
from bavn.capabilities.mandates.capability import MANDATES
from bavn.capabilities.needs.capability import NEEDS
from bavn.capabilities.notices.capability import NOTICES_CAPABILITY
from bavn.capabilities.objects.capability import OBJECT_CARDS
from bavn.capabilities.operations.capability import operations as operations_by
from bavn.capabilities.operations.capability import room
from bavn.capabilities.operations.views.room import Room as OperationsRoom
from bavn.capabilities.organisation.capability import ORGANISATION
from bavn.capabilities.organisation.views.register import Register
from bavn.capabilities.receiving.capability import RECEIVING
from bavn.capabilities.reinforcement.capability import REINFORCEMENT
from bavn.capabilities.relations.capability import RELATIONS
from bavn.capabilities.relations.views.room import Room as RelationsRoom
from bavn.capabilities.reports.capability import REPORTS_CAPABILITY
from bavn.capabilities.safety.capability import SAFETY
from bavn.capabilities.scene.capability import SCENE
from bavn.capabilities.situation.capability import SITUATION
from bavn.frame.capability import Capability
from bavn.frame.country import Country
from bavn.journal.catalogue import Catalogue, catalogue_of
from bavn.node import mandates
from bavn.node.alerting import alerting_of
from bavn.node.alerting_rules import alerting_tables
from bavn.node.archive import archive_of, rules_of
from bavn.node.authority import authority_tables
from bavn.node.calling import calls_of
from bavn.node.centre import centre_of
from bavn.node.commanding import CountryCommand
from bavn.node.connections import CountryConnections, CountrySilences
from bavn.node.country import Land, Types, Units, tellers_of
from bavn.node.crewing import CountryCrews
from bavn.node.dispatching import CountryDispatching
from bavn.node.districts import CountryDistricts
from bavn.node.doubts import CountryDoubts
from bavn.node.exchange import exchange_of
from bavn.node.feeds import feeds_of
from bavn.node.helping import helping_of
from bavn.node.levelling import levels_of
from bavn.node.mandate_asking import asking_of
from bavn.node.mandating import mandates_of
from bavn.node.needs import needs_of
from bavn.node.normal import CountryNormal
from bavn.node.notices import notices_of
from bavn.node.picture import CountryPicture
from bavn.node.reading_log import ReadingsKept
from bavn.node.receiving import coded_alarms_of
from bavn.node.reporting import reporting_of
from bavn.node.safety import safety_of
from bavn.node.scene import scene_of
from bavn.node.take_overs import CountryTakeOvers
from bavn.node.together import CountryJoined, CountryTogether
from bavn.runtime import clock
from bavn.runtime.live import Live
from bavn.runtime.mandates import Book, Gate
from bavn.runtime.maps import Maps
from bavn.runtime.past.store import past_path
from bavn.runtime.peers.lookout import Lookout
from bavn.runtime.readings import Purposes, purposes_of
from bavn.runtime.travel.coarse import CoarseWays
from bavn.runtime.travel.mapped import ways_of

# Which of the countries that come with the program this installation is for.
COUNTRY = "denmark"

# In the order of the menu.
CAPABILITIES: tuple[Capability, ...] = (
    SITUATION,
    CENTRE,
    operations_by(authority_tables(COUNTRY).authority),
    RELATIONS,
    RECEIVING,
    OBJECT_CARDS,
    CALLS,
    DISPATCH,
    alerting(alerting_tables(COUNTRY).rule),
    DUTY,
    CREWS_CAPABILITY,
    REINFORCEMENT,
    COMMAND,
    SAFETY,
    SCENE,
    NEEDS,
    REPORTS_CAPABILITY,
    archive(rules_of(COUNTRY)),
    NOTICES_CAPABILITY,
    ORGANISATION,
    EXCHANGE,
    LEVELS_CAPABILITY,
    MANDATES,
    CONNECTIONS,
    FEEDS,
)


def catalogue() -> Catalogue:
    """All that this installation understands and decides."""
    return catalogue_of((capability.part for capability in CAPABILITIES), _zone())


@cache
def _zone() -> ZoneInfo:
    """The country's own time, without reading all of the country."""
    head = files("bavn") / "countries" / COUNTRY / "country.toml"
    return ZoneInfo(str(tomllib.loads(head.read_text(encoding="utf-8"))["time_zone"]))


def _people(
    live: Live, register: Register, operations: OperationsRoom, data: Path
) -> dict[str, Any]:
    """Who is aboard, what belongs together, who leads, and what others send, by their names."""
    country = register.country
    crews = CrewsRoom(live.query, CountryCrews(live, country, operations))
    live.watch(lambda fact: crews.hear(fact.about))
    together = CountryTogether(live, country, operations)
    relations = RelationsRoom(live.query, together)
    live.watch(relations.hear)
    operations.joined = CountryJoined(relations)
    command = CommandRoom(live.query, CountryCommand(live, operations, COUNTRY))
    operations.writers = command.writers
    live.watch(operations.logs.hear)
    feeds = feeds_of(live, register, operations, together, data)
    return {"crews": crews, "relations": relations, "command": command, "feeds": feeds}


def _dispatch(
    live: Live,
    register: Register,
    operations: OperationsRoom,
    ways: CoarseWays,
    people: dict[str, Any],
) -> DispatchRoom:
    crews, relations = people["crews"], people["relations"]
    around = CountryDispatching(live, register, operations, ways, crews, relations)
    return DispatchRoom(around=around, seconds=clock.seconds)


def given(
    live: Live, country: Country, data: Path, lookout: Lookout | None = None
) -> dict[str, Any]:
    """What handlers ask for by name: each capability's room, connected with the others'.

    Made once for a world that is served. `data` is where an imported map would lie; `lookout`
    sees the other nodes, and is None where this one exchanges with nobody.
    """
    register = Register(country, live.query)
    live.watch(lambda fact: register.heard(fact.kind))
    maps = Maps(files("bavn") / "countries" / country.id, data)
    operations = _operations(country, register, maps)
    take_overs = CountryTakeOvers(live, register, lookout, operations)
    operations.doubts = CountryDoubts(live, lookout, take_overs)
    people = _people(live, register, operations, data)
    called = alerting_of(live, country, operations, data)
    people["scene"] = scene_of(live, country, operations, people, called["duty"])
    people["safety"] = safety_of(live, operations, people["scene"].around, COUNTRY)
    silences = CountrySilences(register, lookout)
    people["notices"] = notices_of(live, register, operations, maps)
    dispatch = _dispatch(live, register, operations, ways_of(country.id, maps, data), people)
    coded = coded_alarms_of(live, register, operations, dispatch)
    helping = helping_of(live, register, people["relations"].around, dispatch)
    people |= needs_of(live, country, operations, people, dispatch)
    mandated = _mandated(live, register, operations, people, called)
    centre = centre_of(live, register, operations, silences, take_overs, data)
    calls = calls_of(live, country, operations, data)
    centre.attentive += [coded["receiving"], calls, *(people | helping | mandated).values()]
    papers = _papers(live, country, operations, people["relations"].around, data)
    centre.attentive += [called["alerting"], ReadingsKept(live), papers["reports"]]
    return {
        **called,
        "connections": CountryConnections(live, register, lookout),
        "lookout": lookout,
        "silences": silences,
        "centre": centre,
        "take_overs": take_overs,
        "operations": operations,
        "calls": calls,
        "dispatch": dispatch,
        **people,
        **coded,
        **helping,
        **papers,
        **mandated,
        "organisation": register,
        "normal": CountryNormal(live, register, past_path(data, live.world)),
        **_shown(live, register, maps, operations, people | helping | mandated),
        "purposes": _purposes(live, country),
    }


def _papers(
    live: Live,
    country: Country,
    operations: OperationsRoom,
    together: CountryTogether,
    data: Path,
) -> dict[str, Any]:
    """Reports, and what becomes of all that is kept."""
    reports = reporting_of(live, country, operations, together)
    return {
        "reports": reports,
        "archive": archive_of(live, country, operations, reports, data),
    }


def _shown(
    live: Live,
    register: Register,
    maps: Maps,
    operations: OperationsRoom,
    rooms: dict[str, Any],
) -> dict[str, Any]:
    """What goes on in the country and in each police district, and what of it is taken out."""
    picture = CountryPicture(live, operations)
    around = [rooms[name] for name in ("command", "needs", "reinforcement", "levels")]
    around.append(operations.joined)
    districts = CountryDistricts(live, register, maps, picture, *around)
    exchange = exchange_of(live, register, operations)
    return {"picture": picture, "districts": districts, "maps": maps, "exchange": exchange}


def _mandated(
    live: Live,
    register: Register,
    operations: OperationsRoom,
    people: dict[str, Any],
    called: dict[str, Any],
) -> dict[str, Any]:
    """Levels, mandates, and asking for one: by what is known of incidents and watches."""
    gate = asked_gate(live, register.country)
    levels = levels_of(live, register, operations, gate)
    mandated = mandates_of(live, register, operations, gate)
    together = people["relations"].around
    asked = asking_of(live, gate, mandated["mandates"].around, together, called["duty"])
    return {**levels, **mandated, **asked}


def _purposes(live: Live, country: Country) -> Purposes:
    """What the country's people read personal data for; and for how long that is kept."""
    found = purposes_of(files("bavn") / "countries" / country.id)
    live.readings.kept_days = found.kept_days or live.readings.kept_days
    return found


def country_gate(country: Country, law: str | None = None) -> Gate:
    """The gate that a country's own policies make, by the law in force or by another."""
    return mandates.gate(country, _built_in_book(country.id), catalogue(), law)


@cache
def _built_in_book(country: str) -> Book:
    """The policies that come with a country: the same for every world of this process."""
    return mandates.book(mandates.built_in_folder(country), CAPABILITIES, catalogue())


def asked_gate(live: Live, country: Country) -> Gate:
    """The gate that the world asks; where it asks another, one to explain by."""
    return live.may if isinstance(live.may, Gate) else country_gate(country)


def _operations(country: Country, register: Register, maps: Maps) -> OperationsRoom:
    return room(
        territory=Land(register, maps),
        registry=Units(register),
        types=Types(country),
        zone=country.time_zone,
        functions=country.functions,
        resource_types=country.resource_types,
        capability_names=country.capability_names,
        tellers=tellers_of(COUNTRY),
        authority=authority_tables(COUNTRY).authority,
        sources=authority_tables(COUNTRY).sources,
    )
