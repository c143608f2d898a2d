"""Measures kgen: `python benchmarks/run.py [startup|rescue|recovery|layers|page|training|pipeline|all]`."""

from __future__ import annotations

import argparse
import importlib
import os

PARTS = ("startup", "rescue", "recovery", "layers", "page", "training", "pipeline")


def main() -> None:
    """Runs the benchmarks that the command line names."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "part",
        nargs="?",
        choices=(*PARTS, "all"),
        default="all",
        help="what to measure (default: all)",
    )
    parser.add_argument(
        "--quick",
        action="store_true",
        help="a few repetitions and small models: does it run, not how fast",
    )
    arguments = parser.parse_args()
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    print(f"{os.cpu_count()} cores")
    # Imported one at a time: the memory of start-up is measured in children, whose peak
    # begins at the size of this process.
    for part in PARTS if arguments.part == "all" else (arguments.part,):
        importlib.import_module(part).main(quick=arguments.quick)


if __name__ == "__main__":
    main()
