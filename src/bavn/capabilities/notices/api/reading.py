# SPDX-License-Identifier: Apache-2.0
"""Notices as they are sent: one object or GeoJSON feature, or a collection of features."""

from dataclasses import dataclass, field
from typing import Annotated, Any

import msgspec

from bavn.capabilities.notices.decisions.asking import Telling
from bavn.capabilities.notices.facts import Polygon, Position, Where
from bavn.codecs.geojson import Feature
from bavn.codecs.geojson import read as read_collection
from bavn.journal.decision import REF_CHARACTERS_LIMIT
from bavn.kernel.instants import Instant
from bavn.kernel.refusal import BadInput, Problem

# More is sent in several requests: each waits for the disk.
FEATURES_LIMIT = 200
COLLECTION, FEATURE = "FeatureCollection", "Feature"
TAKEN = ("Point", "MultiPoint", "Polygon", "MultiPolygon")


class NoticeBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A notice's properties; its place may be a geometry beside them."""

    number: str | int
    kind: str
    step: str
    title: str
    text: str = ""
    source: str
    link: str = ""
    issued_at: Instant | None = None
    valid_from: Instant
    valid_to: Instant
    everywhere: bool = False
    municipalities: tuple[str, ...] = ()
    sender_ref: (
        Annotated[str, msgspec.Meta(min_length=1, max_length=REF_CHARACTERS_LIMIT)] | None
    ) = None


@dataclass(slots=True)
class Sent:
    """What a body holds: what is to be told, each with its place there and its sender's ref."""

    are_many: bool
    tellings: list[tuple[str, Telling, str | None]] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    left_count: int = 0


def read(raw: bytes) -> Sent:
    """All that can be read of a body; raises BadInput where nothing can."""
    try:
        whole = msgspec.json.decode(raw)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise BadInput(Problem(where="body", says=f"no JSON: {error}")) from error
    if not isinstance(whole, dict):
        raise BadInput(Problem(where="body", says="must be an object"))
    are_many = whole.get("type") == COLLECTION
    features, faults = read_collection(raw if are_many else _as_collection(whole))
    sent = Sent(are_many=are_many, left_count=max(0, len(features) - FEATURES_LIMIT))
    for fault in faults:
        if fault.feature is None:
            raise BadInput(Problem(where="body", says=fault.says))
        where = f"features[{fault.feature - 1}]" if are_many else "body"
        sent.problems.append(Problem(where=where, says=fault.says))
    for each in features[:FEATURES_LIMIT]:
        _take(sent, each)
    return sent


def _as_collection(whole: dict[str, Any]) -> bytes:
    """One notice as a collection, which is read by the same code."""
    if whole.get("type") != FEATURE:
        geometry = whole.pop("geometry", None)
        whole = {"type": FEATURE, "geometry": geometry, "properties": whole}
    return msgspec.json.encode({"type": COLLECTION, "features": [whole]})


def _take(sent: Sent, feature: Feature) -> None:
    where = f"features[{feature.number - 1}]" if sent.are_many else "body"
    if feature.geometry is not None and feature.geometry not in TAKEN:
        says = f"has a geometry that is none of {', '.join(TAKEN)}"
        sent.problems.append(Problem(where=where, says=says))
        return
    try:
        body = msgspec.convert(feature.properties, NoticeBody)
    except msgspec.ValidationError as error:
        sent.problems.append(Problem(where=where, says=str(error)))
        return
    telling = Telling(
        number=str(body.number),
        kind=body.kind,
        step=body.step,
        title=body.title.strip(),
        text=body.text.strip(),
        source=body.source.strip(),
        link=body.link.strip(),
        issued_at=body.issued_at,
        valid_from=body.valid_from,
        valid_to=body.valid_to,
        where=where_of(feature, everywhere=body.everywhere, municipalities=body.municipalities),
    )
    sent.tellings.append((where, telling, body.sender_ref))


def where_of(feature: Feature, *, everywhere: bool, municipalities: tuple[str, ...]) -> Where:
    """Where a feature's notice holds: what it names, and its geometry."""
    found = feature.coordinates
    points: list[Any] = []
    polygons: list[Any] = []
    match feature.geometry:
        case "Point":
            points = [found]
        case "MultiPoint":
            points = found
        case "Polygon":
            polygons = [found]
        case "MultiPolygon":
            polygons = found
        case _:
            pass
    return Where(
        everywhere=everywhere,
        municipalities=tuple(dict.fromkeys(municipalities)),
        polygons=tuple(_polygon(each) for each in polygons),
        points=tuple(_position(each) for each in points),
    )


def _polygon(rings: list[Any]) -> Polygon:
    return tuple(tuple(_position(each) for each in ring) for ring in rings)


def _position(numbers: list[float]) -> Position:
    # A third number is a height (RFC 7946 § 3.1.1), of which a notice says nothing.
    return float(numbers[0]), float(numbers[1])
