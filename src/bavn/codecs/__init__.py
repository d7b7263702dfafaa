# SPDX-License-Identifier: Apache-2.0
"""The world's formats, each alone: bytes in, the format's own structures out."""
