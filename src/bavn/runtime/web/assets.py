# SPDX-License-Identifier: Apache-2.0
"""The built front-end: which hashed file stands for which source."""

from functools import cache
from importlib.resources import files
from pathlib import Path

import msgspec

from bavn.kernel.refusal import BrokenPromise

STATIC = Path(str(files("bavn.runtime"))) / "static"


class _Built(msgspec.Struct):
    file: str
    css: list[str] = []
    imports: list[str] = []


@cache
def _manifest() -> dict[str, _Built]:
    path = STATIC / ".vite" / "manifest.json"
    if not path.exists():
        raise BrokenPromise("the front-end is not built: install the project anew")
    return msgspec.json.decode(path.read_bytes(), type=dict[str, _Built])


def asset(source: str) -> str:
    """The address of what a source was built to, such as `src/main.ts`."""
    built = _manifest().get(source)
    if built is None:
        raise BrokenPromise(f"{source} is no part of the built front-end")
    return f"/static/{built.file}"


def styles(source: str) -> list[str]:
    """The addresses of the style sheets that belong to a source, and to what it imports.

    What several sources share, such as the map, is built apart from each of them: its own sheets
    come first, as an import comes before what it is imported for.
    """
    built, found, seen = _manifest(), dict[str, None](), set[str]()

    def gather(name: str) -> None:
        if name in seen or name not in built:
            return
        seen.add(name)
        for each in built[name].imports:
            gather(each)
        found.update(dict.fromkeys(built[name].css))

    gather(source)
    return [f"/static/{each}" for each in found]
