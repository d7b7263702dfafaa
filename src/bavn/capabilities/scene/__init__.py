# SPDX-License-Identifier: Apache-2.0
"""The commander's board: sectors, tasks, units, hazards and wind at the scene of one incident."""
