# SPDX-License-Identifier: Apache-2.0
"""Object cards: what a crew has to know of a building before it is there."""
