# SPDX-License-Identifier: Apache-2.0
"""What is said in the interface's description of bodies that are read leniently, field by field."""

from dataclasses import dataclass
from typing import Any

import msgspec
from litestar.openapi.spec import OpenAPIMediaType, Operation, RequestBody, Schema

from bavn.capabilities.operations.api.bodies import ReportBody, StatusBody


class _Described(Schema):
    """A schema that was made by msgspec; the framework's own knows fewer words."""

    def __init__(self, made: dict[str, Any]) -> None:
        super().__init__()
        self._made = made

    def to_schema(self) -> dict[str, Any]:
        """The schema itself, with all that it refers to inside it."""
        return self._made


def _body(sort: type[msgspec.Struct]) -> RequestBody:
    (made,), parts = msgspec.json.schema_components([sort], ref_template="{name}")
    whole = _inside(parts[made["$ref"]], parts)
    return RequestBody(
        content={"application/json": OpenAPIMediaType(schema=_Described(whole))}, required=True
    )


def _inside(schema: Any, parts: dict[str, Any]) -> Any:
    """A schema in which everything that was referred to stands in its place."""
    if isinstance(schema, list):
        return [_inside(each, parts) for each in schema]
    if not isinstance(schema, dict):
        return schema
    if "$ref" in schema:
        return _inside(parts[schema["$ref"]], parts)
    return {name: _inside(value, parts) for name, value in schema.items()}


@dataclass
class REPORT_BODY(Operation):  # noqa: N801 - a constant that the framework wants as a class
    """A report."""

    def __post_init__(self) -> None:
        """Say what the body holds."""
        self.request_body = _body(ReportBody)


@dataclass
class STATUS_BODY(Operation):  # noqa: N801 - same
    """A unit's word."""

    def __post_init__(self) -> None:
        """Say what the body holds."""
        self.request_body = _body(StatusBody)
