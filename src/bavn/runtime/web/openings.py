# SPDX-License-Identifier: Apache-2.0
"""What is open to whoever looks at a page: no way is shown that would be refused.

The gate is asked as the guard will ask it, so a way that is shown is one that is let through. What
is an alarm is open to everybody. Where no gate can be asked, everything is shown: a page that is
refused says why, and a menu that has lost the way to it says nothing.
"""

import re
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any

from bavn.frame.call import Call
from bavn.frame.capability import Capability, MenuEntry, Panel, Way
from bavn.kernel.mandate import Actor, Allowed, May, Resource
from bavn.runtime.mandates import Gate
from bavn.runtime.web.guard import OWN, PUBLIC

_PLACE = re.compile(r"\{[^}]*\}")


class Openings:
    """Which places in the menu, ways and parts of pages are open to whom."""

    def __init__(self, capabilities: tuple[Capability, ...], may: May | None = None) -> None:
        self._may = may
        self._menu = tuple(entry for each in capabilities for entry in each.menu)
        self._acts = dict(_pages(capabilities))
        decisions = (each for part in capabilities for each in part.part.decisions)
        self._alarms = frozenset(each.act for each in decisions if each.alarm)

    def __call__(self, call: Call, each: MenuEntry | Way | Panel | str) -> bool:
        """True for what is let through when this caller goes there: a way, an address, an act."""
        return self._is_open(call.actor, self._act_of(each), call.now)

    def has_any(self, actor: Actor, at: datetime) -> bool:
        """True for somebody who has more in the menu than what is everybody's.

        Also where nobody has a menu.
        """
        its = [entry.act for entry in self._menu if entry.act not in self._alarms]
        return not its or any(self._is_open(actor, act, at) for act in its)

    def _act_of(self, each: MenuEntry | Way | Panel | str) -> str:
        if isinstance(each, MenuEntry):
            return each.act
        if isinstance(each, str) and not each.startswith("/"):
            return each
        path = each if isinstance(each, str) else each.path
        # A way that leads to no page of ours is refused to nobody.
        return self._acts.get(_shape(path), PUBLIC)

    def _is_open(self, actor: Actor, act: str, at: datetime) -> bool:
        if self._may is None or act in self._alarms or act.startswith((PUBLIC, OWN)):
            return True
        resource = Resource(owner=actor.organisation)
        try:
            if isinstance(self._may, Gate):
                # Without a look at who could: nobody is told of what is not shown.
                return self._may.allowed(actor, act, resource, at) is not None
            return isinstance(self._may(actor, act, resource, at), Allowed)
        except Exception:  # noqa: BLE001 - the guard tells of it when the way is taken
            return True


def _pages(capabilities: Iterable[Capability]) -> Iterator[tuple[str, str]]:
    """What each page takes, by the shape of its address."""
    for capability in capabilities:
        for handler in capability.handlers:
            told: Any = handler
            if "GET" not in (getattr(told, "http_methods", None) or ()):
                continue
            for path in told.paths:
                yield _shape(path), str(told.opt.get("act", ""))


def _shape(path: str) -> str:
    """An address without what differs from thing to thing.

    >>> _shape("/incidents/{incident_id:str}/send") == _shape("/incidents/{id}/send")
    True
    >>> _shape("/duty?incident={id}")
    '/duty'
    """
    return _PLACE.sub("{}", path.partition("?")[0])
