# SPDX-License-Identifier: Apache-2.0
"""What the demonstration knows of a country beside its tables: `demo.csv`, read with its types."""

import csv
import io
from collections.abc import Iterator, Mapping
from functools import cache
from importlib.resources import files

from bavn.engines.turnouts import Need
from bavn.kernel.refusal import BadInput, Problem

FILE = "demo.csv"


class Manner:
    """The demonstration's parameters by their keys; a missing or unreadable one is bad input."""

    def __init__(self, values: Mapping[str, str]) -> None:
        self._values = values

    def has(self, key: str) -> bool:
        """True when there is such a parameter."""
        return key in self._values

    def text(self, key: str) -> str:
        """The parameter as it stands."""
        try:
            return self._values[key]
        except KeyError:
            raise BadInput(Problem(where=f"{FILE}, {key}", says="is missing")) from None

    def number(self, key: str) -> float:
        """The parameter as a number."""
        return self.numbers(key)[0]

    def numbers(self, key: str) -> tuple[float, ...]:
        """The parameter as several numbers."""
        try:
            found = tuple(float(part) for part in self.text(key).split())
        except ValueError as error:
            raise BadInput(Problem(where=f"{FILE}, {key}", says=str(error))) from None
        if not found:
            raise BadInput(Problem(where=f"{FILE}, {key}", says="is empty"))
        return found

    def names(self, key: str) -> tuple[str, ...]:
        """The parameter as names separated by semicolons."""
        return tuple(part for part in self.text(key).split(";") if part)

    def weights(self, key: str) -> dict[str, float]:
        """The parameter as names with a weight after a colon."""
        parts = (part.partition(":") for part in self.names(key))
        try:
            return {name: float(weight) for name, _, weight in parts}
        except ValueError as error:
            raise BadInput(Problem(where=f"{FILE}, {key}", says=str(error))) from None

    def first(self, *keys: str) -> str | None:
        """The first of these keys that there is."""
        return next((key for key in keys if key in self._values), None)

    def under(self, prefix: str) -> Iterator[tuple[str, str]]:
        """All keys below this one, without it, and what they say."""
        for key, value in self._values.items():
            if key.startswith(f"{prefix}."):
                yield key.removeprefix(f"{prefix}."), value


def needs_of(text: str, numbers: Mapping[str | None, int]) -> tuple[Need, ...]:
    """Read `ASP:1;TAN:2` as needs of types by their numbers."""
    parts = (part.partition(":") for part in text.split(";") if part)
    return tuple(Need(numbers[code], int(count)) for code, _, count in parts)


def table(country: str, name: str) -> list[dict[str, str]]:
    """The rows of a table of the country, as they stand."""
    text = (files("bavn") / "countries" / country / name).read_text(encoding="utf-8")
    return list(csv.DictReader(io.StringIO(text), strict=True))


@cache
def manner_of(country: str) -> Manner:
    """The parameters of this country."""
    return Manner({row["key"]: row["value"] for row in table(country, FILE)})
