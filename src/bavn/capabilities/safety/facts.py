# SPDX-License-Identifier: Apache-2.0
"""What was told of smoke divers and of a roll call: callsigns and numbers, never names."""

from typing import Annotated

import msgspec

from bavn.journal.fact import Sealed
from bavn.journal.kinds import Kind
from bavn.kernel.audience import Scope

CALLSIGN_CHARACTERS_LIMIT = 32
# A device's own number of a team or of a step.
KEY_CHARACTERS_LIMIT = 64
# A team is two or three; more than this is a slip of the pen.
TEAM_LIMIT = 20
# Far beyond any gauge; what is beyond the cylinder is flagged before.
BAR_LIMIT = 999
PRESENT_LIMIT = 99
Callsign = Annotated[str, msgspec.Meta(max_length=CALLSIGN_CHARACTERS_LIMIT)]
Key = Annotated[str, msgspec.Meta(min_length=1, max_length=KEY_CHARACTERS_LIMIT)]
Bar = Annotated[int, msgspec.Meta(ge=0, le=BAR_LIMIT)]
TeamCount = Annotated[int, msgspec.Meta(ge=1, le=TEAM_LIMIT)]
Present = Annotated[int, msgspec.Meta(ge=0, le=PRESENT_LIMIT)]


class OfTeam(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What each word about a team says: which team, and the device's own number of the word.

    `flags` is what is odd about it; it is taken all the same. `assigned` tells whether who says so
    works at the incident.
    """

    team: Key
    callsign: Callsign = ""
    step: str = ""
    flags: tuple[str, ...] = ()
    assigned: bool = True


class TeamEntered(OfTeam, frozen=True, kw_only=True, omit_defaults=True):
    """So many went in, with this pressure in such a cylinder; the figures it is counted by."""

    count: TeamCount
    pressure_bar: Bar
    cylinder: str
    litres: float
    working_bar: int
    reserve_bar: int
    use_l_min: int
    unit: str | None = None


class ContactMade(OfTeam, frozen=True, kw_only=True, omit_defaults=True):
    """A team was heard from inside."""


class PressureTold(OfTeam, frozen=True, kw_only=True, omit_defaults=True):
    """A team has told its pressure; `corrects` says that a lower one before it was wrong."""

    pressure_bar: Bar
    corrects: bool = False


class TeamTurned(OfTeam, frozen=True, kw_only=True, omit_defaults=True):
    """A team is on its way out."""


class TeamOut(OfTeam, frozen=True, kw_only=True, omit_defaults=True):
    """All of a team are out."""


class MaydayTold(OfTeam, frozen=True, kw_only=True, omit_defaults=True):
    """Somebody inside is in distress."""


class MaydayEnded(OfTeam, frozen=True, kw_only=True, omit_defaults=True):
    """The distress is over, or there was none."""


class UnitExpected(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A unit that a roll call expects, and how many of it where that is known."""

    unit: str
    callsign: Callsign
    expected: Present | None = None


class RollCalled(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Everybody at the scene is to be counted, by unit."""

    units: tuple[UnitExpected, ...] = ()
    assigned: bool = True


class UnitCounted(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """So many of a unit were found, and so many of it were inside."""

    unit: str
    callsign: Callsign
    present: Present
    inside: Present = 0
    expected: Present | None = None
    assigned: bool = True


class RollClosed(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A person has ended the roll call; with a reason where somebody was missing or not counted."""

    missing: int = 0
    uncounted: int = 0
    reason: Sealed | None = None
    assigned: bool = True


def _kind(name: str, body: type[msgspec.Struct], *, alarm: bool = False) -> Kind:
    # Told to those who work there, and to whoever stands in for one of them.
    return Kind(
        name=f"safety.{name}",
        version=1,
        body=body,
        scopes=frozenset({Scope.TO}),
        for_stand_in=True,
        alarm=alarm,
    )


KINDS = (
    _kind("team_entered", TeamEntered),
    _kind("contact_made", ContactMade),
    _kind("pressure_told", PressureTold),
    _kind("team_turned", TeamTurned),
    _kind("team_out", TeamOut),
    _kind("mayday_told", MaydayTold, alarm=True),
    _kind("mayday_ended", MaydayEnded),
    _kind("roll_called", RollCalled),
    _kind("unit_counted", UnitCounted),
    _kind("roll_closed", RollClosed),
)
