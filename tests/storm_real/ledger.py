# SPDX-License-Identifier: Apache-2.0
"""What officers asked for, and what was acknowledged: the promises that a node made."""

from dataclasses import dataclass, field

from tests.storm.broken import expect
from tests.storm_real.promises import REPEATS, TAKEN
from tests.storm_real.words import NotTold, Tell, Told


@dataclass(slots=True)
class Ledger:
    """Kept by the one who makes the storm, in memory: nobody kills that one."""

    asked: dict[str, Tell] = field(default_factory=dict)
    waiting: dict[str, Tell] = field(default_factory=dict)
    facts: dict[str, tuple[str, ...]] = field(default_factory=dict)
    repeated_count: int = 0

    def ask(self, tell: Tell) -> None:
        """An officer asks, or asks again."""
        self.asked[tell.ref] = self.waiting[tell.ref] = tell

    def note(self, said: Told | NotTold) -> None:
        """A node answered."""
        expect(isinstance(said, Told), TAKEN, f"{said}")
        assert isinstance(said, Told)
        self.repeated_count += said.repeated
        first = self.facts.setdefault(said.ref, said.facts)
        expect(first == said.facts, REPEATS, f"{said.ref}: {first}, then {said.facts}")
        self.waiting.pop(said.ref, None)
