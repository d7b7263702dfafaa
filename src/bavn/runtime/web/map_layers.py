# SPDX-License-Identifier: Apache-2.0
"""The map over the line: the base map, and the municipalities as they are known here."""

from typing import Any, TypeAlias

from litestar import MediaType, Request, Response, get
from litestar.di import NamedDependency
from litestar.params import SkipValidation

from bavn.runtime.map_files import Layer
from bavn.runtime.maps import Maps

NOT_MODIFIED = 304
# It changes when somebody imports a map, and is then to be seen at the next look.
HEADERS = {"cache-control": "private, no-cache"}
ACT = {"act": "situation.read_map"}
MapsGiven: TypeAlias = NamedDependency[SkipValidation[Maps]]


@get("/api/v1/map/base", opt=ACT, summary="The base map, as GeoJSON")
async def base_layer(request: Request[Any, Any, Any], maps: MapsGiven) -> Response[bytes]:
    """Land, coasts and neighbours; `metadata` says how true they are and whom to thank."""
    return _sent(request, maps.base)


@get("/api/v1/map/municipalities", opt=ACT, summary="Municipalities, as GeoJSON")
async def municipalities(request: Request[Any, Any, Any], maps: MapsGiven) -> Response[bytes]:
    """The municipalities' borders, guessed or imported; `metadata` says which."""
    return _sent(request, maps.municipalities())


def _sent(request: Request[Any, Any, Any], layer: Layer) -> Response[bytes]:
    headers = HEADERS | {"etag": layer.etag}
    if request.headers.get("if-none-match") == layer.etag:
        return Response(b"", status_code=NOT_MODIFIED, headers=headers)
    return Response(layer.raw, media_type=MediaType.JSON, headers=headers)


HANDLERS = (base_layer, municipalities)
