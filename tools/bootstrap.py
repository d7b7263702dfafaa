# SPDX-License-Identifier: Apache-2.0
"""Makes the environment that Bavn runs in, from nothing but Python itself.

    python3 tools/bootstrap.py run|dev|bench [--venv .venv]

Every package is checked against the hashes in requirements/. This file is read by whatever Python
the machine has, so it uses the standard library only and no syntax newer than Python 3.8.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
TOOLS = ROOT / ".tools"
OLDEST = (3, 11)
# Each kind holds all that the ones before it hold.
KINDS = {
    "run": ("run.txt", "build.txt"),
    "dev": ("dev.txt",),
    "bench": ("bench.txt",),
}
NO_VENV = """\
bavn: this Python can make no environment, and neither uv nor pip is here. One of these helps:
  - apt-get install python3-venv      (as root; running make as root does it for you)
  - install uv so that it is on the PATH
  - make PYTHON=/path/to/another/python3 ...
"""


def run(*command: str | Path) -> bool:
    """Run a command, its output shown only if it fails; true if it succeeded."""
    words = [str(word) for word in command]
    done = subprocess.run(
        words,
        cwd=ROOT,
        check=False,
        stdin=subprocess.DEVNULL,
        stderr=subprocess.STDOUT,
        stdout=subprocess.PIPE,
    )
    if done.returncode != 0:
        sys.stderr.write("$ " + " ".join(words) + "\n" + done.stdout.decode(errors="replace"))
    return done.returncode == 0


def quiet(*command: str | Path) -> bool:
    """Try a command whose failing is an answer; true if it succeeded."""
    words = [str(word) for word in command]
    try:
        return subprocess.run(words, cwd=ROOT, check=False, capture_output=True).returncode == 0
    except OSError:
        return False


def must(*command: str | Path) -> None:
    """Run a command that the rest needs; its own words say why it failed."""
    if not run(*command):
        sys.exit("bavn: the environment could not be made; the reason stands above")


def find_uv() -> Path:
    """Give the machine's uv, else our own under .tools, made now if need be."""
    found = shutil.which("uv")
    if found and quiet(found, "--version"):
        return Path(found)
    own = TOOLS / "bin" / "uv"
    if not quiet(own, "--version"):
        print("bavn: fetching uv into .tools", flush=True)
        make_tools()
    return own


def make_tools() -> None:
    """Put uv into .tools, by whichever way this machine offers."""
    shutil.rmtree(TOOLS, ignore_errors=True)
    install = (
        "-m",
        "pip",
        "install",
        "--quiet",
        "--require-hashes",
        "-r",
        "requirements/tools.txt",
    )
    if quiet(sys.executable, "-m", "venv", TOOLS):
        must(TOOLS / "bin" / "python", *install)
    elif quiet(sys.executable, "-m", "pip", "--version"):
        shutil.rmtree(TOOLS, ignore_errors=True)
        must(sys.executable, *install, "--target", TOOLS)
    elif os.geteuid() == 0 and shutil.which("apt-get"):
        print("bavn: installing python3-venv with apt-get", flush=True)
        os.environ["DEBIAN_FRONTEND"] = "noninteractive"
        must("apt-get", "update")
        must("apt-get", "install", "--yes", "--no-install-recommends", "python3-venv")
        shutil.rmtree(TOOLS, ignore_errors=True)
        must(sys.executable, "-m", "venv", TOOLS)
        must(TOOLS / "bin" / "python", *install)
    else:
        sys.exit(NO_VENV)


def wanted_python() -> str:
    """Name the Python to use: the one that reads this, or any new enough that uv can find."""
    if sys.version_info[:2] >= OLDEST:
        return sys.executable
    print("bavn: this Python is older than 3.11; letting uv find or fetch a newer one", flush=True)
    return ">=3.11,<3.14"


def make_venv(uv: Path, venv: Path) -> None:
    """Leave an environment of the wanted Python at `venv`, kept if it is one already."""
    same = f"import sys; sys.exit(sys.version_info[:2] != {tuple(sys.version_info[:2])!r})"
    newer = f"import sys; sys.exit(sys.version_info[:2] < {OLDEST!r})"
    fits = same if sys.version_info[:2] >= OLDEST else newer
    if quiet(venv / "bin" / "python", "-c", fits):
        return
    shutil.rmtree(venv, ignore_errors=True)
    must(uv, "venv", "--no-project", "--python", wanted_python(), venv)


def stamp(venv: Path, kind: str) -> Path:
    """Name the file whose age tells make when this kind was last installed."""
    return venv / f".stamp-{kind}"


def main() -> None:
    """Make or refresh the environment; never takes away a larger kind that is there already."""
    parser = argparse.ArgumentParser(description="Make the environment that Bavn runs in.")
    parser.add_argument("kind", choices=list(KINDS))
    parser.add_argument("--venv", type=Path, default=Path(".venv"))
    asked = parser.parse_args()
    venv = ROOT / asked.venv
    uv = find_uv()
    make_venv(uv, venv)
    kinds = list(KINDS)
    top = max(kinds.index(k) for k in kinds if k == asked.kind or stamp(venv, k).exists())
    print(f"bavn: installing the {kinds[top]} environment into {asked.venv}", flush=True)
    python = venv / "bin" / "python"
    locks = [ROOT / "requirements" / name for name in KINDS[kinds[top]]]
    must(uv, "pip", "sync", "--python", python, "--require-hashes", *locks)
    project = ("--no-deps", "--no-build-isolation", "--editable", ROOT)
    must(uv, "pip", "install", "--python", python, *project)
    for kind in kinds[: top + 1]:
        stamp(venv, kind).touch()


if __name__ == "__main__":
    main()
