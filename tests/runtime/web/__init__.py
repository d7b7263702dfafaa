# SPDX-License-Identifier: Apache-2.0
"""The web: who comes in, who may do what, and what every answer carries."""
