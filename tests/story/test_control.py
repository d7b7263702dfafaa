# SPDX-License-Identifier: Apache-2.0
"""The command line on a folder whose server runs: everything works, and nothing waits for it."""

import asyncio
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass, field
from io import StringIO
from itertools import count, pairwise
from pathlib import Path

import httpx
import msgspec
import pytest
from nacl.signing import SigningKey

from bavn.journal.chain import SEGMENT_FACTS_LIMIT, ChannelName
from bavn.journal.decision import Done
from bavn.kernel.audience import NATION as NATION_WIDE
from bavn.kernel.identity import NodeId, OrganisationId, World
from bavn.node.cli import INTERRUPTED, main
from bavn.node.demo_writer import request
from bavn.node.terminal import Terminal
from bavn.node.wiring import catalogue, country_gate
from bavn.runtime import clock
from bavn.runtime.control.calling import control_path, other_version, short_path
from bavn.runtime.control.desk import done, open_desk
from bavn.runtime.control.serving import Control
from bavn.runtime.control.words import (
    HEAD_BYTES,
    Answer,
    Invite,
    Invited,
    No,
    OfRecord,
    Resume,
    Resumed,
    frame,
    read_answer,
)
from bavn.runtime.countries import built_in
from bavn.runtime.folder import Folder
from bavn.runtime.founding import found_node
from bavn.runtime.halt import Halt
from bavn.runtime.joining.accepting import join
from bavn.runtime.joining.beginning import found_root
from bavn.runtime.joining.invitation import fingerprint_of
from bavn.runtime.joining.inviting import Guest
from bavn.runtime.live import Live
from bavn.runtime.opened import open_to_write
from bavn.runtime.program import VERSION

pytestmark = [pytest.mark.story]
WORLD = World("exercise")
PLACE = ("--world", WORLD, "--lang", "en")
AGENCY, EASTERN, TOWN = map(OrganisationId, ("agency", "eastern", "town"))
NATION, EAST = NodeId("nation"), NodeId("east")
INCIDENTS = "/api/v1/incidents"


@dataclass
class Served:
    """A node in a process of its own."""

    address: str
    process: "subprocess.Popen[str]"
    log: list[str] = field(default_factory=list)


