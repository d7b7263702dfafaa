# SPDX-License-Identifier: Apache-2.0
"""Ports that stay ours while nobody listens on them."""

import random
import socket

# Below those that the system hands out: else a killed server's port is some other connection's, or
# its own client's, by the time it starts again.
FIRST, LAST = 20_000, 32_000


def free_ports(count: int, chance: random.Random) -> list[int]:
    """So many ports of this machine that nobody listens on, all different."""
    found: list[int] = []
    for port in chance.sample(range(FIRST, LAST), LAST - FIRST):
        if len(found) == count:
            break
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
        found.append(port)
    return found
