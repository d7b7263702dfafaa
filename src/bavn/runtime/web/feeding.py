# SPDX-License-Identifier: Apache-2.0
"""What other systems send and nobody can read: an answer that says so, and the body in the account.

A body that is not UTF-8, or is nested without end, is bad input, and never a fault of ours.
"""

import re
from collections.abc import Callable
from typing import Any

from litestar import Request
from litestar.utils.scope.state import ScopeState

from bavn.frame.call import Call
from bavn.frame.feeds import Feeds, FeedSort, faults_in
from bavn.kernel.refusal import BadInput, Problem, Refused
from bavn.runtime.log import log_error

FeedsOf = Callable[[Call], Feeds]
_READING = frozenset({"GET", "HEAD", "OPTIONS"})
# What says nothing of the row: it comes again by itself.
_LATER = frozenset({"too_many_requests", "too_many_waiting", "writer_stopped", "disk_full"})
_SORTS = (
    (re.compile(r"/api/v1/(incidents(/.*)?|feeds/numbers)"), FeedSort.INCIDENTS),
    (re.compile(r"/api/v1/(statuses|units/[^/]+/status)"), FeedSort.STATUS),
    (re.compile(r"/api/v1/positions"), FeedSort.POSITIONS),
    (re.compile(r"/api/v1/services/[^/]+/imports(/.*)?"), FeedSort.RESOURCES),
)


class ReadRequest(Request[Any, Any, Any]):
    """A request whose body is told apart from our own faults when it cannot be read."""

    async def json(self) -> Any:
        """The body; BadInput where it is written in something else than UTF-8."""
        try:
            return await super().json()
        except UnicodeDecodeError as error:
            says = f"is not UTF-8: it has a byte {error.object[error.start]:#04x}"
            raise BadInput(Problem(where="body", says=says)) from error
        except RecursionError as error:
            raise BadInput(Problem(where="body", says="no JSON: nested too deeply")) from error


def account_for(
    request: Request[Any, Any, Any], refused: Refused, problems: tuple[Problem, ...]
) -> None:
    """Have what a system sent, and was refused for, kept as it came. Never breaks the answer."""
    call, feeds_of = request.state.get("call"), request.app.state.get("feeds_of")
    if call is None or feeds_of is None or call.is_person or request.method in _READING:
        return
    path = request.url.path
    sort = next((sort for shape, sort in _SORTS if shape.fullmatch(path)), None)
    if sort is None or refused.code in _LATER:
        return
    try:
        body = ScopeState.from_scope(request.scope).body
        raw = body if isinstance(body, bytes) else b""
        told = problems or (Problem(where="", says=f"{refused.says} {refused.try_instead}"),)
        code = "" if problems else refused.code
        feeds_of(call).faulted(call, faults_in(sort, told, raw, code))
    except Exception as error:  # noqa: BLE001 - whoever sent it is answered all the same
        log_error("feeds.broken", error, who="errors")
