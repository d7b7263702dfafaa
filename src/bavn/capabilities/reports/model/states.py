# SPDX-License-Identifier: Apache-2.0
"""Where a report stands."""

# It is due when its incident is closed, or when nobody is out to it any more; `ELSEWHERE` is an
# incident of somebody else that own units have been at.
OPEN, DUE, SIGNED, ELSEWHERE = "open", "due", "signed", "elsewhere"
