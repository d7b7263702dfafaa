# SPDX-License-Identifier: Apache-2.0
"""What is not known: of whom nothing is heard, and what is shown of them as it was.

Nothing that a silent node has told goes away. It stays where it was, marked, and a sentence says
how much of the picture it is.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime

import msgspec

from bavn.capabilities.situation.model.picture import IncidentSeen, PictureNow, UnitSeen

# Silences that are told in whole sentences above the list; of more, their number is told.
SENTENCES_LIMIT = 3


class Silence(msgspec.Struct, frozen=True, kw_only=True):
    """A node that is not heard.

    `owners` are the organisations that it hosts. `since` is when it was last heard, in the
    country's time; None when it was not heard since this node began.
    """

    node: str
    name: str
    owners: tuple[str, ...]
    since: datetime | None


class CatchingUp(msgspec.Struct, frozen=True, kw_only=True):
    """A node that is heard again, of which this many entries are still on their way."""

    name: str
    count: int


class SilencesNow(msgspec.Struct, frozen=True, kw_only=True):
    """All that is silent, and all that is being fetched. `mark` differs when any of it does."""

    mark: str
    silent: Sequence[Silence]
    catching_up: Sequence[CatchingUp]


class Sentence(msgspec.Struct, frozen=True, kw_only=True):
    """What is shown of a silent node's, as it was when it was last heard."""

    silence: Silence
    incident_count: int
    unit_count: int


class Unheard(msgspec.Struct, frozen=True, kw_only=True):
    """How much of an area's figures stands on what is not heard: all of it, or a part."""

    whole: bool
    since: datetime | None


def by_owner(now: SilencesNow) -> dict[str, Silence]:
    """The silence of each organisation that is not heard."""
    return {owner: each for each in now.silent for owner in each.owners}


def sentences(now: SilencesNow, picture: PictureNow) -> list[Sentence]:
    """One for each silent node: those of which most is shown first."""
    found = [
        Sentence(
            silence=each,
            incident_count=sum(seen.owner in each.owners for seen in picture.incidents),
            unit_count=sum(seen.service in each.owners for seen in picture.units),
        )
        for each in now.silent
    ]
    found.sort(key=lambda each: (-each.incident_count, -each.unit_count, each.silence.name))
    return found


def unheard_areas(now: SilencesNow, picture: PictureNow) -> dict[str, Unheard]:
    """The areas of whose figures all or some are of a silent owner; the others are left out."""
    silent = by_owner(now)
    found: dict[str, Unheard] = {}
    if not silent:
        return found
    owners = _owners(picture.incidents, picture.units)
    for area in picture.areas:
        told_by = owners.get(area.id, set()) | {area.id}
        unheard = [silent[owner] for owner in told_by if owner in silent]
        # An area that nobody told anything of is known by its own centre alone.
        heard = owners.get(area.id, set()) - silent.keys()
        if unheard:
            found[area.id] = Unheard(whole=not heard, since=_oldest(unheard))
    return found


def clock_of(at: datetime, now: datetime) -> str:
    """The time of day, with the day when that is another one.

    >>> from datetime import UTC
    >>> noon = datetime(2026, 11, 21, 12, 3, tzinfo=UTC)
    >>> clock_of(noon, noon), clock_of(noon, datetime(2026, 11, 22, 9, 0, tzinfo=UTC))
    ('12:03', '21/11 12:03')
    """
    is_today = now.astimezone(at.tzinfo).date() == at.date()
    return f"{at:%H:%M}" if is_today else f"{at.day}/{at.month} {at:%H:%M}"


def grouped(count: int, separator: str) -> str:
    """A count with its thousands apart.

    >>> grouped(1204, "."), grouped(999, ".")
    ('1.204', '999')
    """
    return f"{count:,}".replace(",", separator)


def _oldest(unheard: Iterable[Silence]) -> datetime | None:
    found = [each.since for each in unheard]
    known = [each for each in found if each is not None]
    return min(known) if len(known) == len(found) else None


def _owners(incidents: Iterable[IncidentSeen], units: Iterable[UnitSeen]) -> dict[str, set[str]]:
    """Who has told what is counted in each area."""
    found: dict[str, set[str]] = {}
    for incident in incidents:
        found.setdefault(incident.area, set()).add(incident.owner)
    for unit in units:
        found.setdefault(unit.area, set()).add(unit.service)
    return found
