# SPDX-License-Identifier: Apache-2.0
"""A refusal on a page leads to where a mandate is asked for; elsewhere it is its text alone."""

from datetime import UTC, datetime

from jinja2 import Environment

from bavn.frame.call import Call
from bavn.frame.forms import WithWay, in_words, way_to_ask
from bavn.journal.reader import Reader
from bavn.kernel.identity import OrganisationId
from bavn.kernel.mandate import Actor
from bavn.kernel.refusal import Refused
from bavn.runtime.texts import Texts

OWN = OrganisationId("njb")
WAY = "/mandates/requests/new?act=duty.set_watch&at=njb"


def call(say: object) -> Call:
    return Call(
        actor=Actor(organisation=OWN, function="planner"),
        organisations=frozenset({OWN}),
        reader=Reader(),
        sender="test",
        language="da",
        now=datetime(2026, 11, 21, tzinfo=UTC),
        say=say,  # type: ignore[arg-type]
    )


def refused(may_ask: str) -> Refused:
    values = {"act": "duty.set_watch", "owner": "njb", "may_ask": may_ask}
    words = {"says": "No.", "try_instead": "Ask <Bo>.", "says_da": "Nej.", "try_instead_da": "<Bo>"}
    return Refused(code="not_by_mandate", says="No.", try_instead="-", values={**values, **words})


def test_a_way_goes_with_the_words_where_it_may_be_asked_for() -> None:
    assert way_to_ask(refused("yes")) == WAY
    assert way_to_ask(refused("no")) == ""
    assert way_to_ask(Refused(code="busy", says="x", try_instead="y")) == ""
    says, instead = in_words(call(Texts("da")), refused("yes"))
    assert (says, instead) == ("Nej.", "<Bo>")
    page = Environment(autoescape=True).from_string("<p>{{ told }}</p>").render(told=instead)
    way = WAY.replace("&", "&amp;")
    assert page == f'<p>&lt;Bo&gt; <a class="button" data-ask href="{way}">Bed om det</a></p>'
    # In a sentence, or for a program, it is the text.
    assert f"{says} {instead}" == "Nej. <Bo>"
    assert not isinstance(in_words(call(Texts("da")), refused("no"))[1], WithWay)


def test_who_has_no_texts_speaks_plain_english() -> None:
    assert in_words(call(str), refused("yes")) == ("No.", "-")
