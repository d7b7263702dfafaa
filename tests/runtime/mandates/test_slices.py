# SPDX-License-Identifier: Apache-2.0
"""Asking some of the policies gives what asking all of them would: the answer, and its grounds."""

import json
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

import cedarpy
import msgspec
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bavn.frame.country import holding as in_force
from bavn.kernel.identity import OrganisationId
from bavn.kernel.mandate import ORDINARY, Actor, Circumstances
from bavn.runtime.mandates import Gate, told
from bavn.runtime.mandates.book import Policy, policy_set
from bavn.runtime.mandates.slices import Slices
from tests.runtime.mandates.denmark import ALARMS, book, gate_of

AT = datetime(2026, 11, 21, 12, tzinfo=UTC)
HOME = OrganisationId("njb")
FUNCTIONS = (*sorted(book().roles), "nobody")
ACTS = (*sorted(book().acts), "operations.think_of_something", "nowhere.read_nothing")
OWNERS = tuple(map(OrganisationId, ("njb", "nvjb", "ostbv", "nordjylland", "brs", "unknown")))
UNUSUAL = Circumstances(level=4, procedure=True, assigned=True)
EMERGENCY = Circumstances(level=2, emergency=True)
Question = tuple[Actor, str, OrganisationId, Circumstances]


def by_all(gate: Gate, questions: Sequence[Question]) -> list[tuple[str, ...] | None]:
    """What all policies of the law together say."""
    laid = [each for each in gate.book.policies if gate.law in each.laws]
    policies = policy_set(in_force(laid, AT.date()))
    there = [*told.posts(gate.book), *told.organisations(gate.organisations(AT).all)]
    there += [told.act_of(each, ALARMS) for each in {act for _, act, _, _ in questions}]
    entities = cedarpy.Entities.from_json_str(json.dumps(there))
    asked = [told.request_of(*each) for each in questions]
    return [
        tuple(sorted(each.diagnostics.reasons)) if each.allowed else None
        for each in cedarpy.is_authorized_batch(asked, policies, entities)
    ]


@pytest.fixture(scope="module", params=sorted(each.code for each in book().law_sets))
def law(request: pytest.FixtureRequest) -> Gate:
    """Denmark's gate under each of its law sets."""
    return gate_of(book()).under(request.param)


def differing(gate: Gate, questions: Sequence[Question]) -> Iterator[object]:
    for question, expected in zip(questions, by_all(gate, questions), strict=True):
        if gate.grounds(*question, AT) != expected:
            yield question, expected


@pytest.mark.slow
@pytest.mark.parametrize(
    ("owner", "circumstances"),
    [(HOME, ORDINARY), (HOME, EMERGENCY), (OrganisationId("ostbv"), UNUSUAL)],
    ids=["own", "own in an emergency", "far by a procedure"],
)
def test_every_function_gets_the_same_answer_for_every_act(
    law: Gate, owner: OrganisationId, circumstances: Circumstances
) -> None:
    questions = [
        (Actor(organisation=HOME, function=function), act, owner, circumstances)
        for act in ACTS
        for function in FUNCTIONS
    ]
    assert list(differing(law, questions)) == []


questions_ = st.tuples(
    st.builds(Actor, organisation=st.sampled_from(OWNERS), function=st.sampled_from(FUNCTIONS)),
    st.sampled_from(ACTS),
    st.sampled_from(OWNERS),
    st.sampled_from([ORDINARY, UNUSUAL, EMERGENCY]),
)


@given(st.lists(questions_, min_size=20, max_size=40))
def test_whoever_asks_about_whatever_gets_the_same_answer(
    law: Gate, questions: list[Question]
) -> None:
    assert list(differing(law, questions)) == []


def test_who_could_is_who_would_be_allowed(law: Gate) -> None:
    for act in ("operations.close_incident", "reinforcement.move_resources", "journal.strike"):
        found = law.holders(act, HOME, ORDINARY, AT)
        orders = [
            (Actor(organisation=owner, function=function), act, HOME, ORDINARY)
            for owner in OWNERS
            for function in book().roles
        ]
        allowed = {
            (actor.function, actor.organisation)
            for (actor, *_), grounds in zip(orders, by_all(law, orders), strict=True)
            if grounds is not None
        }
        assert {(each.function, each.organisation) for each in found} <= allowed


