# SPDX-License-Identifier: Apache-2.0
"""What duty knows and the centre shows: the talk groups of an incident; and, on paper, the numbers.

Names and numbers of people are opened here for a set of paper, and for nothing else: the pages of
duty show them, and log who read them.
"""

from collections.abc import Mapping, Sequence
from datetime import tzinfo

from bavn.capabilities.centre.ports import Listed
from bavn.capabilities.duty.model.roster import posts
from bavn.capabilities.duty.views import GROUPS, USES
from bavn.capabilities.duty.views.shown import AHEAD, groups, watches_of
from bavn.capabilities.organisation.model.dated import on_day
from bavn.capabilities.organisation.views import looking
from bavn.frame.call import Call
from bavn.journal.fact import Sealed
from bavn.journal.reader import NOBODY, Query
from bavn.journal.table import Row, Value
from bavn.journal.views import View
from bavn.kernel.identity import OrganisationId
from bavn.kernel.private import Private
from bavn.node.centre_names import CountryNames
from bavn.node.duty import duty_functions


class TalkGroups:
    """Which talk groups incidents have, as everyone may know it."""

    def __init__(self, query: Query) -> None:
        self._query = query

    def __call__(self, incident: str) -> str:
        """The names of those that an incident has now."""
        held = {
            str(row["subject"])
            for row in self._query.rows(NOBODY, USES, {"incident": incident})
            if row["released_at_ms"] is None
        }
        names = [
            str(row["name"])
            for subject in sorted(held)
            for row in self._query.rows(NOBODY, GROUPS, {"subject": subject})
        ]
        return ", ".join(dict.fromkeys(names))


def duty_lists(
    query: Query, call: Call, country: str, zone: tzinfo, *, private: bool
) -> Sequence[Listed]:
    """Who has the duty now and how they are reached, and all talk groups."""
    is_danish = call.language == "da"
    functions = {
        each.code: each.danish if is_danish else each.english for each in duty_functions(country)
    }
    duties: list[tuple[str, ...]] = []
    for post in posts(watches_of(call, query, call.now), call.now, AHEAD):
        function = functions.get(post.function, post.function)
        if not post.now:
            duties.append((function, post.organisation, call.say("centre.binder.nobody"), "", ""))
        for each in post.now:
            ends = each.ends_at.astimezone(zone)
            texts = [_text(query, call, sealed) for sealed in (each.name, each.number)]
            told = texts if private else ["", ""]
            duties.append((function, post.organisation, *told, f"→ {ends:%d.%m. %H:%M}"))
    talk_groups = [
        (each.name, each.use, ", ".join(name[-4:] for name in each.incidents))
        for each in groups(call, query)
    ]
    return (
        Listed(name="duties", heads=(), rows=tuple(duties)),
        Listed(name="talk_groups", heads=(), rows=tuple(talk_groups)),
    )


def own_pick_lists(query: Query, call: Call, names: CountryNames, hosted: frozenset[str]) -> Listed:
    """What the services here send first in place of the country's table."""

    def look(view: View, where: Mapping[str, Value]) -> list[Row]:
        return query.rows(call.reader, view, where)

    rows = []
    on = call.now.astimezone(names.zone).date()
    services = [OrganisationId(each.code) for each in names.services(call)]
    beneath = {each for each in services if names.area_of(call, each) in hosted}
    for service in sorted(beneath | {OrganisationId(each) for each in hosted}):
        told = looking.pick_lists(look, service)
        for each in on_day(told, on):
            needs = ", ".join(
                f"{need.count} {names.unit_type_name(call, need.type)}" for need in each.body.needs
            )
            name = names.organisation_name(call, service)
            rows.append((name, names.type_name(call, str(each.id)), needs))
    return Listed(name="own_picklists", heads=(), rows=tuple(rows))


def _text(query: Query, call: Call, sealed: Sealed) -> str:
    owner = OrganisationId(sealed.key.partition("/")[0])
    text = query.reveal(call.reader, owner, sealed)
    return text.reveal() if isinstance(text, Private) else "?"
