# SPDX-License-Identifier: Apache-2.0
"""Direct calls: few questions that each change something, and what is still missing afterwards."""
