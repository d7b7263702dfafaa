# SPDX-License-Identifier: Apache-2.0
"""How a received list is settled: what states it has, and in what pieces it is kept and told."""

from enum import StrEnum

import msgspec

# The longest list that a service has is its units: the largest has some 260. Three times that.
ROWS_LIMIT = 750
# A row of such a list is some hundred bytes.
BYTES_LIMIT = 256 * 1024
# A confirmed row is told in two facts at most (the old one ends, the new one begins), and a request
# has 64.
ROWS_PER_PIECE = 25
REMOVALS_PER_PIECE = 60
# In base64 a third more, and the vault takes 32 KiB.
KEPT_BYTES_PER_PIECE = 24_000
# Some eighty bytes each, and a fact has 64 KiB.
PROBLEMS_PER_PIECE = 400
# What is longer is no name of a station or a unit.
CELL_CHARACTERS_LIMIT = 250


class ListKind(StrEnum):
    """What a list is of."""

    STATIONS = "stations"
    UNITS = "units"
    PICK_LISTS = "pick_lists"


class ImportState(StrEnum):
    """Where a received list stands; it leaves `received` once, for good."""

    RECEIVED = "received"
    CONFIRMED = "confirmed"
    REJECTED = "rejected"


class Part(StrEnum):
    """The sorts of pieces that a list is kept in."""

    KEPT = "kept"
    ROWS = "rows"
    PROBLEMS = "problems"
    REMOVALS = "removals"


class ApplyImport(msgspec.Struct, frozen=True, kw_only=True):
    """Tell one piece of a confirmed list; asked by the organisation's own machine."""

    id: str
    part: Part
    piece: int
