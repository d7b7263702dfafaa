# SPDX-License-Identifier: Apache-2.0
"""`bavn demo`: the whole country in one process, and a play in another that keeps it alive.

The nation and each area is a node with a record of its own, joined as nodes on different machines
are. The play knows them by the public interface alone, like any control-room system: it is started
beside the server, with a token of its own.
"""

import argparse
import os
import re
import signal
import subprocess
import sys
import tempfile
import threading
import webbrowser
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from types import FrameType
from typing import IO

from bavn.frame.country import Country
from bavn.node import demo as record_demo
from bavn.node.commands.serve import PORT, check_law
from bavn.node.federated.founding import WORLD, folder_of, found
from bavn.node.federated.plan import Plan, plan_of
from bavn.node.federated.running import federated
from bavn.node.listening import Listening
from bavn.node.play.ground import KINDS
from bavn.node.play.manner import manner_of
from bavn.node.terminal import Terminal
from bavn.node.wiring import COUNTRY
from bavn.runtime import clock
from bavn.runtime.access import Access
from bavn.runtime.countries import built_in
from bavn.runtime.folder import Folder, make_folder, write_whole
from bavn.runtime.halt import halt
from bavn.runtime.log import log
from bavn.runtime.texts import Texts
from bavn.runtime.tokens import Token

# Where the nodes of the house have their folders, apart from those of the federation.
HOUSE = "house"
LOG_FILE = "demo.log"
TOKEN_FILE = "demo-token"  # noqa: S105 - a file's name
# The one that people get, and the one that the play has: numbers are counted for each apart.
TOKEN_NAME, PLAY_TOKEN_NAME = "demo", "demo-play"
FUNCTION = "system"
ADDRESS = re.compile(r"https?://\S+")
# A child that was told to end may finish what it is at; then it is ended.
GRACE_S = 10.0
LOOK_EACH_S = 0.2
# A play that broke is begun again, where it was, after so long.
AGAIN_S = 5.0
SPEED_MOST = 600.0
REFUSED = 2


def demo_options(group: argparse._ArgumentGroup, texts: Texts) -> None:
    """What `bavn demo` takes."""
    option = group.add_argument
    option("--data", type=Path, metavar="DIR", help=texts("help.demo.data"))
    option("--speed", type=float, metavar="N", help=texts("help.demo.speed"))
    option("--seed", type=int, metavar="S", help=texts("help.demo.seed"))
    option("--day", choices=KINDS, help=texts("help.demo.day"))
    option("--port", type=int, default=PORT, metavar="P", help=texts("help.demo.port"))
    option("--no-browser", action="store_true", help=texts("help.demo.no_browser"))
    option("--record", action="store_true", help=texts("help.demo.record"))
    option("--federated", action="store_true", help=texts("help.demo.federated"))
    option("--law", metavar="CODE", help=texts("help.demo.law"))
    option("--fast", action="store_true", help=texts("help.demo.fast"))


def demo(options: argparse.Namespace, terminal: Terminal) -> int:
    """Play the country until told to end, in a folder that is kept when it is given."""
    if options.record:
        return record_demo.demo(options, terminal)
    if options.speed is not None and not 0 < options.speed <= SPEED_MOST:
        raise halt(
            "no_speed",
            f"The play cannot go {options.speed:g} times as fast.",
            f"Give a --speed above 0, up to {SPEED_MOST:g}.",
            speed=f"{options.speed:g}",
            most=f"{SPEED_MOST:g}",
        )
    if options.seed is not None and options.seed < 0:
        raise halt("no_seed", "A seed is 0 or more.", "Give another --seed.")
    check_law(options.law, WORLD, built_in(COUNTRY))
    play = federated if options.federated else _demo
    if options.data is not None:
        return play(Folder(options.data.resolve()), options, terminal)
    with tempfile.TemporaryDirectory(prefix="bavn-demo-") as path:
        return play(Folder(Path(path) / "data"), options, terminal)


def _demo(folder: Folder, options: argparse.Namespace, terminal: Terminal) -> int:
    terminal.say("play.founding")
    _found(folder, built_in(COUNTRY))
    token, play_token = _tokens(folder)
    with (
        _ended_by_signals(),
        closing(Listening(folder.path / LOG_FILE, terminal)) as listening,
        _child(_server(folder, options), listening) as server,
    ):
        address = _address(server)
        if address is None:
            return REFUSED
        _tell(folder, address, token, options, terminal)
        with suppress(KeyboardInterrupt):
            player = _player(folder, address, options)
            return _play_on(player, play_token, server, listening)
        terminal.say("play.ending")
    if options.data is not None:
        terminal.say("play.kept", folder=folder.path)
    return 0


# The world


def _found(folder: Folder, country: Country) -> None:
    """The nation's node and the areas', told of the country. Asked again, nothing happens twice."""
    if folder.is_there():
        raise halt(
            "folder_taken",
            f"There is a node in {folder.path} already.",
            "Give another folder with --data.",
            folder=folder.path,
        )
    make_folder(folder.path)
    found(folder.path / HOUSE, _plan(country), country)


