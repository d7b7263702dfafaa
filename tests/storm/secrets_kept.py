# SPDX-License-Identifier: Apache-2.0
"""No node holds a byte that it may not: canaries, destroyed keys and the forger's words.

Searched are all bytes that any node ever put on a wire, every file of every disk (as the process
sees it, and as a power loss would leave it), and everything that was said in refusals and logs.
"""

import re
from collections import defaultdict
from collections.abc import Iterator
from typing import TYPE_CHECKING

import msgspec

from bavn.journal.fact import Fact, Sealed, decode_fact
from bavn.journal.kept import ERASED, SEALED
from bavn.journal.kinds import KEY_ERASED
from bavn.journal.vault import Gone
from bavn.journal.verify import _sealed_in
from bavn.kernel.private import Private
from tests.storm.broken import expect
from tests.storm.machine import SimMachine
from tests.storm.network import FORGED, Message

if TYPE_CHECKING:
    from tests.storm.world import World

# Two searches: with something to look for at the start of each, both go over bytes at full speed.
CANARIES = (re.compile(rb"canary-[a-z]+-[0-9a-f]{15}"), re.compile(rb'"crews":9\d{14}'))
ASTRAY = "no byte is where it may not be"


def words_in(data: bytes) -> set[bytes]:
    """All that looks like a canary."""
    return {word for canary in CANARIES for word in canary.findall(data)}


def may_be_sent(world: "World", message: Message) -> None:
    """What goes onto a wire bears only what its receiver may hear."""
    for word in words_in(message.data):
        expect(
            message.receiver in world.ledger.canaries[word],
            ASTRAY,
            f"{word!r} was sent by {message.sender} to {message.receiver}",
        )


def no_canary_is_astray(world: "World") -> None:
    """Whatever bears a canary is only where it may be heard; a sealed one is nowhere in clear."""
    ledger = world.ledger.canaries
    for machine in world.machines.values():
        for path, data in _contents(machine):
            # What is no canary is the rest of one that was written over.
            for word in ledger.keys() & words_in(data):
                expect(
                    machine.name in ledger[word], ASTRAY, f"{word!r} in {path} of {machine.name}"
                )
    said = "\n".join(world.said).encode()
    expect(b"canary-sealed" not in said, ASTRAY, "a private text in a refusal or a log")


def _contents(machine: SimMachine) -> Iterator[tuple[str, bytes]]:
    """The bytes of every file, as the process sees them and as they would survive."""
    files = {**machine.disk._durable_names, **machine.disk._names}
    for path, file in files.items():
        current, durable = bytes(file.current), bytes(file.durable)
        yield path, current
        if durable != current:
            yield path, durable


def destroyed_keys_are_gone(world: "World") -> None:
    """The bytes of an erased key are in no file of its node, and nothing opens with it."""
    for machine in world.machines.values():
        # As the node sees its files: what was cut off a log may lie on the platter for a while.
        held = b"".join(bytes(file.current) for file in machine.disk._names.values())
        for key, name in machine.destroyed.items():
            expect(key not in held, "erased is erased", f"{name} at {machine.name}")
        for row in machine.up.record.store.rows(ERASED, {}):
            opens = machine.up.vault.keys.key(str(row["key"])) is not None
            expect(not opens, "erased is erased", f"{row['key']!r} opens at {machine.name}")


def nothing_forged_is_held(world: "World") -> None:
    """What the forger wrote is on no disk."""
    for machine in world.machines.values():
        for path, data in _contents(machine):
            expect(FORGED not in data, "nothing forged is held", f"{path} of {machine.name}")


def texts_can_be_read(world: "World") -> None:
    """A private text opens at its owner's node, or its key was destroyed after it was told."""
    for machine in world.machines.values():
        rows = machine.up.record.store.facts_after(0, 1_000_000)
        erased_at: dict[str, int] = defaultdict(int)
        for row in rows:
            fact = decode_fact(row.raw)
            if fact.kind == KEY_ERASED.name:
                # One that another node told takes effect some time after it was heard.
                heard = fact.node != machine.name
                erased_at[_plain(_key_in(fact))] = _FOR_EVER if heard else row.position
        for row in rows:
            fact = decode_fact(row.raw)
            if fact.node == machine.name:
                for sealed, key in _sealed_in(row.raw):
                    _check_text(
                        world,
                        machine,
                        Sealed(sealed=sealed, key=key),
                        erased_at[_plain(key)] > row.position,
                    )


_FOR_EVER = 1 << 62


def _plain(key: str) -> str:
    """A key's name without the node that made it: all of one name are erased together."""
    return key.partition("@")[0]


def _key_in(fact: Fact) -> str:
    return str(msgspec.json.decode(fact.body)["key"])


def _check_text(world: "World", machine: SimMachine, sealed: Sealed, erased_later: bool) -> None:
    if sealed.sealed in world.ledger.texts_lost:
        return
    opened = machine.up.vault.open(machine.up.record.store.row(SEALED, (sealed.sealed,)), sealed)
    if isinstance(opened, Private):
        holds = "canary-sealed" in opened.reveal()
    else:
        # A restored node may have lost the fact of an erasure; the list of erasures has it.
        listed = sealed.key in machine.erasures.listed and machine.name in world.restored
        holds = opened is Gone.ERASED and (erased_later or listed)
    expect(
        holds,
        "texts can be read until they are erased",
        f"{sealed.sealed[:16]} under {sealed.key} at {machine.name}: {opened}",
    )
