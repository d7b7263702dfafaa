# SPDX-License-Identifier: Apache-2.0
"""What the board of a scene brings to the house."""

from typing import Any

from bavn.capabilities.scene import decisions
from bavn.capabilities.scene.api import HANDLERS
from bavn.capabilities.scene.decisions import (
    MeasureWind,
    PlaceUnit,
    TellHazard,
    TellSector,
    TellTask,
)
from bavn.capabilities.scene.facts import KINDS
from bavn.capabilities.scene.pages import PAGES
from bavn.capabilities.scene.views import VIEWS
from bavn.frame.capability import Capability, Way
from bavn.journal.catalogue import Part
from bavn.journal.decision import Decision, Reading
from bavn.kernel.identity import OrganisationId


def _nothing(_reading: Reading, _request: Any, _owner: OrganisationId) -> None:
    # What others have written meanwhile stops nobody: a version says what its writer had seen.
    return None


DECISIONS = (
    Decision(
        act="scene.tell_sector", request=TellSector, load=_nothing, decide=decisions.tell_sector
    ),
    Decision(act="scene.tell_task", request=TellTask, load=_nothing, decide=decisions.tell_task),
    Decision(
        act="scene.tell_hazard", request=TellHazard, load=_nothing, decide=decisions.tell_hazard
    ),
    Decision(act="scene.place_unit", request=PlaceUnit, load=_nothing, decide=decisions.place_unit),
    Decision(
        act="scene.measure_wind",
        request=MeasureWind,
        load=_nothing,
        decide=decisions.measure_wind,
    ),
)
SCENE = Capability(
    name="scene",
    part=Part(kinds=KINDS, views=VIEWS, decisions=DECISIONS),
    handlers=(*HANDLERS, *PAGES),
    ways=(Way(about="incident", text="scene.way", path="/incidents/{id}/board"),),
)
