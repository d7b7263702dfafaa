# SPDX-License-Identifier: Apache-2.0
"""The description of the interface: OpenAPI 3.1 under /api/openapi.json, open to whoever asks."""

from typing import Any

from litestar import Request, Router
from litestar.openapi import OpenAPIConfig
from litestar.openapi.plugins import JsonRenderPlugin
from litestar.openapi.spec import Components, SecurityScheme

from bavn.runtime.program import VERSION

# What the framework says of its own errors, which nobody ever gets from us.
_FRAMEWORKS = frozenset({"400", "401", "403", "500"})
_TEXT: dict[str, Any] = {"type": "string"}
_PROBLEM: dict[str, Any] = {
    "type": "object",
    "properties": {"where": _TEXT, "says": _TEXT},
    "required": ["where", "says"],
}
# As bavn.runtime.web.errors.Error; a test holds the two together.
ERROR: dict[str, Any] = {
    "type": "object",
    "description": "What is wrong, for a program (code) and for a person (says, try_instead).",
    "properties": {
        "error": {
            "type": "object",
            "properties": {
                "code": _TEXT,
                "says": _TEXT,
                "try_instead": _TEXT,
                "values": {"type": "object", "additionalProperties": _TEXT},
                "problems": {"type": "array", "items": _PROBLEM},
                # Only where a mandate is missing that may be asked for: the address to ask at.
                "ask": _TEXT,
            },
            "required": ["code", "says", "try_instead", "values", "problems"],
        }
    },
    "required": ["error"],
}
_REFUSED = {
    "description": "Refused, or not understood: every error has this one shape.",
    "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Error"}}},
}


class _WithOurErrors(JsonRenderPlugin):
    """Says of every operation how its errors look."""

    def render(self, request: Request[Any, Any, Any], openapi_schema: dict[str, Any]) -> bytes:
        """The description as JSON."""
        openapi_schema["components"].setdefault("schemas", {})["Error"] = ERROR
        for path in openapi_schema["paths"].values():
            for operation in path.values():
                if isinstance(operation, dict) and "responses" in operation:
                    responses = operation["responses"]
                    for status in _FRAMEWORKS & responses.keys():
                        del responses[status]
                    responses["default"] = _REFUSED
        return super().render(request, openapi_schema)


def description() -> OpenAPIConfig:
    """How the description is made and where it is."""
    return OpenAPIConfig(
        title="Bavn",
        version=VERSION,
        render_plugins=[_WithOurErrors()],
        components=Components(
            security_schemes={"token": SecurityScheme(type="http", scheme="bearer")}
        ),
        security=[{"token": []}],
        openapi_router=Router(
            "/api", route_handlers=[], include_in_schema=False, opt={"act": "public.openapi"}
        ),
    )