# Any policies at all, also such as nobody would write: heads and conditions of every form.
atoms = st.sampled_from(
    [
        'principal in Role::"r1"',
        'principal in Role::"r2"',
        'principal == Function::"f1"',
        'principal in [Role::"r1", Function::"f2"]',
        "principal is Function",
        'principal in resource || principal == Role::"r1"',
        "context.organisation == resource",
        "context.level > 1",
        "context.nothing",
        'action in Action::"alarm"',
        'resource.level == "service"',
        "true",
        "false",
    ]
)
conditions = st.recursive(
    atoms,
    lambda inner: st.one_of(
        st.builds("({} && {})".format, inner, inner),
        st.builds("({} || {})".format, inner, inner),
        st.builds("!({})".format, inner),
        st.builds("(if {} then {} else {})".format, inner, inner, inner),
    ),
    max_leaves=4,
)
rules = st.builds(
    "{} ({}, {}, {}) {};".format,
    st.sampled_from(["permit", "permit", "forbid"]),
    st.sampled_from(
        [
            "principal",
            'principal == Function::"f1"',
            'principal in Role::"r1"',
            'principal in Function::"f2"',
            "principal is Function",
            'principal is Function in Role::"r2"',
            "principal is Organisation",
        ]
    ),
    st.sampled_from(
        [
            "action",
            'action == Action::"a.read_x"',
            'action in Action::"a"',
            'action in [Action::"reading", Action::"b.do"]',
            "action in []",
        ]
    ),
    st.sampled_from(["resource", 'resource == Organisation::"o1"', "resource is Organisation"]),
    st.lists(
        st.builds("{} {{ {} }}".format, st.sampled_from(["when", "unless"]), conditions), max_size=2
    ).map(" ".join),
)
ROLES = {"f1": frozenset({"r1"}), "f2": frozenset({"r1", "r2"}), "f3": frozenset[str]()}
SOME_ACTS = ("a.read_x", "a.do", "b.do")


def policies_of(texts: list[str]) -> list[Policy]:
    """Rules as a book would hold them."""
    known = book().policies[0]
    read = json.loads(cedarpy.policies_to_json_str("\n".join(texts)))["staticPolicies"]
    return [
        msgspec.structs.replace(known, id=id_, rule=rule, permits=rule["effect"] == "permit")
        for id_, rule in read.items()
    ]


@given(st.lists(rules, min_size=1, max_size=6))
@example(['permit (principal, action, resource) when { principal in [Role::"r1"] };'])
@example(['permit (principal == Function::"f1", action == Action::"a.do", resource);'])
def test_of_any_policies_those_left_out_make_no_difference(texts: list[str]) -> None:
    policies, alarms = policies_of(texts), frozenset({"b.do"})
    own, other = map(OrganisationId, ("o1", "o2"))
    slices = Slices(policies, ROLES, functions=ROLES, acts=SOME_ACTS[:2], alarms=alarms)
    there: list[dict[str, object]] = [
        *told.organisations({own: told.Stands(level="service"), other: told.Stands(level="area")}),
        *(told.act_of(each, alarms) for each in SOME_ACTS),
    ]
    for function, roles in ROLES.items():
        parents = [{"type": "Role", "id": each} for each in sorted(roles)]
        uid = {"type": "Function", "id": function}
        there.append({"uid": uid, "attrs": {}, "parents": parents})
    entities, everything = (
        cedarpy.Entities.from_json_str(json.dumps(there)),
        policy_set(policies),
    )

    def answer(
        asked: cedarpy.PolicySet | None, function: str, act: str, owner: OrganisationId
    ) -> list[str] | None:
        if asked is None:
            return None
        actor = Actor(organisation=own, function=function)
        request = told.request_of(actor, act, owner, Circumstances(level=2))
        said = cedarpy.is_authorized(request, asked, entities)
        return sorted(said.diagnostics.reasons) if said.allowed else None

    for act in SOME_ACTS:
        for owner in (own, other):
            alike: dict[object, list[str] | None] = {}
            for function in (*ROLES, "unknown"):
                expected = answer(everything, function, act, owner)
                assert answer(slices.of(act, function), function, act, owner) == expected
                assert answer(slices.of(act), function, act, owner) == expected
                assert alike.setdefault(slices.alike(act, function), expected) == expected


def test_only_what_can_speak_of_it_is_asked() -> None:
    texts = [
        'permit (principal in Role::"r1", action == Action::"a.do", resource);',
        'forbid (principal, action == Action::"b.do", resource);',
        'permit (principal, action == Action::"a.think", resource);',
    ]
    ours, *others = policies_of(texts)
    slices = Slices([ours, *others], ROLES, functions=ROLES, acts=(), alarms=frozenset())
    assert str(slices.of("a.do", "f1")) == str(slices.of("a.do")) == str(policy_set([ours]))
    # Nothing there can permit it, so nothing is asked.
    assert slices.of("a.do", "f3") is None
    assert slices.of("b.do") is None


def test_a_condition_of_any_depth_is_looked_at() -> None:
    deep = f'{"(" * 45}principal in Role::"r2"{") && true" * 45}'
    (policy,) = policies_of([f"permit (principal, action, resource) when {{ {deep} }};"])
    slices = Slices([policy], ROLES, functions=ROLES, acts=(), alarms=frozenset())
    assert slices.of("a.do", "f1") is not None
    assert slices.alike("a.do", "f2") == {("Role", "r2")}