@contextmanager
def served(data: Path) -> Iterator[Served]:
    """Serve a node until the end of the block, as a machine does."""
    command = [sys.executable, "-m", "bavn.node.cli", "serve", "--data", str(data), *PLACE]
    with subprocess.Popen(
        [*command, "--port", "0"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        line = process.stdout.readline()
        found = Served(line.rpartition(" ")[2].strip().rstrip("/"), process)
        try:
            assert found.address.startswith("http"), line
            yield found
        finally:
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)
            found.log += process.communicate(timeout=30)[1].splitlines()


@dataclass(frozen=True)
class Said:
    """What a command said, and how it ended."""

    code: int
    out: str
    err: str


def on(data: Path, *words: object) -> Said:
    """Give a command on a folder, as the terminal would, in this process."""
    out, err = StringIO(), StringIO()
    with redirect_stdout(out), redirect_stderr(err):
        code = main([*map(str, words), "--data", str(data), *PLACE])
    return Said(code, out.getvalue(), err.getvalue())


def well(said: Said) -> str:
    assert said.code == 0, said
    return said.out


def key_in(said: str) -> str:
    return next(word for word in said.split() if len(word) == 64)


def nation_in(path: Path) -> Path:
    data = path / "nation"
    well(on(data, "node", "init", "--name", "nation", "--root", "--hosts", AGENCY))
    return data


def report(node: Served, data: Path) -> None:
    token = well(on(data, "token", "create")).strip()
    body = {"type": "BR-VIL", "municipality": "0851", "service": AGENCY}
    with httpx.Client(base_url=node.address, trust_env=False) as machine:
        heads = {"Authorization": f"Bearer {token}"}
        answer = machine.post(INCIDENTS, json=body, headers=heads)
        assert answer.status_code in (200, 201), answer.text


@pytest.mark.slow
@pytest.mark.requirement("E0.1")
def test_nodes_join_change_keys_and_carry_bundles_while_they_are_served(tmp_path: Path) -> None:
    nation, east, stick = nation_in(tmp_path), tmp_path / "east", tmp_path / "stick"
    stick.mkdir()
    key = key_in(well(on(east, "node", "init", "--name", "east")))
    with served(nation) as node:
        file = stick / "invitation.json"
        guest = ("--node", "east", "--key", key, "--hosts", EASTERN)
        file.write_text(well(on(nation, "node", "invite", *guest)), encoding="utf-8")
        # The same once more states nothing, and gives a file again.
        assert '"east"' in well(on(nation, "node", "invite", *guest))
        fingerprint = well(on(nation, "node", "show")).rpartition("read out: ")[2].strip()
        well(on(east, "join", file, "--fingerprint", fingerprint))

        new = key_in(well(on(nation, "node", "roll-key")))
        assert new in well(on(nation, "node", "show"))
        report(node, nation)
        replaced = key_in(well(on(east, "node", "roll-key", "--stolen")))
        revoke = ("node", "revoke", "--node", "east", "--new-key", replaced)
        assert key in well(on(nation, *revoke))
        assert on(nation, "node", "revoke", "--node", "nobody").code == 2
        well(on(nation, "resume"))
        assert on(nation, "settle", "00000000", "--found", "nothing").code == 2

        # To the east by hand, and what it has back again: the nation is served all along.
        well(on(nation, "bundle", "export", "--to", "east", "--out", stick))
        # Which policies the nation goes by among them.
        assert "8 entries are new" in well(on(east, "bundle", "import", *stick.glob("*.bavn")))
        with open_to_write(Folder(east), WORLD, catalogue()) as opened:
            opened.journal.commit([request(EASTERN, EASTERN, number) for number in range(30)])
            assert opened.journal.record.roster.key_of(NodeId("nation"), 1 << 50) == bytes.fromhex(
                new
            )
        well(on(nation, "bundle", "have", "--out", stick))
        have = ("--have", stick / "nation.have.json")
        well(on(east, "bundle", "export", "--to", "nation", "--out", stick, *have))
        assert "30 entries" in well(on(nation, "bundle", "import", *stick.glob("east-*.bavn")))
        well(on(nation, "bundle", "carried"))
        again = on(nation, "bundle", "import", stick / "invitation.json")
        assert again.code == 2
        assert node.process.poll() is None
    assert not control_path(Folder(nation), WORLD).exists()
    assert [line for line in node.log if '"error"' in line] == []
    well(on(nation, "verify"))


@pytest.mark.slow
def test_what_a_killed_server_left_lying_keeps_nobody_out(tmp_path: Path) -> None:
    nation = nation_in(tmp_path)
    with served(nation) as node:
        node.process.kill()
        node.process.wait(10)
        assert control_path(Folder(nation), WORLD).is_socket()
        guest = ("--node", "east", "--key", "5f" * 32, "--hosts", EASTERN)
        assert '"east"' in well(on(nation, "node", "invite", *guest))
    with served(nation):
        well(on(nation, "node", "roll-key"))


# In this process, where it can be looked at


@dataclass
class House:
    """A nation that is served within this process, and hears commands."""

    folder: Folder
    live: Live
    control: Control


def play(
    path: Path, story: Callable[[House], Awaitable[None]], users: frozenset[int] | None = None
) -> None:
    folder = Folder(path / "nation")
    found_root(folder, WORLD, NATION, hosts=[AGENCY], areas=[], catalogue=catalogue())

    async def played() -> None:
        may = country_gate(built_in("denmark"))
        live = Live(open_to_write(folder, WORLD, catalogue(), may=may))
        control = Control(live, folder, users=users)
        await control.open()
        try:
            await story(House(folder, live, control))
        finally:
            await control.close()
            await live.close()

    asyncio.run(played())


def asked(house: House, what: OfRecord) -> Answer:
    """Ask as a command does, from another thread than the server's."""
    with open_desk(house.folder, WORLD, catalogue()) as desk:
        return done(desk.ask(what))


def invite(name: str) -> Invite:
    return Invite(
        Guest(
            node=NodeId(name),
            key=SigningKey(name.encode().ljust(32)).verify_key.encode().hex(),
            hosts=(OrganisationId(name),),
            hears=(),
            under=(),
            valid_from=clock.now(),
            valid_to=None,
            lines=(),
        )
    )


def code_of(work: Callable[[], object]) -> str:
    with pytest.raises(Halt) as halted:
        work()
    return halted.value.refused.code


def test_many_are_invited_at_once_and_each_is(tmp_path: Path) -> None:
    names = [f"guest-{number}" for number in range(6)]

    async def story(house: House) -> None:
        asks = (asyncio.to_thread(asked, house, invite(name)) for name in names)
        for answer in await asyncio.gather(*asks):
            assert isinstance(answer, Invited)
        assert set(names) < set(house.live.journal.record.roster.peers)
        assert await house.live.alone(lambda journal: list(journal.verify())) == []

    play(tmp_path, story)


def test_who_is_not_the_folders_owner_is_refused(tmp_path: Path) -> None:
    async def story(house: House) -> None:
        position = house.live.position
        code = await asyncio.to_thread(code_of, lambda: asked(house, invite("east")))
        assert code == "not_the_owner"
        assert house.live.position == position

    play(tmp_path, story, users=frozenset({os.geteuid() + 1}))


def test_nobody_else_may_even_open_the_socket(tmp_path: Path) -> None:
    async def story(house: House) -> None:
        path = control_path(house.folder, WORLD)
        assert path.stat().st_mode & 0o777 == 0o600
        assert path.parent.stat().st_mode & 0o777 == 0o700

    play(tmp_path, story)


def test_a_server_of_another_version_is_named_and_nothing_is_done(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def story(house: House) -> None:
        raw = await asyncio.to_thread(said_by_another_version, house, monkeypatch)
        assert read_answer(raw[HEAD_BYTES:], WORLD) == No(other_version(VERSION, "0.0.0").refused)
        # And the other way about: the server is the newer one.
        monkeypatch.setattr("bavn.runtime.control.serving.frame", of_another_version)
        code = await asyncio.to_thread(code_of, lambda: asked(house, Resume()))
        assert code == "server_other_version"

    play(tmp_path, story)


def said_by_another_version(house: House, monkeypatch: pytest.MonkeyPatch) -> bytes:
    """What the server answers to a command of another version."""
    with monkeypatch.context() as patch:
        patch.setattr("bavn.runtime.control.words.VERSION", "0.0.0")
        raw = frame(WORLD, invite("east"))
    return exchanged(house.folder, raw)


def of_another_version(world: World, said: Answer) -> bytes:
    raw = msgspec.Raw(msgspec.msgpack.encode(said))
    content = msgspec.msgpack.encode({"version": "99.0", "world": world, "said": raw})
    return len(content).to_bytes(HEAD_BYTES) + content


def exchanged(folder: Folder, raw: bytes) -> bytes:
    """What comes back for some bytes, until the other side is done or the line has ended."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as sock:
        sock.settimeout(10)
        with short_path(control_path(folder, WORLD)) as name:
            sock.connect(name)
        sock.sendall(raw)
        sock.shutdown(socket.SHUT_WR)
        found = b""
        while part := sock.recv(65_536):
            found += part
        return found


RUBBISH = [b"", b"\0", b"\xff" * 64, b"\0\0\0\5hello", b"GET / HTTP/1.1\r\n"]


@pytest.mark.parametrize("raw", RUBBISH, ids=map(str, range(len(RUBBISH))))
def test_rubbish_ends_the_line_and_not_the_server(tmp_path: Path, raw: bytes) -> None:
    async def story(house: House) -> None:
        await asyncio.to_thread(exchanged, house.folder, raw)
        answer = await asyncio.to_thread(asked, house, Resume())
        assert answer == Resumed(were_held=False, behind_count=0)

    play(tmp_path, story)


# A bundle of much, into a node that is served

FACTS = 6_000


def bundle_of_much(path: Path, nation: Folder) -> Path:
    """A bundle from a centre that nobody has heard of for long."""
    invitation, east = path / "invitation.json", Folder(path / "east")
    found_node(east, WORLD, EAST, hosts=[], areas=[EASTERN], catalogue=catalogue())
    with open_desk(nation, WORLD, catalogue()) as desk:
        answer = done(desk.ask(guest_of(east)))
    assert isinstance(answer, Invited)
    invitation.write_bytes(answer.file)
    join(east, WORLD, invitation, fingerprint_of(answer.roots), clock.now())
    with open_to_write(east, WORLD, catalogue()) as opened:
        for first in range(0, FACTS, 200):
            numbers = range(first, first + 200)
            opened.journal.commit([request(EASTERN, EASTERN, number) for number in numbers])
    well(on(east.path, "bundle", "export", "--to", NATION, "--out", path))
    (found,) = path.glob("east-to-nation*.bavn")
    return found


def guest_of(folder: Folder) -> Invite:
    key = folder.signing_key(WORLD).verify_key.encode().hex()
    return Invite(invite("east").guest._replace(key=key, hosts=(EASTERN,)))


@pytest.mark.slow
@pytest.mark.requirement("E5.6")
def test_alarms_are_taken_while_a_large_bundle_is_and_what_is_cut_off_is_carried_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def story(house: House) -> None:
        file = await asyncio.to_thread(bundle_of_much, tmp_path, house.folder)
        reported: list[int] = []

        async def report_for_ever() -> None:
            for number in count(1_000_000):
                outcome = await house.live.write(request(AGENCY, AGENCY, number))
                assert isinstance(outcome, Done)
                reported.append(house.live.position)
                await asyncio.sleep(0.01)

        reporting = asyncio.create_task(report_for_ever())
        before = house.live.position
        with monkeypatch.context() as patch:
            patch.setattr(Terminal, "progress", Interrupting(2))
            cut_off = await asyncio.to_thread(on, house.folder.path, "bundle", "import", file)
        assert cut_off.code == INTERRUPTED
        heard = [name for name in house.live.journal.record.channels if name.node == EAST]
        assert heard
        done_before = house.live.position - before
        assert done_before < FACTS
        said = await asyncio.to_thread(on, house.folder.path, "bundle", "import", file)
        reporting.cancel()
        await asyncio.gather(reporting, return_exceptions=True)
        assert "were known" in well(said)
        # Between two segments there was always somebody who reported.
        steps = [later - sooner for sooner, later in pairwise(reported)]
        assert max(steps) <= SEGMENT_FACTS_LIMIT + 2
        assert await house.live.alone(lambda journal: list(journal.verify())) == []
        record = house.live.journal.record
        assert record.channels[ChannelName(EAST, 1, NATION_WIDE)].sequence >= FACTS

    play(tmp_path, story)


class Interrupting:
    """Somebody who watches how far it has come, and presses Ctrl-C."""

    def __init__(self, after: int) -> None:
        self._left = after

    def __call__(self, *_: object) -> None:
        self._left -= 1
        if not self._left:
            raise KeyboardInterrupt
