# SPDX-License-Identifier: Apache-2.0
"""What a play keeps between two runs: `demo-play.toml` in its data folder."""

import tomllib
from datetime import date
from pathlib import Path
from typing import Any

import msgspec

from bavn.kernel.refusal import BadInput, Problem
from bavn.node.play.tempo import Stretch, written
from bavn.runtime.folder import write_whole

NAME = "demo-play.toml"
HEAD = """# SPDX-License-Identifier: Apache-2.0
# Which play this is, and how far it has been told. Take the file away, and another begins.

"""


class Unseen(msgspec.Struct, frozen=True, kw_only=True):
    """What is reported between these moments of the play is not told: nobody was there."""

    from_s: float
    to_s: float


class Guest(msgspec.Struct, frozen=True, kw_only=True):
    """An incident that somebody else reported, and that the services of the play take care of."""

    id: str
    # When it was taken in, in the play's seconds.
    at_s: float
    type: str
    lat: float
    lon: float
    municipality: str
    service: str


class Memory(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """Which play it is, when it began, and how far it has been told."""

    # Stands before every number that is sent: another play in the same folder is another sender's.
    act: str
    seed: int
    day: str
    first_day: date
    # Everything before this moment has been acknowledged.
    told_s: float
    # Nothing from after this moment has been told: kept before anything beyond it is sent.
    begun_s: float = 0.0
    unseen: list[Unseen]
    stretch: list[Stretch]
    guest: list[Guest] = []

    def write(self, path: Path) -> None:
        """Put it in place of what was there: whole, or not at all."""
        lines = [
            f'act = "{self.act}"',
            f"seed = {self.seed}",
            f'day = "{self.day}"',
            f"first_day = {self.first_day.isoformat()}",
            f"told_s = {self.told_s!r}",
            f"begun_s = {self.begun_s!r}",
        ]
        for gap in self.unseen:
            lines += ["", "[[unseen]]", f"from_s = {gap.from_s!r}", f"to_s = {gap.to_s!r}"]
        for each in self.stretch:
            wall = written(each.wall)
            lines += ["", "[[stretch]]", f"play_s = {each.play_s!r}", f"wall = {wall}"]
            lines += [f"speed = {each.speed!r}"]
        for guest in self.guest:
            lines += ["", "[[guest]]"]
            for name, value in msgspec.structs.asdict(guest).items():
                # A text in JSON is one in TOML too; so is a number.
                lines += [f"{name} = {msgspec.json.encode(value).decode()}"]
        write_whole(path, (HEAD + "\n".join(lines) + "\n").encode())


def read(path: Path) -> Memory | None:
    """What is kept; None where no play has begun; BadInput for a file that is none of ours."""
    try:
        raw: dict[str, Any] = tomllib.loads(path.read_text(encoding="utf-8"))
        return msgspec.convert(raw, Memory)
    except FileNotFoundError:
        return None
    except (tomllib.TOMLDecodeError, msgspec.ValidationError, UnicodeDecodeError) as error:
        raise BadInput(Problem(where=str(path), says=str(error))) from error
