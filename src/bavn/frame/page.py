# SPDX-License-Identifier: Apache-2.0
"""Pages: a template with what every page needs."""

from typing import Any

from litestar.response import Template

from bavn.frame.call import Call


def page(call: Call, template: str, *, status: int = 200, **values: Any) -> Template:
    """A page from a capability's template, such as `operations/incident.html`.

    Every template gets `call` and `t`, which gives a text in the caller's language.
    """
    return Template(
        template_name=template,
        context={"call": call, "t": call.say, **values},
        status_code=status,
    )
