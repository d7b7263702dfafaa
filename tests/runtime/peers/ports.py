# SPDX-License-Identifier: Apache-2.0
"""Ports of this machine that nobody has just now."""

import socket


def free_ports(count: int) -> list[int]:
    """So many ports, all different; taken by whoever is quickest, as always."""
    taken = [socket.socket() for _ in range(count)]
    try:
        for each in taken:
            each.bind(("127.0.0.1", 0))
        return [int(each.getsockname()[1]) for each in taken]
    finally:
        for each in taken:
            each.close()
