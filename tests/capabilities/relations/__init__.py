# SPDX-License-Identifier: Apache-2.0
"""Incidents that belong together: by the words of their owners, and by nothing else."""
