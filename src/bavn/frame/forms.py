# SPDX-License-Identifier: Apache-2.0
"""Forms that pages get back: what was typed, what is wrong with it, and how the page answers."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from html import escape
from typing import Any, Final, Self

from litestar import Request, Response
from litestar.response import Redirect, Template

from bavn.frame.call import Call
from bavn.frame.desk import Refusal
from bavn.journal.decision import REF_CHARACTERS_LIMIT
from bavn.kernel.private import Private
from bavn.kernel.refusal import Refused

AnyRequest = Request[Any, Any, Any]
Answer = Response[Any]
SEE_OTHER: Final = 303
UNPROCESSABLE, CONFLICT, FORBIDDEN = 422, 409, 403
# Where mandates are asked for, by people and by programs.
ASKED, ASKED_API = "/mandates/requests", "/api/v1/mandates/requests"
NO_MANDATE = frozenset({"no_mandate", "not_by_mandate"})
# The last copy of a page may be read on its own machine when the server is away.
HEADERS = {"cache-control": "private, no-cache", "vary": "Cookie, Accept-Language"}


@dataclass(slots=True)
class Form:
    """A form that was sent: its fields, those that may be there more than once, and faults.

    `wrong` says by field what is wrong with it, in the reader's words.
    """

    typed: Mapping[str, str]
    several: Mapping[str, tuple[str, ...]]
    wrong: dict[str, str] = field(default_factory=dict)

    @classmethod
    async def of(cls, request: AnyRequest) -> "Form":
        """The form in a request."""
        sent = await request.form()
        several: dict[str, tuple[str, ...]] = {}
        for name, each in sent.multi_items():
            if isinstance(each, str):
                several[str(name)] = (*several.get(str(name), ()), each)
        return cls({name: values[-1] for name, values in several.items()}, several)

    def value(self, name: str) -> str:
        """What was typed in a field, without the blanks around it."""
        return self.typed.get(name, "").strip()

    def values(self, name: str) -> tuple[str, ...]:
        """All that was chosen."""
        return self.several.get(name, ())

    def private(self, name: str) -> Private:
        """A text that may name people."""
        return Private(self.value(name))

    @property
    def ref(self) -> str | None:
        """The sender's own number of the form: the same however often it is sent."""
        ref = self.value("sender_ref") or self.value("key")
        return ref if 1 <= len(ref) <= REF_CHARACTERS_LIMIT else None


class WithWay(str):  # noqa: SLOT000 - it has more than its text
    """A text that a page shows with a way behind it; everywhere else it is the text alone."""

    _way: str
    _says: str

    def __new__(cls, text: str, way: str, says: str) -> Self:
        """The text, the address of the way, and what that says."""
        made = super().__new__(cls, text)
        made._way, made._says = way, says
        return made

    def __html__(self) -> str:
        """As templates put it on a page."""
        way, says = escape(self._way), escape(self._says)
        return f'{escape(self)} <a class="button" data-ask href="{way}">{says}</a>'


def in_words(call: Call, refused: Refused) -> tuple[str, str]:
    """What a refusal says and what to do instead, in the caller's language.

    Where a mandate is missing that may be asked for, the way to do so goes with it.
    """
    refusal = getattr(call.say, "refusal", None)
    if refusal is None:
        return refused.says, refused.try_instead
    says, try_instead = refusal(refused)
    way = way_to_ask(refused)
    return says, WithWay(try_instead, way, call.say("mandate_missing.ask")) if way else try_instead


def way_to_ask(refused: Refused) -> str:
    """Where a mandate that is missing is asked for; empty where it cannot be."""
    if refused.values.get("may_ask") != "yes":
        return ""
    # Acts and organisations are names that an address can hold as they are.
    return f"{ASKED}/new?act={refused.values['act']}&at={refused.values['owner']}"


def status_of(form: Form | None, refusal: Refusal | None) -> int:
    """How a page answers: it is there, it comes back with a form, or with a no."""
    if refusal is not None:
        return FORBIDDEN if refusal.refused.code in NO_MANDATE else CONFLICT
    return UNPROCESSABLE if form is not None and form.wrong else 200


def kept(answer: Template) -> Template:
    """The page, with leave to keep its last copy."""
    answer.headers.update(HEADERS)
    return answer


async def acted(
    request: AnyRequest,
    again: Callable[[Form, Refusal | None], Template],
    then: str,
    act: Callable[[Form], Awaitable[None]],
) -> Answer:
    """Where one goes when a form is carried out; else the page again, as it was typed."""
    form = await Form.of(request)
    try:
        await act(form)
    except Refusal as refusal:
        return again(form, refusal)
    return again(form, None) if form.wrong else Redirect(then, status_code=SEE_OTHER)
