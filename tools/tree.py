# SPDX-License-Identifier: Apache-2.0
"""Which files are the project's own, and what Python files say, read without running them."""

import ast
import os
import shutil
import subprocess
from collections.abc import Iterator
from fnmatch import fnmatch
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
# What .gitignore leaves out, for where there is no git to ask: at the root, and anywhere.
NOT_OURS = frozenset({"build", "data", "dist", "uv.lock", "var"})
NEVER_OURS = (".pyc", ".sqlite", ".sqlite-shm", ".sqlite-wal")


@cache
def project_files() -> tuple[str, ...]:
    """Give every file of the project as a path from its root, sorted: what git would keep."""
    if (ROOT / ".git").exists() and shutil.which("git"):
        command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
        told = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout
        return tuple(sorted(p for p in set(told.split("\0")) if p and (ROOT / p).is_file()))
    return tuple(sorted(_walked()))


def _walked() -> Iterator[str]:
    for folder, names, files in os.walk(ROOT):
        here = Path(folder).relative_to(ROOT)
        left_out = NOT_OURS if here == Path() else frozenset[str]()
        shown = (n for n in names if n == ".ci" or not n.startswith((".", "__pycache__")))
        names[:] = [n for n in shown if n not in left_out]
        kept = (n for n in files if n not in left_out and not n.endswith(NEVER_OURS))
        yield from ((here / n).as_posix() for n in kept)


def matching(*patterns: str) -> list[str]:
    """Give the project's files that match one of the patterns, in which * crosses folders."""
    return [p for p in project_files() if any(fnmatch(p, pattern) for pattern in patterns)]


def text(path: str) -> str:
    """Give a project file's text."""
    return (ROOT / path).read_text(encoding="utf-8")


@cache
def parsed(path: str) -> ast.Module:
    """Give a project file's syntax tree."""
    return ast.parse(text(path), filename=path)
