# SPDX-License-Identifier: Apache-2.0
"""The file of lines: what is written is read again; what cannot be used is said with its place."""

from pathlib import Path

import pytest

from bavn.kernel.identity import NodeId
from bavn.runtime.halt import Halt
from bavn.runtime.peers.lines_file import (
    NAME,
    Child,
    LineEntry,
    LinesFile,
    Server,
    parse_lines,
    read_lines_file,
    read_token,
    write_lines_file,
)
from bavn.runtime.peers.nats_config import Post
from bavn.runtime.peers.nkeys import is_public_nkey, make_nkey, public_nkey, read_nkey, seed_text

NKEY = "UA5WUJ54Z23KILLCUOUNAKTPBVZWKMQVO4O6EQ5GHLAERIMLLHNCTYM5"
WHOLE = LinesFile(
    line=(
        LineEntry(kind="nats", url="nats://127.0.0.1:4222"),
        LineEntry(
            kind="https",
            url="https://nation.example",
            node=NodeId("nation"),
            ca_file="keys/ca.pem",
            token_file="keys/token",
        ),
    ),
    child=(
        Child(node=NodeId("east"), nkey=NKEY, behind=(NodeId("town"), NodeId("village"))),
        Child(node=NodeId("west")),
    ),
    server=Server(
        leaf="0.0.0.0:7422",
        certificate_file="keys/line.pem",
        certificate_key_file="keys/line.key.pem",
        parent_url="tls://nation.example:7422",
        parent_ca_file="keys/ca.pem",
    ),
)


@pytest.mark.parametrize("lines", [WHOLE, LinesFile()])
def test_what_is_written_is_read_again(tmp_path: Path, lines: LinesFile) -> None:
    write_lines_file(tmp_path, lines)
    assert read_lines_file(tmp_path) == lines


def test_a_node_without_the_file_is_alone(tmp_path: Path) -> None:
    assert read_lines_file(tmp_path) == LinesFile()


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("[[line]]\nkind = 'pigeon'\nurl = 'x'", "pigeon"),
        ("[[line]]\nkind = 'nats'\nurl = 'nats://elsewhere:4222'", "tls://"),
        ("[[line]]\nkind = 'nats'\nurl = 'tls://elsewhere'", "tls://"),
        ("[[line]]\nkind = 'https'\nurl = 'http://elsewhere'\nnode = 'n'", "https://"),
        ("[[line]]\nkind = 'https'\nurl = 'https://elsewhere'", "node"),
        (
            "[[line]]\nkind = 'nats'\nurl = 'nats://localhost:1'\ncertificate_file = 'c'",
            "go together",
        ),
        ("[[child]]\nnode = 'No Name'", "no name"),
        ("[[child]]\nnode = 'a'\nbehind = ['b']\n[[child]]\nnode = 'b'", "two ways"),
        ("[[child]]\nnode = 'a'\nnkey = 'UABC'", "no public key"),
        ("[server]\nclient = '127.0.0.1'", "host:port"),
        ("[server]\nclient = '0.0.0.0:4222'", "certificate"),
        ("[server]\nleaf = '127.0.0.1:7422'", "certificate"),
        ("[server]\nparent_url = 'nats://elsewhere:7422'\nparent_ca_file = 'c'", "tls://"),
        ("[server]\nparent_url = 'tls://elsewhere:7422'", "go together"),
        ("colour = 'blue'", "colour"),
        ("[[line", "lines.toml"),
    ],
)
def test_what_cannot_be_used_is_said_with_its_place(tmp_path: Path, text: str, says: str) -> None:
    with pytest.raises(Halt) as refused:
        parse_lines(text, tmp_path / NAME)
    assert refused.value.refused.code == "lines_unreadable"
    assert says in refused.value.refused.says


def test_what_could_not_be_read_again_is_not_written(tmp_path: Path) -> None:
    write_lines_file(tmp_path, WHOLE)
    with pytest.raises(Halt):
        write_lines_file(tmp_path, LinesFile(child=(Child(node=NodeId("../up")),)))
    assert read_lines_file(tmp_path) == WHOLE


def test_the_servers_plan_has_paths_of_the_folder_and_only_children_with_keys(
    tmp_path: Path,
) -> None:
    own = Post(node=NodeId("centre"), nkey=NKEY)
    plan = WHOLE.server_plan(tmp_path, own, tmp_path / "keys/line.nk")
    assert plan is not None
    assert plan.tls is not None
    assert plan.tls.certificate_file == tmp_path / "keys/line.pem"
    assert plan.parent is not None
    assert plan.parent.ca_file == tmp_path / "keys/ca.pem"
    assert [post.node for post in plan.children] == ["east"]
    assert plan.children[0].behind == ("town", "village")
    assert not plan.client_tls
    assert LinesFile().server_plan(tmp_path, own, tmp_path) is None


def test_a_token_is_read_from_its_file(tmp_path: Path) -> None:
    entry = WHOLE.line[1]
    with pytest.raises(Halt):
        read_token(tmp_path, entry)
    (tmp_path / "keys").mkdir()
    (tmp_path / "keys/token").write_text("word\n")
    assert read_token(tmp_path, entry) == "word"
    assert read_token(tmp_path, WHOLE.line[0]) == ""


def test_a_key_for_a_line_is_kept_for_its_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "line.nk"
    made = make_nkey(path)
    assert path.stat().st_mode & 0o077 == 0
    assert bytes(read_nkey(path)) == bytes(made)
    assert is_public_nkey(public_nkey(made))
    # One character that was copied wrong is noticed.
    assert not is_public_nkey(NKEY.replace("Z23", "Z32"))
    assert not is_public_nkey(seed_text(made))


@pytest.mark.parametrize("text", ["", "SU", NKEY, "æ", "SUAAAA===="])
def test_what_is_no_key_for_a_line_is_said(tmp_path: Path, text: str) -> None:
    (tmp_path / "line.nk").write_text(text)
    with pytest.raises(Halt) as refused:
        read_nkey(tmp_path / "line.nk")
    assert refused.value.refused.code == "line_key_unreadable"
