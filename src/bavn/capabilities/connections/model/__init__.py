# SPDX-License-Identifier: Apache-2.0
"""What is seen of other nodes, and what is made of it."""
