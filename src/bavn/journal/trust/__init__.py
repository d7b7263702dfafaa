# SPDX-License-Identifier: Apache-2.0
"""Trust as facts: who is a node, who hosts whom, which key is believed; folded into a roster."""
