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
    """The addresses of the style sheets that belong to a source."""
    built = _manifest().get(source)
    return [f"/static/{each}" for each in built.css] if built else []
