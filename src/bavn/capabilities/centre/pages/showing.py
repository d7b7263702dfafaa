# SPDX-License-Identifier: Apache-2.0
"""What all pages of the centre say alike: times on the wall's clock, and what things are called."""

from datetime import datetime

from bavn.capabilities.centre.ports import Called
from bavn.frame.call import Call
from bavn.frame.country import Basis


class Words:
    """Names and times for one caller, in its language; each looked up once."""

    def __init__(self, call: Call, around: Called) -> None:
        self._call, self._around = call, around
        self._names: dict[tuple[str, str], str] = {}
        self._today = call.now.astimezone(around.zone).date()

    def clock(self, at: datetime) -> str:
        """The time of day, with the day where it is another."""
        here = at.astimezone(self._around.zone)
        if here.date() == self._today:
            return f"{here:%H:%M}"
        return f"{self.day(at)} {here:%H:%M}"

    def whole(self, at: datetime) -> str:
        """An instant as it is read later, on paper; the hour that comes twice says which it is."""
        here = at.astimezone(self._around.zone)
        # Summer and winter time have different distances to UTC: what they are tells the two apart.
        return f"{self.day(at)} {here.year} {here:%H:%M:%S} ({here:%z})"

    def day(self, at: datetime) -> str:
        """A day and its month."""
        here = at.astimezone(self._around.zone)
        month = self._call.say(f"operations.month.{here.month}")
        return self._call.say("operations.day", day=here.day, month=month)

    def type(self, code: str) -> str:
        """What a type of incident is called; a word for one that is unknown."""
        return self._named("type", code) if code else self._call.say("operations.type_unknown")

    def organisation(self, code: str) -> str:
        """What a service or an area is called."""
        return self._named("organisation", code)

    def unit_type(self, code: str) -> str:
        """What a kind of unit is called."""
        return self._named("unit_type", code) if code else ""

    def function(self, code: str) -> str:
        """What a function is called."""
        return self._named("function", code)

    def urgency(self, rank: int) -> str:
        """What an urgency is called."""
        return self._named("urgency", str(rank))

    def status(self, status: str | None) -> str:
        """What a unit's status is called."""
        return self._call.say(f"operations.status.{status or 'unknown'}")

    def who(self, function: str, account: str) -> str:
        """Who did something: oneself, or somebody of a function."""
        if account and account == self._call.account:
            return self._call.say("centre.you")
        return self.function(function)

    def _named(self, sort: str, code: str) -> str:
        if (sort, code) not in self._names:
            call, around = self._call, self._around
            match sort:
                case "type":
                    name = around.type_name(call, code)
                case "organisation":
                    name = around.organisation_name(call, code)
                case "unit_type":
                    name = around.unit_type_name(call, code)
                case "function":
                    name = around.function_name(call, code)
                case _:
                    name = around.urgency_name(call, int(code))
            self._names[sort, code] = name
        return self._names[sort, code]


def is_calibrated(basis: str) -> bool:
    """True for what rests on our own estimate; a page says so."""
    return basis.startswith(Basis.CALIBRATION)
