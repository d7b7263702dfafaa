# SPDX-License-Identifier: Apache-2.0
"""Asking the server that writes in a folder, through the socket that lies in it."""

import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Self

from bavn.kernel.identity import World
from bavn.runtime.control.words import (
    ANSWER_BYTES_LIMIT,
    HEAD_BYTES,
    Answer,
    Asked,
    NotUnderstood,
    OtherVersion,
    frame,
    read_answer,
    size_in,
)
from bavn.runtime.folder import Folder
from bavn.runtime.halt import Halt, halt
from bavn.runtime.program import VERSION

# A take-over or a revocation reads a large owner anew before it answers; nothing takes minutes.
ANSWER_S = 300.0
_PROC = Path("/proc/self/fd")


def control_path(folder: Folder, world: World) -> Path:
    """The socket at which the server of a world hears its command line."""
    return folder.world_path(world) / "control.sock"


@contextmanager
def short_path(path: Path) -> Iterator[str]:
    """The same place by a short name: the address of a socket has room for a hundred letters."""
    beside = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        yield str(_PROC / str(beside) / path.name) if _PROC.is_dir() else str(path)
    finally:
        os.close(beside)


class Calling:
    """An open line to the server of a world."""

    def __init__(self, world: World, sock: socket.socket) -> None:
        self._world = world
        self._sock = sock

    @classmethod
    def to(cls, folder: Folder, world: World) -> Self | None:
        """The line; None where nobody hears, as behind a socket that a killed server left."""
        path = control_path(folder, world)
        if not path.is_socket():
            return None
        sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        sock.settimeout(ANSWER_S)
        try:
            with short_path(path) as name:
                sock.connect(name)
        except (ConnectionRefusedError, FileNotFoundError):
            sock.close()
            return None
        except BaseException:
            sock.close()
            raise
        return cls(world, sock)

    def ask(self, asked: Asked) -> Answer:
        """What is answered; halts when there is no answer."""
        try:
            self._sock.sendall(frame(self._world, asked))
            head = self._exactly(HEAD_BYTES)
            content = self._exactly(size_in(head, ANSWER_BYTES_LIMIT))
            return read_answer(content, self._world)
        except OtherVersion as other:
            raise other_version(other.version, VERSION) from other
        except (EOFError, ConnectionError, TimeoutError, NotUnderstood) as error:
            raise _no_answer() from error

    def _exactly(self, count: int) -> bytes:
        parts: list[bytes] = []
        while count:
            part = self._sock.recv(min(count, 1 << 20))
            if not part:
                raise EOFError
            parts.append(part)
            count -= len(part)
        return b"".join(parts)

    def close(self) -> None:
        """End the line."""
        self._sock.close()


def other_version(server: str, command: str) -> Halt:
    """The server is another version of the program than the command."""
    return halt(
        "server_other_version",
        f"The server of this folder is version {server}, and this command is {command}.",
        "Start the server again with the version that is installed, or use the command that came"
        " with it.",
        theirs=server,
        ours=command,
    )


def _no_answer() -> Halt:
    return halt(
        "server_gone",
        "The server of this folder ended, or did not answer: whether it was done is not known.",
        "See that it runs, and give the command again: nothing is done twice.",
    )
