# SPDX-License-Identifier: Apache-2.0
"""What can be told of teams inside, and how it is decided: each a pure function.

What a device has counted by already (`kept`) is never refused: it is true at the scene, whatever
looks odd here. Whoever types it now is asked about what cannot be.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from enum import StrEnum
from typing import ClassVar

import msgspec

from bavn.capabilities.safety.facts import (
    ContactMade,
    MaydayEnded,
    MaydayTold,
    OfTeam,
    PressureTold,
    TeamEntered,
    TeamOut,
    TeamTurned,
)
from bavn.capabilities.safety.model.air import Cylinder, Reading, believed, is_beyond
from bavn.capabilities.safety.model.teams import Step, StepSort
from bavn.frame.written import stands_at
from bavn.journal.decision import Context
from bavn.journal.fact import Draft
from bavn.kernel.identity import OrganisationId, Subject
from bavn.kernel.refusal import Refused


class Flag(StrEnum):
    """What is odd about a word; it is taken all the same."""

    # Nobody has told that the team went in.
    NOT_ENTERED = "not_entered"
    INSIDE_ALREADY = "inside_already"
    OUT_ALREADY = "out_already"
    PRESSURE_ROSE = "pressure_rose"
    BEYOND_CYLINDER = "beyond_cylinder"
    BELOW_RESERVE = "below_reserve"
    CYLINDER_UNKNOWN = "cylinder_unknown"


class AtScene(msgspec.Struct, frozen=True, kw_only=True):
    """What each request says: where, to whom it is told, and when it was.

    `step` is the sender's own number of it; `kept` that a device has counted by it already.
    """

    FOUND_HERE: ClassVar[frozenset[str]] = frozenset({"to", "assigned"})

    incident: str
    to: tuple[OrganisationId, ...]
    at: datetime | None = None
    step: str = ""
    kept: bool = False
    assigned: bool = True


class EnterTeam(AtScene, frozen=True, kw_only=True):
    """A team goes in; one without a number of its own is given one."""

    callsign: str
    count: int
    bar: int
    cylinder: str
    figures: Cylinder
    team: str = ""
    unit: str | None = None
    cylinder_known: bool = True


class TellTeam(AtScene, frozen=True, kw_only=True):
    """A team was heard, has told its pressure, has turned or is out."""

    team: str
    sort: StepSort
    callsign: str = ""
    bar: int | None = None
    corrects: bool = False


class TellMayday(AtScene, frozen=True, kw_only=True):
    """Somebody of a team is in distress; a team that nobody knows is taken too."""

    team: str = ""
    callsign: str = ""


class EndMayday(AtScene, frozen=True, kw_only=True):
    """The distress of a team is over."""

    team: str
    callsign: str = ""


def subject_of(incident: str) -> Subject:
    """What a fact about an incident is about."""
    return Subject(f"incident:{incident}")


def enter(steps: Sequence[Step], request: EnterTeam, context: Context) -> Sequence[Draft] | Refused:
    """That a team went in, with the figures it is counted by."""
    callsign = " ".join(request.callsign.split())
    is_inside = _is_inside(steps, request.team, callsign)
    is_over = is_beyond(request.bar, request.figures)
    is_low = request.bar <= request.figures.reserve_bar
    if not request.kept:
        if not callsign:
            return _unnamed()
        if is_inside:
            return _inside_already(callsign)
        if is_over:
            return _beyond(request.bar, request.figures)
        if is_low:
            return _below_reserve(request.bar, request.figures)
    figures = request.figures
    body = TeamEntered(
        team=request.team or context.new_id(),
        callsign=callsign,
        step=request.step,
        assigned=request.assigned,
        count=request.count,
        pressure_bar=request.bar,
        cylinder=request.cylinder,
        litres=figures.litres,
        working_bar=figures.working_bar,
        reserve_bar=figures.reserve_bar,
        use_l_min=figures.use_l_min,
        unit=request.unit or None,
        flags=_flags(
            (Flag.INSIDE_ALREADY, is_inside),
            (Flag.BEYOND_CYLINDER, is_over),
            (Flag.BELOW_RESERVE, is_low),
            (Flag.CYLINDER_UNKNOWN, not request.cylinder_known),
        ),
    )
    return [_draft(body, request, context)]


def tell(steps: Sequence[Step], request: TellTeam, context: Context) -> Sequence[Draft] | Refused:
    """What was told of a team; out before in is taken, and says so."""
    own = [each for each in steps if each.team == request.team]
    flags = [
        (Flag.NOT_ENTERED, all(each.sort is not StepSort.ENTERED for each in own)),
        (Flag.OUT_ALREADY, request.sort is StepSort.OUT and _is_out(own)),
    ]
    if request.sort is StepSort.PRESSURE and request.bar is not None:
        figures = next((each.cylinder for each in own if each.cylinder is not None), None)
        is_over = figures is not None and is_beyond(request.bar, figures)
        last = _last_bar(own, figures)
        rose = last is not None and request.bar > last and not request.corrects
        if figures is not None and is_over and not request.kept:
            return _beyond(request.bar, figures)
        if last is not None and rose and not request.kept:
            return _rose(request.bar, last)
        flags += [(Flag.BEYOND_CYLINDER, is_over), (Flag.PRESSURE_ROSE, rose)]
    return [_draft(_said(request, own, _flags(*flags)), request, context)]


def mayday(
    steps: Sequence[Step], request: TellMayday, context: Context
) -> Sequence[Draft] | Refused:
    """A mayday, whatever is known of the team: on the alarm path, and flagged at most."""
    own = [each for each in steps if each.team == request.team]
    is_known = any(each.sort is StepSort.ENTERED for each in own)
    body = MaydayTold(
        team=request.team or context.new_id(),
        callsign=request.callsign or _callsign(own),
        step=request.step,
        flags=_flags((Flag.NOT_ENTERED, not is_known)),
        assigned=request.assigned,
    )
    return [_draft(body, request, context)]


def end_mayday(
    steps: Sequence[Step], request: EndMayday, context: Context
) -> Sequence[Draft] | Refused:
    """That a mayday is over."""
    own = [each for each in steps if each.team == request.team]
    if not request.kept and all(each.sort is not StepSort.MAYDAY for each in own):
        return Refused(
            code="no_mayday",
            says="Nobody has told a mayday of that team.",
            try_instead="Look at the teams that are inside.",
        )
    body = MaydayEnded(
        team=request.team,
        callsign=request.callsign or _callsign(own),
        step=request.step,
        assigned=request.assigned,
    )
    return [_draft(body, request, context)]


def _said(request: TellTeam, own: Sequence[Step], flags: tuple[str, ...]) -> OfTeam:
    of_team = {
        "team": request.team,
        "callsign": request.callsign or _callsign(own),
        "step": request.step,
        "flags": flags,
        "assigned": request.assigned,
    }
    match request.sort:
        case StepSort.TURNED:
            return TeamTurned(**of_team)  # type: ignore[arg-type]
        case StepSort.OUT:
            return TeamOut(**of_team)  # type: ignore[arg-type]
        case StepSort.PRESSURE if request.bar is not None:
            told = {"pressure_bar": request.bar, "corrects": request.corrects}
            return PressureTold(**of_team, **told)  # type: ignore[arg-type]
        case _:
            # Whatever else was meant, somebody was heard.
            return ContactMade(**of_team)  # type: ignore[arg-type]


def _draft(body: OfTeam, request: AtScene, context: Context) -> Draft:
    return Draft(
        body=body,
        about=(subject_of(request.incident),),
        happened_at=stands_at(request.at, context.now),
        to=readers_of(request.to, context.owner),
    )


def readers_of(to: Iterable[OrganisationId], owner: OrganisationId) -> tuple[OrganisationId, ...]:
    """Whom a word is told to: the others; whoever is alone there writes for itself."""
    return tuple(each for each in dict.fromkeys(to) if each != owner) or (owner,)


def _flags(*flags: tuple[Flag, bool]) -> tuple[str, ...]:
    return tuple(flag.value for flag, holds in flags if holds)


def _is_out(own: Sequence[Step]) -> bool:
    last = max(own, key=lambda each: each.at_ms, default=None)
    return last is not None and last.sort is StepSort.OUT


def _is_inside(steps: Sequence[Step], team: str, callsign: str) -> bool:
    """True where this team, or another of its callsign, went in and is not out."""
    names = {
        each.team
        for each in steps
        if each.sort is StepSort.ENTERED
        and (each.team == team or each.callsign.casefold() == callsign.casefold())
    }
    return any(not _is_out([each for each in steps if each.team == name]) for name in names)


def _last_bar(own: Sequence[Step], figures: Cylinder | None) -> int | None:
    told = sorted((each for each in own if each.bar is not None), key=lambda each: each.at_ms)
    if figures is None or not told:
        return None
    readings = [Reading(each.at_ms, each.bar or 0, each.corrects) for each in told]
    return believed(readings, figures)[-1].bar


def _callsign(own: Sequence[Step]) -> str:
    return next((each.callsign for each in own if each.callsign), "")


def _unnamed() -> Refused:
    return Refused(
        code="team_unnamed",
        says="It does not say which team goes in.",
        try_instead="Write its callsign or number.",
    )


def _inside_already(callsign: str) -> Refused:
    return Refused(
        code="team_inside",
        says=f"{callsign} is inside already.",
        try_instead="Tell that team out first, or give this one another callsign.",
        values={"callsign": callsign},
    )


def _beyond(bar: int, figures: Cylinder) -> Refused:
    return Refused(
        code="pressure_beyond",
        says=f"{bar} bar is more than the cylinder holds ({figures.working_bar}).",
        try_instead="Read the gauge again, or choose the cylinder that it is.",
        values={"bar": str(bar), "working": str(figures.working_bar)},
    )


def _below_reserve(bar: int, figures: Cylinder) -> Refused:
    return Refused(
        code="pressure_low",
        says=f"{bar} bar leaves nothing above the reserve ({figures.reserve_bar}).",
        try_instead="Change the cylinder before anybody goes in.",
        values={"bar": str(bar), "reserve": str(figures.reserve_bar)},
    )


def _rose(bar: int, last: int) -> Refused:
    return Refused(
        code="pressure_rose",
        says=f"{bar} bar is more than the {last} bar told before.",
        try_instead="Ask again. Was the one before wrong, say so with it.",
        values={"bar": str(bar), "last": str(last)},
    )
