# SPDX-License-Identifier: Apache-2.0
"""The installation: the command line."""
