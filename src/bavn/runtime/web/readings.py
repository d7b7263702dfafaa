# SPDX-License-Identifier: Apache-2.0
"""Who has read personal data here: one's own readings, one's organisation's, or everybody's.

And what one reads for: a person outside the operation says it once, and it is kept with the session
until it is ended, on every page.
"""

import csv
import io
from collections.abc import Sequence
from datetime import date, datetime, time, timedelta, tzinfo
from typing import Any
from zoneinfo import ZoneInfo

from litestar import Request, Response, get, post
from litestar.response import Redirect, Template

from bavn.codecs.sheets import defused
from bavn.frame.call import Call
from bavn.frame.desk import Refusal
from bavn.kernel.instants import instant_of, ms_of
from bavn.kernel.mandate import Allowed, Resource
from bavn.kernel.refusal import Refused
from bavn.runtime.live import Live
from bavn.runtime.readings import Entry, Purposes, Wanted
from bavn.runtime.web.callers import Caller, Callers
from bavn.runtime.web.entrance import Entrance
from bavn.runtime.web.sign_in import fields, own_path

AnyRequest = Request[Any, Any, Any]
PAGE = "/mandates/readings"
READ = {"act": "own.read_readings"}
# Whose readings: one's own, those of the own organisation and in its cases, or all of this node.
OWN, ORGANISATION, ALL = "own", "organisation", "all"
SEE_OWN, SEE_ALL = "readings.see_own", "readings.see_all"
SHOWN_LIMIT, EXPORTED_LIMIT = 200, 10_000
SAID_CHARACTERS = 8
# A first look is at the last days; who looks for more says from when.
DAYS_BACK = 30


@get(PAGE, opt=READ, include_in_schema=False)
async def readings_page(request: AnyRequest, live: Live, entrance: Entrance) -> Template:
    """Who has opened what, for what; and what one reads for oneself."""
    asked = _Asked(request, live, entrance)
    found = await asked.entries(SHOWN_LIMIT + 1)
    call, purposes = asked.call, asked.purposes
    return Template(
        "readings.html",
        context={
            "call": call,
            "t": call.say,
            "entries": None if found is None else found[:SHOWN_LIMIT],
            "is_cut": found is not None and len(found) > SHOWN_LIMIT,
            "shown": asked,
            "purposes": purposes.all,
            "to_state": [(each.code, _named(each, call)) for each in purposes.to_state],
            "lost_count": live.readings.lost_count,
            "fault": live.readings.fault,
            "kept_days": live.readings.kept_days,
        },
        headers={"cache-control": "no-store"},
    )


@get(f"{PAGE}.csv", opt=READ, include_in_schema=False, media_type="text/csv")
async def readings_list(request: AnyRequest, live: Live, entrance: Entrance) -> Response[bytes]:
    """The same as a table for a spreadsheet."""
    asked = _Asked(request, live, entrance)
    found = await asked.entries(EXPORTED_LIMIT)
    if found is None:
        raise Refusal(
            Refused(
                code="readings_not_readable",
                says="The log of readings cannot be read now.",
                try_instead="Have the node's disk looked at, and try again.",
            )
        )
    out = io.StringIO()
    sheet = csv.writer(out, delimiter=";")
    heads = ("first", "last", "organisation", "function", "account", "owner", "about", "purpose")
    more = ("subject", "count")
    say = asked.call.say
    sheet.writerow([say(f"readings.head.{each}") for each in (*heads, *more)])
    for each in found:
        sheet.writerow(
            [
                *(asked.at(at_ms).isoformat() for at_ms in (each.first_at_ms, each.last_at_ms)),
                *(defused(word) for word in asked.words(each)),
                each.subject,
                each.count,
            ]
        )
    return Response(
        # Spreadsheets take a table for what it is by these three bytes.
        b"\xef\xbb\xbf" + out.getvalue().encode(),
        media_type="text/csv",
        headers={"content-disposition": 'attachment; filename="readings.csv"'},
    )


@post(f"{PAGE}/purpose", opt={"act": "own.state_purpose"}, include_in_schema=False)
async def state_purpose(request: AnyRequest, entrance: Entrance) -> Redirect:
    """Say what one reads personal data for; an empty word ends it."""
    form, caller = await fields(request), request.state["caller"]
    assert isinstance(caller, Caller)
    assert caller.session is not None, "the guard lets nobody without an account through"
    purpose = form.get("purpose", "")
    known = {each.code for each in _purposes(request).to_state}
    if purpose and (purpose not in known or not caller.call.may_state):
        raise Refusal(
            Refused(
                code="purpose_not_yours",
                says="This is no purpose that you may state.",
                try_instead="Choose one of those on the page.",
            )
        )
    entrance.callers.access.sessions.state_purpose(caller.session.id, purpose)
    return Redirect(own_path(form.get("next", PAGE)), status_code=303)


