# SPDX-License-Identifier: Apache-2.0
"""Become another program that ends with who started it, however that one ends.

Run as a file of its own, `python -I -S tethered.py PARENT_PID PROGRAM ARGUMENT…`: it loads nothing
of Bavn, so that it is there at once, and is gone as soon as it has become the program.
"""

import ctypes
import os
import signal
import sys

_PR_SET_PDEATHSIG = 1


def main() -> None:
    """Ask the kernel to end us with our parent, then become the program."""
    parent, program = int(sys.argv[1]), sys.argv[2]
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        # It was gone before we had asked.
        sys.exit(1)
    os.execv(program, sys.argv[2:])  # noqa: S606 - to become it is what this is for


if __name__ == "__main__":
    main()
