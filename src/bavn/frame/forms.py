# SPDX-License-Identifier: Apache-2.0
"""Forms that pages get back: what was typed, what is wrong with it, and how the page answers."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from litestar import Request, Response
from litestar.response import Template

from bavn.frame.call import Call
from bavn.frame.desk import Refusal
from bavn.journal.decision import REF_CHARACTERS_LIMIT
from bavn.kernel.private import Private
from bavn.kernel.refusal import Refused

AnyRequest = Request[Any, Any, Any]
Answer = Response[Any]
SEE_OTHER: Final = 303
UNPROCESSABLE, CONFLICT, FORBIDDEN = 422, 409, 403
NO_MANDATE = frozenset({"no_mandate", "not_by_mandate", "not_in_function"})
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


def in_words(call: Call, refused: Refused) -> tuple[str, str]:
    """What a refusal says and what to do instead, in the caller's language."""
    refusal = getattr(call.say, "refusal", None)
    return refusal(refused) if refusal is not None else (refused.says, refused.try_instead)


def status_of(form: Form | None, refusal: Refusal | None) -> int:
    """How a page answers: it is there, it comes back with a form, or with a no."""
    if refusal is not None:
        return FORBIDDEN if refusal.refused.code in NO_MANDATE else CONFLICT
    return UNPROCESSABLE if form is not None and form.wrong else 200


def kept(answer: Template) -> Template:
    """The page, with leave to keep its last copy."""
    answer.headers.update(HEADERS)
    return answer
