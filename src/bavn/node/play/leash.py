# SPDX-License-Identifier: Apache-2.0
"""A command of this program on a leash: it ends when whoever started it is gone, however that was.

The holder keeps the other end of standard input and never writes to it. A process that is killed
outright lets go of it too, so no server is left behind that holds the record and the port.
"""

import os
import signal
import sys
import threading

from bavn.node.cli import main

CHUNK = 1024


def _watch() -> None:
    while os.read(sys.stdin.fileno(), CHUNK):
        pass
    os.kill(os.getpid(), signal.SIGTERM)


if __name__ == "__main__":
    threading.Thread(target=_watch, daemon=True).start()
    sys.exit(main())
