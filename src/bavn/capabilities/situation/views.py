# SPDX-License-Identifier: Apache-2.0
"""A district as it is asked for, by page and programming interface alike."""

from collections.abc import Sequence

from bavn.capabilities.situation.model.districts import UNKNOWN, DistrictNow
from bavn.capabilities.situation.model.picture import figures
from bavn.frame.desk import Refusal
from bavn.kernel.refusal import Refused


def the_district(found: Sequence[DistrictNow], district: str) -> DistrictNow:
    """One of them; ends the handler when there is none of this name."""
    named = next((each for each in found if each.id == district), None)
    if named is None:
        raise Refusal(
            Refused(
                code="no_such_district",
                says=f"There is no police district {district[:64]}.",
                try_instead="Look it up in the list of police districts.",
                values={"district": district[:64]},
            )
        )
    return named


def or_quiet(found: Sequence[DistrictNow], name: str) -> DistrictNow:
    """A district; the unknown also when nothing is there any longer: a page of it stays open."""
    if name == UNKNOWN and all(each.id != UNKNOWN for each in found):
        return DistrictNow(
            id=UNKNOWN,
            name="",
            figures=figures((), ()),
            incidents=(),
            levels=(),
            empty=(),
            unsaid_count=0,
        )
    return the_district(found, name)
