# SPDX-License-Identifier: Apache-2.0
"""One node's machine: its disk, clock, keys, reserve and journal, all of which may fail."""

import random
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import NamedTuple, TypeVar, cast

import apsw
from nacl.signing import SigningKey

from bavn.journal.catalogue import Catalogue, catalogue_of
from bavn.journal.fact import Fact, decode_fact
from bavn.journal.journal import Journal
from bavn.journal.journal import Machine as JournalMachine
from bavn.journal.merge import INCARNATION_CHANCE_BYTES
from bavn.journal.record import Identity, Record
from bavn.journal.roster import Roster
from bavn.journal.store import StoreBroken, StoreFull
from bavn.journal.stores.sqlite import SqliteStore, open_store
from bavn.kernel.identity import FactId, NodeId, World, id_bytes
from bavn.kernel.instants import ms_of
from bavn.kernel.mandate import owner_may
from bavn.runtime.erasures import Erasure, ErasureList, ListedKeys
from bavn.runtime.vault_keys import FileKeys
from tests.lilleland.nodes import WORLD, key_of
from tests.lilleland.older import older_catalogue, without_trust
from tests.lilleland.vocabulary import PART
from tests.storm.clocks import MachineClock
from tests.storm.disk import DISK_BYTES, DiskFull, DiskImage, SimDisk, abandon, connect
from tests.storm.liars import LIARS

T = TypeVar("T")

JOURNAL, KEYS, RESERVE = "/journal.db", "/keys.db", "/reserve"
KIB = 1024
RESERVE_BYTES = 1024 * KIB
STEP_BYTES = 256 * KIB
# As in the product: what one large group needs, in the log and once more when it is folded in.
FREE_LEAST_BYTES = 256 * KIB


class WentDown(Exception):
    """The machine lost power or its process was killed; what it was asked has no answer."""


class Unsound(Exception):
    """The program failed in a way that no fault of the machine explains."""


class SimReserve:
    """The reserve as the product keeps it (`bavn.runtime.reserve`), on a simulated disk."""

    def __init__(self, disk: SimDisk) -> None:
        self._disk = disk

    @property
    def held(self) -> int:
        """How many bytes are kept free now."""
        return self._disk.files().get(RESERVE, 0)

    def tight(self) -> bool:
        """True when only alarms are written."""
        return self._disk.free_bytes() < FREE_LEAST_BYTES + RESERVE_BYTES - self.held

    def release(self) -> bool:
        """Give up a step."""
        held = self.held
        if held:
            self._resize(max(0, held - STEP_BYTES))
        return held > 0

    def refill(self) -> None:
        """Take back what there is room for."""
        while self.held < RESERVE_BYTES and self._disk.free_bytes() >= (
            STEP_BYTES + FREE_LEAST_BYTES
        ):
            self._resize(min(RESERVE_BYTES, self.held + STEP_BYTES))

    def _resize(self, size: int) -> None:
        file = self._disk.find(RESERVE) or self._disk.create(RESERVE)
        self._disk.truncate(file, size)
        self._disk.sync(file)


class SimErasures:
    """The list of erasures, which lies apart and is in no backup: here it survives everything."""

    def __init__(self) -> None:
        self.listed: list[str] = []

    def add(self, erasure: Erasure) -> None:
        """Keep a line."""
        self.listed.append(erasure.key)

    def keys(self, _world: World) -> list[str]:
        """Give the destroyed keys, each once."""
        return list(dict.fromkeys(self.listed))


class SimKeys(ListedKeys):
    """The product's keys on a simulated disk; it remembers the bytes of what it destroyed."""

    def __init__(self, machine: "SimMachine") -> None:
        FileKeys.__init__(self, KEYS, machine.chance.randbytes, vfs=machine.disk.vfs)
        self._world = WORLD
        self._erasures = cast("ErasureList", machine.erasures)
        self._listed = set(machine.erasures.keys(WORLD))
        self._destroyed = machine.destroyed

    def erase(self, name: str) -> None:
        """Note the bytes, for the search at the end, and destroy the key."""
        key = self.key(name)
        if key is not None:
            self._destroyed[key] = name
        super().erase(name)


class Held(NamedTuple):
    """A fact, and its position at the node that holds it."""

    position: int
    fact: Fact


@dataclass(frozen=True, slots=True)
class Backup:
    """An older state of a machine: a copy of the record, or an image of the whole disk."""

    number: int
    files: dict[str, bytes]
    with_keys: bool


