# SPDX-License-Identifier: Apache-2.0
"""The tests: a mirror of the source, and stories, storms and the house's own rules."""
