# SPDX-License-Identifier: Apache-2.0
"""The tree holds locks with hashes, tests where they run, and nothing of one machine."""

import ast
import re
import tomllib
from pathlib import PurePosixPath

import pytest

from tools.tree import matching, parsed, project_files, text

LOCKS = ("bench", "build", "dev", "run", "tools")
PINNED = re.compile(r"^([a-z0-9][a-z0-9._-]*)==([^ ;\\]+)", re.MULTILINE)
# Under tests/: a mirror of the source, and what looks at the whole.
# Lilleland is no kind of test, but the country that tests are told in.
KINDS_OF_TESTS = frozenset(
    {"browser", "contract", "lilleland", "story", "storm", "storm_real", "tidy"}
)
# A home or working folder of one machine: what stands before and after keeps other words out.
MACHINE = re.compile(
    r"(?<![\w.\-])/(?:wo" + r"rk|ro" + r"ot|ho" + r"me|Us" + r"ers)(?:/[\w.\-]|\b(?!/))"
)
BINARY = frozenset({".gif", ".ico", ".jpg", ".pbf", ".png", ".sqlite", ".webp", ".woff2"})


def pinned(lock: str) -> dict[str, str]:
    return dict(PINNED.findall(text(f"requirements/{lock}.txt")))


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_holds_hashes_and_no_address(lock: str) -> None:
    said = text(f"requirements/{lock}.txt")
    for word in (
        "http:",
        "https:",
        "://",
        "--index",
        "--extra-index",
        "--find-links",
        " @ ",
        "file:",
    ):
        assert word not in said
    parts = re.split(r"^(?=[a-z0-9])", said, flags=re.MULTILINE)[1:]
    assert parts
    assert [part for part in parts if "--hash=sha256:" not in part] == []


@pytest.mark.parametrize(
    ("smaller", "larger"), [("run", "dev"), ("build", "dev"), ("dev", "bench")]
)
def test_a_larger_lock_agrees_with_the_smaller(smaller: str, larger: str) -> None:
    assert pinned(smaller).items() <= pinned(larger).items()


def test_the_locks_hold_what_the_project_asks_for() -> None:
    project = tomllib.loads(text("pyproject.toml"))
    asked = [("run", project["project"]["dependencies"]), *project["dependency-groups"].items()]
    for lock, wants in asked:
        names = {re.split(r"[<>=!~\[ ;]", want)[0] for want in wants if isinstance(want, str)}
        assert names <= pinned(lock).keys(), "run `make lock`"


def test_no_lock_file_carries_download_addresses() -> None:
    assert [path for path in project_files() if PurePosixPath(path).name == "uv.lock"] == []
    assert "uv.lock" in text(".gitignore").splitlines()


def test_every_test_stands_where_it_is_known() -> None:
    mirrored = {PurePosixPath(path).parts[2] for path in matching("src/bavn/*/*.py")}
    known = KINDS_OF_TESTS | mirrored
    paths = [PurePosixPath(path) for path in matching("tests/*.py")]
    lost = [str(p) for p in paths if len(p.parts) > 2 and p.parts[1] not in known]
    assert lost == []
    assert [str(p) for p in paths if len(p.parts) == 2] == [
        "tests/__init__.py",
        "tests/conftest.py",
    ]


def test_every_test_is_in_a_file_that_is_collected() -> None:
    def holds_tests(path: str) -> bool:
        return any(
            (isinstance(node, ast.FunctionDef) and node.name.startswith("test_"))
            or (isinstance(node, ast.ClassDef) and node.name.startswith("Test"))
            for node in parsed(path).body
        )

    others = [p for p in matching("tests/*.py") if not PurePosixPath(p).name.startswith("test_")]
    assert [path for path in others if holds_tests(path)] == []


def test_no_file_names_a_folder_of_one_machine() -> None:
    texts = [p for p in project_files() if PurePosixPath(p).suffix not in BINARY]
    assert [path for path in texts if MACHINE.search(text(path))] == []


@pytest.mark.parametrize("folder", ["wo" + "rk", "ro" + "ot", "ho" + "me"])
def test_a_folder_of_one_machine_is_told_from_other_words(folder: str) -> None:
    assert MACHINE.search(f"see /{folder}/main")
    assert MACHINE.search(f'"/{folder}"')
    assert not MACHINE.search(f"https://example.org/{folder}s")
    assert not MACHINE.search(f"frame/{folder}")
    assert not MACHINE.search(f"../{folder}/x")
