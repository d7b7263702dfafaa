# SPDX-License-Identifier: Apache-2.0
"""Which version of the program this is, and of what it stands on."""

from importlib.metadata import version

import apsw

VERSION = version("bavn")
SQLITE_VERSION = apsw.sqlite_lib_version()
