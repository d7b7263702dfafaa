# SPDX-License-Identifier: Apache-2.0
"""Field clients: what some say, fanned out to two hundred, beside taky.

Each server is a process of its own. Every message is about a thing of its own, so that nothing may
be left out; it is over when every device has every message.
"""

import argparse
import asyncio
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bavn.codecs.cot import Event, written_xml
from bavn.runtime import clock
from bavn.runtime.tak import TakServer
from bench.measure import compare

DEVICES, SENDERS, EACH = 200, 20, 20
TOTAL = SENDERS * EACH
PATIENCE_S = 120.0
_LASTS_MS = 600_000


def main() -> None:
    """Print messages a second, in and out to all, and the ratio."""
    title = (
        f"{TOTAL} messages of {SENDERS} devices, each to {DEVICES} others: messages in, a second"
    )
    compare(title, ("Bavn", _ours), [(("taky 0.10", _taky), "aim: 2")])


def _ours(_place: Path) -> float:
    command = [sys.executable, "-m", "bench.tak", "--serve"]
    return _measured(command, Path.cwd())


def _taky(place: Path) -> float:
    place.mkdir(exist_ok=True)
    config = place / "taky.conf"
    lines = ("[taky]", "bind_ip = 127.0.0.1", f"root_dir = {place.resolve()}", "[cot_server]")
    config.write_text("\n".join([*lines, "port = {port}"]), encoding="utf-8")
    command = [sys.executable, "-W", "ignore", "-m", "taky.cot", "-l", "error", "-c", str(config)]
    return _measured(command, Path.cwd(), config)


def _measured(command: list[str], where: Path, config: Path | None = None) -> float:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port = found.getsockname()[1]
    if config is None:
        command = [*command, str(port)]
    else:
        text = config.read_text(encoding="utf-8").replace("{port}", str(port))
        config.write_text(text, encoding="utf-8")
    with _running(command, where):
        return asyncio.run(_rate(port))


@contextmanager
def _running(command: list[str], where: Path) -> Iterator[None]:
    process = subprocess.Popen(command, cwd=where, stderr=subprocess.DEVNULL)
    try:
        yield
    finally:
        os.kill(process.pid, signal.SIGTERM)
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


class _Device(asyncio.Protocol):
    """Counts whole messages about the things that are sent."""

    def __init__(self) -> None:
        self.count = 0
        self._rest = b""
        self.transport: asyncio.WriteTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport  # type: ignore[assignment]

    def data_received(self, data: bytes) -> None:
        mark = b"measured-"
        whole = self._rest + data
        self.count += whole.count(mark)
        # A mark that is cut in two is counted with its other half.
        self._rest = whole[-len(mark) + 1 :]


async def _rate(port: int) -> float:
    loop = asyncio.get_running_loop()
    devices: list[_Device] = []
    async with asyncio.timeout(PATIENCE_S):
        await _up(port)
        for _ in range(DEVICES + SENDERS):
            _, device = await loop.create_connection(_Device, "127.0.0.1", port)
            devices.append(device)
        listeners, senders = devices[:DEVICES], devices[DEVICES:]
        await asyncio.sleep(0.5)
        told = [
            b"".join(written_xml(_event(f"measured-{sender}-{number}")) for number in range(EACH))
            for sender in range(SENDERS)
        ]
        began = time.perf_counter()
        for device, raw in zip(senders, told, strict=True):
            assert device.transport is not None
            device.transport.write(raw)
        while min(each.count for each in listeners) < TOTAL:  # noqa: ASYNC110 - a server's work
            await asyncio.sleep(0.002)
        took = time.perf_counter() - began
    for each in devices:
        assert each.transport is not None
        each.transport.close()
    assert max(each.count for each in listeners) == TOTAL
    return TOTAL / took


async def _up(port: int) -> None:
    while True:
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", port)
        except OSError:
            await asyncio.sleep(0.05)
            continue
        writer.close()
        return


def _event(uid: str) -> Event:
    now = int(clock.now().timestamp() * 1_000)
    return Event(
        uid=uid,
        type="a-f-G-U-C",
        how="m-g",
        time_ms=now,
        start_ms=now,
        stale_ms=now + _LASTS_MS,
        lat=57.0488,
        lon=9.9217,
        detail='<__group name="Red" role="Team Member" /><status battery="81" />'
        '<track course="271.5" speed="12.0" /><remarks>Ved hydranten</remarks>',
    )


class _Everybody:
    """A house that knows everybody, and keeps nothing."""

    name, group = "device", "all"

    def device(self, _certificate: bytes | None) -> "_Everybody":
        return self

    def begins_with(self, _device: object) -> tuple[Event, ...]:
        return ()

    def came(self, *_: object, **__: object) -> None:
        """It is nothing to it."""


async def _serve(port: int) -> None:
    server = TakServer(_Everybody())
    await server.start("127.0.0.1", port, None)
    await asyncio.Event().wait()


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--serve", type=int, required=True)
    asyncio.run(_serve(parser.parse_args().serve))
