# SPDX-License-Identifier: Apache-2.0
"""All measurements, or those that are named: `python -m bench append million`."""

import argparse

import bench.map
from bench import append, million, picture, stream
from bench.measure import machine


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument(
        "names", nargs="*", help="append, million, picture, stream, map; all if none"
    )
    parser.add_argument("--facts", type=int, default=million.FACTS, help="facts of `million`")
    options = parser.parse_args()
    print(machine())
    if not options.names or "append" in options.names:
        append.main()
    if not options.names or "million" in options.names:
        million.main(options.facts)
    if not options.names or "picture" in options.names:
        picture.main()
    if not options.names or "stream" in options.names:
        stream.main()
    if not options.names or "map" in options.names:
        bench.map.main()


if __name__ == "__main__":
    main()
