# SPDX-License-Identifier: Apache-2.0
"""Organisation: who there is, what they have, and since when."""
