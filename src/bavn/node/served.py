# SPDX-License-Identifier: Apache-2.0
"""The nodes that one process serves: opened, joined with each other or with others, connected."""

from collections.abc import Mapping, Sequence
from typing import Any

from bavn.frame.country import Country
from bavn.node.positions import carry_positions
from bavn.node.wiring import given
from bavn.runtime import clock
from bavn.runtime.control.serving import Control
from bavn.runtime.house import House, HouseDesk, Served
from bavn.runtime.live import Live
from bavn.runtime.opened import Opened
from bavn.runtime.peers.line import Line
from bavn.runtime.peers.lines_file import read_lines_file
from bavn.runtime.peers.memory_line import Network
from bavn.runtime.peers.opening import Peers, lines_of


def house_of(opened: Sequence[Opened], country: Country, *, hears_commands: bool = False) -> House:
    """The house of these nodes, the first at its front; made in the event loop it lives in.

    A node alone that has no lines exchanges with nobody. One that hears commands does so by a
    socket in its folder.
    """
    network = _network(opened) if len(opened) > 1 else None
    served = [_served(each, country, network) for each in opened]
    if hears_commands:
        pairs = zip(served, opened, strict=True)
        served = [each._replace(control=_control(each, of)) for each, of in pairs]
    house = House(served[0], served[1:])
    for each in served:
        desk = each.given["desk"]
        if isinstance(desk, HouseDesk):
            desk.house = house
    return house


def _served(opened: Opened, country: Country, network: Network | None) -> Served:
    live = Live(opened)
    peers = _peers(live, opened, network)
    rooms = given(live, country, opened.folder.path, None if peers is None else peers.lookout)
    # What the first alarm would have to wait for is worked out before anybody may ask.
    rooms["dispatch"].warm(clock.now())
    if peers is not None:
        carry_positions(live, rooms["operations"], peers.exchange)
    around: Mapping[str, Any] = {
        "desk": live if network is None else HouseDesk(live),
        "live": live,
        "lookout": None if peers is None else peers.lookout,
    }
    return Served(live, {**rooms, **around}, peers)


def _control(served: Served, opened: Opened) -> Control:
    peers = served.peers
    if peers is None:
        return Control(served.live, opened.folder)
    return Control(served.live, opened.folder, ready=peers.recalled, rekeyed=peers.rekeyed)


def _peers(live: Live, opened: Opened, network: Network | None) -> Peers | None:
    """The ways to others: within the house first, then those that lines.toml names."""
    lines: list[Line] = [] if network is None else [network.line(live.node)]
    found = read_lines_file(opened.folder.path)
    https = None
    # Whoever is above others is reached by them, whether or not it has a line upward.
    is_above = bool(live.journal.record.roster.children_of(live.node))
    if found.line or found.child or (network is None and is_above):
        more, https = lines_of(opened.folder, live)
        lines += more
    return Peers(live, opened.folder, lines, https) if lines else None


def _network(opened: Sequence[Opened]) -> Network:
    """Lines in memory along the tree, as far as it lies within the house."""
    network = Network()
    here = {each.journal.record.identity.node for each in opened}
    for each in opened:
        record = each.journal.record
        parent = record.roster.parent_of(record.identity.node)
        if parent in here:
            network.join(record.identity.node, parent)
    return network