@dataclass(eq=False)
class SimMachine:
    """A machine that can be started, asked, cut off and restored."""

    name: NodeId
    disk: SimDisk
    clock: MachineClock
    chance: random.Random
    # Where trust begins, as this node's own file has it.
    base: Roster
    older: bool = False
    # The key that it signs with, when it is not the one it joined with.
    key: SigningKey | None = None
    erasures: SimErasures = field(default_factory=SimErasures)
    # Bytes of destroyed keys, with their names.
    destroyed: dict[bytes, str] = field(default_factory=dict)
    journal: Journal | None = None
    start_count: int = 0
    _keys: SimKeys | None = None

    def __post_init__(self) -> None:
        """Give the machine its reserve."""
        self.reserve = SimReserve(self.disk)

    @property
    def is_up(self) -> bool:
        """True when the node runs."""
        return self.journal is not None

    @property
    def up(self) -> Journal:
        """The journal of a node that runs."""
        if self.journal is None:
            raise WentDown
        return self.journal

    @property
    def store(self) -> SqliteStore:
        """The store of a node that runs."""
        if self._store is None:
            raise WentDown
        return self._store

    def holds(self, fact: FactId) -> bool:
        """True when the node has a fact."""
        return bool(self.up.record.store.facts_with([id_bytes(fact)]))

    def held(self, fact: FactId) -> Held:
        """A fact that the node has, and where."""
        (row,) = self.up.record.store.facts_with([id_bytes(fact)])
        return Held(row.position, decode_fact(row.raw))

    def catalogue(self) -> Catalogue:
        """What the program on this machine understands."""
        if not self.older:
            return NEWER
        return OLDEST if self.base.roots else OLDER

    # Starting and stopping

    def start(self) -> None:
        """Start the node, as often as it takes when the power goes in the middle of it."""
        assert self.journal is None
        self.start_count += 1
        while self.journal is None:
            try:
                self._open()
            except (StoreBroken, apsw.Error) as error:
                self._let_go()
                if not self.disk.lost:
                    raise Unsound(f"{self.name} does not start: {error!r}") from error
                self.disk.crash()
            except StoreFull as error:
                self._let_go()
                if self.reserve.held:
                    raise Unsound(f"{self.name} does not start on a full disk") from error
                # An upgrade needs room for new views; the one who runs the machine makes some.
                self.mend()

    def _open(self) -> None:
        self._keys = SimKeys(self)
        self._keys.erase_listed()
        self._store = open_store(JOURNAL, vfs=self.disk.vfs)
        with suppress(DiskFull):
            self.reserve.refill()
        self.journal = Journal.open(
            self._store,
            identity=self.identity,
            roster=self.base,
            catalogue=self.catalogue(),
            keys=self._keys,
            may=owner_may,
            machine=JournalMachine(
                now=self.clock, entropy=self.chance.randbytes, reserve=self.reserve
            ),
        )

    @property
    def identity(self) -> Identity:
        """Which node this is."""
        return Identity(self.name, WORLD, self.key or key_of(self.name))

    _store: SqliteStore | None = None

    def _let_go(self) -> None:
        """Drop what is open, as a process does that ends."""
        if self._keys is not None:
            abandon(self._keys._db)
        if self._store is not None:
            abandon(self._store.connection)
        self.journal = self._keys = self._store = None

    def lose_power(self) -> None:
        """Stop now; what was not flushed survives by chance."""
        self.disk.crash()
        self._let_go()

    def drop_table(self, name: str) -> None:
        """Take away a table that an older program did not make. The node is stopped."""
        connection = connect(JOURNAL, self.disk.vfs)
        connection.execute(f"DROP TABLE IF EXISTS {name}")
        connection.close()

    def kill(self) -> None:
        """End the process, and nothing else."""
        if self.disk.lost:
            self.lose_power()
            return
        self.disk.kill()
        self._let_go()

    def close(self) -> None:
        """Stop the node in good order."""
        if self._store is not None and self._keys is not None:
            self._store.close()
            self._keys.close()
        self.journal = self._keys = self._store = None

    def ask(self, work: Callable[[Journal], T]) -> T:
        """What the journal answers; WentDown when the machine did not live to give it."""
        journal = self.up
        try:
            answer = work(journal)
        except (StoreBroken, apsw.Error) as error:
            if not self.disk.lost:
                raise Unsound(f"{self.name}: {error!r}") from error
            self.lose_power()
            raise WentDown from error
        if self.disk.lost:
            self.lose_power()
            raise WentDown
        return answer

    # Backup and restore

    def back_up(self, number: int) -> Backup:
        """Copy the record as it is, while it is in use, in one of two ways."""
        if self.chance.random() < 0.5:
            image = self.disk.snapshot()
            files = {path: data for path, data in image.files.items() if path != RESERVE}
            return Backup(number, files, with_keys=True)

        def copied(_journal: Journal) -> bytes:
            memory = apsw.Connection(":memory:")
            with memory.backup("main", self.store.connection, "main") as copying:
                copying.step(-1)
            return memory.serialize("main")

        return Backup(number, {JOURNAL: self.ask(copied)}, with_keys=False)

    def restore(self, backup: Backup, *, by_the_book: bool) -> None:
        """Put a backup in place as the product does, or only its files. The node is stopped."""
        assert self.journal is None
        kept = {} if backup.with_keys else self.disk.snapshot().files
        kept = {path: data for path, data in kept.items() if path.startswith(KEYS)}
        self.disk.restore(DiskImage({**kept, **backup.files}))
        if not by_the_book:
            return
        self._keys = SimKeys(self)
        self._keys.erase_listed()
        self._store = open_store(JOURNAL, vfs=self.disk.vfs)
        record = Record.open(self._store, self.identity, self.base, self.catalogue())
        record.begin_incarnation(
            ms_of(self.clock()), self.chance.randbytes(INCARNATION_CHANCE_BYTES)
        )
        self.close()

    # The disk

    def fill(self, left: int) -> None:
        """Leave this much room on the disk."""
        self.disk.limit_bytes = sum(self.disk.files().values()) + left

    def mend(self) -> None:
        """Take away what filled the disk, and see that the power does not go soon."""
        self.disk.limit_bytes = DISK_BYTES
        self.disk._crash_at = None

    def on_platter(self, needle: bytes) -> bool:
        """True when some file holds these bytes so that a power loss would leave them."""
        return any(needle in file.durable for file in self.disk._durable_names.values())


NEWER, OLDER = catalogue_of([PART, LIARS]), older_catalogue()
# A program from before anything was stated about trust.
OLDEST = without_trust(OLDER)


def names_of(machines: Sequence[SimMachine]) -> list[NodeId]:
    """Give the names, in order."""
    return [machine.name for machine in machines]
