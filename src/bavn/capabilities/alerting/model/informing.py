# SPDX-License-Identifier: Apache-2.0
"""Who has to be told of an incident: by its type, and by how many units were sent."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

import msgspec


class InformRule(msgspec.Struct, frozen=True, kw_only=True):
    """Who is told of what; see the fact of this name."""

    code: str
    danish: str
    english: str
    types: tuple[str, ...]
    units_least: int
    basis: str
    begins_at: datetime | None = None


def holding(
    own: Iterable[InformRule], country: Sequence[InformRule], now: datetime
) -> list[InformRule]:
    """Those that hold at an instant: a service's own takes the place of the country's."""
    found: dict[str, InformRule] = {each.code: each for each in country}
    dated = [each for each in own if each.begins_at is not None and each.begins_at <= now]
    for each in sorted(dated, key=lambda rule: rule.begins_at or now):
        found[each.code] = each
    return [each for each in found.values() if each.danish]


def wanted(
    rules: Iterable[InformRule], type_: str | None, unit_count: int, told: Mapping[str, object]
) -> list[InformRule]:
    """Who is to be told; whoever has been told stays on the list."""
    return [
        each
        for each in rules
        if each.code in told or (unit_count >= each.units_least and _fits(each.types, type_))
    ]


def _fits(types: tuple[str, ...], type_: str | None) -> bool:
    if not types:
        return True
    name = type_ or ""
    return any(name.startswith(each[:-1]) if each.endswith("*") else name == each for each in types)
