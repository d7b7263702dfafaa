# SPDX-License-Identifier: Apache-2.0
"""What the picture is made of, and whom it is asked of: others know the incidents and the units."""

from typing import Protocol, TypeAlias

from litestar.di import NamedDependency
from litestar.params import SkipValidation

from bavn.capabilities.situation.model import (
    AreaSeen,
    ClosedSeen,
    IncidentSeen,
    PictureNow,
    UnitSeen,
)
from bavn.frame.call import Call

# Whoever answers has all of it from here.
__all__ = (
    "AreaSeen",
    "CallGiven",
    "ClosedSeen",
    "IncidentSeen",
    "Picture",
    "PictureGiven",
    "PictureNow",
    "UnitSeen",
)


class Picture(Protocol):
    """Who knows what happens: `node` connects it with operations and the country."""

    def stamp(self, call: Call) -> str:
        """What differs whenever the caller's picture differs; cheap, and asked at every look."""

    def now(self, call: Call) -> PictureNow:
        """The picture, within what the caller may read."""


# How handlers are given them: by the runtime, under these names, checked by mypy alone.
PictureGiven: TypeAlias = NamedDependency[SkipValidation[Picture]]
CallGiven: TypeAlias = NamedDependency[SkipValidation[Call]]
