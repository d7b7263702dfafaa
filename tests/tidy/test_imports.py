# SPDX-License-Identifier: Apache-2.0
"""The directions of the house hold, and each one can be seen to hold: violations are planted."""

import re
import shutil
import subprocess
import sys
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
    """A line in some file that breaks a rule, the rule's name, and what the report has to say."""

    file: str
    says: str
    breaks: str
    seen: str


PLANTS = {
    "kernel knows journal": Planted(
        file="kernel/planted.py",
        says="import bavn.journal",
        breaks=DIRECTION,
        seen="bavn.kernel.planted -> bavn.journal (",
    ),
    "journal knows frame": Planted(
        file="journal/planted_frame.py",
        says="import bavn.frame",
        breaks=DIRECTION,
        seen="bavn.journal.planted_frame -> bavn.frame (",
    ),
    "engine knows journal": Planted(
        file="engines/planted_journal.py",
        says="import bavn.journal",
        breaks=DIRECTION,
        seen="bavn.engines.planted_journal -> bavn.journal (",
    ),
    "codec knows kernel": Planted(
        file="codecs/planted.py",
        says="import bavn.kernel",
        breaks=DIRECTION,
        seen="bavn.codecs.planted -> bavn.kernel (",
    ),
    "runtime knows a capability": Planted(
        file="runtime/planted.py",
        says="import bavn.capabilities.alpha.facts",
        breaks=DIRECTION,
        seen="bavn.runtime.planted -> bavn.capabilities.alpha.facts (",
    ),
    "capability knows runtime": Planted(
        file="capabilities/alpha/pages.py",
        says="import bavn.runtime",
        breaks=DIRECTION,
        seen="bavn.capabilities.alpha.pages -> bavn.runtime (",
    ),
    "capability knows the node": Planted(
        file="capabilities/alpha/capability.py",
        says="import bavn.node",
        breaks=DIRECTION,
        seen="bavn.capabilities.alpha.capability -> bavn.node (",
    ),
    "a neighbour's model": Planted(
        file="capabilities/alpha/model.py",
        says="import bavn.capabilities.beta.model",
        breaks=NEIGHBOURS,
        seen="bavn.capabilities.alpha.model -> bavn.capabilities.beta.model (",
    ),
    "vocabulary knows vocabulary": Planted(
        file="capabilities/alpha/facts.py",
        says="import bavn.capabilities.beta.facts",
        breaks=VOCABULARIES,
        seen="bavn.capabilities.alpha.facts -> bavn.capabilities.beta.facts (",
    ),
    "facts know pages": Planted(
        file="capabilities/alpha/facts.py",
        says="import bavn.capabilities.alpha.pages",
        breaks=INSIDE,
        seen="bavn.capabilities.alpha.facts -> bavn.capabilities.alpha.pages (",
    ),
    "decisions know views": Planted(
        file="capabilities/alpha/decisions.py",
        says="import bavn.capabilities.alpha.views",
        breaks=INSIDE,
        seen="bavn.capabilities.alpha.decisions -> bavn.capabilities.alpha.views (",
    ),
    "a drawer in a capability": Planted(
        file="capabilities/alpha/utils.py",
        says="",
        breaks=INSIDE,
        seen="- bavn.capabilities.alpha.utils",
    ),
    "codec knows codec": Planted(
        file="codecs/first.py",
        says="import bavn.codecs.second",
        breaks=CODECS,
        seen="bavn.codecs.first -> bavn.codecs.second (",
    ),
    "engine knows engine": Planted(
        file="engines/first.py",
        says="import bavn.engines.second",
        breaks=ENGINES,
        seen="bavn.engines.first -> bavn.engines.second (",
    ),
    "journal knows a store": Planted(
        file="journal/planted_store.py",
        says="import bavn.journal.stores",
        breaks=STORES,
        seen="bavn.journal.planted_store -> bavn.journal.stores (",
    ),
    "capability knows a store": Planted(
        file="capabilities/alpha/adapters/__init__.py",
        says="import bavn.journal.stores",
        breaks=STORES,
        seen="bavn.capabilities.alpha.adapters -> bavn.journal.stores (",
    ),
    "model reads a clock": Planted(
        file="capabilities/alpha/model.py",
        says="import time",
        breaks=PURE,
        seen="bavn.capabilities.alpha.model -> time (",
    ),
    "journal opens a file": Planted(
        file="journal/planted_file.py",
        says="from pathlib import Path",
        breaks=PURE,
        seen="bavn.journal.planted_file -> pathlib (",
    ),
    "engine throws dice": Planted(
        file="engines/planted_dice.py",
        says="import random",
        breaks=PURE,
        seen="bavn.engines.planted_dice -> random (",
    ),
    "a brand-new capability opens a database": Planted(
        file="capabilities/gamma/model.py",
        says="import sqlite3",
        breaks=PURE,
        seen="bavn.capabilities.gamma.model -> sqlite3 (",
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
    """Put a line where a file begins; the file and its folder are made if they are not there."""
    path = root / "src/bavn" / file
    path.parent.mkdir(parents=True, exist_ok=True)
    after = path.read_text(encoding="utf-8") if path.exists() else ""
    path.write_text(f"{says}\n{after}", encoding="utf-8")


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


def test_the_house_keeps_its_directions(house: Path) -> None:
    code, said = lint(house)
    assert code == 0, said
    assert "0 broken" in said


@pytest.fixture(scope="module")
def broken(house: Path, tmp_path_factory: pytest.TempPathFactory) -> str:
    """What is said of the same house with every violation planted: it is read once for all."""
    root = tmp_path_factory.mktemp("planted") / "house"
    shutil.copytree(house, root)
    write(root, "capabilities/gamma/__init__.py", "")
    for plant in PLANTS.values():
        write(root, plant.file, plant.says)
    code, said = lint(root)
    assert code == 1, said
    return said.partition("Broken contracts")[2]


@pytest.mark.parametrize("plant", PLANTS.values(), ids=PLANTS.keys())
def test_a_planted_violation_is_caught(broken: str, plant: Planted) -> None:
    names = (DIRECTION, NEIGHBOURS, VOCABULARIES, INSIDE, CODECS, ENGINES, STORES, PURE)
    among = re.split(rf"^({'|'.join(map(re.escape, names))})$", broken, flags=re.MULTILINE)
    said = dict(zip(among[1::2], among[2::2], strict=True))
    assert plant.seen in said[plant.breaks], broken
