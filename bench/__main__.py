# SPDX-License-Identifier: Apache-2.0
"""All measurements, or those that are named: `python -m bench append million`."""

import argparse
from collections.abc import Callable

import bench.map
from bench import (
    addresses,
    alerting,
    append,
    bundle,
    catch_up,
    centre,
    cuts,
    dispatch,
    feed,
    foreign_week,
    jetstream,
    log,
    mandates,
    many,
    million,
    narrow,
    past,
    pdf,
    picture,
    reading,
    stream,
    tak,
    tiers_live,
    travel,
)
from bench.measure import machine

MEASUREMENTS: dict[str, Callable[[argparse.Namespace], None]] = {
    "append": lambda _: append.main(),
    "million": lambda options: million.main(options.facts or million.FACTS),
    "picture": lambda _: picture.main(),
    "centre": lambda _: centre.main(),
    "reading": lambda _: reading.main(),
    "stream": lambda _: stream.main(),
    "map": lambda _: bench.map.main(),
    "bundle": lambda _: bundle.main(),
    "catch_up": lambda options: catch_up.main(options.facts or catch_up.FACTS),
    "tiers": lambda _: tiers_live.main(),
    "cuts": lambda options: cuts.main(is_long=options.long),
    "jetstream": lambda _: jetstream.main(),
    "narrow": lambda options: narrow.main(is_long=options.long),
    "many": lambda _: many.main(),
    "dispatch": lambda _: dispatch.main(),
    "travel": lambda _: travel.main(),
    "feed": lambda _: feed.main(),
    "foreign_week": lambda _: foreign_week.main(),
    "alerting": lambda _: alerting.main(),
    "addresses": lambda _: addresses.main(),
    "past": lambda _: past.main(),
    "tak": lambda _: tak.main(),
    "mandates": lambda _: mandates.main(),
    "log": lambda _: log.main(),
    "pdf": lambda _: pdf.main(),
}


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    names = ", ".join(MEASUREMENTS)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"{names}; all if none")
    parser.add_argument("--facts", type=int, help="facts of `million` and `catch_up`")
    parser.add_argument(
        "--long", action="store_true", help="`cuts` of 20 min too, and `narrow` for an hour"
    )
    options = parser.parse_args()
    unknown = set(options.names) - MEASUREMENTS.keys()
    if unknown:
        parser.error(f"no measurement {', '.join(sorted(unknown))}; there are {names}")
    print(machine())
    for name, measure in MEASUREMENTS.items():
        if not options.names or name in options.names:
            measure(options)


if __name__ == "__main__":
    main()
