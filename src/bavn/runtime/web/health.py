# SPDX-License-Identifier: Apache-2.0
"""Whether the process lives, whether it takes work, and figures for those who watch machines."""

from litestar import MediaType, Response, get

from bavn.runtime.live import Live
from bavn.runtime.program import VERSION
from bavn.runtime.web.door import Door


@get("/healthz", opt={"act": "public.health"}, media_type=MediaType.TEXT, include_in_schema=False)
async def healthz() -> str:
    """The process lives and its loop turns."""
    return "ok\n"


@get("/readyz", opt={"act": "public.health"}, media_type=MediaType.TEXT, include_in_schema=False)
async def readyz(live: Live, door: Door) -> Response[str]:
    """The record takes what is told, and the process has not been asked to end."""
    if door.is_stopping:
        return Response("stopping\n", status_code=503)
    if live.is_stopped or live.journal.record.broken is not None:
        return Response("the record cannot be written\n", status_code=503)
    return Response("ok\n")


@get(
    "/metrics",
    # Open to who watches this machine from this machine; from elsewhere with a token.
    opt={"act": "operations.read_metrics", "from_here": True},
    media_type=MediaType.TEXT,
    include_in_schema=False,
)
async def metrics(live: Live) -> str:
    """Figures in Prometheus' text form; nothing in them tells of people or incidents."""
    hub = live.hub
    figures = (
        ("bavn_journal_position", "counter", "Facts on record.", live.position),
        ("bavn_stream_listeners", "gauge", "Those who listen now.", hub.listener_count),
        ("bavn_stream_facts_total", "counter", "Facts told to listeners.", hub.told_count),
        ("bavn_stream_let_go_total", "counter", "Listeners too slow to keep.", hub.let_go_count),
        ("bavn_record_broken", "gauge", "1 when the record cannot be written.", live.is_stopped),
    )
    lines = [
        f"# HELP {name} {says}\n# TYPE {name} {sort}\n{name} {int(value)}\n"
        for name, sort, says, value in figures
    ]
    lines.append(f'# TYPE bavn_info gauge\nbavn_info{{version="{VERSION}"}} 1\n')
    return "".join(lines)


HANDLERS = [healthz, readyz, metrics]
