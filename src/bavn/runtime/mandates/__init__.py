# SPDX-License-Identifier: Apache-2.0
"""Who may do what, on which ground: a country's policies, read, checked, and asked."""

from bavn.runtime.mandates.book import Book, LawSet, Policy, book_of
from bavn.runtime.mandates.gate import Gate

__all__ = ["Book", "Gate", "LawSet", "Policy", "book_of"]
