# SPDX-License-Identifier: Apache-2.0
"""Merging and splitting: which dated rows an area tells so that services change on a day.

Nothing is edited: the old rows end on the day and the new ones begin on it, so that one may look at
either side. Stations and units are told by nobody: they follow their municipality (`directory`).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from bavn.capabilities.organisation.facts import (
    DatedFact,
    MunicipalityCovered,
    ServiceDescribed,
    ServicePlaced,
)
from bavn.capabilities.organisation.model.dated import Held, begins_later, ended, on_day
from bavn.journal.decision import FACTS_PER_REQUEST_LIMIT
from bavn.kernel.identity import OrganisationId
from bavn.kernel.refusal import Refused

SERVICES_LEAST = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class AreaRows:
    """What an area has told of its services and their municipalities, and who else has a name."""

    placements: Sequence[Held[ServicePlaced]]
    memberships: Sequence[Held[MunicipalityCovered]]
    # Services that were ever placed, by whom.
    placed_anywhere: Mapping[OrganisationId, frozenset[OrganisationId]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Formed:
    """A service that is formed, and the municipalities that it covers."""

    id: OrganisationId
    name: str
    form: str
    headquarters: str
    municipalities: tuple[str, ...]


Told = tuple[str, DatedFact]


def municipalities_of(rows: AreaRows, services: Iterable[OrganisationId], on: date) -> list[str]:
    """The municipalities that these services cover on a day."""
    wanted = set(services)
    return sorted(m.id for m in on_day(rows.memberships, on) if m.body.service in wanted)


def change(
    rows: AreaRows,
    leaving: Sequence[OrganisationId],
    formed: Sequence[Formed],
    on: date,
    basis: str,
) -> list[Told] | Refused:
    """The subjects and facts by which services become others on a day, or why they cannot."""
    no = _refusal(rows, leaving, formed, on)
    if no is not None:
        return no
    staying = {each.id for each in formed} & set(leaving)
    gone = set(leaving) - staying
    told: list[Told] = [
        (f"service:{placed.id}", ended(placed.body, on))
        for placed in on_day(rows.placements, on)
        if placed.id in gone
    ]
    for each in formed:
        if each.id not in staying:
            told.append((f"service:{each.id}", ServicePlaced(valid_from=on, basis=basis)))
        described = ServiceDescribed(
            name=each.name,
            form=each.form,
            headquarters=each.headquarters,
            valid_from=on,
            basis=basis,
        )
        told.append((f"service:{each.id}", described))
    told += _moved(rows, formed, on, basis)
    return told if len(told) < FACTS_PER_REQUEST_LIMIT else _too_much(len(told))


def _too_much(count: int) -> Refused:
    return _refused(
        "too_much_at_once",
        f"This is {count} facts, and {FACTS_PER_REQUEST_LIMIT - 1} are the most at once.",
        "Do it in two steps on the same day.",
        count=str(count),
        limit=str(FACTS_PER_REQUEST_LIMIT - 1),
    )


def _moved(rows: AreaRows, formed: Sequence[Formed], on: date, basis: str) -> list[Told]:
    told: list[Told] = []
    covered = {each.id: each.body for each in on_day(rows.memberships, on)}
    for service in formed:
        for code in service.municipalities:
            before = covered[code]
            if before.service == service.id:
                continue
            if before.valid_from != on:
                told.append((f"municipality:{code}", ended(before, on)))
            after = MunicipalityCovered(service=service.id, valid_from=on, basis=basis)
            told.append((f"municipality:{code}", after))
    return told


def _refusal(
    rows: AreaRows, leaving: Sequence[OrganisationId], formed: Sequence[Formed], on: date
) -> Refused | None:
    here = {each.id for each in on_day(rows.placements, on)}
    missing = [service for service in leaving if service not in here]
    if missing:
        return _refused(
            "no_such_service",
            f"{', '.join(missing)} is no service of this area on {on}.",
            "Look at the area on that day, and choose among its services.",
            services=", ".join(missing),
            on=on.isoformat(),
        )
    for each in formed:
        if each.id in rows.placed_anywhere and each.id not in leaving:
            return _refused(
                "service_exists",
                f"There is, or was, a service {each.id}.",
                "Give the new service an id that was never used.",
                service=each.id,
            )
    covered = municipalities_of(rows, leaving, on)
    given = sorted(code for each in formed for code in each.municipalities)
    if given != covered or not all(each.municipalities for each in formed):
        return _refused(
            "not_whole",
            "Not every municipality of the old services is in exactly one of the new.",
            "Give each municipality to one new service, and each new service at least one.",
            municipalities=", ".join(sorted(set(given) ^ set(covered))) or ", ".join(given),
        )
    return _later(rows, leaving, covered, on)


def _later(
    rows: AreaRows, leaving: Sequence[OrganisationId], covered: Sequence[str], on: date
) -> Refused | None:
    later = begins_later((m for m in rows.memberships if m.id in covered), on)
    later = later or begins_later((p for p in rows.placements if p.id in leaving), on)
    ends = any(m.body.valid_to is not None for m in on_day(rows.memberships, on) if m.id in covered)
    if not (later or ends):
        return None
    return _refused(
        "later_change_stands",
        f"Another change of these services is decided for a day after {on}.",
        "Choose a day after it, or strike it through first.",
        on=on.isoformat(),
    )


def _refused(code: str, says: str, try_instead: str, **values: str) -> Refused:
    return Refused(code=code, says=says, try_instead=try_instead, values=values)
