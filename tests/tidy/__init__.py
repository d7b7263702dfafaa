# SPDX-License-Identifier: Apache-2.0
"""The house's own rules, as tests."""
