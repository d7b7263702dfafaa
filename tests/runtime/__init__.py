# SPDX-License-Identifier: Apache-2.0
"""How it runs on a machine."""
