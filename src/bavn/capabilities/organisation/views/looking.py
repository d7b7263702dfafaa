# SPDX-License-Identifier: Apache-2.0
"""From rows to who there is: the same for a decision, inside its transaction, and for a page."""

from collections.abc import Callable, Mapping
from datetime import date
from typing import TypeVar

import msgspec

from bavn.capabilities.organisation.facts import (
    AreaDescribed,
    DatedFact,
    ImportProblem,
    ImportRow,
    MunicipalityCovered,
    PersonEnrolled,
    PickListSet,
    ServiceDescribed,
    ServicePlaced,
    StaffingCounted,
    StationDescribed,
    UnitDescribed,
)
from bavn.capabilities.organisation.model.changes import AreaRows
from bavn.capabilities.organisation.model.dated import B, Held, all_held, on_day
from bavn.capabilities.organisation.model.directory import Directory, StationOnDay, UnitOnDay
from bavn.capabilities.organisation.model.lists import Known
from bavn.capabilities.organisation.model.people import People
from bavn.capabilities.organisation.model.received import Received
from bavn.capabilities.organisation.model.settling import ImportState, ListKind, Part
from bavn.capabilities.organisation.views import (
    AREA,
    IMPORT,
    IMPORT_PIECE,
    MEMBERSHIP,
    PERSON,
    PICK_LIST,
    PLACEMENT,
    SERVICE,
    STAFFING,
    STATION,
    UNIT,
)
from bavn.frame.country import PARTNER, Country
from bavn.journal.reader import ROWS_LIMIT
from bavn.journal.table import Row, Value
from bavn.journal.views import View
from bavn.kernel.identity import OrganisationId
from bavn.kernel.refusal import BrokenPromise

P = TypeVar("P")
Look = Callable[[View, Mapping[str, Value]], list[Row]]
_DATED: dict[str, tuple[View, type[DatedFact]]] = {
    "areas": (AREA, AreaDescribed),
    "services": (SERVICE, ServiceDescribed),
    "placements": (PLACEMENT, ServicePlaced),
    "memberships": (MEMBERSHIP, MunicipalityCovered),
    "stations": (STATION, StationDescribed),
    "units": (UNIT, UnitDescribed),
}
EVERYTHING = tuple(_DATED)
# Who belongs where, without what they have.
STRUCTURE = ("areas", "services", "placements", "memberships")


def directory(look: Look, *parts: str) -> Directory:
    """All dated rows of these parts of the country; of all parts when none is named."""
    found = {}
    for part in parts or EVERYTHING:
        view, body = _DATED[part]
        found[part] = _every(look, view, body, {})
    return Directory(**found)  # type: ignore[arg-type]


def _every(look: Look, view: View, body: type[B], where: Mapping[str, Value]) -> list[Held[B]]:
    rows = look(view, where)
    if len(rows) >= ROWS_LIMIT:
        # Beyond it a query gives no more, and a part of the country would be missing in silence.
        raise BrokenPromise(f"{view.name} has {ROWS_LIMIT} rows or more: look at it in parts")
    return all_held(rows, body)


def area_rows(look: Look, area: OrganisationId) -> AreaRows:
    """What an area has told of its services and municipalities."""
    placed: dict[OrganisationId, set[OrganisationId]] = {}
    for each in _every(look, PLACEMENT, ServicePlaced, {}):
        placed.setdefault(OrganisationId(each.id), set()).add(each.owner)
    return AreaRows(
        placements=_every(look, PLACEMENT, ServicePlaced, {"owner": area}),
        memberships=_every(look, MEMBERSHIP, MunicipalityCovered, {"owner": area}),
        placed_anywhere={service: frozenset(owners) for service, owners in placed.items()},
    )


def pick_lists(look: Look, owner: OrganisationId) -> list[Held[PickListSet]]:
    """The pick lists that a service has told."""
    return _every(look, PICK_LIST, PickListSet, {"owner": owner})


def staffing(look: Look, owner: OrganisationId) -> list[Held[StaffingCounted]]:
    """How many people a service says that it has."""
    return _every(look, STAFFING, StaffingCounted, {"owner": owner})


