# SPDX-License-Identifier: Apache-2.0
"""Lilleland: an invented country of two areas and three services."""
