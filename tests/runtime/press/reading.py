# SPDX-License-Identifier: Apache-2.0
"""A PDF read back by somebody else's reader: what stands in it, as one run of signs."""

import io
import re

from pypdf import PdfReader

# Where a line was broken nobody typed anything: neither the break nor the hyphen before it.
_SET = re.compile("[\\s\u200b\u00ad\u2010-]+")


def run_of(text: str) -> str:
    """A text without what setting it may change: blanks, breaks and hyphens."""
    return _SET.sub("", text)


def opened(content: bytes) -> PdfReader:
    """The PDF, read strictly: what is broken in it is raised."""
    return PdfReader(io.BytesIO(content), strict=True)


def text_of(content: bytes) -> str:
    """All that stands on its pages, a page after the other."""
    return "\n".join(page.extract_text() for page in opened(content).pages)


def stands_in(content: bytes, text: str) -> bool:
    """True where a text stands in it, wherever its lines were broken."""
    return run_of(text) in run_of(text_of(content))
