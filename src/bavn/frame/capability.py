# SPDX-License-Identifier: Apache-2.0
"""What a capability is to the house: a name, and what it brings to the record and to the screen."""

from collections.abc import Sequence
from dataclasses import dataclass

from litestar.types import ControllerRouterHandler

from bavn.journal.catalogue import Part


@dataclass(frozen=True, slots=True, kw_only=True)
class MenuEntry:
    """A place in the menu: the name of its text, where it leads, and the act that it takes.

    What is used `often` stands in the menu itself; the rest is one step away, under "more".
    """

    text: str
    path: str
    act: str
    often: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """A way from a page about something to what another capability does with it.

    `about` is the type of subject, such as `incident`; `{id}` in the path stands for its id. The
    page shows it while the thing is open.
    """

    about: str
    text: str
    path: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Panel:
    """A part of another capability's page about something, such as the alerts of an incident.

    `path` answers a piece of HTML, without the page around it; `{id}` in it stands for the
    subject's. It is fetched when the page opens, and anew whenever something is told of the
    subject. `about` is the type of subject, or `board` for a centre's board, which has no id, or
    `scene` for the board of an incident's scene, of which the id is the incident's.
    Parts stand by their `rank`: what decides about the first minutes has a low one.
    """

    about: str
    path: str
    rank: int = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Capability:
    """One thing that the system does; its folder is named as it is.

    Its texts are in `texts/da.toml` and `texts/en.toml` of that folder, its templates in
    `templates/`. Each of its handlers names the act that it takes: `opt={"act": "..."}`.
    """

    name: str
    part: Part = Part()  # noqa: RUF009 - frozen
    handlers: Sequence[ControllerRouterHandler] = ()
    menu: Sequence[MenuEntry] = ()
    ways: Sequence[Way] = ()
    panels: Sequence[Panel] = ()
