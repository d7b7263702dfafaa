# SPDX-License-Identifier: Apache-2.0
"""Tests of the engines: each beside an exact way that is too slow to use."""
