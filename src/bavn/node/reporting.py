# SPDX-License-Identifier: Apache-2.0
"""What reports ask of the house: an incident's facts, how intervals are measured, and names."""

from collections.abc import Sequence
from datetime import timedelta, tzinfo
from functools import cache
from importlib.resources import files

from bavn.capabilities.dispatch.views import ORDERS
from bavn.capabilities.operations.model.intervals import Turnout, UnitWord, turnouts
from bavn.capabilities.operations.views.incidents import owners_of
from bavn.capabilities.operations.views.room import Room as Operations
from bavn.capabilities.operations.views.words import Words
from bavn.capabilities.reinforcement.views import ANSWERS, ASKED
from bavn.capabilities.reports.model.courses import Course, Word
from bavn.capabilities.reports.ports import FieldKnown, Incident
from bavn.capabilities.reports.views.room import Room
from bavn.frame.call import Call
from bavn.frame.country import Country, Named
from bavn.journal.reader import NOBODY, HistoryItem
from bavn.kernel.identity import OrganisationId
from bavn.node.commanding import roles_of
from bavn.node.scene import hazards_of
from bavn.node.together import CountryTogether, WordsOf
from bavn.runtime.countries import read_table
from bavn.runtime.live import Live

# Where a country's figures do not say it; Denmark's do.
OVERDUE_H = 72.0
OVERDUE = "reports.overdue_h"


class FieldRow(Named, frozen=True, kw_only=True):
    """A field of the country's report, in the order of the table."""

    part: str
    sort: str
    required: bool
    choices: tuple[str, ...] = ()


@cache
def fields_of(country: str) -> tuple[FieldKnown, ...]:
    """The fields of a country that comes with the program; none where it has no such table."""
    folder = files("bavn") / "countries" / country
    if not (folder / "report_fields.csv").is_file():
        return ()
    return tuple(
        FieldKnown(
            code=row.code,
            part=row.part,
            danish=row.danish,
            english=row.english,
            sort=row.sort,
            required=row.required,
            choices=row.choices,
            basis=row.basis,
        )
        for row in read_table(folder, "report_fields", FieldRow)
    )


class CountryReporting:
    """All that reports are connected with."""

    def __init__(
        self, live: Live, country: Country, operations: Operations, together: CountryTogether
    ) -> None:
        self._live = live
        self._country = country
        self._operations = operations
        self._together = together
        self._words_of = WordsOf(operations)
        self.fields = fields_of(country.id)
        self.overdue = timedelta(hours=_overdue_h(country))

    @property
    def zone(self) -> tzinfo:
        """The country's own time."""
        return self._operations.zone

    def incident(self, call: Call, incident: str) -> Incident:
        """An incident; ends the handler when there is none."""
        seen = self._together.incident(call, incident)
        return Incident(id=seen.id, service=seen.service, label=self._together.label(call, seen))

    def label(self, call: Call, incident: str) -> str:
        """What people call an incident; its number where it is not known here."""
        seen = self._together.known(call, incident)
        return incident if seen is None else self._together.label(call, seen)

    def told(self, call: Call, incident: str) -> Sequence[HistoryItem]:
        """All facts about it that the caller may read, without what was struck."""
        query, subject = self._live.query, f"incident:{incident}"
        # Beside those who say what everyone knows: whoever leads there, sends, asks and answers.
        owners = {*owners_of(query, call.reader, incident)}
        owners.add(self._together.incident(call, incident).service)
        owners.update(self._operations.writers(call, incident))
        for row in query.rows(NOBODY, ORDERS, {"incident": incident}):
            owners.add(OrganisationId(str(row["owner"])))
        for asked in query.rows(NOBODY, ASKED, {"incident": incident}):
            owners.add(OrganisationId(str(asked["owner"])))
            for answer in query.rows(NOBODY, ANSWERS, {"subject": asked["subject"]}):
                owners.add(OrganisationId(str(answer["owner"])))
        return [
            item
            for owner in sorted(owners)
            for item in query.history(call.reader, owner, subject)
            if not item.struck
        ]

    def measure(self, words: Sequence[Word]) -> Sequence[Course]:
        """As operations measures; a report is of what is over, so nothing may come yet."""
        said = [UnitWord(unit=each.unit, status=each.status, at=each.at) for each in words]
        return [course_of(each) for each in turnouts(said, {each.unit for each in words})]

    def types(self, call: Call) -> Sequence[tuple[str, str]]:
        """The types of incident."""
        return [
            (each.code, each.danish if call.language == "da" else each.english)
            for each in self._country.incident_types
        ]

    def places(self, _call: Call) -> Sequence[tuple[str, str]]:
        """The municipalities."""
        return [(each.code, each.name) for each in self._country.municipalities]

    def unit_types(self, call: Call) -> Sequence[tuple[str, str]]:
        """The types of units."""
        return sorted(
            (
                (each.code, each.danish if call.language == "da" else each.english)
                for each in self._country.resource_types
            ),
            key=lambda each: each[1],
        )

    def type_of(self, call: Call, unit: str) -> str:
        """The type of a unit."""
        found = self._operations.registry.unit(unit, call.now.date())
        return "" if found is None else found.type

    def callsign(self, call: Call, unit: str) -> str:
        """What a unit is called."""
        return self._words(call).unit(unit)

    def name_of(self, call: Call, organisation: str) -> str:
        """What an organisation is called."""
        return self._words(call).organisation(organisation)

    def function(self, call: Call, code: str) -> str:
        """What a function is called."""
        return self._words(call).function(code)

    def hazard(self, call: Call, code: str) -> str:
        """What a kind of hazard is called."""
        known = (each for each in hazards_of(self._country.id) if each.code == code)
        found = next(known, None)
        if found is None:
            return code
        return found.danish if call.language == "da" else found.english

    def role(self, _call: Call, code: str) -> str:
        """What a role of leadership is called over the radio."""
        known = (each.short for each in roles_of(self._country.id) if each.code == code)
        return next(known, code)

    def _words(self, call: Call) -> Words:
        return self._words_of(call)


def course_of(each: Turnout) -> Course:
    """A course as operations measured it."""
    spans = (each.afgang, each.koersel, each.respons)
    return Course(
        unit=each.unit,
        number=each.number,
        alerted_at=each.alerted_at,
        left_at=each.left_at,
        arrived_at=each.arrived_at,
        ended_at=each.ended_at,
        turn_out_s=each.afgang.seconds,
        drive_s=each.koersel.seconds,
        response_s=each.respons.seconds,
        why=tuple("" if span.missing is None else span.missing.value for span in spans),
    )


def _overdue_h(country: Country) -> float:
    found = (each.number for each in country.figures if each.key == OVERDUE)
    return next((each for each in found if each is not None), OVERDUE_H)


def reporting_of(
    live: Live, country: Country, operations: Operations, together: CountryTogether
) -> Room:
    """What its handlers ask for by name."""
    return Room(live.query, CountryReporting(live, country, operations, together))
