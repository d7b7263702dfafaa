# SPDX-License-Identifier: Apache-2.0
"""The pure parts use only what is on a list: a list of bans never knows tomorrow's library."""

import ast
import re
from collections.abc import Iterator

import pytest

from tools.tree import matching, parsed

PURE = re.compile(
    r"src/bavn/(?:kernel/|codecs/|engines/|frame/|journal/(?!stores/)|__init__\.py$"
    r"|capabilities/[^/]+/(?:facts|model|decisions|reactions|views)(?:/|\.py$))"
)
# Of the standard library: what computes, and touches neither disk, net, clock, chance nor process.
# fmt: off
ALLOWED = frozenset({
    "__future__", "abc", "array", "base64", "bavn", "binascii", "bisect", "cmath", "codecs",
    "collections", "contextlib", "copy", "csv", "dataclasses", "datetime", "decimal", "difflib",
    "enum", "fractions", "functools", "graphlib", "hashlib", "heapq", "hmac", "html", "io",
    "ipaddress", "itertools", "json", "math", "msgspec", "numbers", "operator", "re",
    "statistics", "string", "struct", "textwrap", "types", "typing", "unicodedata", "uuid",
    "weakref", "xml", "zlib", "zoneinfo",
})
# fmt: on
# A library that belongs to some places only, and which.
ALLOWED_AT = {
    "src/bavn/journal/": frozenset({"nacl"}),
    "src/bavn/codecs/cot/": frozenset({"takproto"}),
    "src/bavn/frame/": frozenset({"litestar"}),
    "src/bavn/engines/": frozenset({"highspy", "numba", "numpy", "scipy", "shapely"}),
    # What is asked of an engine is given to it as columns.
    "src/bavn/capabilities/dispatch/views/": frozenset({"numpy"}),
}
# Of these, the part that reaches outside.
NOT_EVEN = {
    "io": frozenset({"open", "open_code", "FileIO"}),
    "uuid": frozenset({"uuid1", "uuid4", "uuid6", "uuid7", "getnode"}),
}
BUILTINS = frozenset({"__import__", "breakpoint", "eval", "exec", "input", "open", "print"})


def imports(tree: ast.Module) -> Iterator[tuple[int, str, str]]:
    """Give each import: its line, the outermost package, and the name taken from it."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield node.lineno, alias.name.partition(".")[0], ""
        elif isinstance(node, ast.ImportFrom):
            for alias in node.names:
                yield node.lineno, (node.module or ".").partition(".")[0], alias.name


def attributes(tree: ast.Module) -> Iterator[tuple[int, str, str]]:
    """Give each `name.attribute`, in the same form as an import."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            yield node.lineno, node.value.id, node.attr


def calls(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """Give each call of a plain name."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            yield node.lineno, node.func.id


def impurities(path: str, tree: ast.Module) -> list[str]:
    """Give what a pure module may not have, with its place."""
    extra = [names for place, names in ALLOWED_AT.items() if path.startswith(place)]
    allowed = ALLOWED.union(*extra)
    taken = list(imports(tree))
    found = [f"{path}:{line}: import of {top}" for line, top, _ in taken if top not in allowed]
    found += [
        f"{path}:{line}: {top}.{name}"
        for line, top, name in [*taken, *attributes(tree)]
        if name in NOT_EVEN.get(top, ())
    ]
    return found + [f"{path}:{line}: {name}()" for line, name in calls(tree) if name in BUILTINS]


def test_pure_modules_use_only_what_is_allowed() -> None:
    pure = [path for path in matching("src/bavn/*.py") if PURE.match(path)]
    assert pure
    assert [fault for path in pure for fault in impurities(path, parsed(path))] == []


@pytest.mark.parametrize(
    ("path", "pure"),
    [
        ("src/bavn/kernel/identity.py", True),
        ("src/bavn/journal/fact.py", True),
        ("src/bavn/journal/stores/sqlite/store.py", False),
        ("src/bavn/capabilities/alpha/model.py", True),
        ("src/bavn/capabilities/alpha/model/risk.py", True),
        ("src/bavn/capabilities/alpha/adapters/weather.py", False),
        ("src/bavn/runtime/clock.py", False),
    ],
)
def test_what_counts_as_pure(path: str, pure: bool) -> None:
    assert bool(PURE.match(path)) is pure


@pytest.mark.parametrize(
    ("path", "says"),
    [
        ("src/bavn/kernel/a.py", "import numpy"),
        ("src/bavn/kernel/a.py", "from nacl.signing import SigningKey"),
        ("src/bavn/engines/a.py", "import somebodys_new_library"),
        ("src/bavn/journal/a.py", "import os.path"),
        ("src/bavn/journal/a.py", "def f():\n    import time"),
        ("src/bavn/frame/a.py", "from . import b"),
        ("src/bavn/codecs/a.py", "from io import open"),
        ("src/bavn/codecs/a.py", "import io\nio.open('x')"),
        ("src/bavn/codecs/a.py", "open('x')"),
        ("src/bavn/kernel/a.py", "from uuid import uuid4"),
    ],
)
def test_an_impurity_is_caught(path: str, says: str) -> None:
    assert impurities(path, ast.parse(says))


@pytest.mark.parametrize(
    ("path", "says"),
    [
        ("src/bavn/engines/a.py", "import numpy as np"),
        ("src/bavn/journal/a.py", "from nacl.signing import SigningKey"),
        ("src/bavn/kernel/a.py", "import datetime, msgspec, bavn.kernel.b"),
    ],
)
def test_what_is_allowed_is_let_be(path: str, says: str) -> None:
    assert impurities(path, ast.parse(says)) == []
