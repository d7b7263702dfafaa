# SPDX-License-Identifier: Apache-2.0
"""The control room: the board, the watch's change, action cards, and paper when nothing else is."""
