# SPDX-License-Identifier: Apache-2.0
"""One shared record and picture for a nation's emergency preparedness."""
