# SPDX-License-Identifier: Apache-2.0
"""A client that others have made, which gateways are built with, against our server."""

import asyncio
import configparser
import warnings

import pytest

from tests.runtime.tak.phones import WAIT_S, House, Stage, stage, word

with warnings.catch_warnings():
    # It misses what its REST calls would need, which are not used here.
    warnings.simplefilter("ignore")
    import pytak

pytestmark = pytest.mark.story


@pytest.mark.parametrize("protobuf", ["0", "1"])
def test_the_client_of_the_field_is_understood_both_ways(protobuf: str) -> None:
    """pytak, which gateways are made with, in both of its forms."""
    house = House()

    async def story(at: Stage) -> None:
        phone = await at.greeted()
        config = configparser.ConfigParser()
        config["p"] = {"COT_URL": f"tcp://127.0.0.1:{at.port}", "TAK_PROTO": protobuf}
        reader, writer = await pytak.protocol_factory(config["p"])
        says: asyncio.Queue[bytes] = asyncio.Queue()
        hears: asyncio.Queue[object] = asyncio.Queue()
        workers = [
            asyncio.create_task(pytak.TXWorker(says, config["p"], writer).run()),
            asyncio.create_task(pytak.RXWorker(hears, config["p"], reader).run()),
        ]
        try:
            says.put_nowait(gateway())
            event = await phone.hears("gateway")
            assert (event.callsign, event.lat) == ("AIS", 57.0)
            phone.say(word("N101"))
            async with asyncio.timeout(WAIT_S):
                while "N101" not in str(await hears.get()):
                    pass
        finally:
            for each in workers:
                each.cancel()
            await asyncio.gather(*workers, return_exceptions=True)
            writer.close()
        assert house.heard[0][1].uid == "gateway"

    async def play() -> None:
        async with stage(house) as made:
            await story(made)

    asyncio.run(play())


def gateway() -> bytes:
    """What a gateway says, in the words of its own library."""
    now = pytak.cot_time()
    return (
        f'<event version="2.0" uid="gateway" type="a-f-G-U-C" how="m-g" time="{now}"'
        f' start="{now}" stale="{pytak.cot_time(60)}">'
        '<point lat="57.0" lon="9.9" hae="0" ce="0" le="0"/>'
        '<detail><contact callsign="AIS"/></detail></event>'
    ).encode()
