# SPDX-License-Identifier: Apache-2.0
"""`bavn node` and `bavn join`: what a person does to bring nodes together, and what is said."""

import argparse
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from bavn.kernel.identity import World
from bavn.node.commands.joining import join_command, join_options, node_command, node_options
from bavn.node.terminal import Terminal
from bavn.runtime.folder import Folder
from bavn.runtime.halt import Halt
from bavn.runtime.texts import LANGUAGES, Texts

WORLD = World("exercise")
Capture = pytest.CaptureFixture[str]
Run = Callable[..., str]
KEY = re.compile(r"\b[0-9a-f]{64}\b")
FINGERPRINT = re.compile(r"(?:\b[0-9a-f]{4}\b ?){8}")


@pytest.fixture(params=LANGUAGES)
def run(request: pytest.FixtureRequest, tmp_path: Path, capsys: Capture) -> Run:
    """A function that gives a command to a node, and what it said."""
    texts = Texts(request.param)

    def given(node: str, command: str, *words: object) -> str:
        parser = argparse.ArgumentParser()
        takes, does = {
            "node": (node_options, node_command),
            "join": (join_options, join_command),
        }[command]
        takes(parser.add_argument_group(), texts)
        given_to = argparse.Namespace(data=Folder(tmp_path / node), world=WORLD)
        options = parser.parse_args([*map(str, words)], given_to)
        assert does(options, Terminal(texts)) == 0
        return capsys.readouterr().out

    return given


def key_in(said: str) -> str:
    (found,) = set(KEY.findall(said))
    return str(found)


def fingerprint_in(said: str) -> str:
    found = FINGERPRINT.search(said)
    assert found is not None, said
    return found[0].strip()


def code_of(work: Callable[[], object]) -> str:
    with pytest.raises(Halt) as halted:
        work()
    return halted.value.refused.code


@pytest.mark.requirement("E0.1")
def test_two_nodes_come_together(run: Run, tmp_path: Path) -> None:
    said = run("nation", "node", "init", "--name", "nation", "--root", "--hosts", "agency")
    fingerprint = fingerprint_in(said.replace(key_in(said), ""))
    key = key_in(run("east", "node", "init", "--name", "east"))
    file = tmp_path / "invitation.json"
    file.write_text(
        run("nation", "node", "invite", "--node", "east", "--key", key, "--hosts", "eastern",
            "--under", "port", "--area", "eastern", "--valid-to", "2199-01-01",
            "--line", "tls://beredskab.example.dk:7422", "--line", "https://beredskab.example.dk"),
        encoding="utf-8",
    )  # fmt: skip
    said = run("east", "join", file, "--fingerprint", fingerprint)
    assert "tls://beredskab.example.dk:7422" in said
    assert "nation" in said
    said = run("east", "node", "show")
    assert fingerprint in said
    assert "eastern" in said
    again = run("east", "join", file, "--fingerprint", fingerprint)
    assert again != said
    new = key_in(run("east", "node", "roll-key"))
    assert new != key
    assert key_in(run("east", "node", "roll-key", "--stolen")) not in (new, key)
    said = run("nation", "node", "revoke", "--node", "east", "--since", "2026-01-01T00:00")
    assert key in said
    assert "east" in run("nation", "node", "show")


WRONG = {
    "no node": ("node_needed", ("invite", "--key", "00" * 32)),
    "a name that is none": ("no_name", ("invite", "--node", "East!", "--key", "00" * 32)),
    "no key": ("no_key", ("invite", "--node", "east")),
    "a key that is none": ("no_key", ("invite", "--node", "east", "--key", "abc")),
    "a line that is none": (
        "no_line",
        ("invite", "--node", "east", "--key", "00" * 32, "--line", "ftp://x"),
    ),
    "an open line": (
        "lines_unreadable",
        ("invite", "--node", "east", "--key", "00" * 32, "--line", "nats://x.example.dk:4222"),
    ),
    "everything to hear": (
        "no_audience",
        ("invite", "--node", "east", "--key", "00" * 32, "--hears", "nation"),
    ),
    "nothing to lie under": (
        "under_nothing",
        ("invite", "--node", "east", "--key", "00" * 32, "--under", "port"),
    ),
    "a new key that is none": ("no_key", ("revoke", "--node", "nation", "--new-key", "x")),
    "the root itself": ("no_authority", ("revoke", "--node", "nation")),
    "a node that is not there": ("no_such_node", ("revoke", "--node", "west")),
    "a taken folder": ("folder_taken", ("init", "--name", "nation")),
}


@pytest.mark.parametrize("what", WRONG)
def test_what_is_given_wrong_is_refused_with_what_to_do(run: Run, what: str) -> None:
    run("nation", "node", "init", "--name", "nation", "--root", "--hosts", "agency")
    code, words = WRONG[what]
    assert code_of(lambda: run("nation", "node", *words)) == code
