# SPDX-License-Identifier: Apache-2.0
"""The press: makes PDFs of papers with typst, beside everything else and never before it.

One thread, of low priority, sets one paper at a time; a few wait, and the next is refused. Nothing
that it does is on the alarm path, and nothing waits for it but who asked.

Runbook, when `press.failed` is in the log: pages, their printing by the browser, and CSV go on as
before. The line says which error; `bench/pdf.py` sets two papers outside the server. What was asked
for is not in the log, since it may name people.
"""

import asyncio
import os
import threading
from collections import OrderedDict
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC, datetime
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any

import msgspec

from bavn.frame.desk import Refusal
from bavn.frame.paper import Paper, Pressed
from bavn.kernel.refusal import Refused
from bavn.runtime import clock
from bavn.runtime.log import log, log_error
from bavn.runtime.press.signs import all_shown

# One is set at a time; beyond these somebody would wait for minutes.
WAITING_LIMIT = 4
# The longest that is taken, as data; 5,000 ordinary entries of a log are a third of it.
PAPER_CHARACTERS_LIMIT = 4_000_000
# The longest takes some 15 s on a busy machine; a page waits shorter for a digest.
PRESS_S, DIGEST_S = 60.0, 2.0
# So low that an alarm does not notice.
NICE = 15
# Digests that are remembered, by what the paper says; the papers themselves are not.
DIGESTS_KEPT = 512
# What archives keep, and what screen readers read: typst refuses to write what breaks either.
STANDARDS = ("a-2a", "ua-1")
_FOLDER = Path(__file__).parent
_TEMPLATE = _FOLDER / "paper.typ"
_encode = msgspec.json.encode


def data_of(paper: Paper) -> str:
    """What the template is given: the paper as JSON, with nothing in it that cannot be shown."""
    told: dict[str, Any] = msgspec.to_builtins(paper)
    at = paper.at.astimezone(UTC)
    told["at"] = {
        name: getattr(at, name) for name in ("year", "month", "day", "hour", "minute", "second")
    }
    return _encode(all_shown(told)).decode()


def compiler(template: Any) -> Any:
    """What sets by a template: with the fonts of the wheel alone, and no file beyond its folder."""
    import typst  # noqa: PLC0415 - 30 MB that only a press needs

    return typst.Compiler(template, root=_FOLDER, ignore_system_fonts=True)


@cache
def _kept() -> Any:
    """The house's own: made once, in the press's own thread."""
    return compiler(_TEMPLATE)


def press(data: str, at: datetime) -> bytes:
    """The PDF of a paper's data: the same bytes for the same. Takes seconds; not for the loop."""
    made = _kept().compile(
        format="pdf",
        sys_inputs={"paper": data},
        pdf_standards=list(STANDARDS),
        # A PDF knows whole seconds.
        timestamp=at.astimezone(UTC).replace(microsecond=0),
    )
    assert isinstance(made, bytes), "one file"
    return made


class TypstPress:
    """Sets papers for one application; the thread begins with the first of them."""

    def __init__(self) -> None:
        self._pool: ThreadPoolExecutor | None = None
        self._under_way: set[Future[bytes]] = set()
        self._digests: OrderedDict[bytes, str] = OrderedDict()
        self._for_digests: set[asyncio.Task[Pressed]] = set()

    async def pressed(self, paper: Paper) -> Pressed:
        """The paper as a PDF."""
        name, began = _name_of(paper), clock.seconds()
        self._refuse_more()
        # Not in the press's own thread: whoever stands back must not hold what all wait for.
        data = await asyncio.to_thread(data_of, paper)
        if len(data) > PAPER_CHARACTERS_LIMIT:
            raise Refusal(_TOO_LONG)
        future = self._begun(data, paper.at)
        try:
            content = await asyncio.wait_for(asyncio.wrap_future(future), PRESS_S)
        except asyncio.CancelledError:
            raise
        except BaseException as error:  # what breaks in Rust is no Exception
            if isinstance(error, KeyboardInterrupt | SystemExit):
                raise
            log_error("press.failed", error)
            raise Refusal(_FAILED) from error
        made = Pressed.of(content)
        self._digests[name] = made.digest
        while len(self._digests) > DIGESTS_KEPT:
            self._digests.popitem(last=False)
        log("press.pressed", took_s=round(clock.seconds() - began, 3), size=len(content))
        return made

    async def digest(self, paper: Paper) -> str:
        """The digest of its PDF; empty where that would take too long, or cannot be told."""
        known = self._digests.get(_name_of(paper))
        if known is not None:
            return known
        # Who stops waiting leaves it to be set: the next who asks is told at once.
        task = asyncio.create_task(self.pressed(paper))
        self._for_digests.add(task)
        task.add_done_callback(self._let_go)
        done, _ = await asyncio.wait({task}, timeout=DIGEST_S)
        return self._digests.get(_name_of(paper), "") if done else ""

    def _let_go(self, task: asyncio.Task[Pressed]) -> None:
        self._for_digests.discard(task)
        # A refusal was for whoever asked for a file; a page without its digest is a page.
        if not task.cancelled() and not isinstance(task.exception(), Refusal | None):
            log("press.digest_lost")

    @property
    def under_way(self) -> int:
        """How many are being set, or wait for it."""
        return len(self._under_way)

    def _refuse_more(self) -> None:
        if self.under_way >= WAITING_LIMIT:
            raise Refusal(_BUSY)

    def _begun(self, data: str, at: datetime) -> Future[bytes]:
        self._refuse_more()
        if self._pool is None:
            self._pool = ThreadPoolExecutor(1, "press", initializer=_stand_back)
        future = self._pool.submit(press, data, at)
        self._under_way.add(future)
        # Also one that nobody waits for any more is under way until it is set.
        future.add_done_callback(self._under_way.discard)
        return future


def _stand_back() -> None:
    """Let everything else go first; threads that this one begins do the same."""
    with suppress(OSError):
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), NICE)


def _name_of(paper: Paper) -> bytes:
    return sha256(_encode(paper)).digest()


_FAILED = Refused(
    code="press_failed",
    says="The PDF could not be made; nothing of it was sent.",
    try_instead="Print the page with the browser, and tell who runs the machine.",
)
_BUSY = Refused(
    code="press_busy",
    says="Several PDFs are being made already.",
    try_instead="Ask again in a little while, or print the page with the browser.",
)
_TOO_LONG = Refused(
    code="paper_too_long",
    says="That is too long for one PDF; nothing was left out, and none was made.",
    try_instead="Choose fewer entries, or take it out as CSV or JSON.",
)
