# SPDX-License-Identifier: Apache-2.0
"""How it stands with a need: what was asked, what was answered, what is proposed to answer."""
