# SPDX-License-Identifier: Apache-2.0
"""Incidents, units and pictures with what is not sure of them.

Doubts come and go without any fact, so they are no part of a view: what was read is marked with
them when it is shown.
"""

from collections import OrderedDict
from collections.abc import Iterable
from datetime import datetime
from typing import Any

import msgspec

from bavn.capabilities.operations.model.doubt import DoubtsNow
from bavn.capabilities.operations.views.incidents import Incident
from bavn.capabilities.operations.views.picture import READERS_LIMIT, Prepared
from bavn.capabilities.operations.views.units import Unit


def doubted_incident(incident: Incident, doubts: DoubtsNow) -> Incident:
    """An incident with what is not sure of it."""
    doubt = doubts.of(incident.service, f"incident:{incident.id}")
    return msgspec.structs.replace(incident, **doubt._asdict())


def doubted_units(units: Iterable[Unit], doubts: DoubtsNow) -> list[Unit]:
    """Units with what is not sure of them."""
    if not doubts.mark:
        return list(units)
    return [
        msgspec.structs.replace(each, **doubts.of(each.service, f"unit:{each.id}")._asdict())
        for each in units
    ]


class DoubtedPictures:
    """Prepared pictures with what is not sure in them; each is made once while both hold."""

    def __init__(self) -> None:
        self._made: OrderedDict[tuple[str, str], Prepared] = OrderedDict()

    def of(self, prepared: Prepared, doubts: DoubtsNow) -> Prepared:
        """The picture with `silent` and `contested`, and a mark that differs when they do."""
        key = (prepared.etag, doubts.mark)
        made = self._made.get(key)
        if made is None:
            tail = msgspec.json.encode(_told(doubts))
            # The picture is an object of its own: what is told of it is put in before its end.
            body = prepared.body[:-1] + b"," + tail[1:]
            made = self._made[key] = Prepared(f'{prepared.etag[:-1]}.{doubts.mark}"', body)
            if len(self._made) > READERS_LIMIT:
                self._made.popitem(last=False)
        return made


def _told(doubts: DoubtsNow) -> dict[str, Any]:
    subjects = sorted(subject.partition(":")[::2] for subject in doubts.conflicts)
    return {
        "silent": {owner: _seconds(at) for owner, at in sorted(doubts.unheard.items())},
        "contested": {
            "incidents": [name for sort, name in subjects if sort == "incident"],
            "units": [name for sort, name in subjects if sort == "unit"],
            "services": sorted(doubts.claimed),
        },
    }


def _seconds(at: datetime | None) -> int | None:
    return None if at is None else int(at.timestamp())
