# SPDX-License-Identifier: Apache-2.0
"""What is told by lists, in the caller's language; a code without a name stands as it is."""

from collections.abc import Iterable, Mapping

from bavn.capabilities.organisation.facts import ImportProblem, Need
from bavn.capabilities.organisation.model.faults import fault_of, where_of
from bavn.capabilities.organisation.views.received import written
from bavn.frame.call import Say
from bavn.frame.country import Country, IncidentType, Named

DANISH = "da"


class Words:
    """Names from the country's tables, in one language."""

    def __init__(self, say: Say, language: str, country: Country) -> None:
        self._say = say
        self._is_danish = language == DANISH
        types = self._named(country.incident_types) | self._named(country.resource_types)
        self._capabilities = self._named(country.capability_names)
        self._codes = {
            "type": types,
            "crewing": self._named(country.crewings),
            "capabilities": self._capabilities,
            "municipality": {each.code: each.name for each in country.municipalities},
        }
        self._types = types

    def _named(self, rows: Iterable[Named | IncidentType]) -> dict[str, str]:
        return {each.code: each.danish if self._is_danish else each.english for each in rows}

    def capabilities(self, codes: Iterable[str]) -> str:
        """What a unit or a station can do."""
        return ", ".join(self._capabilities.get(each, each) for each in codes)

    def field(self, name: str) -> str:
        """What one thing that a list tells is called."""
        return self._say(f"organisation.told.{name}")

    def value(self, name: str, value: object) -> str:
        """What a list tells of one thing."""
        codes: Mapping[str, str] = self._codes.get(name, {})
        if isinstance(value, tuple):
            return ", ".join(self.value(name, each) for each in value) or "–"
        if isinstance(value, Need):
            return f"{value.count} × {self._types.get(value.type, value.type)}"
        said = written(value)
        return codes.get(said, said)

    def problem(self, problem: ImportProblem) -> str:
        """What is wrong with a list, and where; as it was told, where it has no name."""
        where, found = where_of(problem.where), fault_of(problem.says)
        place = self._say(f"organisation.fault_in.{where.name}", **where.values)
        if found is None:
            return f"{place}: {problem.says}"
        return f"{place}: {self._say(f'organisation.fault.{found.name}', **found.values)}"
