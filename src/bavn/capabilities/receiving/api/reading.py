# SPDX-License-Identifier: Apache-2.0
"""A coded alarm as another system sends it, read leniently: nothing in it stops it."""

import re
from datetime import datetime

from bavn.capabilities.receiving.model.alarm import Alarm, Said
from bavn.frame.lenient import Fields
from bavn.kernel.identity import is_name

# A municipality's number in the national register, such as 0851.
_MUNICIPALITY = re.compile(r"[0-9]{4}")


def alarm_in(fields: Fields, now: datetime) -> Alarm:
    """What the fields say, each thing as it should be or unknown."""
    place, address = fields.place(), fields.text("address")
    service = fields.take("service", str)
    if service is not None and not is_name(service):
        fields.wrong("service", f"{service[:40]!r} is no organisation")
        service = None
    municipality = fields.take("municipality", str)
    if municipality is not None and _MUNICIPALITY.fullmatch(municipality) is None:
        fields.wrong("municipality", f"{municipality[:40]!r} is no municipality's number")
        municipality = None
    code = fields.take("code", str)
    return Alarm(
        code=code if code is not None else fields.take("type", str),
        number=fields.take("alarm_number", str),
        address=None if address is None else address.reveal(),
        said=Said(
            lat=None if place is None else place[0],
            lon=None if place is None else place[1],
            municipality=municipality,
            service=service,
            urgency=fields.take("urgency", str),
            callback=fields.text("callback"),
            text=fields.text("text"),
            occurred_at=fields.occurred_at(now),
        ),
    )
