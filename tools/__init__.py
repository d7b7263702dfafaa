# SPDX-License-Identifier: Apache-2.0
"""Our own generators and checks: typed Python, no shell."""
