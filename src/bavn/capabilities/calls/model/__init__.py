# SPDX-License-Identifier: Apache-2.0
"""Protocols, and what is missing."""
