# SPDX-License-Identifier: Apache-2.0
"""What can have happened at a centre: seen, handed over, taken over, ticked, typed from paper.

What a watch does about its own work is its own organisation's. Cards and their steps are for the
area as well: whoever helps at an incident goes by them.
"""

import msgspec

from bavn.journal.fact import Sealed
from bavn.journal.kinds import Kind
from bavn.kernel.audience import Scope
from bavn.kernel.instants import Instant


class AttentionSeen(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A person has seen something that waits for one, and sees to it.

    `item` is the id of what waits; `account` the account, which names nobody.
    """

    item: str
    account: str = ""


class SheetLine(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One line of a hand-over sheet, in the words of whoever signed it."""

    says: str
    path: str = ""
    since: Instant | None = None


class SheetPart(msgspec.Struct, frozen=True, kw_only=True):
    """One part of a sheet. `count` is of all there was, which may be more than the lines."""

    name: str
    count: int
    lines: tuple[SheetLine, ...]


class ShiftHandedOver(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The watch that leaves has signed what it leaves behind. About the hand-over.

    `name` is the signer's, and `notes` what they wrote: both may name people, and are sealed.
    """

    parts: tuple[SheetPart, ...]
    account: str
    name: Sealed | None = None
    notes: Sealed | None = None


class ShiftTakenOver(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Another person has taken the watch over, from the sheet that was signed."""

    account: str
    name: Sealed | None = None
    notes: Sealed | None = None


class CardWritten(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A service's own action card; it stands instead of the country's of that code.

    `types` are types of incident, or the groups that they belong to; `function` is whose card it
    is. One without steps is withdrawn.
    """

    title: str
    types: tuple[str, ...]
    steps: tuple[str, ...]
    function: str = ""


class StepTicked(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A step of a card is done at an incident; or it is not, where `done` is false.

    `says` is the step as it stood on the card: cards are written anew.
    """

    card: str
    step: int
    says: str
    done: bool
    account: str = ""


class PaperTyped(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A row that was written on paper has been typed in; it happened when this says.

    About the row, and about the unit or the incident. `became` are the facts that came of it.
    """

    sort: str
    became: tuple[str, ...] = ()
    account: str = ""


_OWN = frozenset({Scope.OWN})
_AREA = frozenset({Scope.AREA})

ATTENTION_SEEN = Kind(name="centre.attention_seen", version=1, body=AttentionSeen, scopes=_OWN)
SHIFT_HANDED_OVER = Kind(
    name="centre.shift_handed_over", version=1, body=ShiftHandedOver, scopes=_OWN
)
SHIFT_TAKEN_OVER = Kind(name="centre.shift_taken_over", version=1, body=ShiftTakenOver, scopes=_OWN)
CARD_WRITTEN = Kind(name="centre.card_written", version=1, body=CardWritten, scopes=_AREA)
STEP_TICKED = Kind(name="centre.step_ticked", version=1, body=StepTicked, scopes=_AREA)
PAPER_TYPED = Kind(name="centre.paper_typed", version=1, body=PaperTyped, scopes=_OWN)
KINDS = (
    ATTENTION_SEEN,
    SHIFT_HANDED_OVER,
    SHIFT_TAKEN_OVER,
    CARD_WRITTEN,
    STEP_TICKED,
    PAPER_TYPED,
)
