# SPDX-License-Identifier: Apache-2.0
"""Where files wait: what takes long is carried out beside what else is asked."""
