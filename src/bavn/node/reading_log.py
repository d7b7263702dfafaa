# SPDX-License-Identifier: Apache-2.0
"""The log of readings on the centre's board: that it is not written is said until it is again."""

from collections.abc import Sequence

from bavn.frame.attention import Attention
from bavn.frame.call import Call
from bavn.kernel.identity import Subject
from bavn.runtime.live import Live


class ReadingsKept:
    """Knows whether the readings of this node are written down."""

    def __init__(self, live: Live) -> None:
        self._live = live

    def wanting(self, call: Call) -> Sequence[Attention]:
        """That they are not, to everybody: the operation goes on, and the disk is looked at."""
        since = self._live.readings.fault_since
        if since is None:
            return ()
        return (
            Attention(
                id=f"readings:{since.isoformat()}",
                text="readings.attention",
                values={"count": str(self._live.readings.lost_count)},
                since=min(since, call.now),
                about=Subject(f"node:{self._live.node}"),
                path="/mandates/readings",
                service=call.actor.organisation,
            ),
        )
