# SPDX-License-Identifier: Apache-2.0
"""Which units go to an incident, and how each turn-out runs, as events in the order of time.

A simulation by events. A unit is alerted, rolls, arrives, is released and comes home; it can be
sent again from the road. The nearest adequate free units go, one's own service's before a
neighbour's unless the neighbour is much sooner. Everything that chance decides about an incident is
drawn from that incident's own chance, so no incident changes another's fate.
"""

from bavn.engines.turnouts.course import Course
from bavn.engines.turnouts.words import (
    Event,
    Incident,
    Kind,
    Manners,
    Need,
    Roads,
    Spot,
    Units,
)

__all__ = ["Course", "Event", "Incident", "Kind", "Manners", "Need", "Roads", "Spot", "Units"]
