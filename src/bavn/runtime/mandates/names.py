# SPDX-License-Identifier: Apache-2.0
"""What functions and organisations are called, for a no that people read."""

from collections.abc import Mapping

import msgspec

from bavn.frame.country import Country

_DANISH = "da"


class Names(msgspec.Struct, frozen=True):
    """Names in Danish and in English; a code without one stands as it is."""

    functions: Mapping[str, tuple[str, str]] = {}
    organisations: Mapping[str, tuple[str, str]] = {}

    def function(self, code: str, language: str) -> str:
        """What a function is called."""
        return self.functions.get(code, (code, code))[language != _DANISH]

    def organisation(self, id_: str, language: str) -> str:
        """What an organisation is called."""
        return self.organisations.get(id_, (id_, id_))[language != _DANISH]


def names_of(country: Country) -> Names:
    """What a country's tables call them."""
    above = [country.agency] if country.government is None else [country.agency, country.government]
    return Names(
        functions={each.code: (each.danish, each.english) for each in country.functions},
        organisations={
            **{each.id: (each.danish, each.english) for each in country.partners},
            **{each.id: (each.name, each.name) for each in country.areas},
            **{each.id: (each.name, each.name) for each in country.services},
            **{each.id: (each.name, each.name) for each in country.police_districts},
            **{each.id: (each.danish, each.english) for each in above},
        },
    )
