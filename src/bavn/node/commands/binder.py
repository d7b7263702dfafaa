# SPDX-License-Identifier: Apache-2.0
"""`bavn binder`: a set of paper, made beside whoever writes, and put on the shelf."""

import argparse
import contextlib
import os
import sys
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

from bavn.kernel.identity import World
from bavn.node.binder import binder_of
from bavn.node.terminal import Terminal
from bavn.node.wiring import CAPABILITIES, COUNTRY, catalogue
from bavn.runtime import clock
from bavn.runtime.countries import built_in
from bavn.runtime.folder import Folder, write_whole
from bavn.runtime.house import House
from bavn.runtime.opened import open_beside
from bavn.runtime.shelf import KEPT, Binding, Shelf
from bavn.runtime.texts import Texts

# Whoever answers alarms on this machine comes first.
NICE = 10


def binder_options(group: argparse._ArgumentGroup, texts: Texts) -> None:
    """What `bavn binder` takes."""
    option = group.add_argument
    option("--to", type=Path, metavar="FILE", help=texts("help.binder.to"))
    option("--keep", type=int, default=KEPT, metavar="N", help=texts("help.binder.keep"))
    option("--without-private", action="store_true", help=texts("help.binder.without_private"))


def keep_binders(house: House, folders: Sequence[Folder], world: World, minutes: int) -> None:
    """Have a set made now and then for each node of a house; none where the minutes are nought.

    Made in the event loop that the house lives in; it ends with that loop.
    """
    if minutes <= 0:
        return
    for served, folder in zip(house.nodes, folders, strict=True):
        command = (sys.executable, "-m", "bavn.node.cli", "binder")
        given = ("--data", str(folder.path), "--world", world)
        binding = Binding((*command, *given), timedelta(minutes=minutes))
        served.given["centre"].shelf.wake.append(binding.wake)


def binder(options: argparse.Namespace, terminal: Terminal) -> int:
    """Make a set, and say where it lies."""
    with contextlib.suppress(OSError):
        os.nice(NICE)
    folder: Folder = options.data
    now, country = clock.now(), built_in(COUNTRY)
    with open_beside(folder, options.world, catalogue()) as beside:
        raw = binder_of(
            beside,
            options.world,
            country,
            folder.path,
            CAPABILITIES,
            now=now,
            language=options.lang,
            private=not options.without_private,
        )
    if options.to is None:
        path = Shelf(folder.path, options.world).put(raw, now, max(1, options.keep))
    else:
        path = options.to
        write_whole(path, raw)
    terminal.say("binder.made", path=path, size=terminal.texts.size(len(raw)))
    return 0
