# SPDX-License-Identifier: Apache-2.0
"""A picture held in memory: the country's own stations, with invented units and incidents."""

import csv
import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from importlib.resources import files

from bavn.capabilities.situation.model.districts import (
    Around,
    DistrictNow,
    DistrictSeen,
    districts_now,
)
from bavn.capabilities.situation.model.normal import NormalNow
from bavn.capabilities.situation.model.picture import symbol_of
from bavn.capabilities.situation.ports import (
    AreaSeen,
    ClosedSeen,
    IncidentSeen,
    PictureNow,
    UnitSeen,
)
from bavn.frame.call import Call

COUNTRY = files("bavn") / "countries" / "denmark"
AREAS = {
    "nordjylland": "Nordjylland",
    "midtjylland": "Midtjylland",
    "syddanmark": "Syddanmark",
    "oestdanmark": "Østdanmark",
}
STATUSES = ("available", "alerted", "en_route", "at_scene", "returning", "not_ready")
# Mostly at home, as on an ordinary afternoon.
WEIGHTS = (70, 3, 8, 12, 4, 3)
URGENCIES = {"immediate": 1, "soon": 2, "ordinary": 3}
# The first part of a type's code that has a drawing of its own, for a picture that looks alive.
DRAWN = {
    "BR-ABA": "alarm",
    "BR-VIL": "building-fire",
    "BR-ETG": "building-fire",
    "RE-FUF": "traffic",
    "RE-FUH": "traffic",
    "VE-SKY": "flood",
}


def rows(name: str) -> list[dict[str, str]]:
    """A table of the country."""
    return list(csv.DictReader((COUNTRY / name).read_text(encoding="utf-8").splitlines()))


class InventedPicture:
    """A picture that changes when a test says so."""

    def __init__(self, now: datetime, *, incident_count: int, unit_count: int, seed: int) -> None:
        self._chance = random.Random(seed)
        self._types = rows("incident_types.csv")
        self._weights = [float(each["share_pct"]) for each in self._types]
        self._municipalities = rows("municipalities.csv")
        self._services = {each["id"]: each["name"] for each in rows("services.csv")}
        self.stations = [each for each in rows("stations.csv") if each["lat"]]
        self.position = 1000
        self.version = 0
        self.incidents: dict[str, IncidentSeen] = {}
        self.closed: list[ClosedSeen] = []
        self.units: dict[str, UnitSeen] = {}
        for number in range(incident_count):
            minutes = self._chance.expovariate(1 / 35)
            self.report(now - timedelta(minutes=minutes), f"inc-{number:04}")
        for number in range(unit_count):
            self._add_unit(number, now)

    def report(self, at: datetime, incident: str, type_code: str | None = None) -> IncidentSeen:
        """One more incident."""
        kind = next(
            (each for each in self._types if each["code"] == type_code),
            self._chance.choices(self._types, self._weights)[0],
        )
        place = self._chance.choice(self._municipalities)
        self.position += 1
        lat, lon = float(place["town_lat"]), float(place["town_lon"])
        service = self._chance.choice(list(self._services))
        changed = at + timedelta(minutes=self._chance.random() * 8)
        found = IncidentSeen(
            id=incident,
            type=kind["code"],
            type_name=kind["danish"],
            symbol=DRAWN.get(kind["code"], symbol_of(kind["group"])),
            urgency=URGENCIES.get(kind["urgency"], 0),
            owner=service,
            owner_name=self._services[service],
            area=_area_at(lat, lon),
            place_name=place["name"],
            lat=round(lat + self._chance.gauss(0, 0.05), 2),
            lon=round(lon + self._chance.gauss(0, 0.05), 2),
            reported_at=at,
            changed_at=max(at, min(changed, at)),
            position=self.position,
            reported_position=self.position,
        )
        self.incidents[incident] = found
        return found

    def close(self, incident: str, at: datetime) -> None:
        """The work at an incident is over."""
        gone = self.incidents.pop(incident)
        self.position += 1
        self.closed.insert(
            0,
            ClosedSeen(
                id=gone.id,
                type_name=gone.type_name,
                owner_name=gone.owner_name,
                area=gone.area,
                closed_at=at,
                position=self.position,
            ),
        )

    def _add_unit(self, number: int, now: datetime) -> None:
        station = self.stations[number % len(self.stations)]
        status = self._chance.choices(STATUSES, WEIGHTS)[0]
        lat, lon = float(station["lat"]), float(station["lon"])
        is_out = status in STATUSES[1:5]
        incident = None
        if is_out and self.incidents:
            incident = self._chance.choice(list(self.incidents.values()))
            if incident.lat is not None and incident.lon is not None:
                share = 1.0 if status == "at_scene" else self._chance.random()
                lat, lon = lat + (incident.lat - lat) * share, lon + (incident.lon - lon) * share
        name = f"{station['id']}-asp-{number // len(self.stations) + 1}"
        self.units[name] = UnitSeen(
            id=name,
            callsign=name.upper(),
            type="ASP",
            status=status,
            status_at=now - timedelta(minutes=self._chance.random() * 50),
            service=station["service"],
            area=_area_at(float(station["lat"]), float(station["lon"])),
            station=station["id"],
            incident=incident.id if incident else None,
            lat=lat,
            lon=lon,
            place_at=now,
        )

    def moved(self) -> Iterator[tuple[str, float, float]]:
        """Every unit that is out, a little further on."""
        for unit in self.units.values():
            if unit.status in STATUSES[1:5] and unit.lat is not None and unit.lon is not None:
                yield (
                    unit.id,
                    unit.lat + self._chance.gauss(0, 0.004),
                    unit.lon + self._chance.gauss(0, 0.006),
                )

    # The port

    def stamp(self, call: Call) -> str:
        """The journal's position and how often anything else has changed."""
        return f"{self.position}.{self.version}"

    def now(self, call: Call) -> PictureNow:
        """All of it: everybody may see what is invented."""
        return PictureNow(
            position=self.position,
            areas=[AreaSeen(id=id_, name=name) for id_, name in AREAS.items()],
            incidents=list(self.incidents.values()),
            units=list(self.units.values()),
            closed=self.closed,
            urgencies=["Straks", "Snarest", "Almindelig"],
        )


def _area_at(lat: float, lon: float) -> str:
    """Roughly, for a picture that looks right: the areas' real borders are no part of this."""
    if lon > 11.0:
        return "oestdanmark"
    if lat > 56.6:
        return "nordjylland"
    return "midtjylland" if lat > 55.8 else "syddanmark"


class InventedDistricts:
    """The country's police districts, with what the invented picture has in each."""

    zone = UTC

    def __init__(self, picture: "InventedPicture") -> None:
        self._picture = picture
        towns = rows("municipalities.csv")
        self._districts = [
            DistrictSeen(
                id=each["id"],
                name=each["name"],
                municipalities=frozenset(
                    town["code"] for town in towns if town["police_district"] == each["id"]
                ),
            )
            for each in rows("police_districts.csv")
        ]

    def now(self, call: Call, named: str | None = None) -> tuple[DistrictNow, ...]:
        """Nobody has told a municipality of what is invented: all of it is in the unknown."""
        now = self._picture.now(call)
        return districts_now(now.incidents, now.units, Around(districts=self._districts))


class InventedNormal:
    """Nothing was ever imported: nobody knows yet what is normal."""

    def now(self, call: Call) -> NormalNow:
        """No lines."""
        return NormalNow(since=call.now, weekday=call.now.weekday(), hour=call.now.hour)
