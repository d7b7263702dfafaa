# SPDX-License-Identifier: Apache-2.0
"""Who may do what, on which ground; what is delegated; and what was done in an emergency."""
