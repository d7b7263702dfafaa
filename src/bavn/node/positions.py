# SPDX-License-Identifier: Apache-2.0
"""Positions across nodes: what operations hears here goes to the others, and theirs comes in."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import msgspec

from bavn.capabilities.operations.ports import Voice
from bavn.capabilities.operations.views.room import Room
from bavn.kernel.instants import instant_of, ms_of
from bavn.runtime import clock
from bavn.runtime.live import Live
from bavn.runtime.peers.content import Moved
from bavn.runtime.peers.exchange import Exchange

EVENT = "positions"
# Whose word holds was settled where it came in: here the newest does, over every source and no
# longer than until the next.
TAKEN_ELSEWHERE = Voice(weight=1_000_000, hold_s=0)
_encode, _decode = msgspec.msgpack.encode, msgspec.msgpack.Decoder(tuple[float, float]).decode


def carry_positions(live: Live, room: Room, exchange: Exchange) -> None:
    """Have last positions cross, with whose they are and their instants; lost ones stay lost."""

    def told(event: str, data: object) -> None:
        if event == EVENT and isinstance(data, dict):
            exchange.tell_latest(_moved(room, data["items"]))

    def heard(moved: Sequence[Moved]) -> None:
        items = [_item(each) for each in moved if each.sort == EVENT]
        if items:
            now = clock.now()
            # Only those who listen here are told: the others hear it from who told us.
            room.positions.take(
                items, now, lambda _: None, live.hub.publish, lambda _: TAKEN_ELSEWHERE
            )

    live.on_publish(told)
    exchange.telemetry.on_heard(heard)


def _moved(room: Room, items: Sequence[Sequence[Any]]) -> list[Moved]:
    today = clock.now().date()
    owners = {each.id: each.service for each in room.registry.units(today)}
    return [
        Moved(EVENT, owners.get(unit, ""), unit, ms_of(at), msgspec.Raw(_encode((lat, lon))))
        for unit, lat, lon, at in items
    ]


def _item(moved: Moved) -> dict[str, object]:
    try:
        lat, lon = _decode(moved.value)
    except msgspec.MsgspecError:
        # No place on Earth: `take` says so, and nobody is shown it.
        lat = lon = float("nan")
    at: datetime = instant_of(moved.at_ms).astimezone(UTC)
    return {"unit": moved.key, "lat": lat, "lon": lon, "at": at}
