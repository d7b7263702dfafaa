# SPDX-License-Identifier: Apache-2.0
"""What was told, as rows of the views hold it."""

from bavn.capabilities.safety.model.air import Cylinder
from bavn.capabilities.safety.model.roll import RollSort, RollWord
from bavn.capabilities.safety.model.teams import Step, StepSort
from bavn.journal.table import Row, Value
from bavn.kernel.identity import OrganisationId
from bavn.kernel.instants import instant_of


def step_of(row: Row) -> Step:
    """One step out of its row."""
    litres = row["litres"]
    return Step(
        step=str(row["step"]),
        team=str(row["team"]),
        sort=StepSort(str(row["sort"])),
        at_ms=_number(row["at_ms"]) or 0,
        callsign=str(row["callsign"]),
        unit=None if row["unit"] is None else str(row["unit"]),
        count=_number(row["count"]),
        bar=_number(row["bar"]),
        cylinder=None
        if not isinstance(litres, float)
        else Cylinder(
            litres=litres,
            working_bar=_number(row["working_bar"]) or 0,
            reserve_bar=_number(row["reserve_bar"]) or 0,
            use_l_min=_number(row["use_l_min"]) or 0,
        ),
        corrects=bool(row["corrects"]),
    )


def roll_word_of(row: Row) -> RollWord:
    """One word of a roll call out of its row."""
    return RollWord(
        fact=str(row["fact"]),
        sort=RollSort(str(row["sort"])),
        at=instant_of(_number(row["at_ms"]) or 0),
        by=OrganisationId(str(row["owner"])),
        unit=str(row["unit"]),
        callsign=str(row["callsign"]),
        expected=_number(row["expected"]),
        present=_number(row["present"]) or 0,
        inside=_number(row["inside"]) or 0,
    )


def _number(value: Value) -> int | None:
    return value if isinstance(value, int) else None
