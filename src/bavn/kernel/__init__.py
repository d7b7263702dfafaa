# SPDX-License-Identifier: Apache-2.0
"""The words everyone uses: identity, time, place, quantity, actor, audience, refusal."""
