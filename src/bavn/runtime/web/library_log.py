# SPDX-License-Identifier: Apache-2.0
"""What libraries have to say goes into our log: who spoke and from where, never in their words.

A library's sentence may quote an address, a name or what somebody typed. Its place in the program
tells the one who runs the machine what it was about.
"""

import logging

from bavn.runtime.log import log, log_error


class _IntoOurLog(logging.Handler):
    def emit(self, record: logging.LogRecord) -> None:
        values = {"logger": record.name, "from": f"{record.module}:{record.lineno}"}
        error = record.exc_info[1] if record.exc_info else None
        if error is not None:
            log_error("library.failed", error, **values)
        else:
            log("library.spoke", weight=record.levelname.lower(), **values)


def take_in_libraries() -> None:
    """From now on no library writes lines of its own to standard error."""
    root = logging.getLogger()
    root.handlers[:] = [_IntoOurLog()]
    root.setLevel(logging.WARNING)
    for name in ("uvicorn", "uvicorn.error", "uvicorn.access", "litestar"):
        logger = logging.getLogger(name)
        logger.handlers.clear()
        logger.propagate = True
        logger.setLevel(logging.WARNING)
