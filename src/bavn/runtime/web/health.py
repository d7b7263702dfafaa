# SPDX-License-Identifier: Apache-2.0
"""Whether the process lives, whether it takes work, and figures for those who watch machines."""

from collections.abc import Callable, Iterator
from typing import TypeAlias

from litestar import MediaType, Response, get

from bavn.frame.given import Given
from bavn.runtime.live import Live
from bavn.runtime.peers.lookout import Look, Lookout, Sighting
from bavn.runtime.program import VERSION
from bavn.runtime.web.door import Door

LookoutGiven: TypeAlias = Given[Lookout | None]


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
async def metrics(live: Live, lookout: LookoutGiven) -> str:
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
    if lookout is not None:
        lines += _of_nodes(lookout.look())
    return "".join(lines)


def _of_nodes(look: Look) -> Iterator[str]:
    """What is seen of other nodes; a figure that nobody knows is left out."""
    others = [each for each in look.sightings if each.seen.state != "here"]
    figures: tuple[tuple[str, str, Callable[[Sighting], float | None]], ...] = (
        ("silent", "1 when the node is not heard.", lambda each: each.is_silent),
        ("heard_seconds", "Since it was heard.", lambda each: each.seen.heard_ago_s),
        ("behind_facts", "Entries of it that are not here.", lambda each: each.seen.behind),
        ("behind_seconds", "How long some are not.", lambda each: each.seen.behind_s or 0.0),
        ("unheard_facts", "Our entries that it lacks.", lambda each: each.seen.unheard),
        ("waiting", "Pieces that wait behind a gap.", lambda each: each.seen.waiting),
        ("stopped_channels", "Channels nothing is taken of.", lambda each: len(each.seen.stopped)),
        ("skew_seconds", "Its clock, ahead of ours.", _skew_s),
    )
    for name, says, figure in figures:
        yield f"# HELP bavn_peer_{name} {says}\n# TYPE bavn_peer_{name} gauge\n"
        for each in others:
            value = figure(each)
            if value is not None:
                yield f'bavn_peer_{name}{{node="{each.seen.node}"}} {float(value):g}\n'
    yield "# HELP bavn_line_up 1 when the line works.\n# TYPE bavn_line_up gauge\n"
    for line in look.lines:
        yield f'bavn_line_up{{line="{line.name}"}} {int(line.is_up)}\n'


def _skew_s(each: Sighting) -> float | None:
    return None if each.seen.skew_ms is None else each.seen.skew_ms / 1000


HANDLERS = [healthz, readyz, metrics]
