# SPDX-License-Identifier: Apache-2.0
"""The register, as a handler of the interface asks for it."""

from typing import TypeAlias

from litestar.di import NamedDependency
from litestar.params import SkipValidation

from bavn.capabilities.organisation.views.register import Register

RegisterGiven: TypeAlias = NamedDependency[SkipValidation[Register]]
