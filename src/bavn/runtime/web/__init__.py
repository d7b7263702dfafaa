# SPDX-License-Identifier: Apache-2.0
"""The web: pages, the programming interface, and the stream of what happens."""
