# SPDX-License-Identifier: Apache-2.0
"""How it runs: the one place that touches the machine on behalf of everyone."""
