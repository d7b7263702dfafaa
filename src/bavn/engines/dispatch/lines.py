# SPDX-License-Identifier: Apache-2.0
"""Pick lists in which a unit stands in one line only, told as amounts of capabilities.

A list that asks for an engine and a tanker asks for two vehicles, also where a vehicle could be
either. By Hall's theorem units can be shared out among the lines if, and only if, for every group
of lines there are as many units that fit one of them as the group asks for. Each group is therefore
a capability of its own, and the rest of the engine need not know what a line is.
"""

from collections.abc import Iterator, Sequence
from itertools import combinations
from typing import NamedTuple

import numpy as np

from bavn.engines.dispatch.words import FINE, Flags, Floats, Units, Want

# Groups double with every line whose units fit another one too.
SHARED_LINES_LIMIT = 10


class Line(NamedTuple):
    """So many units that fit one column, there within so many seconds."""

    fits: int
    number: int
    within_s: float = float("inf")


def wants_of(
    fits: Flags, lines: Sequence[Line], first_column: int = 0
) -> tuple[Floats, tuple[Want, ...]]:
    """Give the columns of capabilities to add for a list, and the wants that are in them.

    The first wants are the lines themselves, in their order. A group is wanted beside its lines:
    a vehicle that fills none of them would only make the group's sum look sooner.
    """
    columns: list[Flags] = []
    wants: list[Want] = []
    before: list[tuple[int, ...]] = []
    for group in groups(fits, lines):
        chosen = [lines[at] for at in group]
        columns.append(np.asarray(fits[:, [line.fits for line in chosen]].any(axis=1)))
        wants.append(
            Want(
                first_column + len(wants),
                float(sum(line.number for line in chosen)),
                max(line.within_s for line in chosen),
                tuple(at for at, other in enumerate(before) if set(other) < set(group)),
            )
        )
        before.append(group)
    table = np.array(columns, dtype=np.float64).T.reshape(len(fits), len(columns))
    return table, tuple(wants)


def still_wanted(
    units: Units, wants: Sequence[Want], coming: Sequence[int]
) -> tuple[tuple[int, Want], ...]:
    """What is left of the wants beside units that come already: the number of each, and the rest.

    Exact for lists too: for every group of lines those that come count towards it, and who is sent
    beside them has to make up for the rest of the group.
    """
    left: dict[int, Want] = {}
    for number, want in enumerate(wants):
        got = int(units.fine[list(coming), want.capability].sum()) if coming else 0
        more = round(want.amount * FINE) - got
        if more > 0:
            left[number] = want._replace(amount=more / FINE)
    places = {number: place for place, number in enumerate(left)}
    return tuple(
        (number, want._replace(beside=tuple(places[at] for at in want.beside if at in places)))
        for number, want in left.items()
    )


def shared_out(fits: Flags, lines: Sequence[Line], team: Sequence[int]) -> tuple[int, ...]:
    """Give the line that each of these units stands in, -1 where none needs it.

    As many lines are filled as can be, and of the units the first ones stand in them.
    """
    places = [at for at, line in enumerate(lines) for _ in range(line.number)]
    holder = [-1] * len(places)

    def placed(member: int, tried: set[int]) -> bool:
        for slot, at in enumerate(places):
            if slot in tried or not fits[team[member], lines[at].fits]:
                continue
            tried.add(slot)
            if holder[slot] < 0 or placed(holder[slot], tried):
                holder[slot] = member
                return True
        return False

    for member in range(len(team)):
        placed(member, set())
    stands = {member: places[slot] for slot, member in enumerate(holder) if member >= 0}
    return tuple(stands.get(member, -1) for member in range(len(team)))


def groups(fits: Flags, lines: Sequence[Line]) -> Iterator[tuple[int, ...]]:
    """Give each line, then the groups that hang together by units which fit several of them."""
    yield from ((at,) for at in range(len(lines)))
    meets = [
        {
            other
            for other in range(len(lines))
            if other != at and (fits[:, lines[at].fits] & fits[:, lines[other].fits]).any()
        }
        for at in range(len(lines))
    ]
    shared = [at for at, others in enumerate(meets) if others]
    if len(shared) > SHARED_LINES_LIMIT:
        raise ValueError(f"more than {SHARED_LINES_LIMIT} lines of a pick list share units")
    for size in range(2, len(shared) + 1):
        yield from (group for group in combinations(shared, size) if _hangs(group, meets))


def _hangs(group: tuple[int, ...], meets: list[set[int]]) -> bool:
    seen, ahead = {group[0]}, [group[0]]
    while ahead:
        found = (meets[ahead.pop()] & set(group)) - seen
        seen |= found
        ahead += found
    return len(seen) == len(group)
