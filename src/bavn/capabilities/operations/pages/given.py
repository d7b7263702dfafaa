# SPDX-License-Identifier: Apache-2.0
"""What handlers are given beside their input."""

from typing import TypeAlias

from litestar.di import NamedDependency
from litestar.params import SkipValidation

from bavn.capabilities.operations.views.room import Room

RoomGiven: TypeAlias = NamedDependency[SkipValidation[Room]]
