# SPDX-License-Identifier: Apache-2.0
"""Crews: who is aboard, whose word that is, and when they should be relieved."""
