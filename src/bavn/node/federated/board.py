# SPDX-License-Identifier: Apache-2.0
"""What the page of switches shows at an instant: every node and link, in words."""

from datetime import datetime
from typing import NamedTuple

from bavn.node.federated.conductor import Conductor, Turn
from bavn.node.federated.drawing import Drawing, drawing_of
from bavn.node.federated.measure import Course, Sight
from bavn.node.federated.plan import PlannedNode
from bavn.node.federated.states import Act, State, allowed
from bavn.node.federated.story import Step, Story, Told
from bavn.node.federated.wires import LinkNow
from bavn.runtime import clock
from bavn.runtime.peers.switch import Mode
from bavn.runtime.texts import Texts


class Row(NamedTuple):
    """One node, the link above it, and what the others say of it."""

    plan: PlannedNode
    address: str
    state: State
    pid: int | None
    acts: tuple[Act, ...]
    link: LinkNow | None
    link_word: str
    turns: tuple[Turn, ...]
    # What the uppermost says of it, and for how long it has not heard it.
    sight: Sight | None
    heard_ago_s: float | None
    # What the node above lacks of it, by its own word.
    unheard: int | None
    measured: tuple[str, ...]
    log: str


class StoryRow(NamedTuple):
    """One step of the story."""

    step: Step
    told: Told | None
    is_next: bool
    # Where it leads, if it leads anywhere.
    href: str
    says: str


class Board(NamedTuple):
    """All of it."""

    at: datetime
    rows: tuple[Row, ...]
    drawing: Drawing
    story: tuple[StoryRow, ...]


def board_of(conductor: Conductor, story: Story, t: Texts) -> Board:
    """The board now."""
    return Board(
        at=clock.now(),
        rows=tuple(_row(conductor, each, t) for each in conductor.plan.nodes),
        drawing=drawing_of(conductor.plan),
        story=tuple(_step(conductor, story, step, t) for step in Step) if story.fits else (),
    )


def _row(conductor: Conductor, each: PlannedNode, t: Texts) -> Row:
    process = conductor.nodes[each.node]
    top = conductor.plan.top.node
    sight = None if each.node == top else conductor.seen_from(top, each.node)
    link = conductor.wires.links().get(each.node)
    up = None if each.parent is None else conductor.seen_from(each.node, each.parent)
    return Row(
        plan=each,
        address=process.address,
        state=process.state,
        pid=process.pid,
        acts=tuple(allowed(process.state)),
        link=link,
        link_word="" if link is None else link_word(link),
        turns=() if link is None else tuple(Turn),
        sight=sight,
        heard_ago_s=_ago_s(sight),
        unheard=None if up is None else up.unheard_count,
        measured=tuple(_measured(conductor, each, t)),
        log=str(process.log_path),
    )


def _ago_s(sight: Sight | None) -> float | None:
    if sight is None or sight.heard_at is None:
        return None
    return max(0.0, (clock.now() - sight.heard_at).total_seconds())


def link_word(link: LinkNow) -> str:
    """The one word for a link."""
    if link.mode != Mode.PASS:
        return link.mode
    if link.bytes_per_s:
        return "narrow"
    return "delay" if link.delay_ms else "whole"


def _measured(conductor: Conductor, each: PlannedNode, t: Texts) -> list[str]:
    """What was measured of the last break of its link and of itself, in words."""
    by = each.parent or conductor.plan.children_of(each.node)[0].node
    name = conductor.plan[by].name
    found = []
    for what in ("link", "node"):
        course = conductor.stopwatch.courses.get(f"{what} {each.node}")
        if course is not None:
            found += [t(f"federated.measured.{what}"), *_said(course, name, t)]
    return found


def _said(course: Course, by: str, t: Texts) -> list[str]:
    said = []
    if course.silent_after_s is not None:
        seconds = t.number(course.silent_after_s, 1)
        said.append(t("federated.measured.silent", by=by, seconds=seconds))
    elif course.mended_s is None:
        said.append(t("federated.measured.waits_silent", by=by))
    if course.whole_after_s is not None:
        seconds = t.number(course.whole_after_s, 1)
        said.append(t("federated.measured.whole", by=by, seconds=seconds))
    elif course.mended_s is not None:
        said.append(t("federated.measured.waits_whole", by=by))
    return said


def _step(conductor: Conductor, story: Story, step: Step, t: Texts) -> StoryRow:
    leads = story.leads_to(step)
    href = "" if leads is None else f"{conductor.nodes[leads[0]].address}{leads[1]}"
    cast, plan = story.cast, conductor.plan
    names = {
        "top": plan.top.name,
        "area": plan[cast.area].name,
        "service": plan[cast.service].name,
        "stand_in": plan[cast.stand_in].name,
    }
    told = story.told.get(step)
    return StoryRow(
        step, told, story.next is step, href, _outcome(conductor, story, step, t, names)
    )


def _outcome(
    conductor: Conductor, story: Story, step: Step, t: Texts, names: dict[str, str]
) -> str:
    """What came of a step, once it is done: measured, not promised."""
    told = story.told.get(step)
    if told is None:
        return ""
    if not told.is_well:
        return t(f"federated.story.{step.value}.failed", **names)
    course = {
        Step.CUT: "link",
        Step.RESTORE: "link",
        Step.KILL: "node",
        Step.BRING_BACK: "node",
    }.get(step)
    if course is not None:
        found = conductor.stopwatch.courses.get(f"{course} {story.cast.area}")
        by = conductor.plan.top.name
        said = [] if found is None else _said(found, by, t)
        # What breaks is about silence, which is said first; what mends, about being whole.
        at = slice(0, 1) if step in (Step.CUT, Step.KILL) else slice(-1, None)
        return " ".join(said[at])
    return t(f"federated.story.{step.value}.done", incident=told.incident, **names)
