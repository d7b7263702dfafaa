# SPDX-License-Identifier: Apache-2.0
"""What command asks of the house: who works at an incident, and who may lead by the country."""

from collections.abc import Sequence
from datetime import tzinfo
from functools import cache
from importlib.resources import files

from bavn.capabilities.command.model.leading import RoleKnown
from bavn.capabilities.command.model.reporting import FieldKnown, RuleKnown
from bavn.capabilities.command.ports import Scene
from bavn.capabilities.dispatch.views import ORDERS
from bavn.capabilities.operations.model.incident import IncidentState
from bavn.capabilities.operations.ports import area_told
from bavn.capabilities.operations.views.incidents import Incident, incident, the_incident
from bavn.capabilities.operations.views.room import Room as Operations
from bavn.capabilities.operations.views.tables import UNIT_WORDS
from bavn.frame.call import Call
from bavn.frame.country import Named
from bavn.journal.reader import NOBODY
from bavn.kernel.identity import OrganisationId
from bavn.node.together import WordsOf
from bavn.runtime.countries import read_table
from bavn.runtime.live import Live

# A storm has many services at one incident, and a fact is told to some of them.
ASSIGNED_LIMIT = 24


class RoleRow(Named, frozen=True, kw_only=True):
    """A role of leadership, and what it is called over the radio."""

    short: str


@cache
def roles_of(country: str) -> tuple[RoleKnown, ...]:
    """The roles of a country that comes with the program."""
    rows = read_table(files("bavn") / "countries" / country, "leaders", RoleRow)
    return tuple(
        RoleKnown(
            code=row.code,
            short=row.short,
            danish=row.danish,
            english=row.english,
            basis=row.basis,
        )
        for row in rows
    )


class FieldRow(Named, frozen=True, kw_only=True):
    """A field of a report from a scene, with what is asked for in it, and which forms have it."""

    danish_hint: str
    english_hint: str
    forms: tuple[str, ...]


class RuleRow(Named, frozen=True, kw_only=True):
    """A form of report, and when the one after it is due where nobody says."""

    next_min: int
    grace_min: int


@cache
def report_fields_of(country: str) -> tuple[FieldKnown, ...]:
    """The fields of reports in a country that comes with the program."""
    rows = read_table(files("bavn") / "countries" / country, "situation_fields", FieldRow)
    return tuple(
        FieldKnown(
            code=row.code,
            danish=row.danish,
            english=row.english,
            danish_hint=row.danish_hint,
            english_hint=row.english_hint,
            forms=row.forms,
            basis=row.basis,
        )
        for row in rows
    )


@cache
def report_rules_of(country: str) -> tuple[RuleKnown, ...]:
    """Its forms of report, and when the next one is due."""
    rows = read_table(files("bavn") / "countries" / country, "situation_rules", RuleRow)
    return tuple(
        RuleKnown(
            code=row.code,
            danish=row.danish,
            english=row.english,
            next_min=row.next_min,
            grace_min=row.grace_min,
            basis=row.basis,
        )
        for row in rows
    )


class CountryCommand:
    """All that command is connected with."""

    def __init__(self, live: Live, operations: Operations, country: str) -> None:
        self._live = live
        self._operations = operations
        self._words = WordsOf(operations)
        self.roles: Sequence[RoleKnown] = roles_of(country)
        self.report_fields: Sequence[FieldKnown] = report_fields_of(country)
        self.report_rules: Sequence[RuleKnown] = report_rules_of(country)

    @property
    def zone(self) -> tzinfo:
        """The country's own time."""
        return self._operations.zone

    def scene(self, call: Call, incident: str) -> Scene:
        """One incident; ends the handler when there is none."""
        types = self._operations.types
        return self._scene(call, the_incident(self._live.query, call.reader, types, incident))

    def known(self, call: Call, name: str) -> Scene | None:
        """The same, where there may be none."""
        found = incident(self._live.query, call.reader, self._operations.types, name)
        return None if found is None else self._scene(call, found)

    def area_of(self, call: Call, organisation: OrganisationId) -> OrganisationId:
        """The area that an organisation tells."""
        return area_told(self._operations.territory, organisation, None, call.now.date())

    def name_of(self, call: Call, organisation: str) -> str:
        """What an organisation is called."""
        return self._words(call).organisation(organisation)

    def label(self, call: Call, name: str) -> str:
        """What people call an incident."""
        found = incident(self._live.query, call.reader, self._operations.types, name)
        if found is None:
            return name
        words = self._words(call)
        where = words.municipality(found.municipality)
        return ", ".join(each for each in (words.type(found.type), where) if each)

    def _scene(self, call: Call, found: Incident) -> Scene:
        on = call.now.date()
        area = area_told(self._operations.territory, found.service, found.area, on)
        whole = self._operations.joined.whole(found.id)
        at_work = sorted({owner for name in whole for owner in self._at_work(name, call)})
        assigned = dict.fromkeys((found.service, area, *at_work))
        return Scene(
            incident=found.id,
            service=found.service,
            area=area,
            assigned=tuple(assigned)[:ASSIGNED_LIMIT],
            is_open=found.state is IncidentState.OPEN,
        )

    def _at_work(self, name: str, call: Call) -> set[OrganisationId]:
        """Whose units have said anything of the incident, and whose were ordered to it."""
        query, registry, on = self._live.query, self._operations.registry, call.now.date()
        said = query.rows(NOBODY, UNIT_WORDS, {"subject": f"incident:{name}"})
        owners = {OrganisationId(str(row["owner"])) for row in said}
        for row in query.rows(NOBODY, ORDERS, {"incident": name}):
            unit = registry.unit(str(row["subject"]).partition(":")[2], on)
            if unit is not None:
                owners.add(unit.service)
        return owners
