# SPDX-License-Identifier: Apache-2.0
"""What does not fit together is found when a program starts, not when an alarm comes."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest

from bavn.journal.catalogue import Catalogue, Part, catalogue_of
from bavn.journal.decision import Decision
from bavn.journal.kinds import (
    EVIDENCE_SETTLED,
    FACT_HANDED,
    STRUCK,
    TRUST_KIND_NAMES,
    VAULT_KIND_NAMES,
    Kind,
    Kinds,
    NotUnderstood,
    Older,
)
from bavn.journal.reaction import Reaction
from bavn.journal.strike import STRIKE
from bavn.journal.table import Column
from bavn.journal.views import View
from bavn.kernel.audience import Scope
from bavn.kernel.refusal import BrokenPromise
from tests.journal.pictures import views_of
from tests.journal.segments import facts_of
from tests.lilleland.nodes import EAST, EASTERN, Node, Settings, request
from tests.lilleland.vocabulary import (
    DECISIONS,
    FIRE_IN_AREA,
    FIRE_OWN,
    FIRE_REPORTED,
    FIRE_SEEN,
    KINDS,
    PART,
    REACTIONS,
    TIMERS,
    WATCH,
    CrewSent,
    FireReported,
    FireReportedV1,
    Note,
    Noted,
    ReportFire,
    catalogue,
)


class Measured(msgspec.Struct, frozen=True, kw_only=True):
    """A body of its own for another kind."""

    value: int


class Measure(msgspec.Struct, frozen=True, kw_only=True):
    """A request of its own."""


MEASURED = Kind(
    name="lilleland.measured", version=1, body=Measured, scopes=frozenset({Scope.NATION})
)
OLD = Older(body=FireReportedV1, read_as=lambda old: Measured(value=len(old.what)))


def fold(rows: Any, _body: Any, _fact: Any) -> None:
    rows.put({})


def view(name: str, scope: Scope, *bodies: type[msgspec.Struct]) -> View:
    return View(
        name=name,
        version=1,
        about="fire",
        scope=scope,
        columns=(Column("note", optional=True),),
        folds=dict.fromkeys(bodies, fold),
    )


def decision(**changes: Any) -> Decision:
    given: dict[str, Any] = {
        "act": "test.measure",
        "request": Measure,
        "load": lambda *_: None,
        "decide": lambda *_: [],
    }
    return Decision(**{**given, **changes})


def reaction(**changes: Any) -> Reaction:
    given: dict[str, Any] = {
        "name": "measure",
        "body": FireReported,
        "requests": lambda *_: [],
        "stale_after": timedelta(hours=1),
    }
    return Reaction(**{**given, **changes})


FITS: dict[str, Part] = {
    "a kind of its own": Part(kinds=(MEASURED,)),
    "a second version that says how the first is read": Part(
        kinds=(replace(MEASURED, version=2, older={1: OLD}),)
    ),
    "a view narrower than its kind": Part(views=(view("more", Scope.OWN, FireReported),)),
    "a view for one of its kind's scopes": Part(views=(view("more", Scope.AREA, CrewSent),)),
    "a view of what is never told on": Part(views=(view("more", Scope.OWN, Noted),)),
    "a decision of its own": Part(decisions=(decision(),)),
    "a second reaction to a kind": Part(reactions=(reaction(),)),
    "a second timer on a view": Part(timers=(replace(TIMERS[0], name="again"),)),
}
DOES_NOT_FIT: dict[str, Part] = {
    "a body twice": Part(kinds=(replace(MEASURED, body=FireReported),)),
    "a name and version twice": Part(kinds=(replace(KINDS[1], body=Measured),)),
    "the journal's own kind again": Part(kinds=(replace(STRUCK, body=Measured),)),
    "a second version without the first": Part(kinds=(replace(MEASURED, version=2),)),
    "a third version without the second": Part(
        kinds=(replace(MEASURED, version=3, older={1: OLD}),)
    ),
    "an older version that is no older": Part(kinds=(replace(MEASURED, older={1: OLD}),)),
    "a version zero": Part(kinds=(replace(MEASURED, version=2, older={0: OLD, 1: OLD}),)),
    "one view twice": Part(views=(view("fire_seen", Scope.OWN, FireReported),)),
    "a view for all of what is told to an area": Part(
        views=(view("more", Scope.NATION, CrewSent),)
    ),
    "a view for all of what is told to nobody": Part(views=(view("more", Scope.NATION, Noted),)),
    "a view for an area of what is told to nobody": Part(views=(view("more", Scope.AREA, Noted),)),
    "a view of which one kind is wider and one is not": Part(
        views=(view("more", Scope.NATION, FireReported, CrewSent),)
    ),
    "a view of a body that nobody declared": Part(views=(view("more", Scope.OWN, Measured),)),
    "one request decided twice": Part(decisions=(decision(request=ReportFire),)),
    "one act twice": Part(decisions=(decision(act=DECISIONS[0].act),)),
    "the journal's own decision again": Part(decisions=(decision(act=STRIKE.act),)),
    "one reaction twice": Part(reactions=(reaction(name=REACTIONS[0].name),)),
    "a reaction named as a timer": Part(reactions=(reaction(name=TIMERS[0].name),)),
    "a timer on what all may see": Part(timers=(replace(TIMERS[0], name="again", view=FIRE_SEEN),)),
    "a timer on what an area may see": Part(
        timers=(replace(TIMERS[0], name="again", view=FIRE_IN_AREA),)
    ),
    "a reaction to a body that nobody declared": Part(reactions=(reaction(body=Measured),)),
    "a timer on a view that is not there": Part(
        timers=(replace(TIMERS[0], name="again", view=view("gone", Scope.OWN, FireReported)),)
    ),
    "a timer on a column that is not there": Part(
        timers=(replace(TIMERS[0], name="again", due_column="when"),)
    ),
}


@pytest.mark.parametrize("what", FITS)
def test_a_part_that_fits_is_taken(what: str) -> None:
    assert isinstance(catalogue_of([PART, FITS[what]]), Catalogue)


@pytest.mark.parametrize("what", DOES_NOT_FIT)
def test_a_part_that_does_not_fit_is_our_bug_and_found_at_once(what: str) -> None:
    with pytest.raises(BrokenPromise):
        catalogue_of([PART, DOES_NOT_FIT[what]])


def test_the_journals_own_kinds_are_understood_everywhere() -> None:
    own = {STRUCK.name, EVIDENCE_SETTLED.name, FACT_HANDED.name}
    own |= TRUST_KIND_NAMES | VAULT_KIND_NAMES
    assert {kind.name for kind in Kinds([])} == own


def test_a_body_that_nobody_declared_is_our_bug() -> None:
    with pytest.raises(BrokenPromise):
        Kinds([]).of(Measured(value=1))


def test_an_older_version_is_read_as_the_newest() -> None:
    node = Node(EAST)
    node.done(request(EASTERN, ReportFire(fire="1", what="smoke", area=EASTERN)))
    (fact,) = facts_of(node)
    first = msgspec.structs.replace(fact, version=1, body=msgspec.Raw(b'{"what":"smoke"}'))
    assert Kinds(KINDS).read(fact) == Kinds(KINDS).read(first) == FireReported(what="smoke")
    third = msgspec.structs.replace(fact, version=3)
    assert isinstance(Kinds(KINDS).read(third), NotUnderstood)


# What another catalogue means for a record that is there


def changed(views: Callable[[tuple[View, ...]], tuple[View, ...]]) -> Catalogue:
    return catalogue_of([replace(PART, views=views(PART.views))])


def swapped(old: View, new: View) -> Catalogue:
    timers = tuple(replace(timer, view=new) if timer.view is old else timer for timer in TIMERS)
    views = tuple(new if each is old else each for each in PART.views)
    return catalogue_of([replace(PART, views=views, timers=timers)])


MORE = view("more", Scope.OWN, FireReported)
OTHER_CATALOGUES = {
    "a view more": changed(lambda views: (*views, MORE)),
    "a view less": changed(lambda views: views[1:]),
    "a view of another name": swapped(FIRE_OWN, replace(FIRE_OWN, name="fire_mine")),
    "a view of another version": swapped(FIRE_OWN, replace(FIRE_OWN, version=2)),
    "a view with a column more": swapped(
        FIRE_OWN,
        replace(FIRE_OWN, columns=(*FIRE_OWN.columns, Column("extra", optional=True))),
    ),
    "a view with another index": swapped(WATCH, replace(WATCH, indexes=())),
    "a view of another scope": swapped(FIRE_SEEN, replace(FIRE_SEEN, scope=Scope.OWN)),
    "no view at all": catalogue_of([replace(PART, views=(), timers=())]),
    "a kind more": catalogue_of([PART, Part(kinds=(MEASURED,))]),
    "a kind of a newer version": catalogue_of(
        [
            replace(
                PART,
                kinds=(
                    replace(
                        FIRE_REPORTED,
                        version=3,
                        older={
                            **FIRE_REPORTED.older,
                            2: Older(body=FireReported, read_as=lambda old: old),
                        },
                    ),
                    *KINDS[1:],
                ),
            )
        ]
    ),
}


@pytest.mark.parametrize("what", OTHER_CATALOGUES)
def test_views_are_made_anew_when_what_they_are_made_of_has_changed(
    tmp_path: Path, what: str
) -> None:
    other = OTHER_CATALOGUES[what]
    assert other.fingerprint != catalogue().fingerprint
    node = Node(EAST, str(tmp_path))
    node.done(request(EASTERN, ReportFire(fire="1", what="smoke", area=EASTERN)))
    node.close()
    again = Node(EAST, str(tmp_path), Settings(catalogue=other))
    assert again.journal.record.views_are_current
    assert set(views_of(again)) == {each.name for each in other.views}
    assert list(again.journal.verify()) == []
    # What is told now is folded into the new views as it would be into views made anew.
    again.done(request(EASTERN, Note(fire="1", mark="m")))
    after = views_of(again)
    assert [name for name, rows in after.items() if rows and name != "watch"] or not other.views
    again.journal.rebuild()
    assert views_of(again) == after
    again.close()
    back = Node(EAST, str(tmp_path))
    assert list(back.journal.verify()) == []


def test_views_are_not_made_anew_when_nothing_has_changed(tmp_path: Path) -> None:
    generations = set()
    for _ in range(3):
        node = Node(EAST, str(tmp_path))
        node.done(request(EASTERN, ReportFire(fire="1", what="smoke", area=EASTERN)))
        generations.add(node.journal.record.views.generation)
        node.close()
    assert generations == {0}
