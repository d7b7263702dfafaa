# SPDX-License-Identifier: Apache-2.0
"""The journal's limits, made so small that a run of two seconds meets each of them many times."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

# Each as low as what it bounds allows: a segment holds at least two stretches between signatures.
SMALL = {
    "bavn.journal.offer.SEGMENT_FACTS_LIMIT": 8,
    "bavn.journal.write.SIGN_EVERY_FACTS": 4,
    "bavn.journal.merge.WAITING_LIMIT": 4,
    "bavn.journal.react.TURN_LIMIT": 5,
    "bavn.journal.rebuild.SUBJECTS_PER_TURN": 3,
    "bavn.journal.verify.ROWS_PER_TURN": 16,
    "bavn.journal.stores.sqlite.store.LOG_PAGES_LIMIT": 48,
    "bavn.runtime.vault_keys.FLUSHES_PER_FOLD": 3,
}


@contextmanager
def small_limits() -> Iterator[None]:
    """Lower the limits while this lasts."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in SMALL.items():
            patch.setattr(name, value)
        yield
