# SPDX-License-Identifier: Apache-2.0
"""Locks what we depend on: one file of exact versions and hashes for each kind of environment.

No version younger than a week is taken, so that a poisoned release has time to be found. The files
name no download address: where packages come from is the machine's own setting.
"""

import datetime
import subprocess
import sys

from tools.bootstrap import find_uv
from tools.tree import ROOT

AGE = datetime.timedelta(days=7)
# File, the dependency group that it holds, and the file whose versions it must agree with.
LOCKS = (
    ("run", None, None),
    ("dev", "dev", "run"),
    ("build", "build", "dev"),
    ("bench", "bench", "dev"),
    ("tools", "tools", None),
)


def lock(name: str, group: str | None, like: str | None, until: datetime.date) -> None:
    """Write requirements/<name>.txt anew."""
    command = [str(find_uv()), "pip", "compile", "--quiet", "--universal", "--upgrade"]
    command += ["--python-version", "3.11", "--generate-hashes", "--exclude-newer", str(until)]
    command += [
        "--custom-compile-command",
        "make lock",
        "--output-file",
        f"requirements/{name}.txt",
    ]
    if like:
        command += ["--constraint", f"requirements/{like}.txt"]
    if group:
        command += ["--group", group]
    if name in {"run", "dev", "bench"}:
        command += ["pyproject.toml", "--extra", "demo"]
    subprocess.run(command, cwd=ROOT, check=True)


def main() -> None:
    """Lock every kind, up to a week before today or before the date that is given."""
    today = datetime.datetime.now(datetime.UTC).date()
    until = datetime.date.fromisoformat(sys.argv[1]) if len(sys.argv) > 1 else today - AGE
    for name, group, like in LOCKS:
        lock(name, group, like, until)
        print(f"requirements/{name}.txt holds versions published before {until}")


if __name__ == "__main__":
    main()
