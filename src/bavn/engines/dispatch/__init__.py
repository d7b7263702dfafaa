# SPDX-License-Identifier: Apache-2.0
"""Which units meet a need: adequate, soonest, few; what they leave behind; and why these.

Plain NumPy: nothing is compiled or loaded when the first alarm comes. No clock, no chance inside.
What it promises and what it does not do: README.md beside this file.
"""

from bavn.engines.dispatch.arrivals import Crews
from bavn.engines.dispatch.cover import Cover, Layer
from bavn.engines.dispatch.lines import (
    SHARED_LINES_LIMIT,
    Line,
    groups,
    shared_out,
    still_wanted,
    wants_of,
)
from bavn.engines.dispatch.one import recommend
from bavn.engines.dispatch.together import recommend_together
from bavn.engines.dispatch.words import (
    FINE,
    Arrival,
    Claim,
    Filler,
    Joint,
    Left,
    Met,
    Patience,
    Reason,
    Recommendation,
    Rule,
    Score,
    Sent,
    Shortfall,
    Standing,
    Team,
    Units,
    Want,
    Why,
)

__all__ = [
    "FINE",
    "SHARED_LINES_LIMIT",
    "Arrival",
    "Claim",
    "Cover",
    "Crews",
    "Filler",
    "Joint",
    "Layer",
    "Left",
    "Line",
    "Met",
    "Patience",
    "Reason",
    "Recommendation",
    "Rule",
    "Score",
    "Sent",
    "Shortfall",
    "Standing",
    "Team",
    "Units",
    "Want",
    "Why",
    "groups",
    "recommend",
    "recommend_together",
    "shared_out",
    "still_wanted",
    "wants_of",
]
