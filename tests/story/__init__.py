# SPDX-License-Identifier: Apache-2.0
"""Whole flows, told step by step."""
