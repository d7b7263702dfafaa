# SPDX-License-Identifier: Apache-2.0
"""What can have happened to notices: somebody of another sector says something, or takes it back.

All of it is public, and told to everybody: it says what holds where, and names no persons.
"""

from typing import Annotated

import msgspec

from bavn.journal.kinds import Kind
from bavn.kernel.audience import Scope
from bavn.kernel.instants import Instant

# Short enough to be read at a glance on a board; the whole story is behind the link.
TITLE_CHARACTERS_LIMIT, TEXT_CHARACTERS_LIMIT = 160, 2_000
SOURCE_CHARACTERS_LIMIT, LINK_CHARACTERS_LIMIT, NUMBER_CHARACTERS_LIMIT = 80, 500, 128
# The country has 98 of them: whoever names more means the country.
MUNICIPALITIES_LIMIT = 120
# A third of what a fact may hold: a drawn border, and no coast line.
POINTS_LIMIT = 1_000

Number = Annotated[str, msgspec.Meta(min_length=1, max_length=NUMBER_CHARACTERS_LIMIT)]
Code = Annotated[str, msgspec.Meta(min_length=1, max_length=32)]
# Longitude first, as GeoJSON has it.
Position = tuple[float, float]
Ring = tuple[Position, ...]
Polygon = tuple[Ring, ...]


class Where(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Where a notice holds: everywhere, in municipalities by code, in polygons, near points.

    Of a polygon's rings the first goes round it, and the others are holes (RFC 7946 § 3.1.6).
    """

    everywhere: bool = False
    municipalities: tuple[str, ...] = ()
    polygons: tuple[Polygon, ...] = ()
    points: tuple[Position, ...] = ()

    @property
    def is_nowhere(self) -> bool:
        """True when it names no place at all."""
        return not (self.everywhere or self.municipalities or self.polygons or self.points)

    @property
    def positions(self) -> tuple[Position, ...]:
        """Every corner of its polygons, and its points."""
        corners = (each for polygon in self.polygons for ring in polygon for each in ring)
        return (*corners, *self.points)


class NoticeTold(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A notice as it stands from now on. About `notice:<id>`.

    `number` is its sender's own; a later telling under the same number replaces the whole. Which of
    two is later goes by `issued_at`, which is when whoever says so (`source`) said so.
    """

    number: Number
    kind: Code
    step: Code
    title: Annotated[str, msgspec.Meta(max_length=TITLE_CHARACTERS_LIMIT)]
    text: Annotated[str, msgspec.Meta(max_length=TEXT_CHARACTERS_LIMIT)] = ""
    source: Annotated[str, msgspec.Meta(max_length=SOURCE_CHARACTERS_LIMIT)]
    link: Annotated[str, msgspec.Meta(max_length=LINK_CHARACTERS_LIMIT)] = ""
    issued_at: Instant
    valid_from: Instant
    valid_to: Instant
    where: Where


class NoticeWithdrawn(msgspec.Struct, frozen=True, kw_only=True):
    """It holds no longer, before its time was over. About `notice:<id>`."""


_TOLD_TO_ALL = frozenset({Scope.NATION, Scope.AREA})
NOTICE_TOLD = Kind(name="notices.notice_told", version=1, body=NoticeTold, scopes=_TOLD_TO_ALL)
NOTICE_WITHDRAWN = Kind(
    name="notices.notice_withdrawn", version=1, body=NoticeWithdrawn, scopes=_TOLD_TO_ALL
)
KINDS = (NOTICE_TOLD, NOTICE_WITHDRAWN)
