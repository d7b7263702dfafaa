# SPDX-License-Identifier: Apache-2.0
"""A slip of paper at the station: by a printer's raw socket (port 9100), or into a spool folder.

A printer knows no repeats: a slip that was printed just before the power went may come once more,
with the same number on it. A spool folder keeps one file for each number.
"""

import asyncio
import fcntl
import re
import sys
import termios
from contextlib import suppress
from pathlib import Path

from bavn.runtime.alerting.message import UNREACHABLE, UNUSABLE, Message, NotTaken
from bavn.runtime.folder import write_whole

PORT = 9100
STEP_S, QUIET_S = 5.0, 1.0
# Wider slips are cut by narrow printers; longer words are broken by nobody.
WIDTH = 42
FORM_FEED = "\f"
_PLACE = re.compile(r"(?P<host>[A-Za-z0-9.-]{1,253}|\[[0-9A-Fa-f:]+\])(?::(?P<port>[0-9]{1,5}))?")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


class SocketPrinter:
    """Prints at whatever printer the alert's address names."""

    def __init__(self, encoding: str) -> None:
        self._encoding = encoding

    async def hand_over(self, message: Message) -> None:
        """Return when the printer has confirmed every byte; that paper came, nobody says."""
        match = _PLACE.fullmatch(message.to.strip())
        if match is None:
            raise NotTaken(UNUSABLE, is_final=True)
        host, port = match["host"].strip("[]"), int(match["port"] or PORT)
        raw = slip(message).encode(self._encoding, "replace")
        try:
            await _print(host, port, raw)
        except (OSError, ValueError, OverflowError) as error:
            raise NotTaken(UNREACHABLE, is_final=False) from error

    async def close(self) -> None:
        """Nothing is held."""


async def _print(host: str, port: int, raw: bytes) -> None:
    async with asyncio.timeout(STEP_S):
        reader, writer = await asyncio.open_connection(host, port)
    try:
        async with asyncio.timeout(STEP_S):
            writer.write(raw)
            await writer.drain()
            # Most printers close when they hear that this is the end; some say nothing at all.
            writer.write_eof()
        with suppress(TimeoutError):
            async with asyncio.timeout(QUIET_S):
                while await reader.read(1024):
                    pass
        if _unsent(writer):
            raise ConnectionResetError
    finally:
        writer.transport.abort()
        with suppress(OSError):
            await writer.wait_closed()


def _unsent(writer: asyncio.StreamWriter) -> int:
    """How many bytes the other machine has not confirmed, where the system can say."""
    found = writer.get_extra_info("socket")
    try:
        raw = fcntl.ioctl(found.fileno(), termios.TIOCOUTQ, b"\0" * 4)
    except (OSError, AttributeError):
        return 0
    return int.from_bytes(raw, sys.byteorder)


class SpoolFolder:
    """Puts each slip into a folder that something else prints from, once for each number."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    async def hand_over(self, message: Message) -> None:
        """Return when the slip is on the disk under its whole name."""
        if _NAME.fullmatch(message.to) is None:
            raise NotTaken(UNUSABLE, is_final=True)
        try:
            await asyncio.to_thread(self._put, message)
        except OSError as error:
            raise NotTaken(UNREACHABLE, is_final=False) from error

    def _put(self, message: Message) -> None:
        folder = self._folder / message.to
        folder.mkdir(mode=0o700, exist_ok=True)
        path = folder / f"{message.id}.txt"
        if not path.exists():
            write_whole(path, slip(message).encode())

    async def close(self) -> None:
        """Nothing is held."""


def slip(message: Message) -> str:
    """The slip as it is printed, with its number at the end."""
    rule = "=" * WIDTH
    lines = (rule, message.title, rule, *message.lines, rule, message.id)
    # Nothing that steers a printer comes through.
    plain = ("".join(each for each in line if each.isprintable()) for line in lines)
    return "\r\n".join(plain) + "\r\n" * 4 + FORM_FEED
