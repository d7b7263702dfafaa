# SPDX-License-Identifier: Apache-2.0
"""Other systems that send: what, when, how it fits, and what of it could not be read."""
