# SPDX-License-Identifier: Apache-2.0
"""What is told at a scene: sectors, tasks, hazards, who stands where, and the wind.

All of it is for those who work at the incident. A sector, a task and a hazard are told in versions:
each holds all of the thing, and names the versions that its writer had seen of it. Text stands in
the version in which it was written; a later one that leaves it as it was names that one (`…_of`).
"""

from typing import Annotated

import msgspec

from bavn.journal.fact import Sealed
from bavn.journal.kinds import Kind
from bavn.kernel.audience import Scope

# A thing is numbered when it is first told of, by whoever writes the record.
THING_CHARACTERS_LIMIT = 64
# What is read over the radio; it names nobody.
LABEL_CHARACTERS_LIMIT = 32
# So many versions that nobody has settled are seen at once; a person settles them in two steps.
BASED_ON_LIMIT = 16
FULL_CIRCLE_DEG = 360
# A hurricane is 33 m/s; the strongest gust that was measured in the country is below 60.
WIND_M_S_MOST = 75.0

Thing = Annotated[str, msgspec.Meta(pattern="^[A-Za-z0-9-]+$", max_length=THING_CHARACTERS_LIMIT)]
Label = Annotated[str, msgspec.Meta(max_length=LABEL_CHARACTERS_LIMIT)]
BasedOn = Annotated[list[Thing], msgspec.Meta(max_length=BASED_ON_LIMIT)]
HazardCode = Annotated[
    str, msgspec.Meta(pattern="^[a-z]+(-[a-z]+)*$", max_length=LABEL_CHARACTERS_LIMIT)
]
# As a subject has it.
Unit = Annotated[str, msgspec.Meta(pattern="^[A-Za-z0-9._-]{1,95}$")]
Degrees = Annotated[int, msgspec.Meta(ge=0, lt=FULL_CIRCLE_DEG)]
Speed = Annotated[float, msgspec.Meta(ge=0, le=WIND_M_S_MOST)]


class SectorTold(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A sector is as this says: its name, who leads it by callsign, and what is done there."""

    sector: Thing
    based_on: BasedOn = []
    name: Label
    leader: Label = ""
    what: Sealed | None = None
    what_of: Thing | None = None
    ended: bool = False
    assigned: bool = True


class TaskTold(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A task is as this says: what it is, for which sector or unit, and how far it has come."""

    task: Thing
    based_on: BasedOn = []
    text: Sealed | None = None
    text_of: Thing | None = None
    sector: Thing | None = None
    unit: Unit | None = None
    state: str
    urgent: bool = False
    assigned: bool = True


class HazardTold(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A hazard is as this says: its kind by the country's table, where it is, and if it is over."""

    hazard: Thing
    based_on: BasedOn = []
    kind: HazardCode
    where: Sealed | None = None
    where_of: Thing | None = None
    over: bool = False
    assigned: bool = True


class UnitPlaced(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """From the instant of the fact a unit works in a sector; in none where none is named."""

    unit: Unit
    sector: Thing | None = None
    assigned: bool = True


class WindMeasured(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """At the instant of the fact the wind came from so many degrees, at so many metres a second."""

    from_deg: Degrees
    speed_m_s: Speed
    assigned: bool = True


_FOR_THOSE_ASSIGNED = frozenset({Scope.TO})
SECTOR_TOLD = Kind(
    name="scene.sector_told",
    version=1,
    body=SectorTold,
    scopes=_FOR_THOSE_ASSIGNED,
    for_stand_in=True,
)
TASK_TOLD = Kind(
    name="scene.task_told",
    version=1,
    body=TaskTold,
    scopes=_FOR_THOSE_ASSIGNED,
    for_stand_in=True,
)
HAZARD_TOLD = Kind(
    name="scene.hazard_told",
    version=1,
    body=HazardTold,
    scopes=_FOR_THOSE_ASSIGNED,
    for_stand_in=True,
)
UNIT_PLACED = Kind(
    name="scene.unit_placed",
    version=1,
    body=UnitPlaced,
    scopes=_FOR_THOSE_ASSIGNED,
    for_stand_in=True,
)
WIND_MEASURED = Kind(
    name="scene.wind_measured",
    version=1,
    body=WindMeasured,
    scopes=_FOR_THOSE_ASSIGNED,
    for_stand_in=True,
)
KINDS = (SECTOR_TOLD, TASK_TOLD, HAZARD_TOLD, UNIT_PLACED, WIND_MEASURED)
