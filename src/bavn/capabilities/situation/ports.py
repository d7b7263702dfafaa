# SPDX-License-Identifier: Apache-2.0
"""What the picture is made of, and whom it is asked of: others know the incidents and the units."""

from collections.abc import Sequence
from datetime import tzinfo
from typing import Protocol, TypeAlias

from litestar.di import NamedDependency
from litestar.params import SkipValidation

from bavn.capabilities.situation.model.districts import DistrictNow
from bavn.capabilities.situation.model.normal import NormalNow
from bavn.capabilities.situation.model.picture import (
    AreaSeen,
    ClosedSeen,
    IncidentSeen,
    PictureNow,
    UnitSeen,
)
from bavn.capabilities.situation.model.silence import CatchingUp, Silence, SilencesNow
from bavn.frame.call import Call

# Whoever answers has all of it from here.
__all__ = (
    "AreaSeen",
    "CallGiven",
    "CatchingUp",
    "ClosedSeen",
    "DistrictNow",
    "Districts",
    "DistrictsGiven",
    "IncidentSeen",
    "Normal",
    "NormalGiven",
    "NormalNow",
    "Picture",
    "PictureGiven",
    "PictureNow",
    "Silence",
    "Silences",
    "SilencesGiven",
    "SilencesNow",
    "UnitSeen",
)


class Picture(Protocol):
    """Who knows what happens: `node` connects it with operations and the country."""

    def stamp(self, call: Call) -> str:
        """What differs whenever the caller's picture differs; cheap, and asked at every look."""

    def now(self, call: Call) -> PictureNow:
        """The picture, within what the caller may read."""


class Silences(Protocol):
    """Who knows which nodes are not heard: `node` connects it with the exchange between nodes."""

    def mark(self) -> str:
        """What differs whenever a silence begins or ends, or what is being fetched changes."""

    def now(self, call: Call) -> SilencesNow:
        """Who is silent, since when, and from whom much is being fetched."""


class Normal(Protocol):
    """Who knows what has been: `node` connects it with the history that was imported."""

    def now(self, call: Call) -> NormalNow:
        """The last hour beside what is normal for it."""


class Districts(Protocol):
    """Who knows what goes on in each police district: `node` connects it with all who know."""

    @property
    def zone(self) -> tzinfo:
        """The country's own time, which pages tell."""

    def now(self, call: Call, named: str | None = None) -> Sequence[DistrictNow]:
        """Every district, within what the caller may read; the unknown last.

        Who leads is looked up in the one that is `named`.
        """


# How handlers are given them: by the runtime, under these names, checked by mypy alone.
PictureGiven: TypeAlias = NamedDependency[SkipValidation[Picture]]
SilencesGiven: TypeAlias = NamedDependency[SkipValidation[Silences]]
DistrictsGiven: TypeAlias = NamedDependency[SkipValidation[Districts]]
NormalGiven: TypeAlias = NamedDependency[SkipValidation[Normal]]
CallGiven: TypeAlias = NamedDependency[SkipValidation[Call]]
