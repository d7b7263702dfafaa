# SPDX-License-Identifier: Apache-2.0
"""What handlers are given by name: made by the runtime, and no input that has to be looked at."""

from typing import TypeAlias, TypeVar

from litestar.di import NamedDependency
from litestar.params import SkipValidation

from bavn.frame.call import Call
from bavn.frame.desk import Desk

T = TypeVar("T")

Given: TypeAlias = NamedDependency[SkipValidation[T]]
CallGiven: TypeAlias = Given[Call]
DeskGiven: TypeAlias = Given[Desk]
