# SPDX-License-Identifier: Apache-2.0
"""One installation: the list of capabilities, the wiring, the command line."""
