# SPDX-License-Identifier: Apache-2.0
"""The board of a scene: versions, what stands, and who may read it."""
