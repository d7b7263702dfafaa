# SPDX-License-Identifier: Apache-2.0
"""Situation: the one picture of what happens, which unit is where, and how old each of it is."""
