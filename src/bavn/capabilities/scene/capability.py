# SPDX-License-Identifier: Apache-2.0
"""What the board of a scene brings to the house."""

from collections.abc import Sequence
from typing import Any

from bavn.capabilities.scene import decisions
from bavn.capabilities.scene.api import HANDLERS
from bavn.capabilities.scene.decisions import (
    MeasureWind,
    PlaceUnit,
    TellHazard,
    TellSector,
    TellTask,
    TellVersion,
)
from bavn.capabilities.scene.facts import KINDS
from bavn.capabilities.scene.model.versions import Version
from bavn.capabilities.scene.pages import PAGES
from bavn.capabilities.scene.views import VERSIONS, VIEWS
from bavn.capabilities.scene.views.reading import version_of
from bavn.frame.capability import Capability, Way
from bavn.journal.catalogue import Part
from bavn.journal.decision import Decision, Reading
from bavn.kernel.identity import OrganisationId


def _own(reading: Reading, request: TellVersion, _owner: OrganisationId) -> Sequence[Version]:
    """All versions of the incident's things, where the sender has told of one a moment ago."""
    if not request.after:
        return ()
    rows = reading.rows(VERSIONS, {"subject": decisions.subject_of(request.incident)})
    return [version_of(row) for row in rows]


def _nothing(_reading: Reading, _request: Any, _owner: OrganisationId) -> None:
    return None


DECISIONS = (
    Decision(act="scene.tell_sector", request=TellSector, load=_own, decide=decisions.tell_sector),
    Decision(act="scene.tell_task", request=TellTask, load=_own, decide=decisions.tell_task),
    Decision(act="scene.tell_hazard", request=TellHazard, load=_own, decide=decisions.tell_hazard),
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
