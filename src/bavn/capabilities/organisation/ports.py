# SPDX-License-Identifier: Apache-2.0
"""What organisation is given by whoever serves it: who calls, and the desk of the world."""

from typing import TypeAlias

from litestar.di import NamedDependency
from litestar.params import SkipValidation

from bavn.frame.call import Call
from bavn.frame.desk import Desk

# As a handler asks for them: given by the runtime, and no input that has to be looked at.
CallGiven: TypeAlias = NamedDependency[SkipValidation[Call]]
DeskGiven: TypeAlias = NamedDependency[SkipValidation[Desk]]
