# SPDX-License-Identifier: Apache-2.0
"""A crew as it stands at one moment, and when it should be relieved."""