def people(look: Look, owner: OrganisationId, subject: str) -> People:
    """What an owner has told of a function or of a person."""
    where: dict[str, Value] = {"owner": owner, "subject": subject}
    return People(
        counted=_every(look, STAFFING, StaffingCounted, where),
        enrolled=_every(look, PERSON, PersonEnrolled, where),
    )


def received(
    look: Look, owner: OrganisationId, id_: str, piece: int | None = None
) -> Received | None:
    """A received list with what there is on its day; None when there is none of this id.

    With a piece, only its rows are there, and what the owner has told of them.
    """
    where: dict[str, Value] = {"owner": owner, "subject": f"import:{id_}"}
    rows = look(IMPORT, where)
    if not rows:
        return None
    row = rows[0]
    what, on = ListKind(str(row["what"])), date.fromisoformat(str(row["on_day"]))
    own = _own(look, owner, what)
    return Received(
        owner=owner,
        what=what,
        on=on,
        state=ImportState(str(row["state"])),
        problem_count=int(str(row["problem_count"])),
        basis=str(row["basis"] or ""),
        rows=import_rows(look, owner, id_, piece),
        current={} if piece is not None else current(look, owner, what, on),
        told=own,
    )


def import_rows(
    look: Look, owner: OrganisationId, id_: str, piece: int | None = None
) -> tuple[ImportRow, ...]:
    """What was read of a received list, or of one piece of it."""
    where: dict[str, Value] = {"owner": owner, "subject": f"import:{id_}"}
    if piece is not None:
        where["piece"] = piece
    return _parts(look, where, Part.ROWS, tuple[ImportRow, ...])


def import_problems(look: Look, owner: OrganisationId, id_: str) -> tuple[ImportProblem, ...]:
    """What is wrong with a received list."""
    where = {"owner": owner, "subject": f"import:{id_}"}
    return _parts(look, where, Part.PROBLEMS, tuple[ImportProblem, ...])


def _parts(
    look: Look, where: Mapping[str, Value], part: Part, of: type[tuple[P, ...]]
) -> tuple[P, ...]:
    pieces = look(IMPORT_PIECE, {**where, "part": part.value})
    pieces.sort(key=lambda row: int(str(row["piece"])))
    found = [msgspec.json.decode(str(row["content"]), type=of) for row in pieces]
    return tuple(each for every in found for each in every)


def _own(look: Look, owner: OrganisationId, what: ListKind) -> list[Held[DatedFact]]:
    where = {"owner": owner}
    match what:
        case ListKind.STATIONS:
            return [*_every(look, STATION, StationDescribed, where)]
        case ListKind.UNITS:
            return [*_every(look, UNIT, UnitDescribed, where)]
        case ListKind.PICK_LISTS:
            return [*_every(look, PICK_LIST, PickListSet, where)]


def current(look: Look, owner: OrganisationId, what: ListKind, on: date) -> dict[str, DatedFact]:
    """What an organisation has on a day, by id, with what came to it from earlier services."""
    if what is ListKind.PICK_LISTS:
        return {each.id: each.body for each in on_day(pick_lists(look, owner), on)}
    if what is ListKind.STATIONS:
        day = directory(look, "placements", "memberships", "stations").on(on)
        stations = day.stations.values()
        return {each.id: each.told.body for each in stations if each.service == owner}
    day = directory(look, "placements", "memberships", "stations", "units").on(on)
    return {each.id: each.told.body for each in day.units.values() if each.service == owner}


def known(look: Look, country: Country, owner: OrganisationId, on: date) -> Known:
    """What a list of an organisation may refer to on a day."""
    day = directory(look, "placements", "memberships", "stations", "units").on(on)
    has: list[StationOnDay | UnitOnDay] = [*day.stations.values(), *day.units.values()]
    return Known(
        municipalities=frozenset(each.code for each in country.municipalities),
        crewings=frozenset(each.code for each in country.crewings),
        types={
            each.code: (each.crew, each.capabilities)
            for each in country.resource_types
            if each.kind != PARTNER
        },
        incident_types=frozenset(each.code for each in country.incident_types),
        capabilities=frozenset(each.code for each in country.capability_names),
        stations=frozenset(each.id for each in day.stations.values() if each.service == owner),
        taken=frozenset(each.id for each in has if each.service != owner),
        bounds=country.bounds,
    )
