# SPDX-License-Identifier: Apache-2.0
"""Templates: the shell's own, and each capability's under its name."""

from importlib.resources import files
from pathlib import Path
from types import CodeType

from jinja2 import BytecodeCache, Environment, FileSystemLoader, PrefixLoader, StrictUndefined
from jinja2.bccache import Bucket
from jinja2.loaders import ChoiceLoader

from bavn.frame.capability import Capability, MenuEntry
from bavn.kernel.identity import World
from bavn.kernel.mandate import May
from bavn.runtime.mandates import Gate, LawSet
from bavn.runtime.texts import LANGUAGES
from bavn.runtime.web.assets import asset, styles
from bavn.runtime.web.openings import Openings

ROOT = Path(str(files("bavn")))


class _Compiled(BytecodeCache):
    """Each template is compiled once in a process, however many nodes that serves."""

    def __init__(self) -> None:
        self._codes: dict[tuple[str, str], CodeType] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        bucket.code = self._codes.get((bucket.key, bucket.checksum))

    def dump_bytecode(self, bucket: Bucket) -> None:
        assert bucket.code is not None
        self._codes[bucket.key, bucket.checksum] = bucket.code


_COMPILED = _Compiled()


def law_played(may: May) -> LawSet | None:
    """The law set that a gate judges by, where that is not the one in force."""
    if not isinstance(may, Gate):
        return None
    law = next(each for each in may.book.law_sets if each.code == may.law)
    return None if law.in_force else law


def environment(
    capabilities: tuple[Capability, ...], world: World, law: LawSet | None = None
) -> Environment:
    """What renders every page; a name that is not given is an error, never an empty place.

    `law` is the law set that a world is judged by, where that is not the one in force.
    """
    own = {
        each.name: FileSystemLoader(ROOT / "capabilities" / each.name / "templates")
        for each in capabilities
    }
    loader = ChoiceLoader(
        [FileSystemLoader(ROOT / "runtime" / "templates"), PrefixLoader(own)],
    )
    jinja = Environment(
        loader=loader,
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        bytecode_cache=_COMPILED,
    )
    menu: tuple[MenuEntry, ...] = tuple(entry for each in capabilities for entry in each.menu)
    ways = tuple(way for each in capabilities for way in each.ways)
    # Whoever serves pages puts one in its place that asks the gate.
    jinja.globals.update(is_open_to=Openings(capabilities))
    jinja.globals.update(asset=asset, styles=styles, menu=menu, ways=ways)
    panels = sorted((part for each in capabilities for part in each.panels), key=lambda p: p.rank)
    jinja.globals.update(panels=tuple(panels))
    # Whose clock the scripts of a page show; without one, that of the machine it is read on.
    jinja.globals.update(world=world, languages=LANGUAGES, law_played=law, zone="")
    return jinja
