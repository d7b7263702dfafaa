# SPDX-License-Identifier: Apache-2.0
"""Smoke divers and roll calls."""
