# SPDX-License-Identifier: Apache-2.0
"""How a long-lived process treats its memory."""

import gc

# Young objects before the collector looks at them. A commit group or a segment makes some tens of
# thousands that are gone by themselves when it is done; the usual 700 has the collector walk
# through them again and again, at a fifth of the cost of a write.
YOUNG_OBJECTS = 50_000


def settle() -> None:
    """Have the collector leave alone what lives as long as the process, once it has started."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(YOUNG_OBJECTS, 20, 20)
