# SPDX-License-Identifier: Apache-2.0
"""What is known of a function's people."""

from collections.abc import Sequence
from dataclasses import dataclass

from bavn.capabilities.organisation.facts import PersonEnrolled, StaffingCounted
from bavn.capabilities.organisation.model.dated import Held


@dataclass(frozen=True, slots=True, kw_only=True)
class People:
    """What an owner has told of one subject."""

    counted: Sequence[Held[StaffingCounted]] = ()
    enrolled: Sequence[Held[PersonEnrolled]] = ()
