# SPDX-License-Identifier: Apache-2.0
"""Who is called in the demonstration: invented rosters, talk groups, and slips in a folder.

Names, numbers and groups are those of the demonstration's table; the screens say that they are
invented. Of the watches a week is told from each start on, and none twice.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import msgspec

from bavn.capabilities.alerting.model.requests import SetAddress
from bavn.capabilities.duty.model.lists import watch_id
from bavn.capabilities.duty.model.requests import GivenWatch, SetTalkGroup, SetWatches
from bavn.capabilities.organisation.decisions.founding import SENDER
from bavn.capabilities.organisation.views.register import Register
from bavn.frame.country import Basis, Country
from bavn.journal.decision import Request
from bavn.journal.journal import Journal
from bavn.journal.reaction import MACHINE
from bavn.kernel.identity import OrganisationId
from bavn.kernel.mandate import Actor
from bavn.kernel.private import Private
from bavn.node.federated.plan import PlannedNode
from bavn.node.play.manner import Manner, manner_of
from bavn.runtime.alerting.settings import NAME
from bavn.runtime.folder import Folder, make_folder, write_whole

DAYS = 7
# The change of the watch, in the country's own time.
CHANGES_AT_HOUR = 8
SLIPS = "slips"
OWN = Basis.CALIBRATION.value


def invented(journal: Journal, each: PlannedNode, country: Country, now: datetime) -> list[Request]:
    """What a node of the demonstration is told of duty and alerting, for some of its services."""
    manner = manner_of(country.id)
    services = [one for one in manner.names("duty.services") if one in each.hosts]
    day = Register(country, journal.query).on(now.date())
    found: list[Request] = []
    for name in services:
        owner = OrganisationId(name)
        told = day.services.get(owner)
        title = name if told is None else told.body.name
        contents: list[tuple[str, msgspec.Struct]] = [
            (f"duty-{name}-{date}", content)
            for date, content in _watches(manner, title, now, ZoneInfo(country.time_zone))
        ]
        contents += [
            (f"group-{name}-{at}", _group(f"{name}-{at}", group, title))
            for at, group in enumerate(manner.names("duty.groups"), 1)
        ]
        contents += [
            (f"slips-{each.id}", _printer(each.id))
            for each in day.stations.values()
            if each.service == owner
        ]
        found += [_request(owner, content, ref) for ref, content in contents]
    return found


def spool(folder: Folder) -> None:
    """Have a node's slips put into a folder of its own, where anybody sees them come."""
    path = folder.path / SLIPS
    if not path.is_dir():
        make_folder(path)
    if not (folder.path / NAME).exists():
        where = msgspec.json.encode(str(path)).decode()
        text = f'[channel.{SLIPS}]\nsort = "spool"\nfolder = {where}\n'
        write_whole(folder.path / NAME, text.encode())


def _printer(station: str) -> SetAddress:
    return SetAddress(
        id=f"slips-{station}",
        target=f"station:{station}",
        channel=SLIPS,
        rank=1,
        address=Private(station),
    )


def _group(id_: str, name: str, use: str) -> SetTalkGroup:
    return SetTalkGroup(id=id_, name=name, use=use, basis=OWN)


def _watches(
    manner: Manner, service: str, now: datetime, zone: ZoneInfo
) -> Iterator[tuple[str, SetWatches]]:
    """A day's watches at a time: each function has somebody, and one of them not in the evening."""
    posts = [part.partition(":") for part in manner.names("duty.posts")]
    today = now.astimezone(zone).replace(hour=CHANGES_AT_HOUR, minute=0, second=0, microsecond=0)
    for number in range(-1, DAYS):
        begins_at = today + timedelta(days=number)
        watches = [
            _watch(manner, function, organisation or service, begins_at, (at, place))
            for at, (function, _, organisation) in enumerate(posts)
            for place in ((1, 2) if at == 0 else (1,))
        ]
        yield begins_at.date().isoformat(), SetWatches(watches=tuple(watches))


def _watch(
    manner: Manner, function: str, organisation: str, begins_at: datetime, place: tuple[int, int]
) -> GivenWatch:
    """The same for a day however often the demonstration is started."""
    names, day = manner.names("duty.names"), begins_at.toordinal()
    lasts = timedelta(hours=10 if function == manner.text("duty.gap") else 24)
    return GivenWatch(
        id=watch_id(function, organisation, begins_at, place[1]),
        function=function,
        organisation=organisation,
        begins_at=begins_at,
        ends_at=begins_at + lasts,
        place=place[1],
        name=Private(names[(day + sum(place)) % len(names)]),
        number=Private(f"+45 00 00 {day % 100:02} {10 * place[0] + place[1]:02}"),
        basis=OWN,
    )


def _request(owner: OrganisationId, content: msgspec.Struct, ref: str) -> Request:
    return Request(
        owner=owner,
        actor=Actor(organisation=owner, function=MACHINE),
        content=content,
        sender=SENDER,
        ref=ref,
    )
