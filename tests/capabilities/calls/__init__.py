# SPDX-License-Identifier: Apache-2.0
"""Direct calls: questions, and what is missing."""