def _plan(country: Country) -> Plan:
    return plan_of(country, manner_of(country.id)).gathered()


def _folders(folder: Folder, country: Country) -> list[Folder]:
    """Where the nodes have their data, the nation's first."""
    return [folder_of(folder.path / HOUSE, each.node) for each in _plan(country).nodes]


def _tokens(folder: Folder) -> tuple[str, str]:
    """The machine token that people get, the same as before where it still holds; the play's."""
    country = built_in(COUNTRY)
    hosted = tuple(owner for each in _plan(country).nodes for owner in each.hosts)
    path = folder.path / TOKEN_FILE
    access = Access(_folders(folder, country)[0].access_path(WORLD))
    try:
        known = path.read_text(encoding="ascii").strip() if path.exists() else ""
        if not known or access.tokens.of(known, clock.now()) is None:
            known = access.tokens.make(
                Token(name=TOKEN_NAME, function=FUNCTION, organisations=hosted)
            )
            write_whole(path, f"{known}\n".encode())
        play = access.tokens.make(
            Token(name=PLAY_TOKEN_NAME, function=FUNCTION, organisations=hosted)
        )
    finally:
        access.close()
    return known, play


# The processes


def _server(folder: Folder, options: argparse.Namespace) -> list[str]:
    command = [sys.executable, "-m", "bavn.node.play.leash", "serve", "--lang", options.lang]
    front, *others = _folders(folder, built_in(COUNTRY))
    command += ["--data", str(front.path), "--world", WORLD]
    for other in others:
        command += ["--also", str(other.path)]
    command += [] if options.law is None else ["--law", options.law]
    return [*command, "--port", str(options.port), "--choose-role"]


def _player(folder: Folder, address: str, options: argparse.Namespace) -> list[str]:
    command = [sys.executable, "-m", "bavn.node.play", "--address", address]
    command += ["--data", str(folder.path), "--country", COUNTRY]
    wishes = ("seed", options.seed), ("day", options.day), ("speed", options.speed)
    for name, value in wishes:
        command += [] if value is None else [f"--{name}", str(value)]
    return command


@contextmanager
def _child(
    command: Sequence[str], listening: Listening, first_line: str = ""
) -> Iterator[subprocess.Popen[str]]:
    """A child that ends with us: its standard input is the leash."""
    with subprocess.Popen(  # noqa: S603 - our own program, our own words
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        # Ctrl-C is for us: we end them in order, the play first.
        start_new_session=True,
    ) as child:
        assert child.stdin is not None
        assert child.stderr is not None
        listening.to(child.stderr)
        try:
            if first_line:
                child.stdin.write(f"{first_line}\n")
                child.stdin.flush()
            yield child
        finally:
            _end(child)


def _end(child: subprocess.Popen[str]) -> None:
    if child.poll() is None:
        child.terminate()
        try:
            child.wait(GRACE_S)
        except subprocess.TimeoutExpired:
            log("play.child_killed", pid=child.pid)
            child.kill()


def _address(server: subprocess.Popen[str]) -> str | None:
    """Where the server answers, as it says itself; None when it ended without saying so."""
    assert server.stdout is not None
    for line in server.stdout:
        found = ADDRESS.search(line)
        if found:
            # What it says from now on is not ours, and must not fill the pipe.
            threading.Thread(target=_drain, args=(server.stdout,), daemon=True).start()
            return found[0].rstrip("/")
    return None


def _drain(stream: IO[str]) -> None:
    with suppress(ValueError):
        for _ in stream:
            pass


def _play_on(
    command: Sequence[str], token: str, server: subprocess.Popen[str], listening: Listening
) -> int:
    """Play until interrupted; the exit code where one of the two ended by itself."""
    while True:
        with _child(command, listening, token) as player:
            while player.poll() is None:
                if server.poll() is not None:
                    log("play.server_ended", code=server.returncode)
                    return REFUSED
                clock.wait(LOOK_EACH_S)
        if player.returncode == REFUSED:
            return REFUSED
        log("play.play_ended", code=player.returncode, again_s=AGAIN_S)
        clock.wait(AGAIN_S)


@contextmanager
def _ended_by_signals() -> Iterator[None]:
    """Being told to end is the same as Ctrl-C."""

    def interrupt(_number: int, _frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _tell(
    folder: Folder, address: str, token: str, options: argparse.Namespace, terminal: Terminal
) -> None:
    terminal.line()
    terminal.say("play.ready", address=f"{address}/")
    terminal.line()
    path = folder.path / TOKEN_FILE
    terminal.say("play.token", token=token, path=path)
    terminal.say("play.curl", address=address, path=path)
    terminal.line()
    terminal.say("play.end")
    if not options.no_browser and _has_screen():
        webbrowser.open(f"{address}/")


def _has_screen() -> bool:
    """False where a browser would open in this very terminal."""
    return sys.platform == "darwin" or bool(
        os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")
    )
