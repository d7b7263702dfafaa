# SPDX-License-Identifier: Apache-2.0
"""All measurements, or those that are named: `python -m bench append million`."""

import argparse
from collections.abc import Callable

import bench.map
from bench import append, bundle, catch_up, many, million, picture, stream, tiers_live
from bench.measure import machine

MEASUREMENTS: dict[str, Callable[[int | None], None]] = {
    "append": lambda _: append.main(),
    "million": lambda facts: million.main(facts or million.FACTS),
    "picture": lambda _: picture.main(),
    "stream": lambda _: stream.main(),
    "map": lambda _: bench.map.main(),
    "bundle": lambda _: bundle.main(),
    "catch_up": lambda facts: catch_up.main(facts or catch_up.FACTS),
    "tiers": lambda _: tiers_live.main(),
    "many": lambda _: many.main(),
}


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    names = ", ".join(MEASUREMENTS)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"{names}; all if none")
    parser.add_argument("--facts", type=int, help="facts of `million` and `catch_up`")
    options = parser.parse_args()
    unknown = set(options.names) - MEASUREMENTS.keys()
    if unknown:
        parser.error(f"no measurement {', '.join(sorted(unknown))}; there are {names}")
    print(machine())
    for name, measure in MEASUREMENTS.items():
        if not options.names or name in options.names:
            measure(options.facts)


if __name__ == "__main__":
    main()
