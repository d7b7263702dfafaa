# SPDX-License-Identifier: Apache-2.0
"""The living demonstration: its script, its telling, and the play against a real server."""
