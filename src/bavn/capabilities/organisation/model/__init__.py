# SPDX-License-Identifier: Apache-2.0
"""How organisations, stations and units are made up, and what may follow from what."""
