# SPDX-License-Identifier: Apache-2.0
"""Pages: how each system's feeds go, what could not be taken, a part of an incident's page."""

from datetime import datetime

from litestar import get
from litestar.response import Template

from bavn.capabilities.feeds.model.tally import Clock, Skew
from bavn.capabilities.feeds.views.room import Room, RoomGiven
from bavn.capabilities.feeds.views.told import fault_now
from bavn.frame.call import Call
from bavn.frame.forms import AnyRequest, kept
from bavn.frame.given import CallGiven
from bavn.frame.page import page
from bavn.kernel.identity import OrganisationId

READ = {"act": "feeds.read_feeds"}
# What is looked at in one go; the interface gives more.
SHOWN_LIMIT = 200
_MINUTE_S, _HOUR_S, _DAY_S = 60, 3_600, 86_400


class Saying:
    """Words and times of these pages, in the caller's language and the country's time."""

    def __init__(self, call: Call, room: Room) -> None:
        self._call, self._room = call, room

    def instant(self, at: datetime) -> str:
        """A day and a time."""
        local = at.astimezone(self._room.around.zone)
        return self._call.say(
            "feeds.instant", day=f"{local.day}.{local.month}.", time=f"{local:%H:%M:%S}"
        )

    def organisation(self, organisation: str) -> str:
        """What it is called."""
        return self._room.around.organisation(OrganisationId(organisation), self._call.now)

    def lasting(self, seconds: float) -> str:
        """How long, in the unit that fits."""
        count_s = round(abs(seconds))
        if count_s < 2 * _MINUTE_S:
            return self._call.say("feeds.seconds", count=str(count_s))
        if count_s < 2 * _HOUR_S:
            return self._call.say("feeds.minutes", count=str(round(count_s / _MINUTE_S)))
        if count_s < 2 * _DAY_S:
            return self._call.say("feeds.hours", count=str(round(count_s / _HOUR_S)))
        return self._call.say("feeds.days", count=str(round(count_s / _DAY_S)))

    def clock(self, skew: Skew) -> str:
        """How a clock goes: 7 minutes behind, with how much that differs."""
        if skew.clock is Clock.UNKNOWN:
            return self._call.say("feeds.clock.unknown", count=str(skew.of_count))
        return self._call.say(
            f"feeds.clock.{skew.clock.value}",
            off=self.lasting(skew.middle_s),
            low=self.lasting(skew.low_s if skew.middle_s > 0 else skew.high_s),
            high=self.lasting(skew.high_s if skew.middle_s > 0 else skew.low_s),
        )


@get(["/feeds", "/feeds/part"], opt=READ, include_in_schema=False)
async def feeds_page(request: AnyRequest, call: CallGiven, feeds: RoomGiven) -> Template:
    """How it goes."""
    is_part = request.url.path.endswith("/part")
    return kept(
        page(
            call,
            "feeds/senders.html" if is_part else "feeds/feeds.html",
            say=Saying(call, feeds),
            senders=feeds.senders(call),
            rules=feeds.around.rules,
            kept_days=feeds.kept.kept_days,
            lost_count=feeds.kept.lost_count,
        )
    )


@get("/feeds/faults", opt={"act": "feeds.read_faults"}, include_in_schema=False)
async def faults_page(call: CallGiven, feeds: RoomGiven, *, sender: str = "") -> Template:
    """What could not be taken, as it came. Nobody keeps a copy of this page: it may name people."""
    found = await feeds.faults(call, sender, SHOWN_LIMIT + 1)
    answer = page(
        call,
        "feeds/faults.html",
        say=Saying(call, feeds),
        sender=sender,
        faults=[fault_now(call, each) for each in found[:SHOWN_LIMIT]],
        is_cut=len(found) > SHOWN_LIMIT,
        kept_days=feeds.kept.kept_days,
        dropped_count=feeds.kept.dropped_count,
    )
    answer.headers["cache-control"] = "no-store"
    return answer


@get("/feeds/number", opt=READ, include_in_schema=False)
async def number_page(call: CallGiven, feeds: RoomGiven, *, number: str = "") -> Template:
    """The incidents that another system calls so, or has called so."""
    found = feeds.found(call, number) if number.strip() else []
    return kept(
        page(
            call,
            "feeds/number.html",
            say=Saying(call, feeds),
            number=number.strip(),
            found=[
                (each, feeds.around.label(call, each), feeds.numbers(call, each)) for each in found
            ],
        )
    )


@get("/incidents/{incident_id:str}/feeds-part", opt=READ, include_in_schema=False)
async def part(incident_id: str, call: CallGiven, feeds: RoomGiven) -> Template:
    """What other systems call it, and whether it is over; nothing where no system has it."""
    return kept(
        page(
            call,
            "feeds/part.html",
            say=Saying(call, feeds),
            incident=incident_id,
            numbers=feeds.numbers(call, incident_id),
            is_unfinished=feeds.is_unfinished(call, incident_id),
            hours=round(feeds.around.asked_after.total_seconds() / _HOUR_S),
        )
    )


PAGES = (feeds_page, faults_page, number_page, part)
