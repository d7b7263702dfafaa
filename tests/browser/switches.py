# SPDX-License-Identifier: Apache-2.0
"""The page of switches over real nodes and lines, of which no node is started: quick to be there.

A process of its own: `python -m tests.browser.switches --port N --data DIR`.
"""

import argparse
import asyncio
import signal
from pathlib import Path

from bavn.kernel.identity import NodeId
from bavn.node.federated.conductor import Conductor
from bavn.node.federated.founding import HERE, found
from bavn.node.federated.plan import plan_of
from bavn.node.federated.running import served
from bavn.node.federated.story import Story, cast_of
from bavn.node.federated.switch_app import make_switch_app
from bavn.node.federated.wires import free_ports
from bavn.node.play.manner import manner_of
from bavn.runtime.countries import built_in
from bavn.runtime.web.serving import bound

DENMARK = "denmark"


async def _serve(data: Path, port: int) -> None:
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    plan = plan_of(built_in(DENMARK), manner_of(DENMARK))
    found(data, plan, built_in(DENMARK))
    nodes: list[NodeId] = [each.node for each in plan.nodes]
    ports = dict(zip(nodes, free_ports(len(nodes)), strict=True))
    conductor = Conductor(data, plan, ports, "da")
    await conductor.wires.start()
    app = make_switch_app(conductor, Story(conductor, cast_of(manner_of(DENMARK))))
    listening = bound(HERE, port)
    try:
        async with served(app, listening):
            await stop.wait()
    finally:
        await conductor.end()
        listening.close()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(allow_abbrev=False)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--port", type=int, required=True)
    options = parser.parse_args()
    asyncio.run(_serve(options.data, options.port))
