# SPDX-License-Identifier: Apache-2.0
"""How long what is kept, delivery to the archive, erasing, and access to documents."""
