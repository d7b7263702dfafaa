# SPDX-License-Identifier: Apache-2.0
"""The directions of the house hold, and each one can be seen to hold: violations are planted."""

import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tools.tree import ROOT

DIRECTION = "Dependencies point downwards only"
NEIGHBOURS = "Capabilities meet only through facts"
VOCABULARIES = "The vocabularies do not know each other"
INSIDE = "Inside a capability the edge knows the centre, never the reverse"
CODECS = "Codecs do not know each other"
ENGINES = "Engines do not know each other"
STORES = "The journal knows its stores as a port only"
PURE = "The centre never touches the world"

# Two whole capabilities, two codecs and two engines that keep every rule.
SAMPLES = {
    "capabilities/alpha/__init__.py": "",
    "capabilities/alpha/facts.py": "import bavn.kernel",
    "capabilities/alpha/model.py": "import bavn.capabilities.alpha.facts",
    "capabilities/alpha/ports.py": "import bavn.capabilities.alpha.model",
    "capabilities/alpha/decisions.py": "import bavn.capabilities.alpha.model",
    "capabilities/alpha/reactions.py": "import bavn.capabilities.beta.facts",
    "capabilities/alpha/views.py": "import bavn.capabilities.alpha.facts, bavn.journal",
    "capabilities/alpha/pages.py": "import bavn.capabilities.alpha.decisions, bavn.frame",
    "capabilities/alpha/adapters/__init__.py": "import socket, bavn.capabilities.alpha.ports",
    "capabilities/alpha/capability.py": "import bavn.capabilities.alpha.pages",
    "capabilities/beta/__init__.py": "",
    "capabilities/beta/facts.py": "",
    "capabilities/beta/model.py": "import bavn.capabilities.beta.facts",
    "codecs/first.py": "",
    "codecs/second.py": "",
    "engines/first.py": "import math",
    "engines/second.py": "",
}


@dataclass(frozen=True, kw_only=True)
class Planted:
    """A file that breaks a rule, and the name of the rule."""

    file: str
    says: str
    breaks: str


PLANTS = {
    "kernel knows journal": Planted(
        file="kernel/planted.py", says="import bavn.journal", breaks=DIRECTION
    ),
    "journal knows frame": Planted(
        file="journal/planted.py", says="import bavn.frame", breaks=DIRECTION
    ),
    "engine knows journal": Planted(
        file="engines/planted.py", says="import bavn.journal", breaks=DIRECTION
    ),
    "codec knows kernel": Planted(
        file="codecs/planted.py", says="import bavn.kernel", breaks=DIRECTION
    ),
    "runtime knows a capability": Planted(
        file="runtime/planted.py", says="import bavn.capabilities.alpha.facts", breaks=DIRECTION
    ),
    "capability knows runtime": Planted(
        file="capabilities/alpha/pages.py", says="import bavn.runtime", breaks=DIRECTION
    ),
    "capability knows the node": Planted(
        file="capabilities/alpha/capability.py", says="import bavn.node", breaks=DIRECTION
    ),
    "a neighbour's model": Planted(
        file="capabilities/alpha/model.py",
        says="import bavn.capabilities.beta.model",
        breaks=NEIGHBOURS,
    ),
    "vocabulary knows vocabulary": Planted(
        file="capabilities/alpha/facts.py",
        says="import bavn.capabilities.beta.facts",
        breaks=VOCABULARIES,
    ),
    "facts know pages": Planted(
        file="capabilities/alpha/facts.py",
        says="import bavn.capabilities.alpha.pages",
        breaks=INSIDE,
    ),
    "decisions know views": Planted(
        file="capabilities/alpha/decisions.py",
        says="import bavn.capabilities.alpha.views",
        breaks=INSIDE,
    ),
    "a drawer in a capability": Planted(file="capabilities/alpha/utils.py", says="", breaks=INSIDE),
    "codec knows codec": Planted(
        file="codecs/first.py", says="import bavn.codecs.second", breaks=CODECS
    ),
    "engine knows engine": Planted(
        file="engines/first.py", says="import bavn.engines.second", breaks=ENGINES
    ),
    "journal knows a store": Planted(
        file="journal/planted.py", says="import bavn.journal.stores", breaks=STORES
    ),
    "capability knows a store": Planted(
        file="capabilities/alpha/adapters/__init__.py",
        says="import bavn.journal.stores",
        breaks=STORES,
    ),
    "model reads a clock": Planted(
        file="capabilities/alpha/model.py", says="import time", breaks=PURE
    ),
    "journal opens a file": Planted(
        file="journal/planted.py", says="from pathlib import Path", breaks=PURE
    ),
    "engine throws dice": Planted(file="engines/planted.py", says="import random", breaks=PURE),
    "a brand-new capability opens a database": Planted(
        file="capabilities/gamma/model.py", says="import sqlite3", breaks=PURE
    ),
}


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Copy the source, with capabilities, codecs and engines added that keep every rule."""
    root = tmp_path_factory.mktemp("house")
    shutil.copy(ROOT / "pyproject.toml", root)
    shutil.copytree(ROOT / "src", root / "src", ignore=shutil.ignore_patterns("__pycache__"))
    for file, says in SAMPLES.items():
        write(root, file, says)
    return root


def write(root: Path, file: str, says: str) -> None:
    path = root / "src/bavn" / file
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"{says}\n", encoding="utf-8")


def lint(root: Path) -> tuple[int, str]:
    """Run the contracts over a copy of the house; give the exit code and what was said."""
    program = "from importlinter.cli import lint_imports_command; lint_imports_command()"
    done = subprocess.run(
        [sys.executable, "-c", program, "--no-cache"],
        cwd=root,
        env={"PYTHONPATH": str(root / "src"), "NO_COLOR": "1", "COLUMNS": "200"},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    return done.returncode, done.stdout + done.stderr


@pytest.fixture
def planted(house: Path, request: pytest.FixtureRequest) -> Iterator[tuple[Path, Planted]]:
    """Plant one violation, and take it away again."""
    plant: Planted = request.param
    path = house / "src/bavn" / plant.file
    before = path.read_text(encoding="utf-8") if path.exists() else None
    is_new_folder = not path.parent.exists()
    if is_new_folder:
        write(house, str(Path(plant.file).parent / "__init__.py"), "")
    write(house, plant.file, plant.says)
    yield house, plant
    if is_new_folder:
        shutil.rmtree(path.parent)
    elif before is None:
        path.unlink()
    else:
        path.write_text(before, encoding="utf-8")


def test_the_house_keeps_its_directions(house: Path) -> None:
    code, said = lint(house)
    assert code == 0, said
    assert "0 broken" in said


@pytest.mark.parametrize("planted", PLANTS.values(), ids=PLANTS.keys(), indirect=True)
def test_a_planted_violation_is_caught(planted: tuple[Path, Planted]) -> None:
    house, plant = planted
    code, said = lint(house)
    assert code == 1, said
    assert f"{plant.breaks} BROKEN" in said
    module = plant.file.removesuffix(".py").removesuffix("/__init__").replace("/", ".")
    broken = said.partition("Broken contracts")[2]
    assert f"bavn.{module}" in broken or f"- {module.rpartition('.')[2]}" in broken, said
