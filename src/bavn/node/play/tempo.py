# SPDX-License-Identifier: Apache-2.0
"""How the play's seconds lie on the wall clock's: stretches of even speed, one after the other."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import msgspec


class Stretch(msgspec.Struct, frozen=True, kw_only=True):
    """From this moment of the play, which was then on the wall clock, it goes at this speed."""

    play_s: float
    wall: datetime
    speed: float


class Tempo:
    """Turns moments of the play into instants, and back. The same moment, always the same instant.

    What comes before the first stretch lies on it too: that is how the hours before the beginning
    are told as having been.
    """

    def __init__(self, stretches: Sequence[Stretch]) -> None:
        assert stretches, "a play begins at some time"
        self._stretches = tuple(stretches)

    @property
    def speed(self) -> float:
        """How fast it goes now."""
        return self._stretches[-1].speed

    def wall(self, play_s: float) -> datetime:
        """The instant on which a moment of the play falls, in whole milliseconds."""
        later = [each for each in self._stretches if each.play_s <= play_s]
        stretch = later[-1] if later else self._stretches[0]
        ms = round((play_s - stretch.play_s) / stretch.speed * 1000)
        return stretch.wall + timedelta(milliseconds=ms)

    def play_s(self, wall: datetime) -> float:
        """The moment of the play that is now."""
        later = [each for each in self._stretches if each.wall <= wall]
        stretch = later[-1] if later else self._stretches[0]
        return stretch.play_s + (wall - stretch.wall).total_seconds() * stretch.speed


def written(instant: datetime) -> str:
    """An instant as the API takes it."""
    return f"{instant.astimezone(UTC):%Y-%m-%dT%H:%M:%S}.{instant.microsecond // 1000:03}Z"
