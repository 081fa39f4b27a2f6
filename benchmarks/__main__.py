"""`python -m benchmarks SUITE`: runs a suite, prints its report and writes it to results/."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from benchmarks.exports import suite as exports
from benchmarks.hours import suite as hours
from benchmarks.imports import suite as imports
from benchmarks.processes import CannotMeasure
from benchmarks.roster import suite as roster
from benchmarks.scale import suite as scale
from benchmarks.sequences import suite as sequences
from benchmarks.shifts import suite as shifts

SUITES = {
    "hours": hours,
    "exports": exports,
    "scale": scale,
    "shifts": shifts,
    "roster": roster,
    "sequences": sequences,
    "imports": imports,
}
RESULTS = Path(__file__).parent / "results"


def main() -> int:
    """Run what the command line asks for; 0 even if an aim is missed, for the report says so."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    suites = parser.add_subparsers(dest="suite", required=True, metavar="SUITE")
    for name, suite in SUITES.items():
        suite.add_options(suites.add_parser(name, help=suite.__doc__))
    options = parser.parse_args()
    try:
        report = SUITES[options.suite].run(options)
    except CannotMeasure as error:
        print(error, file=sys.stderr)
        return 1
    print(report)
    output: Path = options.output or RESULTS / f"{options.suite}.md"
    output.write_text(report, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
