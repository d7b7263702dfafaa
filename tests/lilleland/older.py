# SPDX-License-Identifier: Apache-2.0
"""Lilleland as an older version of the program knows it: fires without a place, and no calls."""

from collections.abc import Sequence
from copy import copy
from dataclasses import replace

from bavn.journal.catalogue import Catalogue, Part, catalogue_of
from bavn.journal.decision import Context, Decision
from bavn.journal.fact import Draft, Fact
from bavn.journal.kinds import TRUST_KIND_NAMES, Kind
from bavn.journal.reaction import Reaction
from bavn.journal.table import Row
from bavn.journal.views import Fold, SubjectRows, View
from bavn.kernel.refusal import Refused
from tests.lilleland import vocabulary as new

FIRE_REPORTED_V1 = Kind(
    name=new.FIRE_REPORTED.name,
    version=1,
    body=new.FireReportedV1,
    scopes=new.NATION_AND_AREA,
    alarm=True,
)
# What came later than this version.
LATER = (new.FireReported, new.HelpAsked, new.HelpAnswered, new.FireClosed)
LATER_REQUESTS = (new.AskHelp, new.AnswerHelp, new.CloseFire)


def _report(
    fire: Row | None, request: new.ReportFire, context: Context
) -> Sequence[Draft] | Refused:
    drafts = new._report(fire, request, context)
    if isinstance(drafts, Refused):
        return drafts
    (draft,) = drafts
    return [
        Draft(
            body=new.FireReportedV1(what=request.what),
            about=draft.about,
            happened_at=draft.happened_at,
            area=draft.area,
        )
    ]


def _v1(fold: Fold) -> Fold:
    def folded(rows: SubjectRows, body: new.FireReportedV1, fact: Fact) -> None:
        fold(rows, new.FireReported(what=body.what), fact)

    return folded


def _older_view(view: View) -> View:
    folds = {body: fold for body, fold in view.folds.items() if body not in LATER}
    if new.FireReported in view.folds:
        folds[new.FireReportedV1] = _v1(view.folds[new.FireReported])
    return View(
        name=view.name,
        version=view.version,
        about=view.about,
        scope=view.scope,
        columns=view.columns,
        key=view.key,
        indexes=view.indexes,
        folds=folds,
    )


def older_catalogue() -> Catalogue:
    """All that the older version understands."""
    report = Decision(
        act="lilleland.report_fire",
        request=new.ReportFire,
        load=new._fire,
        decide=_report,
        alarm=True,
    )
    others = [
        each for each in new.DECISIONS if each.request not in (new.ReportFire, *LATER_REQUESTS)
    ]
    views = {view.name: _older_view(view) for view in new.VIEWS}
    timers = tuple(
        type(timer)(
            name=timer.name,
            view=views[timer.view.name],
            due_column=timer.due_column,
            request=timer.request,
        )
        for timer in new.TIMERS
    )
    acknowledge = Reaction(
        name="acknowledge",
        body=new.FireReportedV1,
        requests=new.REACTIONS[0].requests,
        stale_after=new.REACTIONS[0].stale_after,
    )
    return catalogue_of(
        [
            Part(
                kinds=(
                    FIRE_REPORTED_V1,
                    *(kind for kind in new.KINDS if kind.body not in LATER),
                ),
                views=tuple(views.values()),
                decisions=(report, *others),
                reactions=(acknowledge,),
                timers=timers,
            )
        ]
    )


def without_trust(catalogue: Catalogue) -> Catalogue:
    """The same as a program understands it in which nothing is stated about trust."""
    kinds = copy(catalogue.kinds)
    kinds._readers = {
        (name, version): reader
        for (name, version), reader in kinds._readers.items()
        if name not in TRUST_KIND_NAMES
    }
    return replace(catalogue, kinds=kinds)