class _Asked:
    """What is looked for, as far as the one who asks may see it, and in his words."""

    def __init__(self, request: AnyRequest, live: Live, entrance: Entrance) -> None:
        self.call: Call = request.state["call"]
        self.purposes = _purposes(request)
        self._live, self._callers = live, entrance.callers
        self._zone = _zone(entrance.callers)
        query = request.query_params
        self.scopes = self._scopes()
        wanted = query.get("whose", "")
        self.whose = wanted if wanted in self.scopes else self.scopes[-1]
        today = self.call.now.astimezone(self._zone).date()
        self.first = _day(query.get("from"), today - timedelta(days=DAYS_BACK))
        self.last = _day(query.get("to"), today)
        self.purpose, self.function = query.get("purpose", ""), query.get("function", "")
        self.subject = query.get("subject", "").strip()
        self.query = request.url.query

    def _scopes(self) -> list[str]:
        found = [OWN]
        for scope, act in ((ORGANISATION, SEE_OWN), (ALL, SEE_ALL)):
            resource = Resource(owner=self.call.actor.organisation)
            answer = self._live.may(self.call.actor, act, resource, self.call.now)
            if isinstance(answer, Allowed):
                found.append(scope)
        return found

    async def entries(self, limit: int) -> Sequence[Entry] | None:
        """The entries, the latest first; None where the log cannot be read."""
        wanted = Wanted(
            account=self.call.account if self.whose == OWN else "",
            organisation=self.call.actor.organisation if self.whose == ORGANISATION else "",
            function=self.function,
            purpose=self.purpose,
            subject=self.subject,
            from_ms=self._ms(self.first),
            until_ms=self._ms(self.last + timedelta(days=1)),
        )
        try:
            return await self._live.readings.entries(wanted, limit)
        except OSError:
            return None

    def at(self, at_ms: int) -> datetime:
        """An instant in the country's own time."""
        return instant_of(at_ms).astimezone(self._zone)

    def words(self, entry: Entry) -> tuple[str, str, str, str, str, str]:
        """By whom, at what function, by which account, whose, about what, for what."""
        title, language = self._callers.organisation_title, self.call.language
        return (
            title(entry.organisation, language),
            self._callers.title_of(entry.function, language),
            self._account(entry.account),
            title(entry.owner, language),
            self.about(entry.subject),
            self.purposes.name(entry.purpose, language),
        )

    def about(self, subject: str) -> str:
        """A subject in words: its sort, and its number; the end of a long one, as people say it."""
        sort, _, number = subject.partition(":")
        short = number if len(number) <= SAID_CHARACTERS else f"…{number[-SAID_CHARACTERS:]}"
        return self.call.say(f"readings.sort.{sort}", number=short) if sort in SORTS else subject

    def path_of(self, subject: str) -> str:
        """Where a subject is shown; empty where it has no page of its own."""
        sort, _, number = subject.partition(":")
        return f"/incidents/{number}" if sort == "incident" else ""

    def functions(self) -> list[tuple[str, str]]:
        """The functions that may be looked for."""
        country = self._callers.country
        known = () if country is None else country.functions
        return [(each.code, _named(each, self.call)) for each in known]

    def _account(self, account: str) -> str:
        """One's own name to oneself and to the own chief; to others the account's number alone."""
        known = self._callers.access.accounts.of(account) if account else None
        if known is None:
            return account
        is_own = known.organisation == self.call.actor.organisation
        return known.display if is_own else account

    def _ms(self, day: date) -> int:
        return ms_of(datetime.combine(day, time(), self._zone))


SORTS = frozenset(
    {"incident", "person", "object", "unit", "handover", "duty", "emergency", "question", "paper"}
)


def _purposes(request: AnyRequest) -> Purposes:
    found = request.app.state["purposes"]
    assert isinstance(found, Purposes)
    return found


def _zone(callers: Callers) -> tzinfo:
    country = callers.country
    return ZoneInfo("UTC" if country is None else country.time_zone)


def _day(text: str | None, otherwise: date) -> date:
    try:
        found = date.fromisoformat(text or "")
    except ValueError:
        return otherwise
    # Days that no calendar beside it has would end in a fault instead of an empty list.
    return found if date(2000, 1, 1) <= found <= date(2999, 1, 1) else otherwise


def _named(each: Any, call: Call) -> str:
    return str(each.danish if call.language == "da" else each.english)


HANDLERS = [readings_page, readings_list, state_purpose]
