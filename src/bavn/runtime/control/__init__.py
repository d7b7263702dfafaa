# SPDX-License-Identifier: Apache-2.0
"""Control: how the command line acts on a folder, also while a server writes in it."""
