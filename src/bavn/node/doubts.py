# SPDX-License-Identifier: Apache-2.0
"""What is not sure of what operations shows: asked for each list and picture."""

from hashlib import blake2b

from bavn.capabilities.operations.model.doubt import NO_DOUBTS, DoubtsNow
from bavn.kernel.identity import OrganisationId
from bavn.node.take_overs import CountryTakeOvers
from bavn.runtime.live import Live
from bavn.runtime.peers.lookout import Lookout


class CountryDoubts:
    """Answers from the last look at the lines, the roster as it is, and the open conflicts."""

    def __init__(self, live: Live, lookout: Lookout | None, take_overs: CountryTakeOvers) -> None:
        self._live = live
        self._lookout = lookout
        self._take_overs = take_overs
        # Who is claimed by several, as it was in one roster.
        self._claimed: tuple[object, frozenset[str]] = (None, frozenset())

    def now(self) -> DoubtsNow:
        """All that is not sure at this moment."""
        look = None if self._lookout is None else self._lookout.look()
        unheard = (
            {} if look is None else {str(owner): at for owner, at in look.silent_owners.items()}
        )
        conflicts = frozenset(str(each.subject) for each in self._take_overs.unsettled())
        claimed = self._claimed_now()
        if not (unheard or conflicts or claimed):
            return NO_DOUBTS
        told = (sorted(unheard.items()), sorted(conflicts), sorted(claimed))
        return DoubtsNow(
            mark=blake2b(repr(told).encode(), digest_size=6).hexdigest(),
            unheard=unheard,
            claimed=claimed,
            conflicts=conflicts,
        )

    def _claimed_now(self) -> frozenset[str]:
        roster = self._live.journal.record.roster
        if self._claimed[0] is not roster:
            owners: set[OrganisationId] = {grant.owner for grant in roster.grants}
            found = {
                owner
                for owner in owners
                if roster.host_of(owner) is None and roster.claims_to(owner)
            }
            self._claimed = (roster, frozenset(found))
        return self._claimed[1]
