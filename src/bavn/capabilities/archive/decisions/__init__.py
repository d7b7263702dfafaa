# SPDX-License-Identifier: Apache-2.0
"""How what is kept is decided about: pure functions. None of it is on the alarm path."""
