# SPDX-License-Identifier: Apache-2.0
"""Notices: when one holds, where it holds, and in what order they are shown."""
