# SPDX-License-Identifier: Apache-2.0
"""Incidents that others report: the services of the play take care of them too.

Who sends the curl call of the README sees units go after a minute: until then he may send them
himself. The newest open incidents are looked at now and then; one that no report of ours can have
made is a guest.
"""

import asyncio
from datetime import datetime, timedelta

import msgspec
import numpy as np

from bavn.engines import travel
from bavn.node.play.cast import Cast, Point
from bavn.node.play.client import Json, Server
from bavn.node.play.memory import Guest
from bavn.node.play.player import Player
from bavn.node.play.telling import API
from bavn.runtime import clock
from bavn.runtime.log import log

LOOK_EACH_S = 2.0
NEWEST = 50
# Older ones were somebody's business before the play began.
AGE_MOST = timedelta(hours=1)
# So long, in the play's seconds, whoever reported it may send units himself before the play does.
PATIENCE_S = 60.0
# A guest of no sort that we know is looked at as this.
UNKNOWN = "guest.unknown"


class Found(msgspec.Struct, frozen=True):
    """What is looked at of an incident."""

    id: str
    type: str | None
    service: str
    municipality: str | None
    place: Point | None
    reported_at: datetime


class Guests:
    """Looks for incidents of others, and hands them to the play."""

    def __init__(self, server: Server, cast: Cast, player: Player) -> None:
        self._server = server
        self._cast = cast
        self._player = player
        # What is not known yet, with the reports of ours that were on their way at first sight: it
        # may be one of theirs.
        self._seen: dict[str, set[asyncio.Task[None]]] = {}

    async def look(self) -> None:
        """Look, for as long as the play goes on."""
        while True:
            await asyncio.sleep(LOOK_EACH_S)
            path = f"{API}/incidents?state=open&limit={NEWEST}"
            answer = await self._server.once("GET", path)
            if answer is not None and answer.refused is None:
                self._look_at(answer.body, clock.now())

    def _look_at(self, body: Json, now: datetime) -> None:
        strangers = {
            found.id: found
            for found in msgspec.convert(body["items"], list[Found])
            if not self._player.knows(found.id)
            and now - found.reported_at < AGE_MOST
            and self._player.since_s(found.reported_at) >= PATIENCE_S
        }
        for known in self._seen.keys() - strangers.keys():
            del self._seen[known]
        for number, found in strangers.items():
            ours = self._seen.setdefault(number, self._player.reports())
            if not ours & self._player.reports():
                self._welcome(found)

    def _welcome(self, found: Found) -> None:
        municipality = found.municipality or self._municipality(found)
        if found.place is None or municipality is None:
            return
        codes = {each.code for each in self._cast.country.incident_types}
        known = found.type if found.type in codes else self._cast.manner.text(UNKNOWN)
        service = found.service
        if service not in self._cast.service_numbers:
            service = self._cast.owners[municipality]
        log("play.guest", incident=found.id, type=known, service=service)
        self._player.welcome(
            Guest(
                id=found.id,
                at_s=0.0,
                type=known,
                lat=found.place.lat,
                lon=found.place.lon,
                municipality=municipality,
                service=service,
            )
        )

    def _municipality(self, found: Found) -> str | None:
        """That of the nearest station: good enough to know on which shore it is."""
        if found.place is None or not self._cast.stations:
            return None
        columns = self._cast.columns
        here = np.array([found.place.lat]), np.array([found.place.lon])
        return self._cast.stations[
            int(travel.nearest(*here, columns.lat, columns.lon)[0])
        ].municipality
