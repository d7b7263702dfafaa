# SPDX-License-Identifier: Apache-2.0
"""A no that helps: which mandate is missing, by which rule, who holds it, and may it be asked for.

The gate itself says a no in codes, quickly, since most of its noes are never shown. Where one is
shown, it gets the words of both languages here: nobody knows yet who will read it.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

import msgspec

from bavn.kernel.identity import OrganisationId
from bavn.kernel.mandate import ORDINARY, Actor, May
from bavn.kernel.refusal import Refused
from bavn.runtime.mandates.book import LawSet
from bavn.runtime.mandates.gate import Gate
from bavn.runtime.mandates.held import Holder
from bavn.runtime.texts import Texts

CODE = "not_by_mandate"
# To ask for a mandate, and to give one that was asked for.
ASK, ANSWER = "mandates.ask_for", "mandates.answer_ask"
# What nobody gives away for some hours: the mandates themselves, and what a reader is made of.
NEVER_GIVEN = ("mandates.", "audience.", "readings.", "public.", "own.")
# More would be a list that nobody reads.
NAMED_LIMIT = 4
_DANISH = "da"


class Held(msgspec.Struct, frozen=True, kw_only=True):
    """Who holds a mandate, and by which policies; `answers` where it may give what is asked."""

    function: str
    organisation: OrganisationId
    grounds: tuple[str, ...]
    answers: bool


def explained(may: May, actor: Actor, refused: Refused, at: datetime) -> Refused:
    """The same no with its words, where policies gave it; any other as it is."""
    if not isinstance(may, Gate) or refused.code != CODE:
        return refused
    act, owner = refused.values["act"], OrganisationId(refused.values["owner"])
    held = holding(may, actor.organisation, act, owner, at)
    says, try_instead = _words(may, actor, (act, owner), held, "en")
    danish = _words(may, actor, (act, owner), held, _DANISH)
    return replace(
        refused,
        says=says,
        try_instead=try_instead,
        values={
            **refused.values,
            "may_ask": "yes" if held and may_ask(may, actor, act, at) else "no",
            # A refusal that brings its own words.
            "says": says,
            "try_instead": try_instead,
            "says_da": danish[0],
            "try_instead_da": danish[1],
        },
    )


def holding(
    gate: Gate, asker: OrganisationId, act: str, owner: OrganisationId, at: datetime
) -> list[Held]:
    """Who holds a mandate: the asker's own first, and who may give it before who may not."""
    found = [
        Held(
            function=each.function,
            organisation=each.organisation,
            grounds=gate.grounds(_as(each), act, owner, ORDINARY, at) or (),
            answers=_itself(gate, _as(each), ANSWER, at),
        )
        for each in gate.holders(act, owner, ORDINARY, at)
    ]
    return sorted(found, key=lambda each: (each.organisation != asker, not each.answers))


def may_ask(gate: Gate, actor: Actor, act: str, at: datetime) -> bool:
    """True when the actor may ask for a mandate of this act: one that somebody could give."""
    return is_given(gate, act) and _itself(gate, actor, ASK, at)


def is_given(gate: Gate, act: str) -> bool:
    """True for an act whose mandate may be given for a time; an alarm needs none."""
    named = gate.book.acts.get(act)
    if named is None or named.planned or gate.is_alarm(act):
        return False
    return not act.startswith(NEVER_GIVEN)


def _itself(gate: Gate, actor: Actor, act: str, at: datetime) -> bool:
    """True when an actor may do something at its own organisation."""
    own = actor.organisation
    return gate.grounds(actor, act, own, ORDINARY, at) is not None


def _as(each: Holder) -> Actor:
    return Actor(organisation=each.organisation, function=each.function)


def _words(
    gate: Gate,
    actor: Actor,
    missing: tuple[str, OrganisationId],
    held: Sequence[Held],
    language: str,
) -> tuple[str, str]:
    """What is missing, and who has it, in one language."""
    (act, owner), names = missing, gate.names
    says = Texts(language)(
        "mandate_missing.says",
        act=_act_name(gate, act, language),
        function=names.function(actor.function, language),
        organisation=names.organisation(actor.organisation, language),
        owner=names.organisation(owner, language),
    )
    return says, _who(gate, act, held, language)


def _who(gate: Gate, act: str, held: Sequence[Held], language: str) -> str:
    """Who holds it, and the rule by which the first of them does."""
    say, names = Texts(language), gate.names
    if not held:
        other = _elsewhere(gate, act)
        if other is None:
            return say("mandate_missing.nobody")
        name = other.danish if language == _DANISH else other.english
        return say("mandate_missing.other_law", law=name)
    named = ", ".join(
        f"{names.function(each.function, language)}"
        f" ({names.organisation(each.organisation, language)})"
        for each in held[:NAMED_LIMIT]
    )
    more = len(held) - NAMED_LIMIT
    told = say("mandate_missing.these", holders=named)
    if more > 0:
        told = say("mandate_missing.more", holders=named, count=more)
    rule = next((each for each in gate.book.policies if each.id in held[0].grounds), None)
    if rule is None:
        return told
    says = rule.danish if language == _DANISH else rule.english
    return f"{told} {say('mandate_missing.rule', says=says, ground=rule.ground)}"


def _elsewhere(gate: Gate, act: str) -> LawSet | None:
    """Another law set, in force or proposed, by which somebody would have it."""
    policies = [each for each in gate.book.policies if each.permits and act in each.names().acts]
    for law in gate.book.law_sets:
        if law.code != gate.law and any(law.code in each.laws for each in policies):
            return law
    return None


def _act_name(gate: Gate, act: str, language: str) -> str:
    named = gate.book.acts.get(act)
    if named is None:
        return act
    return named.danish if language == _DANISH else named.english
