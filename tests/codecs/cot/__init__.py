# SPDX-License-Identifier: Apache-2.0
"""Cursor on Target."""
