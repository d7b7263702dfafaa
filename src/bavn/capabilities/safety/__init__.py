# SPDX-License-Identifier: Apache-2.0
"""Safety at the scene: the air of smoke divers, and that everybody is counted."""
